"""Verbs that look whether everything is well: doctor and channels."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import finding_json, print_json, say, table, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.channels import ChannelView
    from expertpost.flows.doctor import Line

_SIGNS = {"ok": "ok  ", "note": "note", "bad": "BAD "}
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command()(doctor)
    app.command()(channels)


def doctor(
    probe: Annotated[bool, typer.Option("--probe", help="Ask each channel's service too; nothing is posted")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at git, the shared repository, the ledger, the clock and the channels."""
    from expertpost.flows.doctor import doctor as look

    lines = look(world(), probe=probe)
    bad = any(line.health.value == "bad" for line in lines)
    if as_json:
        print_json("expertpost.doctor/1", {"well": not bad, "lines": [_line_json(line) for line in lines]})
    else:
        for line in lines:
            say(f"{_SIGNS[line.health.value]}  {line.name}: {line.says}")
            if line.cure:
                say(f"      cure: {line.cure}")
    if bad:
        raise typer.Exit(Exit.FAILED)


def _line_json(line: "Line") -> dict[str, Json]:
    return {"name": line.name, "health": line.health.value, "says": line.says, "cure": line.cure}


def channels(as_json: AsJson = False) -> None:
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
