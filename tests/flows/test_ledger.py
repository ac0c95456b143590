"""The ledger on a git branch, beside what every ledger promises: few pushes, and damage that fails closed."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expertpost.errors import Exit, Failure
from expertpost.model.config import Branches
from expertpost.model.delivery import Accepted, Delivery, Doubted, Intent, Report, Started, move
from expertpost.model.key import Account, Key
from expertpost.model.outcome import Receipt
from expertpost.store.git import Git, make_bare
from expertpost.store.hub import Denied, Hub, Landed
from expertpost.store.ledger import Chunk, Damaged, Terms, Told
from expertpost.store.ledger_git import GitLedger
from expertpost.store.ledger_json import row_line, terms_bytes
from expertpost.store.tree import Identity
from expertpost.store.writing import write_commit

WORKSPACE = "01WORKSPACE"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEASE = timedelta(minutes=15)
BY = Identity("A", "a@x.example")
BRANCHES = Branches()


def key(number: int) -> Key:
    """One of many keys."""
    return Key(WORKSPACE, f"01PIECE{number}", "hook", "acc")


def claim(number: int, owner: str = "me", epoch: int = 1) -> Delivery:
    """A claim by an owner."""
    return move(key(number), None, intent(owner, epoch))


def intent(owner: str = "me", epoch: int = 1) -> Intent:
    """A fresh claim."""
    return Intent(os.urandom(8).hex(), epoch, owner, AT + LEASE, "d", "c", "e", AT)


def chunk(*claims: Delivery, owner: str = "me", told: Iterable[Told] = ()) -> Chunk:
    """A chunk of claims of the one account by its first owner."""
    return Chunk(Account("acc").taken(owner, AT + LEASE), claims, (), tuple(told))


def told(row: Delivery, *facts: Report) -> Told:
    """Reports about a claim."""
    return Told(row.key, facts)


def accepted(row: Delivery, id_: str = "id-1") -> Told:
    """The report that it was sent."""
    return told(row, Started(row.intent.nonce, AT), Accepted(row.intent.nonce, AT, Receipt(id_)))


@pytest.fixture
def remote(tmp_path: Path) -> Git:
    """A shared repository with a main."""
    remote = make_bare(tmp_path / "remote.git")
    commit = write_commit(remote, {"a.md": b"a"}, "start", BY, AT, base=None)
    assert remote.move_refs({"refs/heads/main": (commit, None)})
    return remote


def hub(remote: Git, name: str) -> Hub:
    """The shared branches as a runner of this name sees them."""
    folder = remote.folder.parent / name
    found = Hub(Git(folder) if folder.exists() else make_bare(folder), BRANCHES, str(remote.folder), depth=1)
    found.fetch()
    return found


def ledger(remote: Git, name: str = "me") -> GitLedger:
    """The ledger as a runner of this name sees it now."""
    return GitLedger(hub(remote, name), WORKSPACE, lambda: AT, os.urandom)


def main(remote: Git) -> str:
    """Where main is."""
    return remote.commit_of("refs/heads/main") or ""


def test_a_denied_push_changes_nothing(remote: Git) -> None:
    """Where the host takes no ledger, the claim says so, and nobody sees it."""
    hook = remote.folder / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)

    assert isinstance(ledger(remote).intend(chunk(claim(1)), main(remote)), Denied)
    assert not ledger(remote, "you").exists


def test_pushes_carry_chunks(remote: Git) -> None:
    """Ten deliveries in chunks of five take three pushes: what came of a chunk rides along with the next claim."""
    mine, report = ledger(remote), [Told(key(0), ())][:0]
    for first in (0, 5):
        rows = [claim(number) for number in range(first, first + 5)]
        assert Landed() == mine.intend(chunk(*rows, told=report), main(remote))
        report = [accepted(row) for row in rows]
    assert Landed() == mine.record(report)

    tip = remote.commit_of("refs/heads/expertpost-ledger") or ""
    assert ("3", 10) == (remote.text("rev-list", "--count", tip), len(ledger(remote, "you").settled()))


def write(remote: Git, files: dict[str, bytes]) -> None:
    """Put files into the ledger by hand, as somebody might."""
    tip = remote.commit_of("refs/heads/expertpost-ledger")
    terms = {} if tip else {"ledger.json": terms_bytes(Terms(WORKSPACE, "l", "5a" * 32))}
    commit = write_commit(remote, {**terms, **files}, "by hand", BY, AT, base=tip)
    assert remote.move_refs({"refs/heads/expertpost-ledger": (commit, tip)})


LINE = row_line(claim(1))
OTHER = row_line(claim(2))


@pytest.mark.parametrize(
    ("content", "harmed"),
    [
        (LINE.replace(b'"state":"intended"', b'"state":"dreaming"') + b"\n", [1]),
        (LINE[:200] + b"\n" + OTHER + b"\n", [1, 3]),
        (LINE + b"\n" + LINE + b"\n" + OTHER + b"\n", [1]),
        (b"<<<<<<< ours\n" + OTHER + b"\n", [1, 3]),
        (OTHER + b"\n" + LINE[:-1], [1, 3]),
        (LINE.replace(b"01PIECE1", b"01PIECE9") + b"\n" + OTHER + b"\n", [1]),
        (LINE + b"\r\n" + OTHER + b"\r\n", []),
        (b"\xff\xfe" + LINE + b"\n", [1, 2, 3]),
    ],
    ids=["state", "cut", "twice", "markers", "truncated", "foreign", "crlf", "bytes"],
)
def test_damage_fails_closed(remote: Git, content: bytes, harmed: list[int]) -> None:
    """What cannot be read keeps its key shut, and where no key shows, every key that may be hidden there."""
    write(remote, {"open.jsonl": content})
    found = ledger(remote).look_up(key(number).id for number in (1, 2, 3))

    assert harmed == [number for number in (1, 2, 3) if isinstance(found.get(key(number).id), Damaged)]


def test_damaged_lines_are_kept(remote: Git) -> None:
    """Writing beside a damaged line leaves it byte for byte as it is, for whoever mends it."""
    write(remote, {"open.jsonl": b"<<<<<<< ours\n" + OTHER + b"\n"})
    mine = ledger(remote)
    row = mine.look_up([key(2).id])[key(2).id]
    assert isinstance(row, Delivery)

    assert Landed() == mine.record([told(row, Doubted(row.intent.nonce, AT, "lost"))])
    assert remote.run("show", "expertpost-ledger:open.jsonl").startswith(b"<<<<<<< ours\n")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"format": "expertpost-ledger/9"}', terms_bytes(Terms(WORKSPACE, "l", "zz"))],
    ids=["empty", "list", "cut", "newer", "salt"],
)
def test_a_broken_head_stops_everything(remote: Git, content: bytes) -> None:
    """A ledger that does not say what it is, or comes from a newer version, is not written to."""
    write(remote, {"ledger.json": content})

    with pytest.raises(Failure) as stopped:
        ledger(remote)
    assert Exit.GUARD is stopped.value.exit_code
