"""How reviews are shown: lines for people, values for programs."""

from expertpost.cli import differing
from expertpost.cli.conversation import event_value, spoken, talk_value, unsigned
from expertpost.cli.listing import waiting_value
from expertpost.cli.output import finding_json, note, print_json, say, world
from expertpost.errors import Failure
from expertpost.flows.posts import Offer
from expertpost.flows.review import Shown, review_show
from expertpost.flows.since import Since
from expertpost.model.canonical import Json
from expertpost.model.event import Event
from expertpost.model.post import fill, placeholders_in
from expertpost.render.sheet import IN_THREADS, deed

UNSIGNED = "  ! unsigned approvals count in this workspace: a name without a key is only what somebody typed"


def show(ref: str, *, since: Since = Since.LAST, as_json: bool = False) -> None:
    """Show one piece, whole; see ``flows.review``."""
    found = review_show(world(), ref, since)
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
    if steps := [event for event in found.events if event.kind not in IN_THREADS]:
        say()
        say("What was done")
        for event in steps:
            _event(event)
    spoken(found.talks, about.slug)
    for each in found.notes:
        note(str(each))
    if about.digest and not about.mine:
        say()
        say(f"Next: expertpost review approve {about.slug}, or comment, or return")
    elif about.mine and about.state == "returned":
        say()
        say(f"Next: change {about.path}, then: expertpost submit {about.slug}")


_HEADS = {
    "seen": "What changed since you saw it",
    "said": "What changed since you spoke of it",
    "main": "What it changes",
}


def _text(found: Shown) -> None:
    say()
    if found.diff:
        say(_HEADS[found.compared])
        say(found.diff.rstrip("\n"))
    elif found.compared in ("seen", "said"):
        say(f"Nothing changed since then. All of it: expertpost review show {found.waiting.slug} --since main")
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
    says = f": {event.text}" if event.text else ""
    say(f"  {event.at:%Y-%m-%d %H:%M}  {event.by}{unsigned(event)} {deed(event)}{says}")


def shown_value(found: Shown) -> dict[str, Json]:
    """One piece, whole, as JSON."""
    return {
        **waiting_value(found.waiting),
        "text": found.text,
        "diff": found.diff,
        "compared_with": found.compared,
        "channels": [_offer_value(made) for made in found.offers],
        "findings": [finding_json(finding) for finding in found.findings],
        "threads": [talk_value(talk) for talk in found.talks],
        "events": [event_value(event) for event in found.events],
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
