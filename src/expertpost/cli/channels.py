"""The verbs about channels: what is configured, and what each service says of us."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import finding_json, print_json, say, table, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.channels import ChannelView
    from expertpost.flows.channels_probe import Probed

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    channels = typer.Typer(help="Show the channels, and ask their services about us", no_args_is_help=True)
    channels.command("list")(list_)
    channels.command("probe")(probe)
    app.add_typer(channels, name="channels")


def list_(as_json: AsJson = False) -> None:
    """Show the channels: publisher, readers, guarantee, limits, and whether their secrets are here."""
    from expertpost.flows.channels import channels as look

    views = look(world())
    if as_json:
        print_json("expertpost.channels/1", {"channels": [_view_json(view) for view in views]})
    elif not views:
        say("No channel yet: add a [channels.NAME] table to expertpost.toml")
    else:
        table(("channel", "publisher", "readers", "guarantee", "limit", "secrets"), [_row(view) for view in views])
        for finding in (finding for view in views for finding in view.findings):
            say(str(finding))
    if any(view.findings for view in views):
        raise typer.Exit(Exit.FINDINGS)


def _row(view: "ChannelView") -> tuple[str, ...]:
    limits = view.limits
    limit = f"{limits.length:,} {limits.unit}" if limits and limits.length is not None else "none"
    secrets = (
        f"missing: {', '.join(view.missing)}" if view.missing else "here" if view.channel.secrets else "none needed"
    )
    guarantee = view.guarantee.value if view.guarantee else "?"
    return (view.channel.name, view.channel.publisher, ", ".join(view.channel.readers), guarantee, limit, secrets)


def _view_json(view: "ChannelView") -> dict[str, Json]:
    limits = view.limits
    return {
        "name": view.channel.name,
        "publisher": view.channel.publisher,
        "says": view.says,
        "readers": list(view.channel.readers),
        "guarantee": view.guarantee.value if view.guarantee else None,
        "limits": {"length": limits.length, "unit": limits.unit, "media": limits.media, "parts": limits.parts}
        if limits
        else None,
        "secrets": {key: str(name) for key, name in view.channel.secrets.items()},
        "missing": list(view.missing),
        "findings": [finding_json(finding) for finding in view.findings],
    }


def probe(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]…", help="Only these channels")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask each channel's service whose account it is and until when the credentials hold; nothing is posted."""
    from expertpost.flows.channels_probe import probe as look

    found = look(world(), tuple(names or ()))
    if as_json:
        print_json("expertpost.channels-probe/1", {"channels": [_probed_json(one) for one in found]})
    else:
        for one in found:
            say(f"{'ok  ' if one.well else 'BAD '}  {one.channel}: {one.says}")
            if one.cure:
                say(f"      cure: {one.cure}")
    if not all(one.well for one in found):
        raise typer.Exit(Exit.FAILED)


def _probed_json(one: "Probed") -> dict[str, Json]:
    return {
        "channel": one.channel,
        "well": one.well,
        "account": one.account,
        "expires": one.expires.isoformat() if one.expires else None,
        "says": one.says,
        "cure": one.cure,
    }
