"""What every engine of the ledger decides alike: whether a claim holds, and what reports make of a row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from expertpost.errors import Failure
from expertpost.model.delivery import SETTLED, Delivery, State, move
from expertpost.model.evidence import Intent, Released, Started
from expertpost.model.key import Account, Key, Pin
from expertpost.store.claiming import holds, id_of, is_open, keys_of, learnt, merged
from expertpost.store.ledger import Chunk, Damaged, Found, Told
from expertpost.testing.ledger_stage import claim

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEASE = timedelta(minutes=15)
KEY = Key("01WORKSPACE", "01PIECE", "hook", "a")
OTHER = replace(KEY, piece="01OTHER")
PIN = Pin(KEY, (), "c", "d")
TAKEN = Account("a").taken("me", AT + LEASE)


def intent(nonce: str = "n1", epoch: int = 1) -> Intent:
    """A claim."""
    return Intent(nonce, epoch, "me", AT + LEASE, "d", "c", "e", AT)


def row(key: Key = KEY, nonce: str = "n1") -> Delivery:
    """A delivery that was claimed for the first time."""
    return move(key, None, intent(nonce))


BACK = move(KEY, row(), Released("n1", AT))
AGAIN = move(KEY, BACK, intent("n2"))


def test_a_row_stands_under_its_key() -> None:
    """A delivery stands under its key, a pin under its own."""
    assert (KEY.id, PIN.id) == (id_of(row()), id_of(PIN))
    assert (KEY.id, OTHER.id) == keys_of([Told(KEY, ()), Told(OTHER, ())])


@pytest.mark.parametrize("state", [state for state in State if state not in {State.DELIVERED, State.RETRACTED}])
def test_what_is_settled_is_not_open(state: State) -> None:
    """The runner has to do with whatever is not settled, and with a pin until it is complete."""
    assert is_open(replace(row(), state=state)) is (state not in SETTLED)
    assert is_open(PIN)
    assert not is_open(replace(PIN, complete=True))


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (Account("a"), True),
        (TAKEN, True),
        (Account("a").taken("you", AT + LEASE), False),
        (Account("a").taken("you", AT), False),
        (Account("a", epoch=4), False),
    ],
    ids=["new", "ours", "another's", "another's until now", "of a later epoch"],
)
def test_a_claim_needs_its_account(account: Account, expected: bool) -> None:
    """The account is free or ours, and nobody had it since the claim was made."""
    assert expected is holds(Chunk(TAKEN, (row(),)), account, {}, AT)


def test_a_later_owner_begins_where_the_earlier_ended() -> None:
    """Whoever saw that the lease was over claims in the next epoch; while it lasts nobody else does."""
    other = Account("a").taken("you", AT + LEASE)
    chunk = Chunk(other.taken("me", AT + 2 * LEASE), (row(),))

    assert holds(chunk, other, {}, AT + LEASE)
    assert not holds(chunk, other, {}, AT)


@pytest.mark.parametrize(
    ("before", "claimed", "expected"),
    [
        (None, row(), True),
        (BACK, AGAIN, True),
        (row(), row(), False),
        (row(), AGAIN, False),
        (None, AGAIN, True),
        (BACK, replace(AGAIN, attempts=7), False),
        (PIN, row(), False),
        (Damaged(KEY.id, "open", "what"), row(), False),
    ],
    ids=["new", "given back", "claimed", "claimed by another", "first", "not what comes of it", "pin", "damaged"],
)
def test_a_claim_follows_what_is_known(before: Found | None, claimed: Delivery, expected: bool) -> None:
    """Each claim is exactly what its intent makes of what the ledger holds; one that is not loses the whole chunk."""
    known = {KEY.id: before} if before else {}

    assert expected is holds(Chunk(TAKEN, (row(OTHER), claimed)), TAKEN, known, AT)


def test_reports_are_learnt_in_order() -> None:
    """Several reports of one delivery build on each other; rows that nobody told of are left out."""
    told = [Told(KEY, (Started("n1", AT),)), Told(OTHER, ()), Told(KEY, (Released("n1", AT), Started("n1", AT)))]
    found = learnt(told, {KEY.id: row(), OTHER.id: row(OTHER), claim(1).key.id: claim(1)}, "here")

    assert {KEY.id: move(KEY, row(), Started("n1", AT)), OTHER.id: row(OTHER)} == found


def test_what_is_damaged_stays_as_it_is() -> None:
    """A report about something that cannot be read, or is no delivery, changes nothing and stops nothing."""
    known: dict[str, Found] = {KEY.id: Damaged(KEY.id, "open", "what"), OTHER.id: row(OTHER)}
    told = [Told(KEY, (Started("n1", AT),)), Told(OTHER, (Released("n1", AT),))]

    assert {OTHER.id: move(OTHER, row(OTHER), Released("n1", AT))} == learnt(told, known, "here")


def test_a_claim_that_is_gone_is_a_rewound_ledger() -> None:
    """A report about what the ledger has never heard of stops everything."""
    with pytest.raises(Failure) as stopped:
        learnt([Told(KEY, ())], {}, "here")

    assert ("XP-LEDGER-DAMAGED", "a claim of ours is gone from the ledger: it was rewound", "here") == (
        stopped.value.code, stopped.value.what, stopped.value.where,
    )  # fmt: skip


def test_the_last_word_of_an_owner_counts_while_it_is_theirs() -> None:
    """In the same epoch what is wanted counts; later only the pause does, and of two pauses the longer."""
    wanted = replace(TAKEN.given_back(), not_before=AT)
    later = replace(TAKEN, not_before=AT + LEASE)
    next_owner = replace(TAKEN.taken("you", AT + LEASE), not_before=None)

    assert replace(wanted, not_before=AT + LEASE) == merged(later, wanted)
    assert wanted == merged(TAKEN, wanted)
    assert replace(next_owner, not_before=AT) == merged(next_owner, wanted)
