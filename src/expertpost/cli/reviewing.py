"""How reviews are shown: lines for people, values for programs."""

from collections.abc import Iterable
from datetime import datetime

from expertpost.cli import differing
from expertpost.cli.output import finding_json, note, print_json, say, table, world
from expertpost.cli.recorded import DID
from expertpost.errors import Failure
from expertpost.flows.posts import Offer
from expertpost.flows.review import Shown, Waiting, review_show
from expertpost.model.canonical import Json
from expertpost.model.post import fill, placeholders_in
from expertpost.model.review import Event

UNSIGNED = "  ! unsigned approvals count in this workspace: a name without a key is only what somebody typed"


def listed(waiting: Iterable[Waiting], now: datetime) -> None:
    """The table of what waits, and the next command."""
    found = list(waiting)
    if not found:
        say("Nothing waits for a review.")
        return
    heads = ("piece", "title", "by", "for", "channels", "since", "state", "needs")
    table(heads, [_row(each, now) for each in found])
    first = next((each for each in found if not each.mine), found[0])
    say(f"Next: expertpost review show {first.slug}")


def _row(each: Waiting, now: datetime) -> tuple[str, ...]:
    by = f"{each.by or '?'}{'' if each.signed or not each.by else ' (unsigned)'}{' (you too)' if each.mine else ''}"
    guards = (f"changes {', '.join(each.guards)}: for an admin",) if each.guards else ()
    needs = "; ".join((*each.needs, *guards, *(f"also changes {path}" for path in each.also[:3])))
    audience = "people/" if each.is_person else ", ".join(each.audience)
    return each.slug, each.title, by, audience, ", ".join(each.channels), _age(each.since, now), each.state, needs


def _age(since: datetime | None, now: datetime) -> str:
    if since is None:
        return ""
    hours = max(0, int((now - since).total_seconds() // 3600))
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h" if hours else "now"


def waiting_value(each: Waiting) -> dict[str, Json]:
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
    }


def show(ref: str, *, as_json: bool = False) -> None:
    """Show one piece, whole; see ``flows.review``."""
    found = review_show(world(), ref)
    if as_json:
        print_json("expertpost.review-show/1", shown_value(found))
    else:
        shown(found)


def shown(found: Shown) -> None:
    """One piece, whole."""
    about = found.waiting
    say(about.title)
    say(f"  {about.path}  {about.branch or 'merged'}  text {about.digest[:12] or 'with errors'}")
    if not about.is_person:
        say(f"  by {', '.join(about.authors) or '?'}, for {', '.join(about.audience) or 'nobody'}")
    say(f"  {about.state}{': ' if about.needs else ''}{'; '.join(about.needs)}")
    if about.guards:
        say(f"  ! the branch changes {', '.join(about.guards)}: that decides who may do what, and an admin approves it")
    if not found.asks_for_signatures:
        say(UNSIGNED)
    for path in about.also:
        say(f"  ! the branch also changes {path}, which no approval of this covers")
    differing.tiers(found.tiers)
    differing.stale(found.stale)
    _text(found)
    for made in found.offers:
        say()
        _offer(made)
    _checks(found)
    if found.events:
        say()
        say("What was said")
        for event in found.events:
            _event(event)
    for each in found.notes:
        note(str(each))
    if about.digest and not about.mine:
        say()
        say(f"Next: expertpost review approve {about.slug}, or comment, or return")


def _text(found: Shown) -> None:
    say()
    if found.diff:
        say("What changed since you saw it" if found.compared == "seen" else "What it changes")
        say(found.diff.rstrip("\n"))
    elif found.compared == "seen":
        say("Nothing changed since you saw it.")
    else:
        say("The text")
        say(found.text.rstrip("\n"))


def _offer(made: Offer | Failure) -> None:
    if isinstance(made, Failure):
        say(f"A channel: {made.what}")
        return
    name = made.channel.name
    if made.reason or made.post is None:
        say(f"{name}: nothing – {made.reason.says if made.reason else 'see the findings'}")
    else:
        say(f"{name} would get")
        for key, text in made.post.fields:
            if key != "html":
                say(f"  {key}: {_readable(text)}")
        for number, part in enumerate(made.post.parts, 1):
            count = f" ({number} of {len(made.post.parts)})" if len(made.post.parts) > 1 else ""
            say("".join(f"  | {line}\n" for line in _readable(part).split("\n")).rstrip("\n") + count)
    for finding in made.findings:
        say(f"  {finding}")


def _readable(text: str) -> str:
    """The text of a post with «date» and its like where only the moment of sending knows more."""
    return fill(text, {name: f"«{name}»" for name in placeholders_in(text)})


def _checks(found: Shown) -> None:
    if found.findings:
        say()
        say("Checks")
        for finding in found.findings:
            say(f"  {finding}")


def _event(event: Event) -> None:
    unsigned = f" (on {event.origin})" if event.origin else "" if event.signer else " (unsigned)"
    place = f" line {event.line}" if event.line else ""
    says = f": {event.text}" if event.text else ""
    say(f"  {event.at:%Y-%m-%d %H:%M}  {event.by}{unsigned} {DID[event.kind]}{place}{says}")
    if event.quote:
        say(f"      > {event.quote}")


def shown_value(found: Shown) -> dict[str, Json]:
    """One piece, whole, as JSON."""
    return {
        **waiting_value(found.waiting),
        "text": found.text,
        "diff": found.diff,
        "compared_with": found.compared,
        "channels": [_offer_value(made) for made in found.offers],
        "findings": [finding_json(finding) for finding in found.findings],
        "events": [_event_value(event) for event in found.events],
        "notes": [finding_json(each) for each in found.notes],
        "stale": [differing.stale_value(each) for each in found.stale],
        "tiers": [differing.tier_value(each) for each in found.tiers],
        "signed_workspace": found.asks_for_signatures,
    }


def _offer_value(made: Offer | Failure) -> dict[str, Json]:
    if isinstance(made, Failure):
        return {"channel": "", "problem": made.what}
    return {
        "channel": made.channel.name,
        "reason": made.reason.says if made.reason else None,
        "parts": [_readable(part) for part in made.post.parts] if made.post else [],
        "digest": made.post.digest if made.post else None,
        "findings": [finding_json(finding) for finding in made.findings],
    }


def _event_value(event: Event) -> dict[str, Json]:
    return {
        "id": event.id,
        "kind": event.kind.value,
        "by": event.by,
        "signed": event.signer == event.by,
        "origin": event.origin or None,
        "brought_by": event.carrier or None,
        "at": event.at.isoformat(),
        "digest": event.digest,
        "text": event.text,
        "line": event.line or None,
        "quote": event.quote,
        "channels": sorted(event.posts),
    }
