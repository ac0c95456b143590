"""ledger verify, export, copy and init: the record of what was sent is whole, moves, and comes back after a loss."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.flows.mailroom import Trap
from tests.flows.organisation import WORKSPACE_ID
from tests.flows.sql import IN_DATABASE, Office, office
from tests.postgres import Server

from expertpost.errors import Exit, Failure
from expertpost.flows.ledger import COLUMNS, export, verify
from expertpost.flows.ledger_copy import copy, init
from expertpost.model.delivery import Delivery, State, move
from expertpost.model.evidence import Intent
from expertpost.model.key import Account, Key
from expertpost.store.git import Git
from expertpost.store.hub import Landed
from expertpost.store.ledger import Chunk
from expertpost.store.tree import Identity
from expertpost.store.writing import write_commit

BY = Identity("somebody", "s@x.example")
ENV = "env:LEDGER_URL"


def patient(room: Office, waited: list[float]) -> Callable[[float], None]:
    """A wait that lets the room's clock go on."""

    def wait(seconds: float) -> None:
        waited.append(seconds)
        room.clock.at += timedelta(seconds=seconds)

    return wait


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the ledger is when it is a file."""
    return tmp_path / "ledger.db"


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, file: Path) -> Office:
    """A workspace whose ledger is in SQLite."""
    return office(tmp_path / "org", receiver, f"sqlite:///{file}")


def tell(address: str, *statements: str) -> None:
    """Change a database by hand, as somebody might."""
    engine = create_engine(address)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_a_whole_ledger_is_found_whole(room: Office, tmp_path: Path, receiver: Trap) -> None:
    """After runs, both engines are found in order, with as many deliveries as there were."""
    by_branch = office(tmp_path / "other", receiver, "", more="")
    for one in (room, by_branch):
        one.run()
        one.merge(2)
        one.approve()
        one.run()
    found = [verify(one.knowing()) for one in (room, by_branch)]

    assert [(), ()] == [one.problems for one in found]
    assert [("sql", 2), ("git", 2)] == [(one.engine, one.deliveries) for one in found]


def test_without_a_ledger_nothing_is_wrong(room: Office) -> None:
    """A workspace that has not published yet has no ledger, and that is no problem."""
    assert ("", ()) == ((found := verify(room.knowing())).id, found.problems)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("UPDATE expertpost_entries SET line = replace(line, 'delivered', 'released')", "is not what it was"),
        ("UPDATE expertpost_entries SET line = 'x' WHERE kind = 'account'", "is not JSON"),
        ("DELETE FROM expertpost_writes WHERE number = 1", "are missing"),
        ("DELETE FROM expertpost_entries WHERE kind = 'delivery'", "is not what it was"),
        ("UPDATE expertpost_rows SET number = number - 1 WHERE kind = 'delivery'", "not the newest"),
        ("DELETE FROM expertpost_rows WHERE kind = 'seen'", "not the newest"),
        ("UPDATE expertpost_head SET number = 9", "the head says 9"),
    ],
)
def test_a_database_changed_by_hand_is_found(room: Office, file: Path, harm: str, says: str) -> None:
    """Whatever somebody changes in the tables breaks the chain of writes, or what points into it."""
    room.run()
    tell(f"sqlite:///{file}", harm)

    assert any(says in one.what for one in verify(room.knowing()).problems)


def rewritten(room: Office, change: dict[str, bytes | None]) -> None:
    """Change the ledger branch by hand, with one more commit."""
    remote = Git(room.org.remote)
    tip = remote.commit_of("refs/heads/expertpost-ledger")
    commit = write_commit(remote, change, "by hand", BY, room.clock.at, base=tip)
    assert remote.move_refs({"refs/heads/expertpost-ledger": (commit, tip)})


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda line: None, "is gone"),
        (lambda line: line.replace(b'"state":"delivered"', b'"state":"rejected"'), "was delivered, and is not"),
        (lambda line: b"<<<<<<< ours\n" + line, "shows no key"),
        (lambda line: line.replace(b'"epoch":1', b'"epoch":0'), "older claim"),
    ],
    ids=["gone", "undone", "markers", "older"],
)
def test_a_branch_changed_by_hand_is_found(
    tmp_path: Path, receiver: Trap, harm: Callable[[bytes], bytes | None], says: str
) -> None:
    """A commit on top that takes back what was delivered is found in the history."""
    room = office(tmp_path / "org", receiver, "", more="")
    room.run()
    tip = Git(room.org.remote).commit_of("refs/heads/expertpost-ledger") or ""
    (entry,) = Git(room.org.remote).tree(tip, "settled")
    (line,) = Git(room.org.remote).blobs([entry.blob])
    rewritten(room, {entry.path: harm(line)})

    assert any(says in one.what for one in verify(room.knowing()).problems)


def test_a_branch_that_is_not_linear_is_found(tmp_path: Path, receiver: Trap) -> None:
    """A merge on the ledger branch is told: nobody merges there."""
    room = office(tmp_path / "org", receiver, "", more="")
    room.run()
    remote = Git(room.org.remote)
    tip = remote.commit_of("refs/heads/expertpost-ledger") or ""
    other = write_commit(remote, {"open.jsonl": b""}, "aside", BY, room.clock.at, base=tip)
    merge = write_commit(remote, {"open.jsonl": b""}, "merge", BY, room.clock.at, base=tip, parents=[other])
    assert remote.move_refs({"refs/heads/expertpost-ledger": (merge, tip)})

    assert any("not linear" in one.what for one in verify(room.knowing()).problems)


def test_without_the_address_the_branch_is_verified(room: Office) -> None:
    """People who do not know the database verify what they see, and are told what was not looked at."""
    room.run()
    found = verify(replace(room.world, here=room.anna.clone, env=room.anna.env))

    assert ((), 1) == (found.problems, found.deliveries)
    assert "env:LEDGER_URL" in found.doubts[0].what


def test_an_export_has_every_delivery(room: Office) -> None:
    """Each delivery is one set of fields under the documented names, without a word of the text."""
    room.run()
    (row,) = export(room.knowing())

    assert COLUMNS == tuple(row)
    assert ("delivered", "hook", 1) == (row["state"], row["channel"], row["edition"])
    assert "Turn it gently" not in str(row)


def copied(room: Office, source: str, target: str, **env: str) -> list[float]:
    """Copy a ledger; how long was waited."""
    waited: list[float] = []
    copy(room.knowing(None, **env), source, target, patient(room, waited))
    return waited


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_ledger_goes_to_a_database_and_back(
    tmp_path: Path, receiver: Trap, file: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    """What was sent under one engine is never sent again under the next, in either direction; each stage is whole."""
    at = f"sqlite:///{file}" if engine == "sqlite" else request.getfixturevalue("postgres").database()
    room = office(tmp_path / "org", receiver, at, more="")
    room.run()
    first = room.ledger().terms
    assert [] == copied(room, "git", ENV)
    room.merge(2)
    room.approve()
    with pytest.raises(Failure, match="XP-LEDGER-SEALED"):
        room.run()
    room.set_engine("", IN_DATABASE)
    assert (1, 2) == (len(room.run().lines), len(receiver.arrived()))
    assert () == verify(room.knowing()).problems
    assert [] == copied(room, ENV, "git")
    room.set_engine(IN_DATABASE, "")
    room.merge(3)
    room.approve()

    assert (1, 3) == (len(room.run().lines), len(set(receiver.ids())))
    assert (first, ()) == (room.ledger().terms, verify(room.knowing()).problems)


def test_a_ledger_goes_from_one_database_to_another(room: Office, receiver: Trap, postgres: Server) -> None:
    """A workspace outgrows its file: what is in SQLite goes on in PostgreSQL, and the file takes no claim any more."""
    room.run()
    new = postgres.database()
    copied(room, ENV, "env:NEW_URL", NEW_URL=new)
    room.merge(2)
    room.approve()
    with pytest.raises(Failure, match="XP-REWOUND"):
        room.run()
    room.address = new

    assert (1, 2) == (len(room.run().lines), len(receiver.arrived()))
    assert () == verify(room.knowing()).problems


def test_a_copy_waits_until_nobody_can_be_sending(tmp_path: Path, receiver: Trap, file: Path) -> None:
    """A runner that died holds its claim until the lease ends; what it left is in doubt after the copy."""
    room = office(tmp_path / "org", receiver, f"sqlite:///{file}", more="")
    until = room.clock.at + timedelta(minutes=4)
    claim = Intent("n", 1, "gone", until, "d", "c", "e", room.clock.at)
    row = move(Key(WORKSPACE_ID, "01GONE", "hook", "acc"), None, claim)
    main = room.fetched().tip("main") or ""
    assert Landed() == room.ledger().intend(Chunk(Account("acc").taken("gone", until), (row,)), main)

    assert copied(room, "git", ENV)
    assert room.clock.at >= until
    (left,) = room.ledger().open()
    assert isinstance(left, Delivery)
    assert (State.UNKNOWN, "") == (left.state, room.ledger().account("acc").owner)


def test_a_copy_may_be_repeated(tmp_path: Path, receiver: Trap, file: Path) -> None:
    """A dry run changes nothing; a second copy to the same place, or to one that has gone on, is refused."""
    room = office(tmp_path / "org", receiver, f"sqlite:///{file}", more="")
    room.run()
    planned = copy(room.knowing(), "git", ENV, patient(room, []), dry_run=True)
    assert (1, True, "") == (planned.deliveries, planned.dry_run, room.ledger().terms.sealed)
    copied(room, "git", ENV)
    with pytest.raises(Failure) as again:
        copied(room, "git", ENV)

    assert "XP-LEDGER-NONE" == again.value.code


@pytest.mark.parametrize("place", ["nowhere", "postgresql://u:secret@h/d", "mysql:x", ""])
def test_an_unknown_place_is_a_usage_error(room: Office, place: str) -> None:
    """A place is called by its short name; an address with a password is refused on the command line."""
    room.run()
    with pytest.raises(Failure) as wrong:
        copied(room, ENV, place)

    assert ("XP-LEDGER-NAME", Exit.USAGE, False) == (
        wrong.value.code,
        wrong.value.exit_code,
        "secret" in str(wrong.value),
    )


def test_init_begins_and_says_the_id(room: Office) -> None:
    """A ledger can be begun before anything is sent, so that its id can be pinned; a second time finds it."""
    begun = init(room.knowing())
    again = init(room.knowing())

    assert (True, False, begun.id) == (begun.new, again.new, again.id)
    room.set_engine(IN_DATABASE, f'{IN_DATABASE}id = "{begun.id}"\n')
    assert 1 == len(room.run().lines)


def test_what_the_branch_shows_comes_back(room: Office, receiver: Trap, file: Path) -> None:
    """A database put back to an older copy stops everything, until a person adopts it; nothing is sent twice."""
    room.run()
    shutil.copy(file, file.with_suffix(".backup"))
    room.merge(2)
    room.approve()
    room.run()
    for each in file.parent.glob("ledger.db*"):
        each.unlink()
    file.with_suffix(".backup").rename(file)
    with pytest.raises(Failure, match="XP-REWOUND"):
        init(room.knowing())
    assert 0 == init(room.knowing(), adopt=True).unknown

    assert ((), 2) == (room.run().lines, len(receiver.arrived()))
    assert () == verify(room.knowing()).problems


def test_a_branch_that_lost_something_is_adopted(tmp_path: Path, receiver: Trap) -> None:
    """A ledger branch put back by one commit stops every runner, until a person takes it as it is."""
    room = office(tmp_path / "org", receiver, "", more="")
    room.run()
    remote = Git(room.org.remote)
    tip = remote.commit_of("refs/heads/expertpost-ledger") or ""
    assert remote.move_refs({"refs/heads/expertpost-ledger": (remote.text("rev-parse", f"{tip}~1"), tip)})
    with pytest.raises(Failure, match="XP-REWOUND"):
        room.run()

    assert 1 == init(room.knowing(), adopt=True).unknown
    assert (1, 1) == (len(receiver.arrived()), len(set(receiver.ids())))
    room.run()
    assert 1 == len(receiver.arrived())
