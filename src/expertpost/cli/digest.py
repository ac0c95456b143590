"""The editor's verb for a newsletter: digest."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import print_json, say, world

if TYPE_CHECKING:
    from expertpost.flows.digest import Digest
    from expertpost.model.canonical import Json
    from expertpost.model.piece import Piece


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    app.command()(digest)


def digest(
    since: Annotated[str, typer.Option(metavar="DAY", help="From this day on; without it, the last seven")] = "",
    audience: Annotated[
        list[str] | None, typer.Option(help="Who is to read it; without it, colleagues; repeatable")
    ] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Ask nothing (this verb never does)")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the draft")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON")] = False,
) -> None:
    """Begin a newsletter: what is new, answered, and to be looked at again.

    It is a draft like any other: write into it, leave out, submit it.
    """
    from expertpost.flows.digest import digest as gather

    found = gather(world(), since, audience or (), dry_run=dry_run)
    if as_json:
        print_json("expertpost.digest/1", {**_value(found), "dry_run": dry_run})
    elif not found.path:
        say(f"Nothing is new since {found.since.isoformat()} for {', '.join(found.audience)}.")
    elif dry_run:
        say(f"Would write {found.path}:")
        say(found.text)
    else:
        say(f"Wrote {found.path}")
        say(f"  {len(found.new)} new, {len(found.changed)} changed, {len(found.answered)} answered, "
            f"{len(found.stale)} to be looked at again")  # fmt: skip
        say(f"Next: write into it, then: expertpost submit {found.slug}")


def _value(found: "Digest") -> "dict[str, Json]":
    """A digest as JSON."""
    return {
        "since": found.since.isoformat(),
        "audience": list(found.audience),
        "path": found.path or None,
        "slug": found.slug or None,
        "new": [_piece(piece) for piece in found.new],
        "changed": [_piece(piece) for piece in found.changed],
        "answered": [{"question": question.title, **_piece(piece)} for question, piece in found.answered],
        "stale": [
            {**_piece(each.piece), "due": each.fresh.due.isoformat() if each.fresh.due else None}
            for each in found.stale
        ],
    }


def _piece(piece: "Piece") -> "dict[str, Json]":
    return {"id": piece.id, "slug": piece.front.slug, "title": piece.front.title}
