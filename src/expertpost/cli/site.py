"""Sites: site build and site serve."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import note, print_json, say, world
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.site import Built

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where; without it, build/sites/NAME")]

TELLING = {"not-yet": "waiting for their time", "audience": "for other readers", "not-approved": "not approved"}
"""What a line says of many pieces that stay away for one reason; other reasons are told one by one."""


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
    from expertpost.flows.site import build

    built = build(world(), names or (), out=out, at=at, draft=draft)
    if as_json:
        sites: list[Json] = [_json(one) for one in built]
        print_json("expertpost.site/1", {"sites": sites})
        return
    for one in built:
        _tell(one)


def _tell(built: "Built") -> None:
    pieces = "1 piece" if built.pages == 1 else f"{built.pages:,} pieces"
    files = "1 file" if built.changed == 1 else f"{built.changed:,} files"
    removed = f", {built.removed:,} removed" if built.removed else ""
    say(f"{built.site}: {pieces}, {files} written{removed}")
    say(f"  {built.folder / 'index.html'}")
    for why, count in sorted(Counter(one.why for one in built.away if one.why in TELLING).items()):
        say(f"  {TELLING[why]}: {count:,}")
    for one in built.away:
        if one.why not in TELLING:
            note(f"{one.path}: not on {built.site}: {one.says}")


def _json(built: "Built") -> dict[str, Json]:
    away: list[Json] = [{"path": one.path, "why": one.why, "says": one.says} for one in built.away]
    return {
        "name": built.site,
        "folder": str(built.folder),
        "commit": built.commit,
        "pages": built.pages,
        "written": built.changed,
        "removed": built.removed,
        "away": away,
    }


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
