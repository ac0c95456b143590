"""``review remind``: signed requests to remind people of reviews; the runner carries them out, never this machine."""

from dataclasses import dataclass, replace
from datetime import timedelta

from expertpost.errors import Exit, Failure
from expertpost.flows.asked import all_asked
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, Topic, denied, open_desk
from expertpost.flows.proposals import Subject, open_proposals, subjects
from expertpost.flows.review_say import listed
from expertpost.model.event import EventKind
from expertpost.model.people import Person
from expertpost.model.policy import entitled
from expertpost.model.review import Review
from expertpost.store.events import Written, append
from expertpost.store.hub import Denied
from expertpost.store.people import PEOPLE

PAUSE = timedelta(days=1)
"""Nobody is reminded more often than this."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Somebody, and the slugs of what waits for them. ``skipped``: why they are not reminded now, "" where they are."""

    handle: str
    name: str
    slugs: tuple[str, ...]
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Reminded:
    """The channel that reminders go through, and who is reminded."""

    channel: str
    reminders: tuple[Reminder, ...]


def remind(world: World, *, dry_run: bool = False) -> Reminded:
    """Ask the runner to remind everyone who is asked for a review and has not decided, at most once a day each.

    Raises Failure XP-REMIND-CHANNEL where the settings name no channel for it.
    """
    desk = open_desk(world)
    listed(desk)
    channel = desk.config.review.reminders
    if not channel:
        cure = 'name one whose readers are colleagues: [review] reminders = "team-chat"'
        raise Failure("XP-REMIND-CHANNEL", "no channel is named for reminders", cure, exit_code=Exit.USAGE)
    waiting = _waiting(desk)
    said = desk.reviews(f"{PEOPLE}/{handle}" for handle in waiting) if waiting else {}
    reminders = tuple(
        Reminder(person.handle, person.name, tuple(one.slug for one in waiting[person.handle]), skipped)
        for person in desk.people.listed
        if person.handle in waiting
        for skipped in (_against(desk, person, said.get(f"{PEOPLE}/{person.handle}", Review())),)
    )
    asked = [each.handle for each in reminders if not each.skipped]
    if asked and not dry_run:
        _record(desk, [_request(desk, one, waiting[one], said.get(f"{PEOPLE}/{one}", Review())) for one in asked])
    return Reminded(channel, reminders)


def _record(desk: Desk, written: list[Written]) -> None:
    answer = append(desk.hub, written, desk.identity, desk.now)
    if isinstance(answer, Denied):
        raise denied(answer)


def _waiting(desk: Desk) -> dict[str, list[Subject]]:
    """Handle → the pieces under review that they are asked for and have not decided about."""
    there = [subject for each in open_proposals(desk) for subject in subjects(each) if subject.piece]
    reviews = desk.reviews([subject.id for subject in there]) if there else {}
    found: dict[str, list[Subject]] = {}
    for subject in there:
        for handle in all_asked(desk, subject, reviews.get(subject.id, Review())):
            found.setdefault(handle, []).append(subject)
    return found


def _against(desk: Desk, person: Person, review: Review) -> str:
    """Why somebody is not reminded now."""
    if person.away_until and person.away_until >= desk.now.date():
        return f"away until {person.away_until.isoformat()}"
    last = max((e.at for e in review.of(EventKind.REMIND) if entitled(desk.config, desk.people, e)), default=None)
    return "was reminded less than a day ago" if last and desk.now < last + PAUSE else ""


def _request(desk: Desk, handle: str, open_: list[Subject], review: Review) -> Written:
    event = desk.event(EventKind.REMIND, Topic(f"{PEOPLE}/{handle}", handle, ""), review)
    return desk.signed(replace(event, pieces=tuple(sorted(subject.id for subject in open_))), must=True)
