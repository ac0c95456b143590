"""What whoever asked is told: that there is an answer, that it was asked before, or that nobody who has it can answer.

Each once, and nothing of it in anybody's words: who asked looks it up (see ``flows.notices``).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from expertpost.flows.notices import Notice, Post, is_told
from expertpost.flows.questions import Matter, Stand
from expertpost.model.event import Event, EventKind
from expertpost.model.freshness import owners
from expertpost.model.identity import moment_of
from expertpost.model.people import Person
from expertpost.model.piece import Piece
from expertpost.model.policy import credible
from expertpost.model.question import Question
from expertpost.model.review import Review, fold
from expertpost.store import events

_YOUNG = timedelta(days=365)
"""Of older answers nobody has to be told, so what was said of them is not read with every run."""


_HEADS = {
    "answered": "{name}, there is an answer to your question:",
    "duplicate": "{name}, your question is said to have been asked before:",
    "declined": "{name}, nobody who has your question can answer it:",
}


def heard(post: Post, matters: Iterable[Matter]) -> Iterator[tuple[Person, Notice]]:
    """What those who asked are to be told and were not yet; nothing of what they did themselves."""
    people = post.state.listed[0]
    answered: list[tuple[Person, Matter]] = []
    for matter in matters:
        person = people.by_handle(matter.question.by)
        if person is None or not person.is_here(post.now.date()):
            continue
        if matter.stand is Stand.ANSWERED:
            answered.append((person, matter))
        elif notice := _said(post, person, matter):
            yield person, notice
    yield from _answered(post, answered)


def _answered(post: Post, answered: Iterable[tuple[Person, Matter]]) -> Iterator[tuple[Person, Notice]]:
    """Those who were not told yet of an answer by somebody else."""
    waiting: list[tuple[Person, Question, Piece, str]] = []
    for person, matter in answered:
        id_ = f"question/{matter.question.id}/answered"
        others = [piece for piece in matter.answers if _is_news(post, person, matter.question, piece)]
        if others and not is_told(post, person, id_):
            waiting += [(person, matter.question, piece, id_) for piece in others]
    only = frozenset(piece.id for _, _, piece, _ in waiting)
    people, config = post.state.people, post.config
    said = fold(events.read(post.hub, people, post.seen, config.id, only=only)) if only else {}
    first: dict[str, tuple[Person, Notice]] = {}
    for person, question, piece, id_ in waiting:
        review = credible(config, people, said.get(piece.id, Review()))
        since = max(_published(piece, review), *(event.at for event in _duplicates(question)), question.at)
        if id_ not in first or since < first[id_][1].due:
            first[id_] = person, _notice(post, person, question, "answered", since, id_)
    yield from first.values()


def _is_news(post: Post, person: Person, question: Question, piece: Piece) -> bool:
    """Whether it is somebody else's doing, and not long ago."""
    named = _duplicates(question)
    own = named[-1].by == person.handle if named else person in owners(post.state.people, piece)
    return not own and post.now - max(moment_of(piece.id), *(event.at for event in named), question.at) < _YOUNG


def _published(piece: Piece, review: Review) -> datetime:
    """From when a merged text has been there for its readers."""
    approvals = (event.at for event in review.approvals(piece.digest))
    return max(moment_of(piece.id), piece.front.publish_at or moment_of(piece.id), *approvals)


def _said(post: Post, person: Person, matter: Matter) -> Notice | None:
    """That others said it was asked before, or that those who have it all declined; once each time it is passed on."""
    question, id_ = matter.question, f"question/{matter.question.route.id}"
    if matter.stand is Stand.DUPLICATE:
        last = _duplicates(question)[-1]
        return None if last.by == person.handle else _notice(post, person, question, "duplicate", last.at, id_)
    declined = matter.stand in (Stand.OPEN, Stand.LATE) and question.route.reviewers and not question.asked
    if not declined or question.late_from is None:
        return None
    return _notice(post, person, question, "declined", question.late_from, id_)


def _duplicates(question: Question) -> list[Event]:
    """Who said that it was asked before, of those whose word stands."""
    said = question.review.of(EventKind.DUPLICATE)
    return [event for event in said if question.duplicate and event.pieces[:1] == (question.duplicate,)]


def _notice(post: Post, person: Person, question: Question, what: str, since: datetime, id_: str) -> Notice:
    named = post.config.audiences.may_read(post.place.channel.readers, question.audience)
    line = f"`expertpost ask show {question.short}`" if named else "`expertpost ask list --mine --all`"
    end = {
        "declined": "Others are asked now." if question.then else "Pass it on: `expertpost ask route`.",
        "duplicate": "If it was not, pass it on: `expertpost ask route`.",
    }.get(what, "")
    lines = (_HEADS[what].format(name=person.name), "", f"- {line}", *(("", end) if end else ()))
    return Notice(
        id=id_ if id_.endswith(what) else f"{id_}/{what}/{person.handle}",
        slug=f"question-{what}-{person.handle}",
        title=f"About a question of {person.name}",
        lines=lines,
        due=since,
    )
