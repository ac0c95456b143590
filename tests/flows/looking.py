"""Looking at the status as a person of the organisation sees it."""

from datetime import timedelta

from tests.flows.organisation import Colleague

from expertpost.flows.overview import Row, Status
from expertpost.flows.status import status


def look(person: Colleague, **more: bool) -> Status:
    """What a person sees after a look at the shared repository: two minutes later, so that none is too fresh."""
    person.clock.at += timedelta(minutes=2)
    return status(person.world, everything=True, **more)


def rows(person: Colleague, **more: bool) -> dict[str, Row]:
    """Slug → row."""
    return {row.slug: row for group in look(person, **more).groups for row in group.rows}


def stage(person: Colleague, slug: str = "torque") -> str:
    """The stage in which a person sees a piece, "" where they do not see it."""
    found = rows(person).get(slug)
    return found.stage if found else ""
