"""Laws of freshness: what people say adds up the same in any order, and looking at a text never makes it staler."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.config import Freshness, Term
from expertpost.model.event import Event, EventKind
from expertpost.model.freshness import Fresh, Verdict, fresh
from expertpost.model.people import People, Person
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.review import Review

LISTED = (("ana", ()), ("ben", ("Seals",)), ("cem", ()))
PEOPLE = People(tuple(Person(handle=handle, name=handle.title(), topics=topics) for handle, topics in LISTED))
Words = Sequence[tuple[str, Verdict, int]]
START = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = st.builds(Term, days=st.integers(1, 900), topic=st.sampled_from([(), ("seals",), ("x",)]))
RULES = st.builds(
    Freshness,
    days=st.sampled_from([0, 30, 365]),
    terms=st.lists(TERMS, max_size=2).map(tuple),
)
DAYS = st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2030, 1, 1)))


def piece(review_by: date | None) -> Piece:
    """A text by Ana about seals."""
    id_, topics = "01M88W4C3WNP4D1FMJBK6Z1GJC", ("seals",)
    front = FrontMatter(id=id_, title="T", authors=("ana",), slug="t", topics=topics, review_by=review_by)
    return Piece(front, "Words.", "drafts/t.md")


def said(by: str, verdict: Verdict, day: int, one: Piece, prev: tuple[str, ...] = ()) -> Event:
    """Somebody looked at the text."""
    at = START + timedelta(days=day)
    kind = EventKind.CONFIRM
    return Event(
        kind=kind, workspace="w", piece=one.id, digest=one.digest, by=by, at=at, prev=prev, verdict=verdict.value
    )


WHO = st.sampled_from(["ana", "ben", "cem", "eve"])
WORDS = st.lists(st.tuples(WHO, st.sampled_from(list(Verdict)), st.integers(0, 2000)), max_size=6)


def later(one: Fresh, other: Fresh) -> bool:
    """Whether one is due no earlier than the other."""
    return one.due is None or (other.due is not None and one.due >= other.due)


@given(RULES, DAYS, WORDS)
def test_the_order_of_facts_does_not_matter(rules: Freshness, day: date | None, words: Words) -> None:
    """The same facts in any order are the same freshness."""
    one = piece(day)
    events = tuple(said(*word, one) for word in words)

    assert fresh(rules, PEOPLE, one, Review(events)) == fresh(rules, PEOPLE, one, Review(events[::-1]))


@given(RULES, DAYS, WORDS)
def test_a_confirmation_never_brings_the_day_forward(rules: Freshness, day: date | None, words: Words) -> None:
    """Who has seen everything and says that it is still true settles doubts, and the day is no earlier than before."""
    one = piece(day)
    events = tuple(said(*word, one) for word in words)
    before = fresh(rules, PEOPLE, one, Review(events))
    last = said("ana", Verdict.TRUE, 3000, one, tuple(event.id for event in events))
    after = fresh(rules, PEOPLE, one, Review((*events, last)))

    assert after.doubt is None
    assert later(after, before)
    assert after.looked >= before.looked


@given(RULES, DAYS, WORDS)
def test_who_may_not_confirm_changes_no_day(rules: Freshness, day: date | None, words: Words) -> None:
    """Cem, who knows nothing about seals, and Eve, who is not listed, move nothing on."""
    one = piece(day)
    theirs = tuple(said(by, Verdict.TRUE, at, one) for by, _, at in words if by in ("cem", "eve"))

    assert fresh(rules, PEOPLE, one, Review()) == fresh(rules, PEOPLE, one, Review(theirs))


@given(RULES, DAYS, WORDS)
def test_a_doubt_stands_until_somebody_who_saw_it_confirms(rules: Freshness, day: date | None, words: Words) -> None:
    """Confirmations that did not see it settle nothing, however late they are."""
    one = piece(day)
    doubt = said("cem", Verdict.WRONG, 0, one)
    others = tuple(said(by, Verdict.TRUE, at, one) for by, _, at in words)

    assert fresh(rules, PEOPLE, one, Review((doubt, *others))).doubt == doubt
