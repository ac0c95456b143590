"""What is said about a question: passed on to somebody else, declined, or asked before; one signed fact each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from expertpost.errors import Exit, Failure
from expertpost.flows import refs
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, Topic, denied, open_desk
from expertpost.flows.questions import Board, Matter, board_of
from expertpost.flows.review_say import listed, words
from expertpost.model.draft import nearest
from expertpost.model.event import Event, EventKind
from expertpost.model.question import MOST_ASKED, PATIENCE, Question, answers_all, subject_of
from expertpost.store.changes import touched
from expertpost.store.events import append
from expertpost.store.hub import Denied
from expertpost.store.roll import Roll


@dataclass(frozen=True, slots=True)
class Told:
    """What was, or in a dry run would be, recorded. ``of``: what answers a duplicate: a question's end, or a slug."""

    kind: EventKind
    question: Question
    by: str
    signed: bool
    to: tuple[str, ...] = ()
    of: str = ""


def route(world: World, ref: str, to: Iterable[str], text: str = "", *, dry_run: bool = False) -> Told:
    """Give a question to others, who then have as long as the first had. Raises Failure."""
    desk = open_desk(world)
    listed(desk)
    question = board_of(desk).find(ref).question
    people = tuple(sorted({_person(desk, name) for name in to}))
    if not 1 <= len(people) <= MOST_ASKED:
        what, cure = f"a question is given to 1 to {MOST_ASKED} people", "name them: --to HANDLE"
        raise Failure("XP-ASK-TO", what, cure, exit_code=Exit.USAGE)
    then = tuple(handle for handle in question.then if handle not in people)
    event = replace(_event(desk, EventKind.ROUTE, question, text), reviewers=people, then=then, due=desk.now + PATIENCE)
    return _record(desk, question, event, dry_run=dry_run)


def decline(world: World, ref: str, reason: str, *, dry_run: bool = False) -> Told:
    """Say that one cannot answer; who asked takes the question back with it. Raises Failure XP-ASK-OTHERS."""
    desk = open_desk(world)
    listed(desk)
    question = board_of(desk).find(ref).question
    if desk.by not in (question.by, *question.asked, *question.then):
        what = f"it is not with you, but with {', '.join(question.asked) or 'nobody'}"
        cure = f"give it to somebody who knows: expertpost ask route {question.short} --to HANDLE"
        raise Failure("XP-ASK-OTHERS", what, cure, exit_code=Exit.USAGE)
    event = _event(desk, EventKind.DECLINE, question, words(reason, "a reason"))
    return _record(desk, question, event, dry_run=dry_run)


def duplicate(world: World, ref: str, of: str, *, dry_run: bool = False) -> Told:
    """Say that another question asks the same, or that a merged piece answers it. Raises Failure."""
    desk = open_desk(world)
    listed(desk)
    there = board_of(desk)
    matter = there.find(ref)
    id_, name = _other(desk, there, matter, of)
    event = replace(_event(desk, EventKind.DUPLICATE, matter.question, ""), pieces=(id_,))
    return replace(_record(desk, matter.question, event, dry_run=dry_run), of=name)


def _other(desk: Desk, there: Board, matter: Matter, of: str) -> tuple[str, str]:
    """Id and name of the question or piece that says it already; whoever may read the one may read the other."""
    question, audiences = matter.question, desk.config.audiences
    try:
        other = there.find(of).question
        id_, name, audience = other.id, other.short, other.audience
    except Failure as unknown:
        if unknown.code != "XP-ASK-NONE":
            raise
        named = refs.on_roll(of, Roll(desk.git, desk.main.commit), desk.workspace.root)
        (piece,) = [each.piece for each in touched(desk.main.files, desk.config, [named.path]).pieces] or [None]
        if piece is None:
            raise unknown from None
        id_, name, audience = piece.id, piece.front.slug, piece.front.audience
    if id_ == question.id or not answers_all(audiences, question, audience):
        what = "it is the same question" if id_ == question.id else "not everybody who asked may read that"
        raise Failure("XP-ASK-OF", what, "name another one", exit_code=Exit.USAGE)
    return id_, name


def _person(desk: Desk, name: str) -> str:
    """The handle that somebody means. Raises Failure XP-ASK-TO."""
    handle = desk.people.handle_of(name)
    if handle is None:
        cure = nearest(name, [person.handle for person in desk.people.listed])
        raise Failure("XP-ASK-TO", f"nobody in people/ is called {name[:60]!r}", cure, exit_code=Exit.USAGE)
    return handle


def _event(desk: Desk, kind: EventKind, question: Question, text: str) -> Event:
    return desk.event(kind, Topic(subject_of(question.id), "", ""), question.review, text)


def _record(desk: Desk, question: Question, event: Event, *, dry_run: bool) -> Told:
    """Sign a fact and put it beside the others. Raises Failure XP-KEY, XP-DENIED, XP-RACE."""
    written = desk.signed(event, must=True)
    if not dry_run:
        answer = append(desk.hub, [written], desk.identity, desk.now)
        if isinstance(answer, Denied):
            raise denied(answer)
    return Told(event.kind, question, desk.by, written.event.signer is not None, event.reviewers)
