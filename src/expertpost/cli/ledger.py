"""The ledger itself: ledger verify, export, copy and init."""

import csv
import io
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from expertpost.cli.output import inert, note, print_json, safe, say, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.ledger import Verified

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
NoFetch = Annotated[bool, typer.Option("--no-fetch", help="Do not look at the shared repository first")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Ask nothing (this verb never does)")]
PLACE = "git, env:NAME, file:PATH, keyring:NAME (where its address is kept), or sqlite:///FILE"


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    ledger = typer.Typer(help="Check, export, move or begin the record of what was sent", no_args_is_help=True)
    ledger.command()(verify)
    ledger.command()(export)
    ledger.command()(copy)
    ledger.command()(init)
    app.add_typer(ledger, name="ledger")


def verify(no_fetch: NoFetch = False, as_json: AsJson = False) -> None:
    """Go through everything that was ever written there: legible, nothing gone, nothing delivered undone."""
    from expertpost.flows.ledger import verify as look

    found = look(world(), fetch=not no_fetch)
    if as_json:
        print_json("expertpost.ledger-verify/1", _verified_json(found))
    else:
        for one in (*found.problems, *found.doubts):
            say(f"{one.where}: {one.what}")
        say(_summary(found))
    if found.problems:
        raise typer.Exit(Exit.FINDINGS)


def _summary(found: "Verified") -> str:
    if not found.id:
        return "There is no ledger yet; it begins with the first publish, or with expertpost ledger init."
    where = "on its branch" if found.engine == "git" else "in a database, shown on its branch"
    says = "it is whole" if not found.problems else f"{len(found.problems)} things are wrong"
    sent = f"{found.deliveries} {'delivery' if found.deliveries == 1 else 'deliveries'}"
    return f"Ledger {found.id[:8]}, {where}: {sent} in {found.writes} write{'' if found.writes == 1 else 's'}; {says}."


def _verified_json(found: "Verified") -> dict[str, Json]:
    def told(name: Literal["problems", "doubts"]) -> Json:
        return [{"where": one.where, "what": one.what} for one in getattr(found, name)]

    return {
        "id": found.id,
        "engine": found.engine,
        "writes": found.writes,
        "deliveries": found.deliveries,
        "problems": told("problems"),
        "doubts": told("doubts"),
    }


def export(
    form: Annotated[
        Literal["jsonl", "csv"], typer.Option("--format", help="One JSON object a line, or a table for spreadsheets")
    ] = "jsonl",
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to; without it, standard output")] = "",
    no_fetch: NoFetch = False,
    as_json: AsJson = False,
) -> None:
    """Write out every delivery, one a line."""
    from expertpost.flows.ledger import export as read

    here = world()
    rows = read(here, fetch=not no_fetch)
    if as_json and not out:
        print_json("expertpost.ledger-export/1", {"deliveries": [dict(row) for row in rows]})
        return
    text = _as_csv(rows) if form == "csv" else _as_lines(rows)
    if not out:
        sys.stdout.write(text)
        return
    file = here.here / Path(out)
    file.write_text(text, encoding="utf-8", newline="")
    if as_json:
        print_json("expertpost.ledger-export/1", {"file": str(file), "count": len(rows)})
    else:
        say(f"{len(rows)} deliveries: {file}")


def _as_lines(rows: "tuple[dict[str, Json], ...]") -> str:
    # Only ASCII: what services said stays data, whatever reads or shows it.
    return "".join(json.dumps(row).replace("##[", "##\\u005b") + "\n" for row in rows)


def _as_csv(rows: "tuple[dict[str, Json], ...]") -> str:
    from expertpost.flows.ledger import COLUMNS

    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
    return made.getvalue()


def _cell(value: Json) -> str:
    """A value as one cell. What a spreadsheet would calculate is text there: a service may have said anything."""
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    text = inert(safe(text)).replace("\n", " ")
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text


def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help=PLACE)],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same; there is no ledger yet")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be copied; nothing changes")] = False,
    no_input: NoInput = False,
    as_json: AsJson = False,
) -> None:
    """Seal the ledger at one place, wait until nobody can be sending, and let it go on at another."""
    from expertpost.flows.ledger_copy import copy as bring

    done = bring(world(), source, target, time.sleep, dry_run=dry_run)
    if as_json:
        print_json(
            "expertpost.ledger-copy/1",
            {
                "id": done.id,
                "deliveries": done.deliveries,
                "unknown": done.unknown,
                "setting": done.line,
                "dry_run": done.dry_run,
            },
        )
        return
    say(
        f"{done.deliveries} deliveries {'would be' if dry_run else 'are'} at {target}, {done.unknown} of them in doubt."
    )
    if not dry_run:
        say("Nothing is published until this is merged in expertpost.toml:")
        say(f'[ledger]\n{done.line}\nid = "{done.id}"')


def init(
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take a ledger that lost something as it is; claims are in doubt then")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be found; nothing changes")] = False,
    no_input: NoInput = False,
    as_json: AsJson = False,
) -> None:
    """Begin the ledger that expertpost.toml names; publish does it by itself, too."""
    from expertpost.flows.ledger_copy import init as begin

    done = begin(world(), adopt=adopt, dry_run=dry_run)
    if as_json:
        print_json(
            "expertpost.ledger-init/1",
            {
                "id": done.id,
                "place": done.place,
                "new": done.new,
                "found": done.found,
                "unknown": done.unknown,
                "dry_run": dry_run,
            },
        )
    else:
        what = "A new ledger" if done.new else "The ledger"
        say(f"{what} at {done.place}: {done.found} entries, {done.unknown} in doubt.")
        say(f'Pin it in expertpost.toml: [ledger] id = "{done.id}"')
    if done.unknown:
        note("What is in doubt: expertpost outbox list")
        raise typer.Exit(Exit.NEEDS_PERSON)
