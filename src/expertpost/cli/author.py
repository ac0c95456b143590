"""The expert's verbs: init, new, preview and status."""

from typing import Annotated

import typer

from expertpost.cli.output import interactive, print_json, say, world
from expertpost.model.canonical import Json

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Ask nothing")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command()(init)
    app.command()(new)
    app.command()(preview)
    app.command()(status)


def init(
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Where; without it, here")] = "",
    name: Annotated[str, typer.Option(help="What the workspace is called")] = "",
    ci: Annotated[str, typer.Option(metavar="github|gitlab", help="For which host to write the publishing job")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a workspace, or complete one; what is there stays as it is."""
    from expertpost.flows.init import init as make

    made = make(world(), folder, name, ci, dry_run=dry_run)
    if as_json:
        print_json(
            "expertpost.init/1",
            {
                "root": str(made.root),
                "name": made.name,
                "main": made.main,
                "written": list(made.written),
                "kept": list(made.kept),
                "repository": made.repository,
                "committed": made.committed,
                "dry_run": dry_run,
            },
        )
        return
    verb = "Would write" if dry_run else "Wrote"
    say(f"{made.name}: {made.root}")
    for path in made.written:
        say(f"  {verb.lower()} {path}")
    for path in made.kept:
        say(f"  kept {path}")
    if made.written and not dry_run:
        say()
        say("Saved as the first version." if made.committed else "Look at the new files and commit them with git.")
        share = f"git push origin {made.main}, then: " if made.committed and made.shared else ""
        say(f'Next: look through expertpost.toml and people/, then: {share}expertpost new "Your first title"')


def new(
    title: Annotated[str, typer.Argument(metavar='"TITLE"', help="What it is about")],
    kind: Annotated[str, typer.Option(help="article, note, answer, case or announcement")] = "",
    author: Annotated[str, typer.Option(help="Whose text it is; without it, yours")] = "",
    audience: Annotated[list[str] | None, typer.Option(help="Who may read it; can be given more than once")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="What it is found by; can be given more than once")] = None,
    publish_at: Annotated[str, typer.Option(help="Not before this time, like 2026-12-01T09:00")] = "",
    slug: Annotated[str, typer.Option(help="Its part of the address; without it, made from the title")] = "",
    edit: Annotated[bool | None, typer.Option("--edit/--no-edit", help="Open it in your editor, or do not")] = None,
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Begin a piece: a file with everything in it but the text."""
    from expertpost.cli.asking import complete, free_slug, open_editor
    from expertpost.flows.new import Wish, judged, open_shelf
    from expertpost.flows.new import new as begin

    here = world()
    shelf = open_shelf(here)
    asks = interactive(no_input) and not as_json
    wish = Wish(
        title=title,
        kind=kind,
        author=author,
        audience=tuple(audience or ()),
        topics=tuple(topic or ()),
        publish_at=publish_at,
        slug=slug,
    )
    wish = judged(shelf, wish)
    if asks:
        wish = judged(shelf, complete(shelf, wish, audience=bool(audience), kind=bool(kind), topics=bool(topic)))
        wish = free_slug(shelf, wish)
    begun = begin(here, shelf, wish, dry_run=dry_run)
    if as_json:
        shown: dict[str, Json] = {"path": begun.path, "id": begun.id, "slug": begun.slug, "title": begun.title}
        print_json("expertpost.new/1", {**shown, "dry_run": dry_run})
        return
    if dry_run:
        say(f"Would write {begun.path}:")
        say(begun.text)
        return
    say(f"Wrote {begun.path}")
    if edit or (edit is None and asks):
        open_editor(shelf.workspace.root / begun.path, here.env, shelf.workspace.git.config("core.editor"))
    say(f"Next: expertpost check {begun.slug}, expertpost preview {begun.slug}, expertpost submit {begun.slug}")


def status(
    mine: Annotated[bool, typer.Option("--mine", help="Only what you wrote")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Every piece of every group")] = False,
    fetch: Annotated[
        bool | None,
        typer.Option("--fetch/--no-fetch", help="Look at the shared repository now, or not; else once a minute"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every piece, where it stands, and what to do next."""
    from expertpost.cli.standing import show

    show(mine=mine, everything=everything, fetch=fetch, as_json=as_json)


def preview(
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="A piece: slug, path, beginning of its id, or the address of a copy")
    ],
    channel: Annotated[str, typer.Option(metavar="NAME", help="Only this channel or site")] = "",
    web: Annotated[bool, typer.Option("--web", help="Show it in the browser, and follow while you write")] = False,
    as_json: AsJson = False,
) -> None:
    """Show exactly what each channel and site would get."""
    from expertpost.cli.glass import as_value, serve, show
    from expertpost.flows.preview import open_glass

    glass = open_glass(world(), ref, channel)
    if web:
        serve(glass, as_json=as_json)
    elif as_json:
        print_json("expertpost.preview/1", as_value(glass.look()))
    else:
        show(glass.look())
