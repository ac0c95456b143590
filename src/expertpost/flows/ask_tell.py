"""Whom the runner tells about questions: those who have one, and once more the next ones when nobody answered in time.

A notice names a question by the end of its id alone (see ``flows.notices``), and goes out once for each time that the
question is given to somebody.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from expertpost.flows.ask_heard import heard
from expertpost.flows.cases import Case
from expertpost.flows.notices import Notice, Post, case_of
from expertpost.flows.questions import Matter, Stand, board
from expertpost.model.people import Person
from expertpost.model.question import Question
from expertpost.store.questions import mentioned


def asked_now(post: Post) -> tuple[Case, ...]:
    """What has to be told about questions and was not, what is due longest first; at most ``burst`` in one run.

    What nobody told for too long is left alone.
    """
    matters = tuple(board(post.hub, post.state, post.seen).matters.values())
    every = [*_due(post, matters), *heard(post, matters)]
    late = post.config.brakes.max_lateness
    due = [each for each in every if timedelta(0) <= post.now - each[1].due <= late]
    due.sort(key=lambda each: (each[1].due, each[1].id))
    made = (case for person, notice in due if (case := case_of(post, person, notice)))
    return tuple(case for case, _ in zip(made, range(post.config.brakes.burst), strict=False))


def _due(post: Post, matters: Iterable[Matter]) -> Iterator[tuple[Person, Notice]]:
    """Those who have a question, and whoever is next where nobody answered."""
    people = post.state.listed[0]
    open_ = [each for each in matters if _waits(each.stand)]
    late = [each.question.id for each in open_ if each.stand is Stand.LATE or not each.question.route.reviewers]
    begun = mentioned(post.hub, post.state.commit, late)
    # Who is not listed makes nobody be told: somebody who is listed passes it on.
    for question in (each.question for each in open_ if people.by_handle(each.question.route.by)):
        for handle, since in _told(question, late=question.id in late and question.id not in begun):
            person = people.by_handle(handle)
            if person and person.is_here(post.now.date()):
                yield person, _notice(post, question, person, since)


def _waits(stand: Stand) -> bool:
    return stand in (Stand.OPEN, Stand.LATE)


def _told(question: Question, *, late: bool) -> Iterator[tuple[str, datetime]]:
    """Who is to be told, and since when."""
    for handle in question.asked:
        yield handle, question.route.at
    if late and question.late_from:
        for handle in question.then:
            yield handle, question.late_from


def _notice(post: Post, question: Question, person: Person, since: datetime) -> Notice:
    first = person.handle in question.asked
    may_read = post.config.audiences.may_read
    named = may_read(post.place.channel.readers, question.audience)
    what = f"`expertpost ask show {question.short}`" if named else "a question that not everybody here may read"
    until = f" until {question.route.due:%d %B}" if first and question.route.due else ""
    head = f"{person.name} is asked{until}:" if first else f"Nobody has answered yet; {person.name} may know:"
    end = f"`expertpost ask answer {question.short}`" if named else "`expertpost ask list --mine`"
    lines = (head, "", f"- {what}", "", f"Answer it: {end}; or route it, or decline it.")
    return Notice(
        id=f"question/{question.route.id}/{person.handle}",
        slug=f"question-{person.handle}",
        title=f"A question for {person.name}",
        lines=lines,
        due=since,
    )
