"""What anybody who may push writes into the ledger or among people's facts does nothing to who checks a bundle."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.attacks.office import Office, open_office
from tests.flows.mailroom import BY, Trap
from tests.flows.organisation import START
from tests.flows.proving import checked, packed, renew_sums, verified

from expertpost.model.event import EventKind
from expertpost.store.events import Written, append
from expertpost.store.git import Git
from expertpost.store.ledger_git import segment
from expertpost.store.ledger_json import row_line
from expertpost.store.writing import write_commit

LEDGER = "refs/heads/expertpost-ledger"


@pytest.fixture
def receiver() -> Iterator[Trap]:
    """A keyed webhook receiver."""
    with closing(Trap()) as twin:
        yield twin


@pytest.fixture
def office(tmp_path: Path, receiver: Trap) -> Office:
    """Bob has approved, and it went out."""
    made = open_office(tmp_path, receiver)
    made.approve_as()
    made.publish()
    return made


@pytest.mark.parametrize("name", ["1e : > pwned #", "x\n1e : > pwned #", "1w pwned"])
def test_a_name_in_the_ledger_is_no_program(office: Office, name: str) -> None:
    """A placeholder called like a command of sed, planted on the ledger branch: nobody's shell obeys it."""
    (row,) = office.rows().values()
    assert row.receipt
    told = replace(row, receipt=replace(row.receipt, bound=((name, "x"), *row.receipt.bound)))
    remote = Git(office.org.remote)
    tip = remote.commit_of(LEDGER)
    commit = write_commit(remote, {segment(row.key.id): row_line(told) + b"\n"}, "a", BY, START, base=tip)
    assert remote.move_refs({LEDGER: (commit, tip)})
    folder, _ = packed(office.anna)
    verified(folder)

    assert not list(folder.rglob("pwned*"))


def test_a_forged_line_in_a_bundle_is_no_program(office: Office) -> None:
    """Neither is one that a forger writes into the bundle, whose script is our own: both checks find it."""
    folder, _ = packed(office.anna)
    key = (folder / "sent.tsv").read_text().partition("\t")[0]
    with (folder / "bound.tsv").open("a") as table:
        table.write(f"{key}\t1e : > pwned #\n")
    renew_sums(folder)
    code, _ = verified(folder)

    assert (1, True, []) == (code, bool(checked(office.anna, folder).findings), list(folder.rglob("pwned*")))


def test_a_strangers_fact_spoils_no_bundle(office: Office) -> None:
    """Tabs, line ends and signs of the shell in what a stranger pushed: the bundle still says what is true."""
    evil = 'a\tb\nc "$(: > pwned)" `: > pwned` \\ "],"by":"bob"'
    event = office.statement(
        "$(:>pwned)@evil.example".replace(">", ""), EventKind.COMMENT, text=evil, slug=evil, quote=evil,
        contributors=(evil,), channels=(evil,), verdict=evil, url=evil, posts={evil: evil},
    )  # fmt: skip
    append(office.fetched(), [Written(event)], BY, START)
    folder, done = packed(office.anna)
    code, says = verified(folder)

    assert (0, ("bob",), []) == (code, done.approved_by, list(folder.rglob("pwned*"))), says
    assert json.loads((folder / "events" / f"{event.id}.json").read_bytes())["text"] == evil


def test_what_people_ask_for_spoils_no_bundle(office: Office) -> None:
    """A hold at one channel, its release and a confirmation are part of the evidence, and fit what is said of them."""
    office.say(office.statement("cara", EventKind.HOLD, channels=("hook",), text="Wait"))
    office.say(office.statement("bob", EventKind.RELEASE, channels=("hook",)))
    office.say(office.statement("bob", EventKind.CONFIRM, verdict="true", due=START))
    office.say(office.statement("bob", EventKind.SETTLE, claim="1" * 32, verdict="dropped", deliveries=("0" * 64,)))
    folder, _ = packed(office.anna)
    code, says = verified(folder)

    assert (0, ()) == (code, checked(office.anna, folder).findings), says
