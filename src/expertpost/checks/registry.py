"""Which checks are installed: ours and those of plug-ins, found the same way."""

from functools import cache
from typing import cast

from expertpost.checks.context import Check
from expertpost.model.plugin import load

GROUP = "expertpost.checks"


@cache
def installed() -> tuple[tuple[str, Check], ...]:
    """Every check with its name, in the order of the names. Raises Failure XP-PLUGIN-TWICE or XP-PLUGIN-BROKEN."""
    from importlib.metadata import entry_points

    return cast("tuple[tuple[str, Check], ...]", load(entry_points(group=GROUP), "check"))
