"""Publishing with the ledger in a database: sent once, read by people on the branch, and stopped where it forgot."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.flows.mailroom import Trap
from tests.flows.sql import IN_DATABASE, Office, office
from tests.postgres import Server

from expertpost.errors import Exit, Failure
from expertpost.flows.outbox import list_
from expertpost.flows.report import Result
from expertpost.model.delivery import State


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the ledger is when it is a file."""
    return tmp_path / "ledger.db"


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, file: Path) -> Office:
    """A workspace whose ledger is in SQLite."""
    return office(tmp_path / "org", receiver, f"sqlite:///{file}")


def test_publishing_twice_sends_once(room: Office, receiver: Trap) -> None:
    """What is due goes out once; a second run sends nothing and pushes nothing."""
    assert [Result.SENT] == [line.result for line in room.run().lines]
    pushes = room.pushes()

    assert ((), 1, pushes) == (room.run().lines, len(receiver.arrived()), room.pushes())


def test_people_read_the_branch(room: Office) -> None:
    """Whoever has no access to the database sees on the ledger branch what went out, and when approvals were seen."""
    room.run()
    anna = room.anna
    groups = list_(replace(room.world, here=anna.clone, env=anna.env)).groups

    assert [("piece-1", State.DELIVERED, 1)] == [(group.slug, group.state, group.count) for group in groups]
    assert 2 == len(room.ledger().witnessed())


def test_a_run_shows_what_it_did_in_one_push(room: Office) -> None:
    """The first run says on the branch where the ledger is, before its first claim; from then on a run pushes once."""
    room.run()
    assert 2 == room.pushes()
    room.merge(2)
    room.merge(3)
    room.approve()

    assert 2 == len(room.run().lines)
    assert 3 == room.pushes()


def test_publishing_over_postgresql(tmp_path: Path, receiver: Trap, postgres: Server) -> None:
    """The same holds on a real PostgreSQL."""
    room = office(tmp_path / "org", receiver, postgres.database())
    room.run()

    assert ((), 1) == (room.run().lines, len(receiver.arrived()))
    assert [State.DELIVERED] == [row.state for row in room.rows().values()]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_runners_at_once_send_once(
    tmp_path: Path, receiver: Trap, file: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    """Three runners that start at the same moment, on an empty database, send each piece once."""
    at = f"sqlite:///{file}" if engine == "sqlite" else request.getfixturevalue("postgres").database()
    room = office(tmp_path / "org", receiver, at)
    room.merge(2)
    room.approve()
    runners = [room.runner, room.another("second"), room.another("third")]
    begun = [room.start(runner=runner, env={"LEDGER_URL": at}) for runner in runners]

    ended = [one.ended() for one in begun]
    assert [0, 0, 0] == [code for code, _ in ended], ended
    assert 2 == len(receiver.ids()) == len(set(receiver.ids()))


def test_another_engine_alone_sends_nothing(tmp_path: Path, receiver: Trap, file: Path) -> None:
    """A change of engine in expertpost.toml without a copy of the ledger would send everything twice: exit 4."""
    room = office(tmp_path / "org", receiver, f"sqlite:///{file}", more="")
    assert 1 == len(room.run().lines)
    room.set_engine("", IN_DATABASE)
    with pytest.raises(Failure) as stopped:
        room.run()

    assert ("XP-LEDGER-PLACE", Exit.GUARD, 1) == (stopped.value.code, stopped.value.exit_code, len(receiver.arrived()))


def test_a_ledger_that_was_only_begun_goes_on_in_a_database(room: Office, receiver: Trap) -> None:
    """A branch that says what the ledger is, and holds nothing yet, gives its terms to the database."""
    room.short_leases()
    terms = room.ledger().terms

    assert (0, 1) == (room.start(env={"LEDGER_URL": room.address}).ended()[0], len(receiver.arrived()))
    assert terms == replace(room.ledger().terms, sealed="")
    assert room.ledger().terms.sealed


def test_the_branch_alone_takes_no_claim(room: Office, receiver: Trap) -> None:
    """Back to git in expertpost.toml alone: the branch says that the ledger goes on in the database. Exit 4."""
    room.run()
    room.set_engine(IN_DATABASE, "")
    room.merge(2)
    room.approve()
    with pytest.raises(Failure) as stopped:
        room.run()

    assert ("XP-LEDGER-SEALED", Exit.GUARD, 1) == (stopped.value.code, stopped.value.exit_code, len(receiver.arrived()))


@pytest.mark.parametrize("lost", ["all of it", "the last run"])
def test_a_database_that_forgot_stops_everything(room: Office, receiver: Trap, file: Path, lost: str) -> None:
    """A database that is gone, or was put back to yesterday's copy, is found out by what the branch shows. Exit 4."""
    if lost == "the last run":
        room.run()
        shutil.copy(file, file.with_suffix(".backup"))
        room.merge(2)
        room.approve()
    room.run()
    sent = len(receiver.arrived())
    for each in file.parent.glob("ledger.db*"):
        if not each.name.endswith(".backup"):
            each.unlink()
    if lost == "the last run":
        shutil.copy(file.with_suffix(".backup"), file)
    with pytest.raises(Failure) as stopped:
        room.run()

    assert ("XP-REWOUND", Exit.GUARD, sent) == (stopped.value.code, stopped.value.exit_code, len(receiver.arrived()))


def test_a_copy_of_the_database_is_found_out(room: Office, receiver: Trap, file: Path) -> None:
    """Where a copy of the database goes its own way, the branch shows one of the two: the other stops. Exit 4."""
    room.run()
    staging = file.with_name("staging.db")
    shutil.copy(file, staging)
    room.merge(2)
    room.approve()
    room.run(LEDGER_URL=f"sqlite:///{staging}")
    with pytest.raises(Failure, match="XP-REWOUND"):
        room.run()

    assert 2 == len(set(receiver.ids())) == len(receiver.ids())


def test_without_its_address_nothing_is_sent(room: Office, receiver: Trap) -> None:
    """A runner that does not know the database's address says which secret it misses."""
    with pytest.raises(Failure) as stopped:
        room.run(LEDGER_URL="")

    assert ("XP-SECRET-MISSING", 0) == (stopped.value.code, len(receiver.arrived()))
    assert "env:LEDGER_URL" in stopped.value.what


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("mysql://expert:s3cret-word@db/x", "XP-LEDGER-ENGINE"),
        ("s3cret-word", "XP-LEDGER-ENGINE"),
        ("sqlite://", "XP-LEDGER-ENGINE"),
        ("sqlite:////nowhere/at/all/ledger.db", "XP-LEDGER-AWAY"),
        ("postgresql://expert:s3cret-word@127.0.0.1:1/x", "XP-LEDGER-AWAY"),
        ("postgresql://expert@127.0.0.1:1/x?password=s3cret-word", "XP-LEDGER-AWAY"),
        ("postgresql://expert@127.0.0.1:1/x?sslpassword=s3cret-word&sslmode=bad", "XP-LEDGER-AWAY"),
        ("postgresql://expert@127.0.0.1:1/x?passwort=s3cret-word", "XP-LEDGER-AWAY"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_secret(room: Office, address: str, code: str) -> None:
    """Whatever is wrong with the address, nothing is sent, and its password is in no message."""
    with pytest.raises(Failure) as stopped:
        room.run(LEDGER_URL=address)

    told = f"{stopped.value} {stopped.value.where} {stopped.value.cure}"
    assert (code, False) == (stopped.value.code, "s3cret-word" in told)


def test_without_the_extra_the_cure_is_told(room: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLAlchemy is not installed, the message says what to install."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(Failure) as stopped:
        room.run()

    assert "XP-LEDGER-ENGINE" == stopped.value.code
    assert "expertpost[sql]" in stopped.value.cure


def test_a_relative_file_lies_in_the_workspace(room: Office, tmp_path: Path) -> None:
    """A relative address begins at the workspace, wherever the runner was started."""
    (room.runner.clone / "below").mkdir()
    room.run(room.runner.clone / "below", LEDGER_URL="sqlite:///.git/ledger.db")

    assert (room.runner.clone / ".git" / "ledger.db").exists()


def test_a_branch_that_cannot_be_pushed_is_told(room: Office, receiver: Trap) -> None:
    """Where the host does not take the mirror, the run says so; the database knows, and nothing is sent again."""
    room.run()
    room.merge(2)
    room.approve()
    hooked = room.org.remote / "hooks" / "pre-receive"
    hooked.parent.mkdir(exist_ok=True)
    hooked.write_text("#!/bin/sh\necho protected >&2\nexit 1\n", encoding="utf-8")
    hooked.chmod(0o755)
    assert (Exit.FAILED, 2) == (room.run().exit, len(receiver.arrived()))
    hooked.unlink()

    assert (Exit.DONE, 2) == (room.run().exit, len(receiver.arrived()))
    assert {State.DELIVERED} == {row.state for row in room.rows().values()}
