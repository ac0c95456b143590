"""Sites: site build and site serve."""

from pathlib import Path
from typing import Annotated

import typer

from expertpost.cli.output import note, say, world

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where; without it, build/sites/NAME")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    site = typer.Typer(help="Build the pages of a site, or look at them", no_args_is_help=True)
    site.command("build")(site_build)
    site.command("serve")(site_serve)
    app.add_typer(site, name="site")


def site_build(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]…", help="Which sites; without it, all")] = None,
    out: Out = None,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="As if it were then: 2026-12-01T09:00+01:00")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="With what nobody approved yet, from your own files")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the pages and feeds of each site; only what changed is written."""
    from expertpost.cli.building import build

    build(*(names or ()), out=out, at=at, draft=draft, as_json=as_json)


def site_serve(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Which site; without it, the first")] = "",
    port: Annotated[int, typer.Option(help="Which port of this machine; without it, any that is free")] = 0,
    out: Out = None,
) -> None:
    """Show a built site on this machine, to nobody else, until Ctrl-C."""
    from expertpost.flows.site import built_folder
    from expertpost.web.serve import HOST, server

    with server(built_folder(world(), name, out), port) as serving:
        say(f"http://{HOST}:{serving.server_port}/")
        note("Ctrl-C ends it.")
        serving.serve_forever()
