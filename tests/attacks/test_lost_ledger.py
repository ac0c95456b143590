"""A ledger or reviews branch that lost what it held: a runner with an empty disk finds it out, and sends nothing."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, mailroom
from tests.flows.sql import office

from expertpost.errors import Exit, Failure
from expertpost.store.git import Git
from expertpost.store.rewind import KEPT

LEDGER, REVIEWS = "refs/heads/expertpost-ledger", "refs/heads/expertpost-reviews"
TAGS = "refs/tags/expertpost-ledger-witness/"


@pytest.fixture
def receiver() -> Iterator[Trap]:
    """A receiver that does not know keys: whatever is sent twice is there twice."""
    with closing(Trap(keyed=False)) as twin:
        yield twin


@pytest.fixture
def room(tmp_path: Path, receiver: Trap) -> Mailroom:
    """Two pieces, each sent in a run of its own."""
    room = mailroom(tmp_path, hook(receiver))
    for number in (1, 2):
        room.approve(room.merge(number))
        room.publish()
    assert 2 == len(receiver.arrived())
    return room


def remote(room: Mailroom) -> Git:
    """The shared repository."""
    return Git(room.org.remote)


@pytest.mark.parametrize("branch", [LEDGER, REVIEWS])
@pytest.mark.parametrize("how", ["rewound", "deleted", "replaced"])
def test_a_branch_that_lost_facts_stops_a_runner_that_never_saw_them(
    room: Mailroom, receiver: Trap, branch: str, how: str
) -> None:
    """Put back to an older commit, deleted, or begun anew: exit 4, nothing is sent, and nothing is written."""
    git = remote(room)
    tip = git.commit_of(branch) or ""
    before = git.text("rev-parse", f"{tip}~1")
    if how == "deleted":
        git.run("update-ref", "-d", branch)
    elif how == "rewound":
        git.run("update-ref", branch, before)
    else:
        empty = git.text("commit-tree", "-m", "new", f"{before}^{{tree}}")
        git.run("update-ref", branch, empty)
    left = git.refs("refs/")

    with pytest.raises(Failure) as stopped:
        room.publish(after=timedelta(hours=1))
    assert ("XP-REWOUND", Exit.GUARD) == (stopped.value.code, stopped.value.exit_code)
    assert (2, left) == (len(receiver.requests), git.refs("refs/"))
    git.run("update-ref", branch, tip)
    assert Exit.DONE is room.publish().exit


def test_what_somebody_adds_to_the_ledger_is_no_loss(room: Mailroom, receiver: Trap) -> None:
    """A commit on top of the tagged one, such as a mended line, is in order: the tag is in its history."""
    git = remote(room)
    tip = git.commit_of(LEDGER) or ""
    git.run("update-ref", LEDGER, git.text("commit-tree", "-p", tip, "-m", "mended", f"{tip}^{{tree}}"))

    assert Exit.DONE is room.publish().exit
    assert 2 == len(receiver.arrived())


def test_a_ledger_from_before_the_tags_goes_on(room: Mailroom, receiver: Trap) -> None:
    """Where there is no tag yet, the next run that writes makes one."""
    git = remote(room)
    for ref, oid in git.refs(TAGS).items():
        git.run("update-ref", "-d", ref, oid)
    room.approve(room.merge(3))
    room.publish()

    assert 3 == len(receiver.arrived())
    assert git.commit_of(LEDGER) in git.refs(TAGS).values()


def test_a_host_that_takes_no_tags_gets_the_ledger_alone(room: Mailroom, receiver: Trap) -> None:
    """Where a runner may push branches only, it publishes all the same, and makes no tag."""
    hook_file = room.org.remote / "hooks" / "update"
    hook_file.parent.mkdir(exist_ok=True)
    hook_file.write_text('#!/bin/sh\ncase "$1" in refs/tags/*) echo "no tags here" >&2; exit 1;; esac\n')
    hook_file.chmod(0o755)
    before = remote(room).refs(TAGS)
    room.approve(room.merge(3))

    assert (Exit.DONE, 3) == (room.publish().exit, len(receiver.arrived()))
    assert before == remote(room).refs(TAGS)


def test_old_tags_are_swept_away(room: Mailroom, receiver: Trap) -> None:
    """After some pushes the older tags go, and the newest stays."""
    git = remote(room)
    tip, there = git.commit_of(LEDGER) or "", len(git.refs(TAGS))
    for number in range(there + 1, 2 * KEPT - 1):
        git.run("update-ref", f"{TAGS}{number:08d}", tip)
    room.approve(room.merge(3))
    room.publish()

    assert (3, [git.commit_of(LEDGER)]) == (len(receiver.arrived()), list(git.refs(TAGS).values()))


def test_a_ledger_without_a_remote_is_watched_too(tmp_path: Path, receiver: Trap) -> None:
    """Somebody who works alone and deletes the branch by mistake does not send everything once more."""
    room = mailroom(tmp_path, hook(receiver))
    room.approve(room.merge(1))
    room.publish()
    git = Git(room.runner.clone)
    for ref, oid in remote(room).refs("refs/").items():
        git.run("fetch", "--quiet", str(room.org.remote), f"+{ref}:refs/seen/{oid}")
        git.run("update-ref", ref, oid)
    git.run("remote", "remove", "origin")
    assert Exit.DONE is room.publish().exit
    git.run("update-ref", "-d", LEDGER)

    with pytest.raises(Failure, match="XP-REWOUND"):
        room.publish()
    assert 1 == len(receiver.requests)


@pytest.mark.parametrize("how", ["rewound", "deleted"])
def test_a_database_put_back_with_its_mirror_is_found_out(tmp_path: Path, receiver: Trap, how: str) -> None:
    """The branch says what the old database says, or nothing: the tags still know better, and nothing is sent twice."""
    file, backup = tmp_path / "ledger.db", tmp_path / "backup"
    room = office(tmp_path / "org", receiver, f"sqlite:///{file}")
    room.run()
    shutil.copy(file, backup)
    git = remote(room)
    shown = git.commit_of(LEDGER) or ""
    room.merge(2)
    room.approve()
    room.run()
    for each in tmp_path.glob("ledger.db*"):
        each.unlink()
    git.run("update-ref", *(("-d", LEDGER) if how == "deleted" else (LEDGER, shown)))
    if how == "rewound":
        shutil.copy(backup, file)
    with pytest.raises(Failure) as stopped:
        room.run()

    assert ("XP-REWOUND", Exit.GUARD, 2) == (stopped.value.code, stopped.value.exit_code, len(receiver.arrived()))
