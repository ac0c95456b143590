"""Comments that answer one another, settled and opened again, whatever order they arrive in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.event import Event, EventKind, event_from
from expertpost.model.review import Review
from expertpost.model.threads import hidden, named, threads, unresolved

AT = datetime(2026, 11, 23, tzinfo=UTC)
FIRST = Event(kind=EventKind.COMMENT, workspace="W", piece="P", digest="d", by="bob", at=AT, text="Which wrench?")


def said(text: str, *seen: Event, **more: object) -> Event:
    """A comment by anna, who had seen some events."""
    made = replace(FIRST, by="anna", at=AT + timedelta(minutes=len(text)), text=text, prev=tuple(e.id for e in seen))
    return replace(made, **more)  # type: ignore[arg-type]


ANSWER = said("The blue one.", FIRST, reply=FIRST.id)
END = said("done", FIRST, ANSWER, reply=FIRST.id, kind=EventKind.RESOLVE)


def test_answers_join_the_comment_that_they_answer() -> None:
    """An answer to an answer is in the thread of the first comment."""
    more = said("Sure?", ANSWER, reply=ANSWER.id)
    other = said("Another matter", FIRST)
    found = threads(Review((more, other, ANSWER, FIRST)))

    assert [("Which wrench?", ["Sure?", "The blue one."]), ("Another matter", [])] == [
        (each.first.text, sorted(e.text for e in each.replies)) for each in found
    ]


def test_a_thread_is_settled_until_somebody_answers_unseen() -> None:
    """Who resolves has seen what was said; an answer that the resolution had not seen opens it again."""
    late = said("But the red one is lighter.", FIRST, reply=FIRST.id)

    assert [END] == [each.resolved for each in threads(Review((FIRST, ANSWER, END)))]
    assert [None] == [each.resolved for each in threads(Review((FIRST, ANSWER, END, late)))]
    assert 1 == len(unresolved(threads(Review((FIRST, ANSWER, END, late)))))


def test_an_answer_to_nothing_begins_a_thread() -> None:
    """A comment whose other one is not there is not lost."""
    assert [ANSWER] == [each.first for each in threads(Review((ANSWER,)))]


def test_what_is_said_in_a_private_thread_stays_private() -> None:
    """Answers to a private comment and its resolution are hidden with it; a private answer alone hides only itself."""
    private = replace(FIRST, private=True)
    answer, end = replace(ANSWER, reply=private.id), replace(END, reply=private.id)
    aside = said("Between us", FIRST, reply=FIRST.id, private=True)

    assert {private.id, answer.id, end.id} == hidden(Review((private, answer, end)))
    assert {aside.id} == hidden(Review((FIRST, ANSWER, aside)))


def test_a_comment_is_named_by_the_beginning_of_its_id() -> None:
    """Four characters at least, so that nothing is meant by chance."""
    found = threads(Review((FIRST, ANSWER)))

    assert found == named(found, ANSWER.id[:8].upper())
    assert () == named(found, FIRST.id[:3])


def test_a_doubted_resolution_settles_nothing() -> None:
    """A resolution that is not proven to be by whom it names leaves the thread open."""
    assert [None] == [each.resolved for each in threads(Review((FIRST, ANSWER, END), frozenset({END.id})))]


def test_events_of_earlier_versions_keep_their_ids() -> None:
    """What came later is in the statement only where it says something."""
    assert not {"reply", "private", "reviewers", "pieces", "above", "below"} & FIRST.statement.keys()
    assert ANSWER == event_from(ANSWER.statement)
    assert replace(FIRST, private=True) == event_from(replace(FIRST, private=True).statement)


SAID = (FIRST, ANSWER, END, said("x", FIRST, reply=FIRST.id), said("Between us", FIRST, private=True))


@given(st.permutations(SAID))
def test_threads_do_not_depend_on_order(events: list[Event]) -> None:
    """The same events in any order give the same threads."""
    assert threads(Review(SAID)) == threads(Review(tuple(events)))
