"""``update``: give the copies that can be changed the text that is approved now."""

from collections.abc import Iterable
from dataclasses import dataclass

from expertpost.errors import Exit, Failure
from expertpost.flows.asking import Asked, must_be_allowed, nothing, record, request
from expertpost.flows.cases import Case, Stand
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.meant import Meant, meant, places_named
from expertpost.flows.places import places
from expertpost.flows.survey import survey
from expertpost.model.event import EventKind
from expertpost.publishers.base import Editable
from expertpost.store.ledger_git import GitLedger


@dataclass(frozen=True, slots=True)
class Update:
    """What was asked for, and for each other channel with an earlier text (its name) what can be done there."""

    asked: Asked
    others: tuple[tuple[str, str], ...]


def update(world: World, ref: str, channels: Iterable[str] = (), reason: str = "", *, dry_run: bool = False) -> Update:
    """Ask that what went out, everywhere or at these channels, follow the approved text of main. For who is listed.

    Where everything reads like it already, nothing is recorded. Raises Failure XP-UPDATE-NONE where no copy can follow,
    with what can be done instead.
    """
    desk = open_desk(world)
    about = meant(desk, ref)
    named = places_named(desk, channels)
    old = [case for case in _corrected(desk, about) if not named or case.place.channel.name in named]
    able = [case for case in old if case.post is not None and isinstance(case.place.publisher, Editable)]
    others = tuple((case.place.channel.name, case.reasons[0].says) for case in old if case not in able)
    if not old:
        why = "no copy has another text than the one that is approved now: nothing to update"
        return Update(nothing(desk, about, EventKind.UPDATE, why), ())
    if not able:
        what = "no copy of it can follow the text that is approved now"
        cure = "; ".join(f"{name}: {says}" for name, says in others)
        raise Failure("XP-UPDATE-NONE", what, cure, where=about.topic.slug, exit_code=Exit.NEEDS_PERSON)
    names = tuple(sorted(case.place.channel.name for case in able))
    event = request(desk, about, EventKind.UPDATE, names, reason)
    must_be_allowed(desk, about, event)
    return Update(record(desk, about, event, dry_run=dry_run), others)


def _corrected(desk: Desk, about: Meant) -> list[Case]:
    """The piece at each channel where an earlier text went out."""
    ledger = GitLedger(desk.hub, desk.config.id, desk.world.now, desk.world.entropy, desk.config.ledger.id)
    there, _ = places(desk.main, desk.workspace.root)
    looked = survey(desk.main, desk.hub, ledger, desk.now, there, reviewed_only=True)
    return [case for case in looked.cases if case.piece.id == about.topic.id and case.stand is Stand.CORRECTED]
