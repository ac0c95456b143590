"""How it is shown what made an approval stale, and that an earlier text needed more."""

from collections.abc import Iterable

from expertpost.cli.output import say
from expertpost.flows.staleness import Difference, Stale, Tier
from expertpost.model.canonical import Json
from expertpost.model.rules import named


def tiers(found: Iterable[Tier]) -> None:
    """A line for each place where a stricter rule matched before."""
    for tier in found:
        what = " and ".join(tier.changed) or "the rule"
        say(f"  ! {', '.join(tier.places)}: {what} changed, and with it who has to approve.")
        say(f"    The text {tier.earlier} came under {named(tier.before)}, this one under {named(tier.now)}")


def stale(found: Iterable[Stale]) -> None:
    """What became of each approval that does not count any more, with the lines that differ."""
    for one in found:
        say()
        say(f"{one.by} approved {one.digest[:12]} on {one.at:%Y-%m-%d %H:%M}; since then")
        for difference in one.differences:
            say(f"  {difference.says}")
            for line in difference.diff.splitlines()[2:]:
                say(f"    {line}")


def tier_value(tier: Tier) -> dict[str, Json]:
    """A tier as JSON."""
    return {
        "places": list(tier.places),
        "before": named(tier.before),
        "now": named(tier.now),
        "changed": list(tier.changed),
        "earlier": tier.earlier,
    }


def stale_value(one: Stale) -> dict[str, Json]:
    """A stale approval as JSON."""
    return {
        "by": one.by,
        "at": one.at.isoformat(),
        "digest": one.digest,
        "differences": [difference_value(each) for each in one.differences],
    }


def difference_value(each: Difference) -> dict[str, Json]:
    """One difference as JSON."""
    return {"kind": each.kind, "name": each.name, "says": each.says, "diff": each.diff}
