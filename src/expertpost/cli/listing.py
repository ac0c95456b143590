"""How the list of what waits is shown."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from expertpost.cli.output import print_json, say, table, world
from expertpost.flows.in_review import Waiting
from expertpost.flows.review_list import review_list

if TYPE_CHECKING:
    from expertpost.model.canonical import Json


def list_(*, mine: bool = False, as_json: bool = False) -> None:
    """Show what waits; see ``flows.review_list``."""
    here = world()
    waiting = review_list(here, mine=mine)
    if as_json:
        print_json("expertpost.review-list/1", {"waiting": [waiting_value(each) for each in waiting]})
    else:
        listed(waiting, here.now(), mine=mine)


def listed(waiting: Iterable[Waiting], now: datetime, *, mine: bool = False) -> None:
    """The table of what waits, and the next command."""
    found = list(waiting)
    if not found:
        say("Nothing waits for you." if mine else "Nothing waits for a review.")
        return
    heads = ("piece", "title", "by", "for", "channels", "asked", "since", "state", "needs")
    table(heads, [_row(each, now, mine=mine) for each in found])
    first = next((each for each in found if each.for_me), None) or next((e for e in found if not e.mine), found[0])
    say(f"Next: expertpost review show {first.slug}")


def _row(each: Waiting, now: datetime, *, mine: bool) -> tuple[str, ...]:
    by = f"{each.by or '?'}{'' if each.signed or not each.by else ' (unsigned)'}{' (you too)' if each.mine else ''}"
    comments = f"{each.open_comments} open comment{'s'[: each.open_comments > 1]}" if each.open_comments else ""
    guards = f"changes {', '.join(each.guards)}: for an admin" if each.guards else ""
    also = (f"also changes {path}" for path in each.also[:3])
    needs = "; ".join(filter(None, (*each.needs, comments, guards, *also)))
    audience = "people/" if each.is_person else ", ".join(each.audience)
    asked = each.for_me if mine else ", ".join(each.asked)
    since = ", ".join(filter(None, (_age(each.since, now), _due(each.due, now))))
    return each.slug, each.title, by, audience, ", ".join(each.channels), asked, since, each.state, needs


def _due(due: datetime | None, now: datetime) -> str:
    """When something is due, as far as that is worth a word."""
    if due is None or (due - now).days >= 3:
        return ""
    days = (due - now).days
    return f"{-days} day{'s'[: days < -1]} overdue" if days < 0 else f"due {due:%a %d %b}"


def _age(since: datetime | None, now: datetime) -> str:
    if since is None:
        return ""
    hours = max(0, int((now - since).total_seconds() // 3600))
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h" if hours else "now"


def waiting_value(each: Waiting) -> "dict[str, Json]":
    """One line of the list as JSON."""
    return {
        "id": each.id,
        "slug": each.slug,
        "title": each.title,
        "path": each.path,
        "branch": each.branch,
        "commit": each.commit,
        "digest": each.digest,
        "by": each.by,
        "signed": each.signed,
        "since": each.since.isoformat() if each.since else None,
        "authors": list(each.authors),
        "audience": list(each.audience),
        "channels": list(each.channels),
        "state": each.state,
        "needs": list(each.needs),
        "also_changes": list(each.also),
        "guards": list(each.guards),
        "mine": each.mine,
        "person": each.is_person,
        "asked": list(each.asked),
        "due": each.due.isoformat() if each.due else None,
        "for_me": each.for_me or None,
        "open_comments": each.open_comments,
    }
