"""``status``: lines for people, one value for programs. Asked so often that it needs no parser of command lines."""

import gc
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost.flows.context import World
from expertpost.flows.status import begin, finish

if TYPE_CHECKING:
    from expertpost.flows.overview import Group, Row, Status
    from expertpost.model.canonical import Json

_LONGEST = 80
PLAIN_OPTIONS = frozenset({"--mine", "--all", "--fetch", "--no-fetch", "--json"})
"""The options of ``status``; with no others on the command line it needs no parser."""


def show_plain(options: Sequence[str]) -> None:
    """``show`` with the options as they stand on the command line, each of them one of ``PLAIN_OPTIONS``."""
    show(
        mine="--mine" in options,
        everything="--all" in options,
        fetch=True if "--fetch" in options else False if "--no-fetch" in options else None,
        as_json="--json" in options,
    )


def show(*, mine: bool, everything: bool, fetch: bool | None, as_json: bool) -> None:
    """Look where every piece stands, and print it."""
    # Nothing becomes garbage in so short a life: looking for it costs a tenth of a first look at many pieces.
    gc.disable()
    asked = begin(World(here=Path.cwd()))
    # Git is looking already; meanwhile the rest is loaded.
    from expertpost.cli.output import note, print_json, say

    found = finish(asked, mine=mine, everything=everything or as_json, fetch=fetch)
    if as_json:
        print_json("expertpost.status/1", as_value(found))
        return
    for text in found.notes:
        note(f"Not everything could be looked at: {text}")
    for line in lines(found):
        say(line)


def lines(found: "Status") -> Iterator[str]:
    """The groups one after the other, each piece with what there is to know and the next command."""
    if not found.groups:
        yield 'Nothing here yet. Begin with: expertpost new "Your first title"'
    for number, group in enumerate(found.groups):
        if number:
            yield ""
        yield from _group(group)


def _group(group: "Group") -> Iterator[str]:
    yield f"{group.says} ({group.count:,})"
    for row in group.rows:
        title = row.title if len(row.title) <= _LONGEST else row.title[: _LONGEST - 1] + "…"
        yield f"  {row.slug}  {title}"
        about = [part for part in (_when(row), row.says, row.note, row.next and f"next: {row.next}") if part]
        if about:
            yield f"      {' · '.join(about)}"
    if group.count > len(group.rows):
        yield f"  and {group.count - len(group.rows):,} more – expertpost status --all"


def _when(row: "Row") -> str:
    """The moment a row speaks of, as the person's own clock shows it."""
    return datetime.fromisoformat(row.at).astimezone().strftime("%Y-%m-%d %H:%M") if row.at else ""


def as_value(found: "Status") -> "dict[str, Json]":
    """All of it as JSON."""
    return {
        "counts": {group.stage: group.count for group in found.groups},
        "pieces": [_row(row) for group in found.groups for row in group.rows],
        "notes": list(found.notes),
        "seen": datetime.fromtimestamp(found.seen).astimezone().isoformat() if found.seen else None,
    }


def _row(row: "Row") -> "dict[str, Json]":
    return {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "path": row.path,
        "authors": list(row.authors),
        "stage": row.stage,
        "says": row.says,
        "note": row.note,
        "at": row.at or None,
        "next": row.next or None,
    }
