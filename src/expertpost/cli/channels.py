"""The verbs about channels: what is configured, and what each service says of us."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import answer_to, finding_json, note, print_json, safe, say, table, world
from expertpost.errors import Exit, Failure
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.channels import ChannelView
    from expertpost.flows.channels_lock import Asked
    from expertpost.flows.channels_probe import Probed
    from expertpost.web.callback import Callback

_PATIENCE = 300.0
"""Seconds that somebody has to say yes."""
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    channels = typer.Typer(help="Show the channels, and ask their services about us", no_args_is_help=True)
    channels.command("list")(list_)
    channels.command("probe")(probe)
    channels.command("lock")(lock)
    channels.command("login")(login)
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
        for ends in (view.ends for view in views if view.ends):
            say(f"{ends.channel}: {ends.what} – {ends.cure}")
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
        "expires": view.channel.lock.expires.isoformat() if view.channel.lock and view.channel.lock.expires else None,
        "ends": {"what": view.ends.what, "cure": view.ends.cure} if view.ends else None,
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


def lock(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]…", help="Only these channels")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the services what they take now, and write it into channels.lock for everybody."""
    from expertpost.flows.channels_lock import lock as ask

    found = ask(world(), tuple(names or ()), dry_run=dry_run)
    if as_json:
        print_json("expertpost.channels-lock/1", {"channels": [_asked_json(one) for one in found], "dry_run": dry_run})
    else:
        for one in found:
            say(f"{one.channel}: {_asked_says(one)}")
        if any(one.now != one.before for one in found if one.now):
            say("Would write channels.lock." if dry_run else "Wrote channels.lock; commit it, and let it be reviewed.")
    if any(one.trouble for one in found):
        raise typer.Exit(Exit.FAILED)


def _asked_says(one: "Asked") -> str:
    if one.trouble:
        return one.trouble
    if one.now is None:
        return "nothing to ask"
    told = {**one.now.values, **({"expires": one.now.expires.isoformat()} if one.now.expires else {})}
    says = ", ".join(f"{key} = {value}" for key, value in told.items())
    return says if one.now != one.before else f"{says} (as before)"


def _asked_json(one: "Asked") -> dict[str, Json]:
    now = one.now
    return {
        "channel": one.channel,
        "values": dict(now.values) if now else {},
        "expires": now.expires.isoformat() if now and now.expires else None,
        "changed": now is not None and now != one.before,
        "trouble": one.trouble,
    }


def login(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The channel")],
    port: Annotated[int, typer.Option("--port", help="Where the browser comes back to on this machine")] = 8976,
    paste: Annotated[bool, typer.Option("--paste", help="Bring the code back by hand")] = False,
    print_token: Annotated[
        bool, typer.Option("--print-token", help="Say the token and nothing else, for a pipe")
    ] = False,
) -> None:
    """Get a channel's token with a browser, into the keyring or, by a pipe, into the secrets of a CI."""
    from expertpost.flows.channels_login import begin, finish

    keep = not print_token
    if paste:
        begun = begin(world(), name, "", keep=keep)
        note(f"Open this address, say yes, and copy the code: {begun.url}")
        answer = answer_to("Code: ")
    else:
        with _listening(port) as back:
            begun = begin(world(), name, back.redirect, keep=keep)
            note(f"Open this address and say yes: {begun.url}")
            answer = back.wait(_PATIENCE, begun.state)
    done = finish(world(), begun, answer, keep=keep)
    if print_token:
        typer.echo(safe(done.token))
    note(f"{done.channel}: the token is stored, as {done.secret}" if keep else f"{done.channel}: there is the token")
    if done.expires:
        note(f"It holds until {done.expires.date().isoformat()}; channels.lock says so now: commit it.")


def _listening(port: int) -> "Callback":
    from expertpost.web.callback import Callback

    try:
        return Callback(port)
    except OSError as taken:
        raise Failure(
            "XP-LOGIN-FAILED", f"port {port} is taken: {taken.strerror}", "name another: --port 8977"
        ) from taken
