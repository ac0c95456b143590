"""The verb calendar: a table, JSON, or a file that calendars subscribe to."""

import sys
from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import inert, note, print_json, say, table, world
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.calendar import Calendar
    from expertpost.model.calendar import Entry


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    app.command()(calendar)


def calendar(
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="From this day or instant on; today")] = "",
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Until before this day or instant; 90 days")] = "",
    ics: Annotated[bool, typer.Option("--ics", help="Print an iCalendar file")] = False,
    no_fetch: Annotated[bool, typer.Option("--no-fetch", help="Do not look at the shared repository first")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON")] = False,
) -> None:
    """Show what goes where and when, and what is too near to something else."""
    from expertpost.flows.calendar import calendar as look

    found = look(world(), start=start, end=end, fetch=not no_fetch)
    if ics:
        from expertpost.render.ics import ics as written

        sys.stdout.buffer.write(inert(written(found.entries, found.name, found.workspace, found.made)).encode())
        sys.stdout.buffer.flush()
    elif as_json:
        print_json("expertpost.calendar/1", _json(found))
    else:
        _tell(found)


def _tell(found: "Calendar") -> None:
    near = {entry.uid for collision in found.collisions for entry in collision.entries}
    heads = (f"when ({found.zone.key})", "UTC", "where", "piece", "title", "what")
    if found.entries:
        table(heads, [_row(entry, found, entry.uid in near) for entry in found.entries])
    else:
        say("Nothing goes anywhere in that time.")
    for collision in found.collisions:
        slugs = ", ".join(entry.slug or entry.piece for entry in collision.entries)
        note(f"{collision.place}: {slugs} follow one another in less than an hour – move one: publish_at")


def _row(entry: "Entry", found: "Calendar", near: bool) -> tuple[str, ...]:
    local, times = entry.at.astimezone(found.zone), f" × {entry.count}" if entry.count > 1 else ""
    what = "; ".join(part for part in (entry.mark.value, "collides" if near else "", entry.says) if part)
    utc = entry.at.astimezone(UTC)
    return (f"{local:%Y-%m-%d %H:%M}", f"{utc:%H:%M}", entry.place + times, entry.slug, entry.title, what)


def _json(found: "Calendar") -> dict[str, Json]:
    return {
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "timezone": found.zone.key,
        "entries": [
            {
                "uid": entry.uid,
                "at": entry.at.astimezone(UTC).isoformat(),
                "local": entry.at.astimezone(found.zone).isoformat(),
                "place": entry.place,
                "piece": entry.piece,
                "slug": entry.slug,
                "title": entry.title,
                "mark": entry.mark.value,
                "edition": entry.edition,
                "deliveries": entry.count,
                "says": entry.says,
                "url": entry.url,
            }
            for entry in found.entries
        ],
        "collisions": [{"place": one.place, "uids": [entry.uid for entry in one.entries]} for one in found.collisions],
    }
