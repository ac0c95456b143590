"""What came back, as an author sees it: numbers and small charts on a terminal, plain numbers elsewhere."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.counting import Timeline
from tests.flows.mailroom import Mailroom, Trap, hook, mailroom
from tests.flows.reviewing import refused

from expertpost.cli import insights as cli
from expertpost.cli import run
from expertpost.errors import Exit
from expertpost.flows.insights import insights

DAY = timedelta(days=1)


@pytest.fixture
def timeline() -> Iterator[Timeline]:
    """A service that counts."""
    with closing(Timeline()) as twin:
        yield twin


@pytest.fixture
def room(tmp_path: Path, timeline: Timeline, receiver: Trap, monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    """A piece of anna's that is out at a service that counts, and at one that does not; anna is at the keyboard."""
    room = mailroom(tmp_path, timeline.channel(), hook(receiver))
    room.merge(1)
    room.approve()
    room.publish()
    for name, value in room.anna.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(room.anna.clone)
    return room


def says(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[str, str]:
    """What the verb says, on both outputs."""
    assert Exit.DONE == run(["insights", *argv])
    told = capsys.readouterr()
    return told.out, told.err


def test_before_anything_was_counted_it_says_how_it_comes(room: Mailroom, capsys: pytest.CaptureFixture[str]) -> None:
    """Without numbers the author is told when and from where they come, and that the webhook has none."""
    out, err = says(capsys, "piece-1")
    assert ["not counted yet", "nothing is counted there"] == [
        line.strip() for line in out.splitlines() if line.startswith("  ")
    ]
    assert "The runner asks toots from the day after" in err
    assert ("", err) == says(capsys)


def test_an_author_sees_what_came_back(room: Mailroom, timeline: Timeline, capsys: pytest.CaptureFixture[str]) -> None:
    """One piece with its numbers over time, and all of the author's pieces with the sum of each channel."""
    room.merge(2)
    room.approve()
    room.publish(after=DAY)
    room.publish(after=DAY)
    out, err = says(capsys, "piece-1")
    rows, _ = says(capsys)

    assert f"toots: out since 2026-11-23, {timeline.url}/@acme/101" in out
    assert ["likes           3  1 3  +2", "replies         2  2 2"] == [
        line.strip() for line in out.splitlines() if line.startswith(("  likes", "  replies"))
    ]
    assert "counted 2 times from 2026-11-24 to 2026-11-25" in out
    assert [
        "piece\tchannel\tout since\tviews\tlikes\tshares\treplies\tclicks\tover time",
        "piece-2\ttoots\t2026-11-24\t\t2\t\t2\t\t",
        "piece-1\ttoots\t2026-11-23\t\t3\t\t2\t\t1 3",
        "in all\t\t\t",
        "toots\tlikes\t5\t",
        "toots\treplies\t4\t",
    ] == rows.splitlines()
    assert "" == err


def test_programs_read_the_same(room: Mailroom, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON: every copy with its last counts and all measures; of people who reacted there is nothing."""
    room.publish(after=DAY)
    out, _ = says(capsys, "--json")
    told: dict[str, Any] = json.loads(out)
    (piece,) = told["pieces"]

    assert ("expertpost.insights/1", "anna", {"toots": {"likes": 1, "replies": 2}}) == (
        told["schema"], told["author"], told["totals"],
    )  # fmt: skip
    assert {"toots": [{"likes": 1, "replies": 2}], "hook": []} == {
        copy["channel"]: [one["counts"] for one in copy["measures"]] for copy in piece["copies"]
    }
    assert all(datetime.fromisoformat(copy["at"]) for copy in piece["copies"])
    assert "Bea" not in out


def test_others_are_told_of_their_own(room: Mailroom) -> None:
    """Without a reference it is about the pieces of whoever asks; a reference that names nothing is an error."""
    bob = room.org.people["bob"]
    assert ((), "bob") == ((found := insights(bob.world)).pieces, found.whose)
    refused("XP-REF-NONE", insights, bob.world, "piece-9")


def test_charts_are_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns from nothing to the largest number, bars by the longest; where nobody looks, numbers alone."""
    assert ("0 3 7", "") == (cli.spark([0, 3, 7]), cli.bar(3, 7))
    monkeypatch.setattr(cli, "drawn", lambda: True)

    assert ("▁▄█", "▁▁", "") == (cli.spark([0, 3, 7]), cli.spark([0, 0]), cli.spark([5]))
    assert ("█" * 24, "█", "", "") == (cli.bar(7, 7), cli.bar(1, 10_000), cli.bar(0, 7), cli.bar(0, 0))
