"""What one build of a site knows of each source file, so that the next one need not read it again."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from expertpost.render.linked import name_of
from expertpost.web.cards import Card, newest_first


class Row(NamedTuple):
    """One file below ``drafts/``.

    ``key``: the blobs it was made of. ``why`` and ``says``: why the site does not show it, "" where it may. ``due``:
    from when it may, in Unix seconds. ``names``: what its links ask for (``links.name_of``). ``grave``: the slug and
    the day of what was taken back, () for anything else. ``card`` is None where the site never shows it. ``stale``:
    from when its page says that somebody should have looked at it, in Unix seconds; 0 for never.
    """

    key: str
    id: str
    why: str
    says: str
    due: int
    names: Sequence[str]
    grave: Sequence[str]
    card: Card | None
    stale: int = 0


class Chosen(NamedTuple):
    """What a site shows at one instant: cards newest first, source path → slug, and what stays away and why.

    ``graves``: slug → the day on which the page there was taken back.
    """

    cards: tuple[Card, ...]
    slugs: dict[str, str]
    away: tuple[tuple[str, str, str], ...]
    graves: dict[str, str]


def chosen(rows: Mapping[str, Row], at: int) -> Chosen:
    """The rows that are shown at ``at`` (Unix seconds). Of two with one id or one address the first by path stays."""
    cards: list[Card] = []
    slugs: dict[str, str] = {}
    away: list[tuple[str, str, str]] = []
    ids: set[str] = set()
    taken: dict[str, str] = {}
    for path in sorted(rows):
        row = rows[path]
        if row.card is None:
            away.append((path, row.why, row.says))
        elif row.id in ids or row.card.slug in taken:
            other = taken.get(row.card.slug, "another file")
            away.append((path, "twin", f"{other} has its address or id already: change the slug"))
        elif row.due > at:
            away.append((path, "not-yet", "its time has not come"))
        else:
            cards.append(row.card)
            slugs[path] = taken[row.card.slug] = row.card.slug
            ids.add(row.id)
            taken[row.card.slug] = path
    graves = {row.grave[0]: row.grave[1] for row in rows.values() if row.grave and row.due <= at}
    left = {slug: day for slug, day in graves.items() if slug not in taken}
    return Chosen(tuple(newest_first(cards)), slugs, tuple(away), left)


def relinked(rows: Mapping[str, Row], old: Mapping[str, str], new: Mapping[str, str]) -> frozenset[str]:
    """The shown files whose links may lead elsewhere now, when source path → slug changes from ``old`` to ``new``."""
    if old == new:
        return frozenset()
    moved = {name_of(path) for path, _ in old.items() ^ new.items()}
    return frozenset(path for path in new if not moved.isdisjoint(rows[path].names))
