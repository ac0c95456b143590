"""The verb for whoever looks something up: search."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command("search")(search)


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS…", help='Words, "phrases" in quotes, or begin*')],
    audience: Annotated[
        list[str] | None, typer.Option(help="What these may read; without it, colleagues; repeatable")
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Only pieces of this topic; repeatable")] = None,
    author: Annotated[str, typer.Option(help="Only pieces by this person: a handle, name or mail address")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many pieces to show")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON")] = False,
) -> None:
    """Find pieces by what they say.

    For example: expertpost search '"ethylene oxide" seals'
    """
    from expertpost.cli.found import search as look

    look(*words, audience=audience or (), topics=topic or (), author=author, limit=limit, as_json=as_json)
