"""What a workspace with few people, or with a single admin, has to know of its own rules."""

from collections.abc import Iterator

from expertpost.model.config import Config
from expertpost.model.people import ADMIN, People


def of_few(config: Config, people: People) -> Iterator[str]:
    """Sentences about who is missing for the rules to work at all, each with what helps."""
    names = [person.handle for person in people.listed]
    admins = [person.handle for person in people.listed if ADMIN in person.roles]
    if len(names) == 1 and config.review.alone:
        yield f"only {names[0]} is listed and may publish alone; with a second person in people/ that ends by itself"
    elif len(names) == 1:
        yield f"only {names[0]} is listed, so nobody can approve: let others join, or set [review] alone = true"
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
