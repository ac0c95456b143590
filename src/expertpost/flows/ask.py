"""``ask``: what is known already is shown first; what is not becomes a signed question, given to those who may know."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from expertpost.errors import Exit, Failure
from expertpost.finder.gather import topic_key
from expertpost.finder.questions import alike
from expertpost.flows.ask_whom import NOBODY, Chosen, choose
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, Topic, clean, denied, open_desk
from expertpost.flows.knowing import shelf
from expertpost.flows.questions import UNANSWERED, Board, Matter, Stand, board_of
from expertpost.flows.search import Hit, search
from expertpost.model.draft import MAX_TITLE, has_hidden, nearest
from expertpost.model.event import EventKind
from expertpost.model.question import PATIENCE, id_of, subject_of
from expertpost.model.review import Review
from expertpost.store.events import append
from expertpost.store.hub import Denied

MAX_DETAILS = 10_000
"""Characters of a question with all that is said to explain it."""
_SHOWN = 5
"""So many pieces and so many questions are shown before a new one is made."""
_PARTLY = 3
"""Pieces that are shown of those that say some of it only."""
_SAME = 0.999


@dataclass(frozen=True, slots=True)
class Known:
    """What is there already, as far as everybody may read it who may read the question."""

    questions: tuple[Matter, ...] = ()
    pieces: tuple[Hit, ...] = ()
    same: Matter | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. ``id``: the new question's, "" where none was made: ``known.same``, or the person had enough.

    ``signed``: whether the question carries the person's signature.
    """

    known: Known
    id: str = ""
    text: str = ""
    audience: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    chosen: Chosen = NOBODY
    due: str = ""
    signed: bool = False

    @property
    def title(self) -> str:
        """The question itself: its first line."""
        return self.text.partition("\n")[0]


def ask(
    world: World,
    text: str,
    audience: Iterable[str] = (),
    topics: Iterable[str] = (),
    go_on: Callable[[Known], bool] | None = None,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Look for an answer, and where there is none, ask those who may know.

    The first line of ``text`` is the question, the rest explains it. ``go_on``: shown what is there already, says
    whether the question is still to be asked. Raises Failure.
    """
    desk = open_desk(world)
    desk.must_know_people()
    wish = _judged(desk, text, audience, topics)
    there = board_of(desk)
    known = _known(world, there, wish)
    if known.same or (go_on and (known.questions or known.pieces) and not go_on(known)):
        return replace(wish, known=known)
    with shelf(world) as opened:
        query = opened.query(wish.text, wish.topics, (desk.by,))
        chosen = choose(desk, opened, there, query)
    return _record(
        desk,
        replace(wish, known=known, chosen=chosen, topics=_topics(wish.topics, query.topics)),
        dry_run=dry_run,
    )


def _judged(desk: Desk, text: str, audience: Iterable[str], topics: Iterable[str]) -> Outcome:
    """The question with nothing unknown in it. Raises Failure XP-ASK-WORDS, XP-AUDIENCE or XP-TOPICS."""
    said = clean(text.replace("\r\n", "\n"))
    title, _, details = said.partition("\n")
    shown = details.replace("\n", " ").replace("\t", " ")
    if not title or len(title) > MAX_TITLE or len(said) > MAX_DETAILS or has_hidden(title) or has_hidden(shown):
        what = f"a question has 1 to {MAX_TITLE} visible characters on its first line, and {MAX_DETAILS:,} in all"
        raise Failure("XP-ASK-WORDS", what, 'write one: expertpost ask "Which seal?"', exit_code=Exit.USAGE)
    readers = tuple(dict.fromkeys(audience)) or ("colleagues",)
    known = desk.config.audiences.named
    for name in readers:
        if name not in known:
            what = f"audience {name[:60]!r} is unknown"
            raise Failure("XP-AUDIENCE", what, nearest(name, known), exit_code=Exit.USAGE)
    words = tuple(dict.fromkeys(topic.strip() for topic in topics))
    for topic in words:
        if not topic or has_hidden(topic) or len(topic) > 200:
            raise Failure("XP-TOPICS", f"{topic[:40]!r} is no topic", "use a few words", exit_code=Exit.USAGE)
    return Outcome(Known(), text=said, audience=readers, topics=words)


def _topics(given: Iterable[str], recognised: Iterable[str]) -> tuple[str, ...]:
    """The topics as the person wrote them, and those of the house that stand in the question."""
    words = {topic_key(topic): topic for topic in recognised} | {topic_key(topic): topic for topic in given}
    return tuple(sorted(words.values()))


def _known(world: World, there: Board, wish: Outcome) -> Known:
    """Questions that ask the same and pieces that may say it, the most alike first."""
    readable = {each.question.id: each for each in there.readable(wish.audience)}
    found = alike(wish.title, {id_: each.question.title for id_, each in readable.items()})
    useful = [(readable[id_], likeness) for id_, likeness in found if readable[id_].stand is not Stand.WITHDRAWN]
    same = next((each for each, likeness in useful if likeness >= _SAME and _stands(each)), None)
    return Known(tuple(each for each, _ in useful[:_SHOWN]), _pieces(world, wish), same)


def _stands(matter: Matter) -> bool:
    """Whether to ask the same again would be in vain."""
    return matter.stand is Stand.ANSWERED or matter.stand in UNANSWERED


def _pieces(world: World, wish: Outcome) -> tuple[Hit, ...]:
    if not any(letter.isalnum() for letter in wish.title):
        return ()
    answer = search(world, wish.title, wish.audience, limit=_SHOWN).answer
    hits = tuple(hit for hit in answer.hits if not hit.stopped)
    return hits[:_PARTLY] if answer.partly else hits


def _record(desk: Desk, wish: Outcome, *, dry_run: bool) -> Outcome:
    """Sign the question and put it beside people's other facts. Raises Failure XP-KEY, XP-DENIED, XP-RACE."""
    # Where nobody is known to know, whoever is next is asked at once.
    due = desk.now + PATIENCE if wish.chosen.asked else desk.now
    event = replace(
        desk.event(EventKind.ASK, Topic("", "", ""), Review(), wish.text),
        audience=wish.audience,
        topics=wish.topics,
        reviewers=tuple(sorted(each.handle for each in wish.chosen.asked)),
        then=tuple(sorted(each.handle for each in wish.chosen.then)),
        due=due if wish.chosen.asked or wish.chosen.then else None,
    )
    id_ = id_of(event)
    written = desk.signed(replace(event, piece=subject_of(id_)), must=True)
    if not dry_run:
        answer = append(desk.hub, [written], desk.identity, desk.now)
        if isinstance(answer, Denied):
            raise denied(answer)
    until = due.date().isoformat() if wish.chosen.asked else ""
    return replace(wish, id=id_, due=until, signed=written.event.signer is not None)
