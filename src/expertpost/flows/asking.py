"""What people ask of the runner is one signed event each; here it is written down, and nothing else happens."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from expertpost.errors import Exit, Failure
from expertpost.flows.desk import Desk, clean, denied
from expertpost.flows.meant import Meant
from expertpost.flows.review_say import listed
from expertpost.model.duties import deciders, may, may_remove
from expertpost.model.event import Event, EventKind
from expertpost.store.events import append
from expertpost.store.hub import Denied


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was, or in a dry run would be, recorded. ``notes``: what it leads to, a sentence each.

    ``channels``: () means all of them. ``event``: the id of the event, "" where there was nothing to record.
    """

    kind: EventKind
    id: str
    slug: str
    title: str
    by: str
    signed: bool
    event: str
    channels: tuple[str, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()


def request(desk: Desk, about: Meant, kind: EventKind, channels: Iterable[str], reason: str) -> Event:
    """An event of this moment about a piece, by the person who asks."""
    return replace(desk.event(kind, about.topic, about.review, clean(reason)), channels=tuple(channels))


def must_be_allowed(desk: Desk, about: Meant, event: Event) -> None:
    """Raises Failure XP-NOT-LISTED, or XP-ASK-WHO for a person whose request would not count."""
    listed(desk)
    authors = about.piece.front.authors if about.piece else ()
    removes = event.kind is EventKind.RETRACT and not may_remove(desk.people, desk.by, authors)
    if not removes and may(desk.people, replace(about.review, events=(*about.review.events, event)), event):
        return
    who = ", ".join(deciders(desk.people))
    also = ", or one of its authors" if removes else ""
    what = f"this is for editors and admins{also}, and you are none of them"
    cure = f"ask one of them: {who}; expertpost hold stops a piece at once, and anybody may"
    raise Failure("XP-ASK-WHO", what, cure, where=about.topic.slug, exit_code=Exit.NEEDS_PERSON)


def record(desk: Desk, about: Meant, event: Event, notes: Iterable[str] = (), *, dry_run: bool = False) -> Asked:
    """Sign an event and add it to the shared branch. Raises Failure XP-KEY where unsigned it would not count."""
    written = desk.signed(event, must=event.kind is not EventKind.HOLD)
    if not dry_run:
        answer = append(desk.hub, [written], desk.identity, desk.now)
        if isinstance(answer, Denied):
            raise denied(answer)
    return Asked(
        kind=event.kind,
        id=about.topic.id,
        slug=about.topic.slug,
        title=about.title,
        by=event.by,
        signed=written.event.signer is not None,
        event=written.event.id,
        channels=event.channels,
        reason=event.text,
        notes=tuple(notes),
    )


def nothing(desk: Desk, about: Meant, kind: EventKind, why: str) -> Asked:
    """What is told where there is nothing to record, and ``why``."""
    topic = about.topic
    return Asked(
        kind=kind, id=topic.id, slug=topic.slug, title=about.title, by=desk.by, signed=False, event="", notes=(why,)
    )
