"""Times as people write them: a local time with an IANA zone, or with an offset; never a guess."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class BadMoment(ValueError):
    """A time that names no single instant: ``what`` and ``cure`` are sentences for the person who wrote it."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} – {cure}")
        self.what = what
        self.cure = cure


def zone(name: str) -> ZoneInfo:
    """The IANA time zone of this name. Raises BadMoment."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise BadMoment(f"{name!r} is no time zone", "write one of the IANA names, like Europe/Berlin") from unknown


def instant(text: str, zone_name: str = "") -> datetime:
    """The instant that ``text`` (ISO 8601) names, in ``zone_name`` where it has no offset of its own.

    A date alone is the start of that day. Raises BadMoment for no zone at all, a local time that the clocks skip (gap)
    and one that they show twice (overlap), with the instants to choose from.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise BadMoment(f"{text!r} is no time", "write it as 2026-12-01T09:00+01:00") from wrong
    if found.tzinfo is not None:
        return found
    if not zone_name:
        cure = f"write {text}+01:00 with your offset, or add timezone: Europe/Berlin"
        raise BadMoment(f"{text} has no time zone", cure)
    place = zone(zone_name)
    first, second = (found.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    offered = " or ".join(sorted({at.astimezone(UTC).astimezone(place).isoformat() for at in (first, second)}))
    says = "twice" if first.astimezone(UTC) < second.astimezone(UTC) else "never"
    times = {"twice": "the clocks show it twice", "never": "the clocks skip it"}[says]
    raise BadMoment(f"{text} in {zone_name} is no single time: {times} that day", f"write {offered}")


def day(text: str) -> date:
    """The calendar day that ``text`` (ISO 8601) names. Raises BadMoment."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise BadMoment(f"{text!r} is no date", "write it as 2026-12-01") from wrong
