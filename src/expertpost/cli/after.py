"""The verbs for what is merged or out already: people ask, and the runner carries it out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import note, print_json, say, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json
from expertpost.model.event import EventKind

if TYPE_CHECKING:
    from expertpost.flows.asking import Asked

Ref = Annotated[
    str, typer.Argument(metavar="REF", help="A piece: slug, path, beginning of its id, or the address of a copy")
]
Channels = Annotated[
    list[str] | None, typer.Option("--channel", metavar="NAME", help="Only this channel or site; may be repeated")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays on record")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be recorded, and record nothing")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]

_DID = {
    EventKind.HOLD: ("Held", "Would hold"),
    EventKind.RELEASE: ("Released", "Would release"),
    EventKind.UPDATE: ("Asked to update", "Would ask to update"),
    EventKind.REPUBLISH: ("Asked to send once more", "Would ask to send once more"),
    EventKind.RETRACT: ("Taken back", "Would take back"),
    EventKind.SETTLE: ("Settled", "Would settle"),
}


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command()(hold)
    app.command()(release)
    app.command()(update)
    app.command()(republish)
    app.command()(retract)


def hold(
    ref: Ref, reason: Reason = "", channel: Channels = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Stop a piece before it goes anywhere, or to one channel."""
    from expertpost.flows.hold import hold as ask

    told(ask(world(), ref, channel or (), reason, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


def release(
    ref: Ref, reason: Reason = "", channel: Channels = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Let a piece go again that was held, taken back or braked."""
    from expertpost.flows.hold import release as ask

    told(ask(world(), ref, channel or (), reason, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


def update(
    ref: Ref, reason: Reason = "", channel: Channels = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Give the posts that can be changed the text that is approved now."""
    from expertpost.flows.update import update as ask

    done = ask(world(), ref, channel or (), reason, dry_run=dry_run)
    others: list[Json] = [{"channel": name, "says": says} for name, says in done.others]
    told(done.asked, dry_run=dry_run, as_json=as_json, more={"others": others})
    if not as_json:
        for name, says in done.others:
            say(f"  not at {name}: {says}")


def republish(
    ref: Ref, reason: Reason = "", channel: Channels = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Send a piece to a channel once more; the earlier post stays."""
    from expertpost.flows.republish import republish as ask

    told(ask(world(), ref, channel or (), reason, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


def retract(
    ref: Ref, reason: Reason = "", channel: Channels = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Take a piece back: tell every copy, remove what can be removed, and let nothing more go."""
    from expertpost.flows.retract import retract as ask

    done = ask(world(), ref, channel or (), reason, dry_run=dry_run)
    copies: list[Json] = [
        {
            "channel": one.channel,
            "edition": one.edition,
            "state": one.state.value,
            "url": one.url,
            "key": one.key,
            "by_hand": one.by_hand,
            "says": one.says,
        }
        for one in done.copies
    ]
    told(done.asked, dry_run=dry_run, as_json=as_json, more={"copies": copies, "sites": list(done.sites)})
    if not as_json:
        for one in done.copies:
            say(f"  {one.channel}{f' {one.url}' if one.url else ''}: {one.says}")
        for name in done.sites:
            say(f"  {name}: the next site build shows a notice in the page's place")
    if any(one.by_hand for one in done.copies):
        raise typer.Exit(Exit.NEEDS_PERSON)


def told(asked: "Asked", *, dry_run: bool, as_json: bool, more: "Mapping[str, Json] | None" = None) -> None:
    """What was recorded, and what it leads to."""
    if as_json:
        name = asked.kind.value.removesuffix("-request")
        print_json(
            f"expertpost.{name}/1",
            {
                "id": asked.id,
                "slug": asked.slug,
                "by": asked.by,
                "signed": asked.signed,
                "channels": list(asked.channels),
                "reason": asked.reason,
                "notes": list(asked.notes),
                "event": asked.event or None,
                "dry_run": dry_run,
                **(more or {}),
            },
        )
        return
    if not asked.event:
        say(f"{asked.title}: {'; '.join(asked.notes)}")
        return
    did, would = _DID[asked.kind]
    where = f" at {', '.join(asked.channels)}" if asked.channels else ""
    say(f"{would if dry_run else did}: {asked.title}{where}")
    for line in asked.notes:
        note(f"  {line}")
    if not asked.signed:
        note("  It is unsigned: people/ lists no key that you have here.")
