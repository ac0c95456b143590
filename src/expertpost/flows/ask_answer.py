"""``ask answer``: the draft of an answer, tied to its question by front matter; the rest is the way of any piece."""

from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.desk import open_desk
from expertpost.flows.new import Begun, Wish, judged, new, open_shelf, slug_of
from expertpost.flows.questions import UNANSWERED, Matter, board_of
from expertpost.model.piece import Kind


@dataclass(frozen=True, slots=True)
class Answering:
    """The draft that was begun, or in a dry run would be, and the question it is for."""

    matter: Matter
    draft: Begun


def answer(world: World, ref: str, *, dry_run: bool = False) -> Answering:
    """Begin the answer to a question, for its readers and on its topics. Raises Failure XP-ASK-OVER."""
    matter = board_of(open_desk(world)).find(ref)
    question = matter.question
    if matter.stand not in UNANSWERED:
        there = ", ".join(piece.front.slug for piece in matter.answers)
        what = f"this question is {matter.stand}{': ' if there else ''}{there}"
        raise Failure("XP-ASK-OVER", what, f"see: expertpost ask show {question.short}", exit_code=Exit.USAGE)
    shelf = open_shelf(world)
    title = question.title
    wish = Wish(
        title=title,
        kind=Kind.ANSWER.value,
        audience=question.audience,
        topics=question.topics,
        slug=shelf.free(slug_of(title, Kind.ANSWER.value, question.id)),
        question=question.id,
        asked=question.text,
    )
    return Answering(matter, new(world, shelf, judged(shelf, wish), dry_run=dry_run))
