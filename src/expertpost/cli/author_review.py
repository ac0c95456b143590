"""The expert's verbs around review: join, submit and unsubmit."""

from typing import Annotated

import typer

from expertpost.cli.output import note, print_json, say, world

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Ask nothing (this verb never does)")]
Refs = Annotated[
    list[str] | None, typer.Argument(metavar="[REF]...", help="Which pieces; without it, what you changed")
]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command()(join)
    app.command()(submit)
    app.command()(unsubmit)


def join(
    address: Annotated[str, typer.Argument(metavar="[URL|PATH]", help="Where the workspace is shared")] = "",
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Where to put it; without it, beside you")] = "",
    handle: Annotated[str, typer.Option(help="What you will be called; without it, made from your name")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Get a workspace, and propose yourself as one of its people."""
    from expertpost.flows.join import join as take_part

    joined = take_part(world(), address, folder, handle, dry_run=dry_run)
    if as_json:
        print_json(
            "expertpost.join/1",
            {
                "root": str(joined.root),
                "name": joined.name,
                "handle": joined.handle,
                "cloned": joined.cloned,
                "listed": joined.listed,
                "branch": joined.branch,
                "proposed_before": joined.before,
                "key": joined.key,
                "dry_run": dry_run,
            },
        )
        return
    if dry_run and not joined.name:
        say(f"Would put the workspace into {joined.root} and propose you as one of its people.")
        return
    if joined.cloned:
        say(f"{joined.name} lies in {joined.root}")
    if joined.listed:
        say(f"You are listed there as {joined.handle}.")
    elif joined.before:
        say(f"Your entry people/{joined.handle}.md waits for a reviewer.")
    else:
        say(f"{'Would propose' if dry_run else 'Proposed'} you as {joined.handle}: people/{joined.handle}.md")
        if not joined.key:
            note("No SSH key was found, so what you say there is unsigned; with one: ssh-keygen -t ed25519, then join")
        if joined.alone:
            say(f"Nobody is listed yet, so nobody has to approve it: expertpost review merge {joined.handle}")
        else:
            say(f"Somebody who is listed approves it: expertpost review show {joined.handle}")
    say('You can write and submit at once: expertpost new "Your first title"')


def submit(
    refs: Refs = None,
    name: Annotated[str, typer.Option("--as", help="One review of this name for all of them")] = "",
    message: Annotated[str, typer.Option(help="A word to the reviewers")] = "",
    having_seen: Annotated[str, typer.Option(help="After a clash: the version that you took into account")] = "",
    reviewer: Annotated[
        list[str] | None, typer.Option(metavar="HANDLE", help="Ask this person; can be given more than once")
    ] = None,
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send pieces to review, as they lie here; your files stay as they are."""
    from expertpost.cli.sending import submit as send

    send(
        *(refs or ()),
        name=name,
        message=message,
        having_seen=having_seen,
        reviewers=reviewer or (),
        dry_run=dry_run,
        as_json=as_json,
    )


def unsubmit(
    ref: Annotated[str, typer.Argument(metavar="REF", help="Which piece")],
    message: Annotated[str, typer.Option(help="Why")] = "",
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a piece back from review; the text stays where it lies."""
    from expertpost.flows.unsubmit import unsubmit as take_back

    done = take_back(world(), ref, message, dry_run=dry_run)
    if as_json:
        print_json(
            "expertpost.unsubmit/1",
            {
                "id": done.id,
                "slug": done.slug,
                "path": done.path,
                "branch": done.branch,
                "commit": done.commit,
                "removed": done.removed,
                "dry_run": dry_run,
            },
        )
        return
    say(f"{done.title}: {'would be taken' if dry_run else 'taken'} back from review. {done.path} stays as it is.")
    if not dry_run:
        say(f"When it is ready again: expertpost submit {done.slug}")
