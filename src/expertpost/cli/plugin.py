"""The verb for those who write a publisher of their own."""

from typing import Annotated

import typer

from expertpost.cli.output import print_json, say, world


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    plugin = typer.Typer(help="Write a publisher of your own", no_args_is_help=True)
    plugin.command("new")(new)
    # With one command only, typer would take its name away.
    plugin.callback()(lambda: None)
    app.add_typer(plugin, name="plugin")


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What channels will call it: acme-board")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON")] = False,
) -> None:
    """Make a package with a publisher that passes the contract, to be filled with what the service wants."""
    from expertpost.flows.plugin_new import plugin_new

    made = plugin_new(world(), name)
    if as_json:
        print_json("expertpost.plugin-new/1", {"folder": str(made.folder), "files": list(made.files)})
        return
    say(f"Wrote {made.folder.name}:")
    for file in made.files:
        say(f"  {file}")
    say(f"Next: cd {made.folder.name} && pip install --editable '.[test]' && pytest")
