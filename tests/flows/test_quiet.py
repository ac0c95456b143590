"""A run after one that left nothing to wait for is told so at once, unless anything has happened since."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import SECRET, Mailroom, Trap, hook, mailroom, now
from tests.flows.organisation import START

from expertpost.cli import run
from expertpost.errors import Exit
from expertpost.flows.quiet import BELIEVED, NOTE, unchanged
from expertpost.store.git import Git

MINUTE = timedelta(minutes=1)
REFS = ("heads/main", "heads/expertpost-reviews", "heads/expertpost-ledger", "tags/expertpost-ledger-witness/00000099")


@pytest.fixture
def room(tmp_path: Path, receiver: Trap) -> Mailroom:
    """One piece that is approved, and sent by the first run."""
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1)
    room.approve()
    return room


def own(room: Mailroom) -> Path:
    """Where the runner keeps what is its own."""
    return room.runner.clone / ".git" / "expertpost"


def test_a_run_after_a_quiet_one_is_quiet_until_something_moves(room: Mailroom) -> None:
    """The branches and tags by which a run judges, each of them: one that moved, came or went makes a whole run."""
    shared = Git(room.org.remote, room.runner.env)
    assert "" == unchanged(room.world)
    room.publish()
    room.publish()
    main = shared.text("rev-parse", "main")
    assert main == unchanged(room.world)
    for ref in REFS:
        was = shared.refs(f"refs/{ref}").get(f"refs/{ref}")
        for becomes in (shared.text("rev-parse", "main^"), None):
            if becomes != was:
                shared.move_refs({f"refs/{ref}": (becomes, was)})
                assert (ref, "") == (ref, unchanged(room.world))
                shared.move_refs({f"refs/{ref}": (was, becomes)})
    assert main == unchanged(room.world)


def test_a_run_that_may_be_wrong_about_it_looks_itself(room: Mailroom) -> None:
    """An old note, one of the future or none, notes of a cut-off run, other settings, a silent remote: a whole run."""
    room.publish()
    room.publish()
    quiet, at = unchanged(room.world), room.clock.at
    for moved in (BELIEVED, -MINUTE):
        room.clock.at = at + moved
        assert "" == unchanged(room.world)
    room.clock.at = at + BELIEVED - MINUTE
    assert quiet == unchanged(room.world)

    (own(room) / "journal" / "cut-off.jsonl").write_bytes(b"{}\n")
    assert "" == unchanged(room.world)
    (own(room) / "journal" / "cut-off.jsonl").unlink()
    assert quiet == unchanged(room.world)

    room.org.remote.rename(room.org.remote.with_name("away"))
    assert "" == unchanged(room.world)
    room.org.remote.with_name("away").rename(room.org.remote)
    assert quiet == unchanged(room.world)

    for text in ("{", "[]", '{"of": 1}'):
        note = (own(room) / NOTE).read_text()
        (own(room) / NOTE).write_text(text)
        assert "" == unchanged(room.world)
        (own(room) / NOTE).write_text(note)
    assert quiet == unchanged(room.world)
    room.runner.run("config", "expertpost.any", "thing")
    assert "" == unchanged(room.world)


def test_what_waits_for_its_time_is_looked_at_every_time(tmp_path: Path, receiver: Trap) -> None:
    """A piece for later, a run for one channel, a dry run: no run after them is quiet."""
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1, publish_at=(START + timedelta(days=2)).isoformat())
    room.approve()
    for _ in range(2):
        room.publish()
        assert "" == unchanged(room.world)
    room.publish(after=timedelta(days=2))
    for channels, dry_run in ((("hook",), False), ((), True)):
        room.publish(*channels, dry_run=dry_run)
        assert "" == unchanged(room.world)
    assert 1 == len(receiver.arrived())
    room.publish()
    assert unchanged(room.world)


def test_a_quiet_run_says_what_a_whole_one_says(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words and as JSON nobody can tell the one from the other."""
    for name, value in {**room.runner.env, "HOOK_SECRET": SECRET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(room.runner.clone)
    room.clock.at = now()
    room.publish()
    said = {}
    for kind in ("whole", "quiet"):
        for argv in (["publish"], ["publish", "--json"]):
            if kind == "whole":
                shutil.rmtree(own(room))
            assert Exit.DONE == run(argv)
            said[kind, argv[-1]] = capsys.readouterr().out

    assert (said["whole", "publish"], said["whole", "--json"]) == (said["quiet", "publish"], said["quiet", "--json"])
    assert "Nothing to send.\n" == said["quiet", "publish"]
    assert json.loads(said["quiet", "--json"])["commit"] == unchanged(room.world)
