"""One delivery: what its key is made of, which facts may follow which, and when it may be claimed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from expertpost.model.delivery import (
    GIVEN_BACK,
    MAX_ATTEMPTS,
    Absent,
    Accepted,
    Delivery,
    Doubted,
    Expired,
    Held,
    IllegalMove,
    Intent,
    Postponed,
    Rejected,
    Released,
    Report,
    Resolved,
    Ruling,
    Started,
    State,
    learn,
    move,
)
from expertpost.model.key import Key
from expertpost.model.outcome import Receipt

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEASE = timedelta(minutes=15)
KEY = Key("01WORKSPACE", "01PIECE", "hook", "a" * 32)
RECEIPT = Receipt("id-1", "https://service.example/1")


def intent(
    nonce: str = "n1", at: datetime = AT, *, keyed: bool = False, life: timedelta | None = None,
    settle: timedelta | None = None,
) -> Intent:  # fmt: skip
    """A claim of fifteen minutes."""
    until = at + life if life else None
    return Intent(nonce, 1, "runner", at + LEASE, "d" * 64, "c" * 64, "e" * 40, at, keyed, until, settle)


def after(
    *facts: Report, keyed: bool = False, life: timedelta | None = None, settle: timedelta | None = None
) -> Delivery:
    """A delivery that was claimed, and what happened then."""
    found = move(KEY, None, intent(keyed=keyed, life=life, settle=settle))
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
    State.HELD: after(STARTED, Doubted("n1", AT, "lost"), Held("n1", AT, "nobody can look")),
    State.DROPPED: after(
        STARTED, Doubted("n1", AT, "lost"), Resolved("e", AT, "bob", Ruling.DROPPED, "no longer needed")
    ),
    State.EXPIRED: after(Released("n1", AT), Expired("n1", AT, "late")),
}


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


@pytest.mark.parametrize("state", sorted(set(IN_STATE) - GIVEN_BACK))
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


MINUTE = timedelta(minutes=1)
LOST = Doubted("n1", AT, "lost")


def test_a_key_is_good_for_its_life_only() -> None:
    """A service that forgets keys is asked again only while it remembers the first try."""
    doubted = after(STARTED, LOST, keyed=True, life=2 * MINUTE)
    again = move(KEY, doubted, intent("n2", AT + MINUTE, keyed=True, life=2 * MINUTE))
    lost_again = move(KEY, move(KEY, again, Started("n2", AT + MINUTE)), Doubted("n2", AT + MINUTE, "lost"))

    assert (True, AT + 2 * MINUTE) == (again.repeat, again.intent.key_until)
    for before in (doubted, lost_again):
        with pytest.raises(IllegalMove):
            move(KEY, before, intent("n3", AT + 2 * MINUTE, keyed=True, life=2 * MINUTE))


def test_two_looks_that_find_nothing_are_proof() -> None:
    """Found nothing once: noted. Again, too early: no news. Again after the settle time: it may be tried again."""
    doubted = after(STARTED, LOST, settle=2 * MINUTE)
    once = move(KEY, doubted, Absent("n1", AT))
    early = move(KEY, once, Absent("n1", AT + MINUTE))
    twice = move(KEY, early, Absent("n1", AT + 2 * MINUTE))

    assert (State.UNKNOWN, (AT,)) == (once.state, once.absent)
    assert once == early
    assert (State.RETRY_WAIT, 1, (AT, AT + 2 * MINUTE)) == (twice.state, twice.attempts, twice.absent)


def test_a_blind_service_proves_nothing_by_silence() -> None:
    """Where nothing can be listed, a search that finds nothing says nothing."""
    assert IN_STATE[State.UNKNOWN] == move(KEY, IN_STATE[State.UNKNOWN], Absent("n1", AT))


def test_a_new_claim_forgets_old_looks() -> None:
    """What was looked for before a claim says nothing of what that claim did."""
    looked = after(STARTED, LOST, Absent("n1", AT), keyed=True, settle=MINUTE)

    assert () == move(KEY, looked, intent("n2", AT, keyed=True, settle=MINUTE)).absent


@pytest.mark.parametrize("fact", [Released("n2", AT), Postponed("n2", AT, "busy"), Doubted("n2", AT, "lost")])
def test_a_repeat_that_comes_to_nothing_leaves_the_doubt(fact: Report) -> None:
    """That a repeat was not sent, or not taken, proves nothing about the try before it."""
    again = move(KEY, after(STARTED, LOST, keyed=True), intent("n2", keyed=True))

    assert State.UNKNOWN is learn(again, (fact,) if isinstance(fact, Released) else (Started("n2", AT), fact)).state


def test_a_refused_repeat_waits_for_a_person() -> None:
    """A service that refuses the repeat may have taken the first: nobody but a person can tell."""
    again = move(KEY, after(STARTED, LOST, keyed=True), intent("n2", keyed=True))
    refused = learn(again, (Started("n2", AT), Rejected("n2", AT, "gone")))

    assert (State.HELD, "gone") == (refused.state, refused.reason)


def test_repeats_end_with_a_person() -> None:
    """Doubt after doubt at a keyed service: the next try waits longer, and after the last one a person is asked."""
    row, at = after(STARTED, LOST, keyed=True), AT
    for number in range(MAX_ATTEMPTS):
        at = row.not_before or at
        row = move(KEY, row, intent(f"m{number}", at, keyed=True))
        row = learn(row, (Started(f"m{number}", at), Doubted(f"m{number}", at, "lost")))

    assert State.HELD is row.state
    assert at > AT + timedelta(hours=1)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.HELD, State.REJECTED, State.DEAD])
@pytest.mark.parametrize(
    ("ruling", "after_it"),
    [
        (Ruling.DELIVERED, State.DELIVERED), (Ruling.NOT_DELIVERED, State.RETRY_WAIT), (Ruling.DROPPED, State.DROPPED),
    ],
)  # fmt: skip
def test_a_person_ends_what_waits_for_them(state: State, ruling: Ruling, after_it: State) -> None:
    """Doubt, refusal and death end as a person says; tries are counted anew, and the event counts once."""
    row = replace(IN_STATE[State.UNKNOWN], state=state, attempts=MAX_ATTEMPTS)
    found = move(KEY, row, Resolved("e1", AT, "bob", ruling, "https://service.example/1"))

    assert (after_it, 0, ("e1",)) == (found.state, found.attempts, found.resolved)
    assert (found.receipt is not None) is (ruling is Ruling.DELIVERED)
    assert found == learn(found, (Resolved("e1", AT, "bob", Ruling.DROPPED),))


@pytest.mark.parametrize("state", [State.INTENDED, State.SENDING, State.RELEASED, State.DROPPED, State.EXPIRED])
def test_a_person_decides_nothing_that_is_under_way_or_over(state: State) -> None:
    """A word about a delivery that waits for nobody is refused."""
    with pytest.raises(IllegalMove):
        move(KEY, IN_STATE[state], Resolved("e1", AT, "bob", Ruling.NOT_DELIVERED))


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
