"""What a run of publish tells people and machines: one line for each piece at each channel, and one exit code."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from expertpost.errors import Exit, Finding
from expertpost.flows.cases import Case, Stand
from expertpost.flows.places import Trouble
from expertpost.model.delivery import IN_DOUBT, Delivery, State
from expertpost.model.policy import NEVER, WAITING, Reason, Why

_NEEDS_PERSON = frozenset({Why.LATE, Why.BURST, Why.SAME_TEXT, Why.CHANGED, Why.DOUBT, Why.REFUSED})


class Result(StrEnum):
    """What became of a piece at a channel."""

    SENT = "sent"
    WOULD_SEND = "would-send"
    WAITING = "waiting"
    HELD = "held"
    CORRECTED = "old copy"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DAMAGED = "damaged"
    UPDATED = "updated"
    REMOVED = "removed"
    WOULD_UPDATE = "would-update"
    WOULD_REMOVE = "would-remove"
    BY_HAND = "by hand"


EXITS: Mapping[Result, Exit] = {
    Result.UNKNOWN: Exit.NEEDS_PERSON,
    Result.FAILED: Exit.FAILED,
    Result.DAMAGED: Exit.GUARD,
    Result.BY_HAND: Exit.NEEDS_PERSON,
}
"""What a result makes of the exit code; HELD asks its reasons, every other is done or waits."""


@dataclass(frozen=True, slots=True)
class Line:
    """One piece at one channel. ``counts``: deliveries that this run touched, by state; ``urls``: where they are.

    ``slug`` and ``title`` are "" for a piece that is no longer in the workspace.
    """

    piece: str
    slug: str
    title: str
    channel: str
    result: Result
    says: tuple[str, ...] = ()
    whys: tuple[Why, ...] = ()
    due: datetime | None = None
    counts: Mapping[State, int] = field(default_factory=dict)
    urls: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        """What this line alone would make the exit code."""
        if set(self.whys) & _NEEDS_PERSON and self.result is Result.HELD:
            return Exit.NEEDS_PERSON
        return EXITS.get(self.result, Exit.DONE)


@dataclass(frozen=True, slots=True)
class Published:
    """One run. ``commit``: what was published from, "" where nothing is merged yet."""

    commit: str
    lines: tuple[Line, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    findings: tuple[Finding, ...] = ()
    dry_run: bool = False
    interrupted: bool = False

    @property
    def exit(self) -> Exit:
        """The exit code: interrupted, then a safety guard, then a failure, then what needs a person."""
        if self.interrupted:
            return Exit.INTERRUPTED
        of_troubles = (Exit.GUARD if trouble.guard else Exit.FAILED for trouble in self.troubles)
        found = {*(line.exit for line in self.lines), *of_troubles}
        return next((one for one in (Exit.GUARD, Exit.FAILED, Exit.NEEDS_PERSON) if one in found), Exit.DONE)


def line_of(case: Case, result: Result, says: Iterable[str] = (), whys: Iterable[Why] = ()) -> Line:
    """A line about a case of which nothing was touched in this run."""
    front = case.piece.front
    return Line(front.id, front.slug, front.title, case.place.channel.name, result, tuple(says), tuple(whys), case.due)


def kept_line(case: Case) -> Line:
    """A line about a case that stays, with every reason."""
    whys = tuple(reason.why for reason in case.reasons)
    return line_of(case, _result_of(case.reasons), (reason.says for reason in case.reasons), whys)


def _result_of(reasons: Iterable[Reason]) -> Result:
    whys = {reason.why for reason in reasons}
    for why, result in ((Why.DAMAGED, Result.DAMAGED), (Why.UNFIT, Result.FAILED), (Why.DOUBT, Result.UNKNOWN)):
        if why in whys:
            return result
    return Result.WAITING if whys <= WAITING else Result.HELD


def sent_line(case: Case, rows: tuple[Delivery, ...], stopped: str) -> Line:
    """A line about a case that this run touched: ``rows`` as it left them, ``stopped`` why it did not go on."""
    counts = Counter(row.state for row in rows)
    says = tuple(dict.fromkeys(row.reason for row in rows if row.reason))
    front, channel = case.piece.front, case.place.channel.name
    urls = tuple(row.receipt.url for row in rows if row.receipt and row.receipt.url)
    if counts[State.UNKNOWN] or counts[State.HELD]:
        result = Result.UNKNOWN
    elif counts[State.REJECTED] or counts[State.DEAD]:
        result = Result.FAILED
    elif counts[State.DELIVERED] == len(rows) and not _goes_on(case, rows):
        result = Result.SENT
    else:
        result, says = Result.WAITING, (*says, *([stopped] if stopped and stopped not in says else []))
    return Line(front.id, front.slug, front.title, channel, result, says, (), case.due, dict(counts), urls)


def _goes_on(case: Case, rows: Iterable[Delivery]) -> bool:
    """Whether parts of a thread are still to come."""
    touched = {row.key.id for row in rows}
    return case.thread and any(slot.key.id not in touched and not slot.over for slot in case.slots)


def told(cases: Iterable[Case], rows: Iterable[Delivery], stopped: Mapping[str, str], dry_run: bool) -> list[Line]:
    """The lines about these cases; what is done, or was never meant for a channel, is left out.

    ``rows``: every delivery this run touched, as it left them. ``stopped``: channel → why it was left early.
    """
    touched: dict[tuple[str, str], list[Delivery]] = {}
    for row in rows:
        touched.setdefault((row.key.piece, row.key.channel), []).append(row)
    lines = []
    for case in cases:
        channel = case.place.channel.name
        says = stopped.get(channel, "")
        if mine := touched.get((case.piece.id, channel)):
            lines.append(sent_line(case, tuple(mine), says))
        elif case.stand is Stand.DUE:
            lines.append(line_of(case, Result.WOULD_SEND if dry_run else Result.WAITING, [says] if says else ()))
        elif case.stand is Stand.CORRECTED:
            lines.append(line_of(case, Result.CORRECTED, (reason.says for reason in case.reasons)))
        elif case.stand is Stand.KEPT and not {reason.why for reason in case.reasons} <= NEVER:
            lines.append(kept_line(case))
    return lines


def doubtful(rows: Iterable[Delivery], lines: Iterable[Line]) -> list[Line]:
    """A line for every piece and channel with a delivery in doubt that no other line tells of."""
    known = {(line.piece, line.channel) for line in lines if line.result is Result.UNKNOWN}
    of_piece = {line.piece: line for line in lines}
    found: dict[tuple[str, str], Line] = {}
    for row in rows:
        place = (row.key.piece, row.key.channel)
        if row.state in IN_DOUBT and place not in known:
            line = of_piece.get(row.key.piece)
            says = (row.reason or "it may or may not have arrived",)
            slug, title = (line.slug, line.title) if line else ("", "")
            found[place] = Line(row.key.piece, slug, title, row.key.channel, Result.UNKNOWN, says, (Why.DOUBT,))
    return list(found.values())
