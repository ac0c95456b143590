"""``plan``: what publish would send where and when, and for everything else why it stays."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from expertpost.errors import Exit, Failure, Finding
from expertpost.flows.cases import Case, Stand, braked
from expertpost.flows.channels_lock import hints
from expertpost.flows.context import World
from expertpost.flows.fulfil import would
from expertpost.flows.places import Trouble, kept_safe, places
from expertpost.flows.report import Line
from expertpost.flows.requests import requests_in
from expertpost.flows.room import ledger_of
from expertpost.flows.survey import survey
from expertpost.flows.wishes import changes, removals
from expertpost.model.moment import BadMoment, instant
from expertpost.model.policy import Reason, Why
from expertpost.model.witness import Seen
from expertpost.store.workspace import find


@dataclass(frozen=True, slots=True)
class Planned:
    """One piece at one channel. ``due``: from when it may go, None while approvals are missing.

    ``count``: how many deliveries it would take now. ``after_page``: it goes once its page is live. ``cost``: what the
    service charges for all of them, in thousandths of a US dollar. ``wanted``: the time that its author wrote.
    """

    piece: str
    slug: str
    title: str
    channel: str
    stand: Stand
    due: datetime | None
    reasons: tuple[Reason, ...]
    count: int
    after_page: bool
    cost: int = 0
    edition: int = 1
    wanted: datetime | None = None

    @property
    def ahead(self) -> bool:
        """Whether only time stands between this piece and its channel."""
        return self.stand is Stand.DUE or {reason.why for reason in self.reasons} == {Why.NOT_YET}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything merged, as it stands ``at`` an instant. ``commit`` is "" while nothing is merged.

    ``asked``: copies that people want changed or removed.
    """

    at: datetime
    commit: str = ""
    planned: tuple[Planned, ...] = ()
    asked: tuple[Line, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    findings: tuple[Finding, ...] = ()


def plan(world: World, *, at: str = "", fetch: bool = True) -> Plan:
    """Judge everything as publish would. Needs no secrets, sends and writes nothing, asks no service and no site.

    ``at``: an instant (ISO 8601, in the workspace's time zone where it names none), "" is now. ``fetch``: look at the
    shared repository first. Raises Failure XP-TIME and those of the workspace.
    """
    workspace = find(world.here, world.env)
    now = _instant(at, workspace.here.config.timezone) if at else world.now()
    if fetch:
        workspace.hub.fetch()
    state = workspace.merged()
    if state is None:
        return Plan(now)
    ledger = ledger_of(workspace.hub, state.config, world)
    there, troubles = places(state, workspace.root)
    troubles += tuple(hints(state.config.channels, now))
    looked = survey(state, workspace.hub, ledger, now, there)
    cases = braked(state.config, looked.cases, frozenset())
    asked = requests_in(workspace.hub, state.config, state.people, Seen(now, ledger.witnessed))
    wishes = [*removals(state, ledger, asked, looked.pieces, there), *changes(looked.cases, asked)]
    lines = tuple(would(there, wishes))
    follows = {(wish.row.key.piece, wish.row.key.channel) for wish in wishes}
    left = (case for case in cases if case.stand is not Stand.DONE and not _is_asked(case, follows))
    planned = sorted((_planned(case, now) for case in left), key=_order)
    return Plan(now, state.commit, tuple(planned), lines, troubles, looked.findings)


def _is_asked(case: Case, follows: Collection[tuple[str, str]]) -> bool:
    """Whether somebody asked already for what can be done about an earlier text."""
    return case.stand is Stand.CORRECTED and (case.piece.id, case.place.channel.name) in follows


def _instant(text: str, timezone: str) -> datetime:
    try:
        return instant(text, timezone)
    except BadMoment as wrong:
        raise Failure("XP-TIME", wrong.what, wrong.cure, exit_code=Exit.USAGE) from wrong


def _planned(case: Case, now: datetime) -> Planned:
    front, links = case.piece.front, case.post is not None and "url" in case.post.placeholders
    count = len(case.ready(now))
    return Planned(
        piece=front.id,
        slug=front.slug,
        title=front.title,
        channel=case.place.channel.name,
        stand=case.stand,
        due=case.due,
        reasons=case.reasons,
        count=count,
        after_page=links,
        cost=_cost(case, count),
        edition=case.slots[0].key.edition if case.slots else 1,
        wanted=front.publish_at,
    )


def _cost(case: Case, deliveries: int) -> int:
    """What its service charges for a post, as far as its publisher knows."""
    publisher, post = case.place.publisher, case.post
    found = kept_safe(lambda: publisher.cost(post)) if post is not None else 0
    return 0 if isinstance(found, Failure) else found * max(deliveries, 1)


def _order(planned: Planned) -> tuple[bool, float, str, str]:
    return (not planned.ahead, planned.due.timestamp() if planned.due else 0.0, planned.slug, planned.channel)
