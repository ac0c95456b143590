"""What a build notes for the next one, and what has changed between the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from expertpost.model.canonical import Json
from expertpost.web.cards import Card
from expertpost.web.lists import ON_HOME
from expertpost.web.rows import Chosen, Row, chosen, relinked


@dataclass(frozen=True, slots=True)
class Last:
    """What the last build noted: up to which event and instant, what it knew of each text, which lists it wrote.

    ``asked``: what tells the questions apart that it listed, ``indexed``: what can be searched. ``lines``: how many
    it took to say so.
    """

    reviews: str = ""
    at: int = 0
    rows: Mapping[str, Row] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    lines: int = 0
    asked: str = ""
    indexed: str = ""


def read_notes(noted: Sequence[Json], key: str) -> Last:
    """What the lines of a build under this key say; nothing where they are of another, or no notes of ours."""
    head: Any = {}
    rows: dict[str, Any] = {}
    try:
        for line in noted:
            if isinstance(line, Mapping):
                head = line
            elif isinstance(line, list):
                rows[str(line[0])] = line[1]
        if head.get("key") != key:
            return Last()
        known = {path: _row(row) for path, row in rows.items() if row}
        return Last(
            head["reviews"], head["at"], known, frozenset(head["lists"]), len(noted), head["asked"], head["indexed"]
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return Last()


def _row(noted: list[Any]) -> Row:
    row = Row(*noted)
    return row._replace(card=Card(*row.card)) if row.card else row


class Difference:
    """What is known ``now``, at the instant ``at``, beside what the last build noted; ``unread``: what was new."""

    def __init__(self, last: Last, rows: dict[str, Row], now: Chosen, unread: frozenset[str], at: int) -> None:
        self.last = last
        self.rows = rows
        self.now = now
        self.unread = unread
        self.at = at

    @cached_property
    def before(self) -> Chosen:
        """What the last build showed."""
        return chosen(self.last.rows, self.last.at)

    @cached_property
    def relisted(self) -> bool:
        """Whether lists, or the addresses of pieces, may look otherwise than before."""
        old, new = self.last.rows, self.rows
        early, late = sorted((self.last.at, self.at))
        return (
            old.keys() != new.keys()
            or any(_listed(old[path]) != _listed(new[path]) for path in self.unread)
            or any(early < row.due <= late for row in new.values())
        )

    @cached_property
    def relinked(self) -> frozenset[str]:
        """The texts whose links lead elsewhere though they themselves are as they were."""
        if not self.relisted:
            return frozenset()
        return relinked(self.rows, self.before.slugs, self.now.slugs) - self.unread

    @cached_property
    def aged(self) -> frozenset[str]:
        """The texts whose day has come, or is ahead again, since the last build, though they are as they were."""
        early, late = sorted((self.last.at, self.at))
        return frozenset(path for path in self.now.slugs if early < self.rows[path].stale <= late) - self.unread

    @property
    def has_news(self) -> bool:
        """Whether the feeds may say something else than before."""
        newest = {card.slug for card in self.now.cards[:ON_HOME]}
        return self.relisted or not newest.isdisjoint(self.now.slugs.get(path, "") for path in self.unread)

    def note(self, printed: Sequence[tuple[dict[str, tuple[str, ...]], int]]) -> int:
        """Keep the names that the links of printed pages ask for; how many files were written."""
        for names, _ in printed:
            for path, asked in names.items():
                self.rows[path] = self.rows[path]._replace(names=asked)
        return sum(changed for _, changed in printed)


def _listed(row: Row) -> tuple[int, int, Card | None]:
    return row.due, row.stale, row.card and row.card.listed()


def notes_of(
    found: Difference, key: str, reviews: str, lists: frozenset[str], asked: str = "", indexed: str = ""
) -> tuple[list[Json], bool]:
    """The lines to note, and whether behind the last ones: where little changed only that is written."""
    rows, last = found.rows, found.last
    add = bool(last.rows) and last.lines < 2 * len(rows)
    paths = rows.keys() | last.rows.keys() if add else rows.keys()
    wanted = (path for path in paths if not add or rows.get(path) is not last.rows.get(path))
    lines: list[Json] = [[path, rows.get(path)] for path in sorted(wanted)]
    head: Json = {
        "key": key,
        "reviews": reviews,
        "at": found.at,
        "lists": sorted(lists),
        "asked": asked,
        "indexed": indexed,
    }
    return [*lines, head], add
