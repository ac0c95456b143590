"""Every question and what became of it: who has it now, which piece answers it, which one is being written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from expertpost.errors import Exit, Failure
from expertpost.flows.desk import Desk
from expertpost.flows.proposals import open_proposals, subjects
from expertpost.flows.refs import MIN_PREFIX
from expertpost.model.draft import nearest
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.policy import credible, stopped
from expertpost.model.question import Question, answers_all
from expertpost.model.review import fold
from expertpost.model.witness import Seen
from expertpost.store import events
from expertpost.store.changes import touched
from expertpost.store.git import Git
from expertpost.store.hub import Hub
from expertpost.store.questions import read_answers, read_questions
from expertpost.store.roll import Roll
from expertpost.store.spotted import stopped_once
from expertpost.store.witness import seen_on
from expertpost.store.workspace import State


class Stand(StrEnum):
    """Where a question stands: the same facts and the same pieces give the same answer."""

    OPEN = "open"
    LATE = "late"
    BEGUN = "being answered"
    ANSWERED = "answered"
    DUPLICATE = "asked before"
    WITHDRAWN = "taken back"


UNANSWERED = frozenset({Stand.OPEN, Stand.LATE, Stand.BEGUN})
"""Somebody still waits for an answer."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A question and what became of it. ``answers``: merged pieces for everybody who may read the question.

    Answers that somebody holds or took back are none. ``begun``: the slugs of answers under review. ``same``: the
    question that is asked in place of a duplicate.
    """

    question: Question
    stand: Stand
    answers: tuple[Piece, ...] = ()
    begun: tuple[str, ...] = ()
    same: Question | None = None


@dataclass(frozen=True)
class Board:
    """All questions by id, oldest first, as main and people's facts have them at ``now``."""

    state: State
    people: People
    now: datetime
    matters: Mapping[str, Matter] = field(default_factory=dict)

    def find(self, ref: str) -> Matter:
        """The question with this id, or the beginning or end of it. Raises Failure XP-ASK-NONE or XP-ASK-MANY."""
        wanted = ref.strip().upper()
        found = [
            each
            for id_, each in self.matters.items()
            if len(wanted) >= MIN_PREFIX and (id_.startswith(wanted) or id_.endswith(wanted))
        ]
        if len(found) == 1:
            return found[0]
        if found:
            many = ", ".join(each.question.id for each in found[:5])
            what, cure = f"{ref[:40]!r} names {len(found)} questions", f"write more of it: {many}"
            raise Failure("XP-ASK-MANY", what, cure, exit_code=Exit.USAGE)
        cure = nearest(ref.strip().lower(), [each.question.short for each in self.matters.values()])
        raise Failure("XP-ASK-NONE", f"no question is called {ref[:40]!r}", cure, exit_code=Exit.USAGE)

    def readable(self, readers: Iterable[str]) -> tuple[Matter, ...]:
        """The questions that all these readers may read, oldest first."""
        may_read, who = self.state.config.audiences.may_read, tuple(readers)
        return tuple(each for each in self.matters.values() if may_read(who, each.question.audience))

    def waiting(self, handle: str) -> tuple[Matter, ...]:
        """The unanswered questions that are with somebody now, oldest first."""
        return tuple(
            each
            for each in self.matters.values()
            if each.stand in UNANSWERED and handle in each.question.with_whom(self.now)
        )


def board(hub: Hub, state: State, seen: Seen, begun: Mapping[str, tuple[str, ...]] | None = None) -> Board:
    """The questions as last fetched, at the moment of ``seen``.

    ``begun``: id of a question → the slugs of answers that are under review.
    """
    people, git, now = state.listed[0], hub.git, seen.now
    asked = read_questions(hub, state.config, people, seen)
    if not asked:
        return Board(state, people, now)
    answers = _standing(hub, state, seen, {**read_answers(git, state), **_named(git, state, asked)})
    judge = _Judge(state, now, asked, answers, begun or {})
    return Board(state, people, now, {id_: judge.matter(each) for id_, each in asked.items()})


def _standing(
    hub: Hub, state: State, seen: Seen, answers: Mapping[str, tuple[Piece, ...]]
) -> dict[str, tuple[Piece, ...]]:
    """The answers without those that somebody holds or took back: nobody gets to read them."""
    config, people = state.config, state.listed[0]
    ids = {piece.id for pieces in answers.values() for piece in pieces}
    once = ids & stopped_once(hub) if ids else set()
    reviews = fold(events.read(hub, people, seen, config.id, only=once)) if once else {}
    gone = {id_ for id_, review in reviews.items() if stopped(credible(config, people, review))}
    return {name: tuple(piece for piece in pieces if piece.id not in gone) for name, pieces in answers.items()}


def board_of(desk: Desk) -> Board:
    """The questions as just fetched, with the answers that are under review."""
    return board(desk.hub, desk.main, seen_on(desk.hub, desk.now), _begun(desk))


def _begun(desk: Desk) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for subject in (each for proposal in open_proposals(desk) for each in subjects(proposal)):
        if subject.piece and (question := subject.piece.front.question):
            found[question] = (*found.get(question, ()), subject.slug)
    return found


def _named(git: Git, state: State, asked: Mapping[str, Question]) -> dict[str, tuple[Piece, ...]]:
    """Id of a piece → the piece, where questions are said to be answered there already."""
    wanted = {each.duplicate for each in asked.values() if each.duplicate} - asked.keys()
    if not wanted:
        return {}
    roll = Roll(git, state.commit)
    paths = [text.path for id_ in sorted(wanted) for text in roll.where("id", id_)]
    return {each.piece.id: (each.piece,) for each in touched(state.files, state.config, paths).pieces if each.piece}


@dataclass(frozen=True, slots=True)
class _Judge:
    """What says where a question stands. ``answers``: id of a question or of a piece → pieces."""

    state: State
    now: datetime
    asked: Mapping[str, Question]
    answers: Mapping[str, tuple[Piece, ...]]
    begun: Mapping[str, tuple[str, ...]]

    def matter(self, question: Question) -> Matter:
        end = self._end(question)
        may_read = self.state.config.audiences
        there = [*self.answers.get(question.id, ()), *(self.answers.get(end, ()) if end != question.id else ())]
        answers = tuple(piece for piece in there if answers_all(may_read, question, piece.front.audience))
        begun = self.begun.get(question.id, ())
        same = self.asked.get(end) if end != question.id else None
        return Matter(question, self._stand(question, answers, begun), answers, begun, same)

    def _stand(self, question: Question, answers: tuple[Piece, ...], begun: tuple[str, ...]) -> Stand:
        if answers:
            return Stand.ANSWERED
        if question.withdrawn:
            return Stand.WITHDRAWN
        if question.duplicate:
            return Stand.DUPLICATE
        if begun:
            return Stand.BEGUN
        return Stand.LATE if question.is_late(self.now) else Stand.OPEN

    def _end(self, question: Question) -> str:
        """The id of the question or piece that a chain of duplicates ends at; a ring ends where it began."""
        seen, one = {question.id}, question
        while one.duplicate and one.duplicate not in seen:
            seen.add(one.duplicate)
            if one.duplicate not in self.asked:
                return one.duplicate
            one = self.asked[one.duplicate]
        return question.id if one.duplicate else one.id
