"""Laws of the delivery's states, over every fact in every state."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.delivery import (
    LEGAL,
    Accepted,
    Delivery,
    Doubted,
    Fact,
    IllegalMove,
    Intent,
    Postponed,
    Rejected,
    Released,
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
intents = st.builds(
    lambda nonce, at, keyed: Intent(nonce, 1, "r", at + timedelta(minutes=15), "d", "c", "e", at, keyed),
    nonces, moments, st.booleans(),
)  # fmt: skip
reports = st.one_of(
    st.builds(Started, nonces, moments),
    st.builds(Released, nonces, moments),
    st.builds(Accepted, nonces, moments, st.builds(Receipt, st.sampled_from(["a", "b"]), words)),
    st.builds(Postponed, nonces, moments, words, st.none() | moments),
    st.builds(Rejected, nonces, moments, words),
    st.builds(Doubted, nonces, moments, words),
)
histories = st.lists(st.one_of(intents, reports), max_size=12)


def walk(facts: list[Fact]) -> list[Delivery | None]:
    """The delivery after each fact; a fact that cannot follow leaves it as it was."""
    found: list[Delivery | None] = [None]
    for fact in facts:
        try:
            found.append(move(KEY, found[-1], fact))
        except IllegalMove:
            found.append(found[-1])
    return found


@given(histories)
def test_only_legal_facts_move(facts: list[Fact]) -> None:
    """Whatever happens in whatever order, a fact moves a delivery only from a state in which it is legal."""
    states = walk(facts)

    for before, fact, now in zip(states, facts, states[1:], strict=False):
        if before != now:
            assert type(fact) in LEGAL[before.state if before else None]


@given(histories)
def test_what_was_delivered_stays_delivered(facts: list[Fact]) -> None:
    """Nothing undoes the proof that a post exists, and nothing claims it again."""
    states = walk(facts)
    first = next((i for i, row in enumerate(states) if row and row.state is State.DELIVERED), len(states))

    assert all(row and row.state is State.DELIVERED for row in states[first:])


@given(histories)
def test_doubt_at_a_blind_service_ends_with_proof_only(facts: list[Fact]) -> None:
    """Once in doubt, a post to a blind service is never claimed again."""
    states = walk(facts)

    for before, now in pairwise(states):
        if before and now and before.state is State.UNKNOWN and not before.intent.keyed:
            assert now.state in (State.UNKNOWN, State.DELIVERED)


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
    if row and not any(isinstance(fact, Released | Postponed) for fact in news):
        assert learn(row, news) == learn(learn(row, news), news)
