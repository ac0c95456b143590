"""What plan, publish and outbox print, and their exit codes."""

import json
from pathlib import Path

import pytest
from tests.flows.mailroom import SECRET, Mailroom, Trap, hook, mailroom, now

from expertpost.cli import run
from expertpost.errors import Exit
from expertpost.testing.twin import Fault


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    """One approved piece; the runner's folder and environment are this Python's own."""
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1)
    room.approve(at=now())
    for name, value in {**room.runner.env, "HOOK_SECRET": SECRET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(room.runner.clone)
    return room


@pytest.mark.usefixtures("room")
def test_the_way_of_a_piece_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """Planned, sent, nothing left, and in the outbox: each verb says so in a line."""
    said = []
    for argv in (["plan"], ["publish"], ["publish"], ["plan"], ["outbox", "list"]):
        assert Exit.DONE == run(argv)
        said.append(capsys.readouterr().out.splitlines())

    assert ["Will go:", "when\tchannel\tpiece\ttitle", "now\thook\tpiece-1\tPiece 1"] == said[0]
    assert ["piece\tchannel\tresult\twhat", "piece-1\thook\tsent\t"] == said[1]
    assert (["Nothing to send."], ["Nothing is planned."]) == (said[2], said[3])
    assert ["piece-1", "hook", "delivered", "1"] == said[4][1].split("\t")[:4]


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize(
    ("argv", "schema"),
    [
        (["plan", "--json"], "expertpost.plan/1"),
        (["publish", "--dry-run", "--json"], "expertpost.publish/1"),
        (["outbox", "list", "--json"], "expertpost.outbox/1"),
    ],
)
def test_every_answer_can_be_read_by_programs(argv: list[str], schema: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json standard output is one document that names its schema."""
    assert Exit.DONE == run(argv)
    assert schema == json.loads(capsys.readouterr().out)["schema"]


def test_a_delivery_is_shown_whole(room: Mailroom, capsys: pytest.CaptureFixture[str]) -> None:
    """Outbox show tells the state and the key of every delivery of a piece."""
    run(["publish"])
    capsys.readouterr()
    (row,) = room.rows().values()

    assert Exit.DONE == run(["outbox", "show", "piece-1"])
    out = capsys.readouterr().out
    assert out.startswith("piece-1 at hook: delivered\n")
    assert f"  key: {row.key.id}\n" in out


def test_github_is_told_what_needs_a_look(
    room: Mailroom, receiver: Trap, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a workflow a failure is an annotation, and nothing a service says is taken for a command."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    receiver.fail(Fault.DENIED)

    assert Exit.FAILED == run(["publish"])
    told = capsys.readouterr()
    first, *_, last = told.out.splitlines()
    assert first.removeprefix("::stop-commands::") == last.strip(":")
    assert "::error title=hook XP-CHANNEL-STOPPED::" in told.err
    assert room.rows()


@pytest.mark.usefixtures("room")
def test_a_wrong_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown channel, a limit of nothing, or a moment that is none: exit 2, and what to write instead."""
    for argv in (["publish", "--channel", "hok"], ["publish", "--limit", "0"], ["plan", "--at", "soon"]):
        assert Exit.USAGE == run(argv)
    assert "did you mean hook?" in capsys.readouterr().err
