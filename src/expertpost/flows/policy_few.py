"""What a workspace with few people, or with a single admin, has to know of its own rules."""

from collections.abc import Collection, Iterator

from expertpost.model.config import Config
from expertpost.model.people import ADMIN, People
from expertpost.model.piece import Piece
from expertpost.model.rules import is_contributor, may_work_alone


def of_few(config: Config, people: People) -> Iterator[str]:
    """Sentences about who is missing for the rules to work at all, each with what helps."""
    names = [person.handle for person in people.listed]
    admins = [person.handle for person in people.listed if ADMIN in person.roles]
    if len(names) == 1 and config.review.alone:
        yield f"only {names[0]} is listed and may publish alone; with a second person in people/ that ends by itself"
    elif len(names) == 1:
        yield _of_one(names[0])
    elif len(names) == 2:
        yield (
            f"{' and '.join(names)} approve what the other wrote; what one of them changes about the other in people/ "
            "nobody is left to approve: whoever may write main commits it there"
        )
    if len(admins) == 1 and len(names) > 1:
        yield (
            f"{admins[0]} is the only admin: what {admins[0]} changes of people or settings nobody is left to approve; "
            "let somebody else submit it, or list a second admin"
        )


def nobody_left(config: Config, people: People, piece: Piece, contributors: Collection[str]) -> str:
    """Why nobody who is listed can approve a piece, and what helps; "" where somebody had no hand in it."""
    hands, here = frozenset(contributors), [person.handle for person in people.listed if person.left is None]
    if may_work_alone(config, people) or any(not is_contributor(people, who, hands, piece) for who in here):
        return ""
    if len(here) == 1:
        return _of_one(here[0])
    if not here:
        return "nobody is listed in people/, so nobody can approve it: expertpost join"
    return f"{' and '.join(here)} had a hand in it, so nobody is left to approve it: let somebody else join"


def _of_one(handle: str) -> str:
    return f"only {handle} is listed, so nobody can approve: let others join, or set [review] alone = true"
