"""What went out and what is open: outbox list, show and resolve."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import note, print_json, say, table, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.outbox import Group, Shown

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
NoFetch = Annotated[bool, typer.Option("--no-fetch", help="Do not look at the shared repository first")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    outbox = typer.Typer(help="Show what went out and what is open, and settle what is in doubt", no_args_is_help=True)
    outbox.command("list")(outbox_list)
    outbox.command("show")(outbox_show)
    outbox.command("resolve")(outbox_resolve)
    app.add_typer(outbox, name="outbox")


def outbox_list(
    everything: Annotated[bool, typer.Option("--all", help="All that ever went out, not only the latest")] = False,
    no_fetch: NoFetch = False,
    as_json: AsJson = False,
) -> None:
    """Show what is open or in doubt, and what went out last."""
    from expertpost.flows.outbox import list_ as look

    found = look(world(), everything=everything, fetch=not no_fetch)
    damages = [{"key": one.key, "where": one.where, "what": one.what} for one in found.damages]
    if as_json:
        groups: list[Json] = [_group_json(group) for group in found.groups]
        print_json("expertpost.outbox/1", {"groups": groups, "more": found.more, "damages": list(damages)})
    elif found.groups:
        table(("piece", "channel", "state", "count", "when", "what"), [_group_row(group) for group in found.groups])
        if found.more:
            say(f"… and {found.more} more: expertpost outbox list --all")
    else:
        say("Nothing was ever sent.")
    for one in damages:
        note(f"{one['where']}: {one['what']}")
    if damages:
        raise typer.Exit(Exit.GUARD)


def _group_row(group: "Group") -> tuple[str, ...]:
    channel = group.channel if group.edition == 1 else f"{group.channel} (edition {group.edition})"
    when, what = group.at.isoformat(timespec="minutes"), group.reason or group.url
    return (group.slug or group.piece, channel, group.state.value, str(group.count), when, what)


def _group_json(group: "Group") -> dict[str, Json]:
    return {
        "piece": group.piece,
        "slug": group.slug,
        "channel": group.channel,
        "edition": group.edition,
        "state": group.state.value,
        "count": group.count,
        "at": group.at.isoformat(),
        "reason": group.reason,
        "url": group.url,
    }


def outbox_show(
    ref: Annotated[
        str,
        typer.Argument(
            metavar="REF", help="A piece (slug, path, beginning of its id, address of a copy) or the beginning of a key"
        ),
    ],
    no_fetch: NoFetch = False,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of the deliveries of one piece."""
    from expertpost.flows.outbox import show as look

    found = [_shown_json(one) for one in look(world(), ref, fetch=not no_fetch)]
    if as_json:
        print_json("expertpost.delivery/1", {"deliveries": list(found)})
        return
    for fields in found:
        say(f"{fields['slug'] or fields['piece']} at {fields['channel']}: {fields['state']}")
        for name, value in fields.items():
            if name not in ("slug", "channel", "state") and value not in ("", None, 0, []):
                say(f"  {name}: {value}")


def _shown_json(one: "Shown") -> dict[str, Json]:
    row, receipt = one.delivery, one.delivery.receipt
    return {
        "slug": one.slug,
        "piece": row.key.piece,
        "channel": row.key.channel,
        "state": row.state.value,
        "edition": row.key.edition,
        "target": row.key.target,
        "key": row.key.id,
        "at": row.at.isoformat(),
        "reason": row.reason,
        "remote_id": receipt.remote_id if receipt else "",
        "url": receipt.url if receipt else "",
        "also": list(row.also),
        "attempts": row.attempts,
        "not_before": row.not_before.isoformat() if row.not_before else None,
        "claimed_at": row.intent.at.isoformat(),
        "claimed_until": row.intent.lease_until.isoformat(),
        "commit": row.intent.commit,
        "content": row.intent.content,
        "post": row.intent.digest,
    }


def outbox_resolve(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The beginning of a key; outbox show tells it")],
    delivered: Annotated[
        str, typer.Option("--delivered", metavar="URL", help="It is there, at this address (or under this id)")
    ] = "",
    not_delivered: Annotated[bool, typer.Option("--not-delivered", help="It is not there: send it once more")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Give it up, whether or not it is there")] = False,
    removed: Annotated[bool, typer.Option("--removed", help="It was there, and somebody removed it by hand")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays on record")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be recorded, and record nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what became of a delivery that nobody knows about."""
    from expertpost.cli.after import told
    from expertpost.flows.outbox_resolve import Word
    from expertpost.flows.outbox_resolve import resolve as ask
    from expertpost.model.delivery import Ruling

    said = {
        Ruling.DELIVERED: bool(delivered),
        Ruling.NOT_DELIVERED: not_delivered,
        Ruling.DROPPED: drop,
        Ruling.REMOVED: removed,
    }
    chosen = [ruling for ruling, is_said in said.items() if is_said]
    if len(chosen) != 1:
        raise typer.BadParameter("say one of --delivered URL, --not-delivered, --drop and --removed")
    word = Word(chosen[0], delivered or reason)
    told(ask(world(), key, word, dry_run=dry_run), dry_run=dry_run, as_json=as_json)
