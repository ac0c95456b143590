"""What ``status`` tells: the pieces in groups, by where they stand."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One piece. ``says``: what there is to know, ``next``: the command to run, "" where nobody has to do anything.

    ``at``: the moment or day it speaks of (ISO 8601), or "". ``note``: something else worth knowing.
    """

    stage: str
    id: str
    slug: str
    title: str
    path: str
    authors: tuple[str, ...] = ()
    says: str = ""
    next: str = ""
    at: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The pieces of one stage: how many there are, and some or all of them. ``says``: the heading."""

    stage: str
    says: str
    count: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """Everything, by stage in the order of a piece's life. ``notes``: what could not be looked at.

    ``seen``: when the shared repository was last looked at (Unix time), 0 for never or where there is none.
    """

    groups: tuple[Group, ...]
    notes: tuple[str, ...] = ()
    seen: float = 0


SHAPE = ",".join(Row.__slots__)
"""What a text of ``to_text`` holds of each piece; a text of another shape is not read."""


def to_text(found: Status) -> str:
    """Groups and notes as JSON, to be kept; ``from_text`` gives them back."""
    groups = [[each.stage, each.says, each.count, [_values(row) for row in each.rows]] for each in found.groups]
    return json.dumps({"groups": groups, "notes": found.notes}, ensure_ascii=False)


def _values(row: Row) -> list[object]:
    return [getattr(row, name) for name in Row.__slots__]


def from_text(text: str) -> Status:
    """What ``to_text`` was given."""
    kept = json.loads(text)
    groups = (Group(stage, says, count, tuple(map(_row, rows))) for stage, says, count, rows in kept["groups"])
    return Status(tuple(groups), tuple(kept["notes"]))


def _row(values: list[Any]) -> Row:
    named = dict(zip(Row.__slots__, values, strict=True))
    return Row(**{**named, "authors": tuple(named["authors"])})
