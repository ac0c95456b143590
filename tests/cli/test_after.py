"""What hold, release, update, republish, retract, resolve and calendar print, and their exit codes."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from icalendar import Calendar
from tests.flows.mailroom import SECRET, Mailroom, Trap, hook, mailroom, now

from expertpost.cli import run
from expertpost.errors import Exit


@pytest.fixture
def receiver() -> Iterator[Trap]:
    """A keyed webhook receiver."""
    with closing(Trap()) as twin:
        yield twin


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    """A piece that went out; anna's folder and environment are this Python's own."""
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1)
    room.approve(at=now())
    for name, value in {**room.anna.env, "HOOK_SECRET": SECRET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(room.anna.clone)
    assert Exit.DONE == run(["publish"])
    return room


def key(room: Mailroom) -> str:
    """The key of the one delivery."""
    (row,) = room.rows().values()
    return row.key.id


def test_the_verbs_say_what_they_lead_to(room: Mailroom, capsys: pytest.CaptureFixture[str]) -> None:
    """Each verb says in a line what was recorded, and where a person must act the exit code says so."""
    capsys.readouterr()
    found = []
    for argv in (
        ["hold", "piece-1", "--reason", "Wait", "--channel", "hook"],
        ["release", "piece-1", "--dry-run"],
        ["release", "piece-1"],
        ["update", "piece-1"],
        ["republish", "piece-1", "--channel", "hook"],
        ["retract", "piece-1", "--reason", "Wrong"],
        ["outbox", "resolve", key(room), "--removed"],
    ):
        code = run(argv)
        found.append((code, capsys.readouterr().out.partition("\n")[0]))

    assert [
        (Exit.DONE, "Held: Piece 1 at hook"),
        (Exit.DONE, "Would release: Piece 1"),
        (Exit.DONE, "Released: Piece 1"),
        (Exit.DONE, "Piece 1: no copy has another text than the one that is approved now: nothing to update"),
        (Exit.DONE, "Asked to send once more: Piece 1 at hook"),
        (Exit.NEEDS_PERSON, "Taken back: Piece 1"),
        (Exit.DONE, "Settled: Piece 1 at hook"),
    ] == found


@pytest.mark.usefixtures("room")
def test_every_answer_can_be_read_by_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json standard output is one document that names its schema."""
    for verb, *more in (
        ["hold", "piece-1", "--reason", "Wait"],
        ["release", "piece-1"],
        ["republish", "piece-1", "--channel", "hook"],
        ["retract", "piece-1", "--reason", "Wrong"],
        ["calendar"],
    ):
        capsys.readouterr()
        run([verb, *more, "--json"])
        assert f"expertpost.{verb}/1" == json.loads(capsys.readouterr().out)["schema"]


@pytest.mark.usefixtures("room")
def test_the_calendar_is_a_table_and_a_file(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The table has a line for what went out, and the file is one that calendars read."""
    capsysbinary.readouterr()
    run(["calendar"])
    lines = capsysbinary.readouterr().out.decode().splitlines()
    run(["calendar", "--ics"])
    file = Calendar.from_ical(capsysbinary.readouterr().out)

    assert ["hook", "piece-1", "Piece 1", "sent"] == lines[1].split("\t")[2:]
    assert ["hook: Piece 1"] == [str(event["SUMMARY"]) for event in file.walk("VEVENT")]


@pytest.mark.usefixtures("room")
def test_one_word_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither no ruling nor two are one, and an option of which nobody heard is a usage error too."""
    for more in ([], ["--drop", "--removed"], ["--lost"]):
        assert Exit.USAGE == run(["outbox", "resolve", "0123", *more])
    assert "--delivered URL" in capsys.readouterr().err
