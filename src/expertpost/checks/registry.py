"""Which checks are installed: ours and those of plug-ins, found the same way."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, cast

from expertpost.checks.context import Check
from expertpost.errors import Exit, Failure

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "expertpost.checks"


@cache
def installed() -> tuple[tuple[str, Check], ...]:
    """Every check with its name, in the order of the names. Raises Failure XP-PLUGIN-TWICE or XP-PLUGIN-BROKEN."""
    from importlib.metadata import entry_points

    return load(entry_points(group=GROUP))


def load(entries: Iterable["EntryPoint"]) -> tuple[tuple[str, Check], ...]:
    """The checks behind entry points. Raises Failure where two distributions claim a name, or one does not load."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entries, key=lambda each: each.name):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            both = " and ".join(sorted(each.dist.name for each in (other, entry) if each.dist))
            what = f"{both} both claim the check {entry.name!r}"
            raise Failure("XP-PLUGIN-TWICE", what, "uninstall one of them", exit_code=Exit.GUARD)
    return tuple((name, _loaded(entry)) for name, entry in found.items())


def _loaded(entry: "EntryPoint") -> Check:
    cure = "install it again, or ask those who make it"
    try:
        check: object = entry.load()
    except (ImportError, AttributeError, SyntaxError) as broken:
        raise Failure("XP-PLUGIN-BROKEN", f"{entry.name} does not load: {broken}", cure, where=entry.value) from broken
    if not callable(check):
        raise Failure("XP-PLUGIN-BROKEN", f"{entry.name} is no check", cure, where=entry.value)
    return cast("Check", check)
