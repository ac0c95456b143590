"""Laws of questions: the order of facts does not matter, nobody changes what was asked, nobody speaks for others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.config import Config
from expertpost.model.event import Event, EventKind, event_from
from expertpost.model.people import People, Person, SigningKey
from expertpost.model.policy import credible
from expertpost.model.question import PATIENCE, Question, id_of, questions, subject_of
from expertpost.model.review import fold

START = datetime(2026, 11, 23, tzinfo=UTC)
CONFIG = Config(name="Acme", id="W")
HANDLES = ("anna", "bob", "cara", "dora")
PEOPLE = People(
    tuple(Person(handle=handle, name=handle, keys=(SigningKey(f"ssh-ed25519 {handle}"),)) for handle in HANDLES)
)


def asked(**more: object) -> Event:
    """A question by dora to anna, then to cara."""
    made = Event(
        kind=EventKind.ASK, workspace="W", piece="", digest="", by="dora", at=START, text="Which seal?",
        audience=("colleagues",), topics=("seals",), reviewers=("anna",), then=("cara",), due=START + PATIENCE,
        signer="dora",
    )  # fmt: skip
    made = replace(made, **more)  # type: ignore[arg-type]
    return replace(made, piece=subject_of(id_of(made)))


ASKED = asked()
ID = id_of(ASKED)


def fact(kind: EventKind, by: str, *seen: Event, minutes: int = 1, **more: object) -> Event:
    """What somebody says about it, who had seen these facts."""
    made = Event(
        kind=kind, workspace="W", piece=ASKED.piece, digest="", by=by, at=START + timedelta(minutes=minutes),
        prev=tuple(event.id for event in seen), signer=by,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def folded(*events: Event) -> dict[str, Question]:
    """What these facts add up to."""
    return questions({one: credible(CONFIG, PEOPLE, review) for one, review in fold(events).items()})


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A question and what is said about it, each by somebody who had seen some of what was said before."""
    events = [ASKED]
    for number in range(draw(st.integers(0, 6))):
        seen = draw(st.lists(st.sampled_from(events), unique_by=lambda event: event.id))
        kind = draw(st.sampled_from((EventKind.ROUTE, EventKind.DECLINE, EventKind.DUPLICATE)))
        to = {"reviewers": draw(st.lists(st.sampled_from(HANDLES), max_size=2, unique=True).map(tuple))}
        more = to if kind is EventKind.ROUTE else {"pieces": ("X",)} if kind is EventKind.DUPLICATE else {}
        events.append(fact(kind, draw(st.sampled_from(HANDLES)), *seen, minutes=draw(st.integers(-2, 2)),
                           text=str(number), **more))  # fmt: skip
    return events


@given(histories(), st.integers())
def test_the_order_of_facts_does_not_matter(events: list[Event], seed: int) -> None:
    """The same facts in any order make the same question."""
    shuffled = list(events)
    Random(seed).shuffle(shuffled)

    assert folded(*events) == folded(*shuffled)


@given(histories())
def test_facts_come_back_from_what_is_written(events: list[Event]) -> None:
    """What is signed says everything: nothing of a fact is lost on the branch."""
    assert [event.id for event in events] == [event_from(event.statement).id for event in events]


@given(histories())
def test_what_nobody_signed_changes_nothing(events: list[Event]) -> None:
    """Facts in the names of people with keys that lack their signatures leave a question as it was asked."""
    forged = [replace(event, signer=None) for event in events[1:]]
    found = folded(ASKED, *forged)[ID]

    assert ((ASKED,), "", False, ("anna",)) == ((found.route,), found.duplicate, found.withdrawn, found.asked)


def test_nobody_puts_another_text_under_an_id() -> None:
    """The id is made of what is asked: another text, audience or author in its folder is no question."""
    for more in ({"text": "Who is paid most?"}, {"audience": ("public",)}, {"by": "eve@example.org", "signer": None}):
        assert {} == folded(replace(ASKED, **more))
    assert "Which seal?" == folded(replace(ASKED, text="Other?"), ASKED)[ID].text


def test_who_declined_is_left_in_peace() -> None:
    """Anna declines: others are asked at once, not when her time is over; passed on to her again, she is asked."""
    declined = fact(EventKind.DECLINE, "anna", ASKED)
    found = folded(ASKED, declined)[ID]
    again = folded(ASKED, declined, fact(EventKind.ROUTE, "bob", ASKED, declined, minutes=2, reviewers=("anna",)))[ID]

    assert ((), declined.at, ("cara",)) == (found.asked, found.late_from, found.with_whom(declined.at))
    assert (("anna",), ()) == (again.asked, again.declines)


def test_others_are_asked_when_time_is_over() -> None:
    """Up to the due moment a question is with those it was given to, and then with the next ones, too."""
    found = folded(ASKED)[ID]

    assert (("anna",), ("anna", "cara")) == (found.with_whom(START), found.with_whom(START + PATIENCE))


def test_who_asked_takes_it_back() -> None:
    """Who asked and declines takes the question back; in somebody else's name that does not work."""
    assert folded(ASKED, fact(EventKind.DECLINE, "dora", ASKED))[ID].withdrawn
    assert not folded(ASKED, fact(EventKind.DECLINE, "dora", ASKED, signer=None))[ID].withdrawn
