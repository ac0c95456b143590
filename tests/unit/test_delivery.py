"""One delivery: what its key is made of, which facts may follow which, and when it may be claimed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from expertpost.model.delivery import (
    MAX_ATTEMPTS,
    Accepted,
    Delivery,
    Doubted,
    IllegalMove,
    Intent,
    Postponed,
    Rejected,
    Released,
    Report,
    Started,
    State,
    learn,
    move,
)
from expertpost.model.key import Account, Key, Pin, account_id, target_of
from expertpost.model.outcome import Receipt

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEASE = timedelta(minutes=15)
KEY = Key("01WORKSPACE", "01PIECE", "hook", "a" * 32)
RECEIPT = Receipt("id-1", "https://service.example/1")


def intent(nonce: str = "n1", at: datetime = AT, *, keyed: bool = False, epoch: int = 1) -> Intent:
    """A claim of fifteen minutes."""
    return Intent(nonce, epoch, "runner", at + LEASE, "d" * 64, "c" * 64, "e" * 40, at, keyed)


def after(*facts: Report, keyed: bool = False) -> Delivery:
    """A delivery that was claimed, and what happened then."""
    found = move(KEY, None, intent(keyed=keyed))
    for fact in facts:
        found = move(KEY, found, fact)
    return found


STARTED = Started("n1", AT)
IN_STATE = {
    State.INTENDED: after(),
    State.SENDING: after(STARTED),
    State.RELEASED: after(Released("n1", AT)),
    State.DELIVERED: after(STARTED, Accepted("n1", AT, RECEIPT)),
    State.RETRY_WAIT: after(STARTED, Postponed("n1", AT, "busy")),
    State.REJECTED: after(STARTED, Rejected("n1", AT, "too long")),
    State.UNKNOWN: after(STARTED, Doubted("n1", AT, "lost")),
}


def test_a_key_is_the_same_for_the_same_delivery_and_no_other() -> None:
    """Workspace, piece, channel, account, edition, target and part make the key, and each of them another one."""
    others = (
        replace(KEY, workspace="x"), replace(KEY, piece="x"), replace(KEY, channel="x"), replace(KEY, account="x"),
        replace(KEY, edition=2), replace(KEY, target="x"), replace(KEY, part=1),
    )  # fmt: skip

    assert Key("01WORKSPACE", "01PIECE", "hook", "a" * 32).id == KEY.id
    assert 8 == len({KEY.id, *(other.id for other in others)})


def test_a_target_hides_the_address() -> None:
    """A recipient's name in the ledger depends on a salt and not on letter case, and holds nothing of the address."""
    one = target_of("5a" * 32, "Bea@Supplier.example")

    assert target_of("5a" * 32, "bea@supplier.example") == one
    assert target_of("5b" * 32, "bea@supplier.example") != one
    assert "" == target_of("5a" * 32, "")
    assert not {"bea", "supplier"} & set(one.split("@"))


def test_a_pin_and_its_deliveries_have_different_keys() -> None:
    """The pin of a mailing never stands in the way of a delivery."""
    assert KEY.id != Pin(KEY, (), "c", "d").id


def test_an_account_is_named_by_publisher_and_account() -> None:
    """Two channels of one account share its name; another service or account has another."""
    assert account_id("email", "a@b.example") == account_id("email", "a@b.example")
    assert 3 == len({account_id("email", "a"), account_id("webhook", "a"), account_id("email", "b")})


@pytest.mark.parametrize(("state", "row"), IN_STATE.items())
def test_each_state_is_reached_by_its_facts(state: State, row: Delivery) -> None:
    """Every state in use has a way that leads there."""
    assert state is row.state


@pytest.mark.parametrize("row", IN_STATE.values(), ids=lambda row: row.state.value)
def test_accepted_beats_every_other_state(row: Delivery) -> None:
    """Proof that a post exists counts whatever was thought before, also from a claim that is over."""
    found = move(KEY, row, Accepted("an older claim", AT, RECEIPT))

    assert (State.DELIVERED, RECEIPT, "") == (found.state, found.receipt, found.reason)


def test_a_second_remote_id_is_told() -> None:
    """Two remote ids for one key are kept both: a service that posted twice must be seen."""
    row = move(KEY, IN_STATE[State.DELIVERED], Accepted("n2", AT, Receipt("id-2")))
    again = move(KEY, row, Accepted("n2", AT, Receipt("id-2")))

    assert ("id-1", ("id-2",)) == (again.receipt.remote_id if again.receipt else "", again.also)


@pytest.mark.parametrize("state", [State.DELIVERED, State.REJECTED, State.UNKNOWN, State.INTENDED, State.SENDING])
def test_no_new_claim_where_something_may_be_out(state: State) -> None:
    """A blind service gets no second claim of what may have arrived, however long ago it was."""
    with pytest.raises(IllegalMove):
        move(KEY, IN_STATE[state], intent("n2", AT + timedelta(days=300)))


def test_a_keyed_service_is_asked_again() -> None:
    """Where the service takes a key once, doubt and a dead runner's claim may be claimed again, after the lease."""
    late = AT + LEASE
    doubted = after(STARTED, Doubted("n1", AT, "lost"), keyed=True)

    assert State.INTENDED is move(KEY, doubted, intent("n2", AT, keyed=True)).state
    assert State.INTENDED is move(KEY, after(keyed=True), intent("n2", late, keyed=True)).state
    for before, fact in (
        (after(keyed=True), intent("n2", late - timedelta(seconds=1), keyed=True)),
        (after(keyed=True), intent("n2", late)),
        (after(), intent("n2", late, keyed=True)),
    ):
        with pytest.raises(IllegalMove):
            move(KEY, before, fact)


def test_a_claim_is_never_made_twice_with_one_nonce() -> None:
    """The nonce tells two claims apart; the same one again is no new claim."""
    with pytest.raises(IllegalMove):
        move(KEY, IN_STATE[State.RELEASED], intent("n1"))


def test_the_next_try_waits() -> None:
    """After a try that was not accepted, the next waits a minute, then twice as long, or as the service asks."""
    row = IN_STATE[State.RETRY_WAIT]

    assert AT + timedelta(minutes=1) == row.not_before
    assert not row.may_be_intended(AT, keyed=False)
    again = move(KEY, row, intent("n2", AT + timedelta(minutes=1)))
    asked = move(KEY, move(KEY, again, Started("n2", AT)), Postponed("n2", AT, "busy", AT + timedelta(hours=1)))
    assert (2, AT + timedelta(hours=1)) == (asked.attempts, asked.not_before)


def test_a_delivery_dies_of_too_many_tries() -> None:
    """Tries are counted, and after the last one only a person can help."""
    row, at = IN_STATE[State.RELEASED], AT
    for number in range(MAX_ATTEMPTS):
        at = row.not_before or at
        row = move(KEY, row, intent(f"m{number}", at))
        row = move(KEY, move(KEY, row, Started(f"m{number}", at)), Postponed(f"m{number}", at, "busy"))

    assert (State.DEAD, MAX_ATTEMPTS) == (row.state, row.attempts)


def test_old_news_changes_nothing() -> None:
    """A report of a claim that is over is left out, and so is one that was told before."""
    claimed = move(KEY, IN_STATE[State.RELEASED], intent("n2", AT))

    assert claimed == learn(claimed, (Started("n1", AT), Doubted("n1", AT, "late news")))
    told = (STARTED, Accepted("n1", AT, RECEIPT))
    assert learn(after(), told) == learn(learn(after(), told), told)


def test_a_delivery_without_proof_cannot_be_built() -> None:
    """Delivered needs a receipt, and every other state has none."""
    with pytest.raises(IllegalMove):
        replace(after(), state=State.DELIVERED)
    with pytest.raises(IllegalMove):
        replace(after(), receipt=RECEIPT)


def test_an_account_has_one_owner_at_a_time() -> None:
    """A lease keeps others out until it is over; each new owner raises the epoch, a renewal does not."""
    mine = Account("a").taken("me", AT + LEASE)

    assert (True, False, False) == (
        mine.leased_to_another("you", AT),
        mine.leased_to_another("me", AT),
        mine.leased_to_another("you", AT + LEASE),
    )
    assert (1, 1, 2) == (mine.epoch, mine.taken("me", AT).epoch, mine.given_back().taken("you", AT).epoch)


def test_pauses_merge_by_the_later_one() -> None:
    """A service's wish to wait is never shortened by an earlier one."""
    later = Account("a").paused(AT + LEASE).paused(AT).paused(None)

    assert AT + LEASE == later.not_before
