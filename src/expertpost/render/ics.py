"""A calendar as an iCalendar file (RFC 5545): what calendars of every make subscribe to. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from expertpost.model.calendar import Entry, Mark

_LINE = 75
"""Octets of one line, without its end (§3.1)."""
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_STATUS = {Mark.SENT: "CONFIRMED", Mark.PAGE: "CONFIRMED", Mark.PLANNED: "CONFIRMED", Mark.HELD: "TENTATIVE"}


def ics(entries: Iterable[Entry], name: str, workspace: str, made: datetime) -> str:
    """The whole file, with CRLF line ends and times in UTC. ``workspace``: its id; ``made``: when it was made."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//expertpost//calendar//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for entry in entries:
        lines += _event(entry, workspace, made)
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCALENDAR"))


def _event(entry: Entry, workspace: str, made: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(f'{entry.uid}@{workspace}')}"
    yield f"DTSTAMP:{_utc(made)}"
    yield f"DTSTART:{_utc(entry.at)}"
    yield "DURATION:PT15M"
    yield f"SUMMARY:{_text(f'{entry.place}: {entry.title}')}"
    if says := "\n".join(part for part in (entry.mark.value, entry.says) if part):
        yield f"DESCRIPTION:{_text(says)}"
    if entry.url:
        # An address is no text: nothing in it is escaped, so what cannot stand in one is left out.
        yield f"URL:{re.sub(r'[^!-~]', '', entry.url)}"
    yield f"CATEGORIES:{_text(entry.place)}"
    yield f"STATUS:{_STATUS[entry.mark]}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A value of the type TEXT (§3.3.11); characters that it cannot hold are replaced."""
    clean = _NOT_TEXT.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))
    for sign in ("\\", ";", ","):
        clean = clean.replace(sign, f"\\{sign}")
    return clean.replace("\n", "\\n")


def _folded(line: str) -> str:
    """A line cut into pieces of at most 75 octets, never within a character (§3.1)."""
    found, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE:
            found.append(" ")
            size = 1
        found[-1] += character
        size += octets
    return "\r\n".join(found)
