"""The verb that looks whether everything is well: doctor."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import print_json, say, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.doctor import Line

_SIGNS = {"ok": "ok  ", "note": "note", "bad": "BAD "}
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command()(doctor)


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
