"""Laws of the delivery's states, over every fact in every state."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.delivery import (
    ARRIVED,
    CLAIMED,
    GIVEN_BACK,
    IN_DOUBT,
    LEGAL,
    SETTLED,
    Absent,
    Accepted,
    Changed,
    Delivery,
    Doubted,
    Expired,
    Fact,
    Held,
    IllegalMove,
    Intent,
    Postponed,
    Rejected,
    Released,
    Resolved,
    Ruling,
    Started,
    State,
    learn,
    move,
)
from expertpost.model.key import Key
from expertpost.model.outcome import Receipt
from expertpost.store.journal import told_from, told_line
from expertpost.store.ledger import Told
from expertpost.store.ledger_json import row_from, row_line

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
KEY = Key("01WORKSPACE", "01PIECE", "hook", "a" * 32)
moments = st.integers(0, 200).map(lambda minutes: AT + timedelta(minutes=minutes))
nonces = st.sampled_from(["n1", "n2", "n3"])
words = st.text(max_size=20)
lives = st.none() | st.integers(1, 120).map(lambda minutes: timedelta(minutes=minutes))


def _intent(nonce: str, at: datetime, *, keyed: bool, life: timedelta | None, settle: timedelta | None) -> Intent:
    until = at + life if life and keyed else None
    return Intent(nonce, 1, "r", at + timedelta(minutes=15), "d", "c", "e", at, keyed, until, settle)


intents = st.builds(_intent, nonces, moments, keyed=st.booleans(), life=lives, settle=lives)
rulings = st.sampled_from(Ruling)
reports = st.one_of(
    st.builds(Started, nonces, moments),
    st.builds(Released, nonces, moments),
    st.builds(Accepted, nonces, moments, st.builds(Receipt, st.sampled_from(["a", "b"]), words)),
    st.builds(Postponed, nonces, moments, words, st.none() | moments),
    st.builds(Rejected, nonces, moments, words),
    st.builds(Doubted, nonces, moments, words),
    st.builds(Absent, nonces, moments),
    st.builds(Held, nonces, moments, words),
    st.builds(Expired, nonces, moments, words),
    st.builds(Changed, st.sampled_from(["e1", "e3"]), moments, words, words, words, st.builds(Receipt, words, words)),
    st.builds(Resolved, st.sampled_from(["e1", "e2"]), moments, st.just("bob"), rulings, words),
)
histories = st.lists(st.one_of(intents, reports, reports), max_size=14)


def walk(facts: list[Fact]) -> list[Delivery | None]:
    """The delivery after each fact; a fact that cannot follow leaves it as it was."""
    found: list[Delivery | None] = [None]
    for fact in facts:
        try:
            found.append(move(KEY, found[-1], fact))
        except IllegalMove:
            found.append(found[-1])
    return found


def steps(facts: list[Fact]) -> Iterator[tuple[Delivery | None, Fact, Delivery | None]]:
    """Each fact with the delivery before and after it."""
    states = walk(facts)
    return zip(states[:-1], facts, states[1:], strict=True)


@given(histories)
def test_only_legal_facts_move(facts: list[Fact]) -> None:
    """Whatever happens in whatever order, a fact moves a delivery only from a state in which it is legal."""
    for before, fact, now in steps(facts):
        if before != now:
            assert type(fact) in (LEGAL[before.state] if before else {Intent})


@given(histories)
def test_what_was_delivered_stays_delivered(facts: list[Fact]) -> None:
    """Nothing undoes the proof that a post exists, nothing claims it again, and only a person has it removed."""
    arrived = False
    for before, fact, now in steps(facts):
        assert not arrived or (now is not None and now.state in ARRIVED and now.receipt is not None)
        if before and now and before.state in ARRIVED and now.state is not before.state:
            assert isinstance(fact, Resolved)
            assert (State.DELIVERED, State.RETRACTED) == (before.state, now.state)
        arrived = arrived or (now is not None and now.state in ARRIVED)


@given(histories)
def test_doubt_at_a_blind_service_ends_with_proof_or_a_person(facts: list[Fact]) -> None:
    """Once in doubt, a post to a blind service is never claimed again, unless somebody looked and said so."""
    for before, fact, now in steps(facts):
        blind = before and before.state in IN_DOUBT and not before.intent.keyed and before.intent.settle is None
        if before and now and blind and now.state not in IN_DOUBT:
            assert isinstance(fact, (Accepted, Resolved))


@given(histories)
def test_a_search_has_to_find_nothing_twice(facts: list[Fact]) -> None:
    """A doubt turns into a new try by two looks, a settle time apart and both written down, or by a person's word."""
    for before, fact, now in steps(facts):
        if before and now and before.state in IN_DOUBT and now.state in GIVEN_BACK and not isinstance(fact, Resolved):
            assert isinstance(fact, Absent)
            assert before.intent.settle is not None
            assert now.absent[-1] - now.absent[0] >= before.intent.settle


@given(histories)
def test_a_key_is_not_used_beyond_its_life(facts: list[Fact]) -> None:
    """What is in doubt is repeated under the same key only while the service remembers the key of the first try."""
    for before, fact, now in steps(facts):
        doubtful = before is not None and before.state in CLAIMED | IN_DOUBT
        if before and now and doubtful and isinstance(fact, Intent) and before != now:
            until = before.intent.key_until
            assert before.intent.keyed
            assert until is None or fact.at < until
            assert (True, until) == (now.repeat, now.intent.key_until)


@given(histories)
def test_a_repeat_that_fails_leaves_the_doubt(facts: list[Fact]) -> None:
    """While a claim repeats one in doubt, nothing short of acceptance says that there is no post."""
    states = walk(facts)

    for before, now in pairwise(states):
        if before and now and before.repeat and before.state in CLAIMED:
            assert now.state in CLAIMED | IN_DOUBT | {State.DELIVERED}


@given(histories)
def test_what_is_settled_moves_by_proof_or_by_people(facts: list[Fact]) -> None:
    """No claim and no report of a runner reopens what is settled; and what a person dropped goes no more."""
    for before, fact, now in steps(facts):
        if before and before != now and before.state in SETTLED - GIVEN_BACK:
            assert isinstance(fact, (Accepted, Changed, Resolved))
            assert before.state is not State.DROPPED or isinstance(fact, Accepted)


@given(histories)
def test_a_persons_word_counts_once(facts: list[Fact]) -> None:
    """The same event read again in every run changes nothing the second time."""
    row = walk(facts)[-1]
    if row:
        for event in row.resolved:
            assert row == learn(row, (Resolved(event, AT, "bob", Ruling.DROPPED),))


@given(histories)
def test_a_row_survives_the_ledger(facts: list[Fact]) -> None:
    """Written to the ledger and read back, a delivery is the same."""
    for row in walk(facts):
        if row:
            assert row == row_from(row_line(row), KEY.workspace)


@given(st.lists(reports, max_size=6))
def test_reports_survive_the_journal(facts: list[Fact]) -> None:
    """Written to the journal and read back, reports are the same."""
    told = Told(KEY, tuple(fact for fact in facts if not isinstance(fact, Intent)))

    assert told == told_from(told_line(told), KEY.workspace)


@given(histories, st.lists(reports, max_size=6))
def test_learning_twice_is_learning_once(facts: list[Fact], told: list[Fact]) -> None:
    """A journal may be replayed as often as one likes."""
    row = walk(facts)[-1]
    news = tuple(fact for fact in told if not isinstance(fact, Intent))
    if row and not any(isinstance(fact, Released | Postponed | Absent | Doubted) for fact in news):
        assert learn(row, news) == learn(learn(row, news), news)
