"""The expert's verbs around review: join, submit and unsubmit."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import note, print_json, say, world
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.parcel import Submitted

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
    no_input: NoInput = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send pieces to review, as they lie here; your files stay as they are."""
    from expertpost.flows.submit import submit as send

    sent = send(world(), refs or (), name, message, having_seen, dry_run=dry_run)
    if as_json:
        print_json("expertpost.submit/1", {"pieces": [_value(each) for each in sent], "dry_run": dry_run})
        return
    if not sent:
        say("Nothing to submit: everything you have here is merged just so.")
        return
    for each in sent:
        say(_line(each, dry_run=dry_run))
        if each.joined:
            say(f"  Others' words are in it too; your file does not have them: expertpost review show {each.slug}")
        if not each.unchanged and not each.signed:
            note("  It is unsigned: people/ lists no key for you.")
    first = next((each for each in sent if each.branch or not each.unchanged), None)
    if first and not dry_run:
        say(f"Next: a reviewer looks at it: expertpost review show {first.slug}. Where it stands: expertpost status")


def _line(each: "Submitted", *, dry_run: bool) -> str:
    if each.unchanged and not each.branch:
        return f"{each.title}: is merged already, just as it lies here"
    if not each.branch:
        return (
            f"{each.title}: is merged already, and {'would wait' if dry_run else 'waits'} for a review as it lies there"
        )
    if each.unchanged:
        return f"{each.title}: is in review already, just as it lies here ({each.branch})"
    verb = "would go" if dry_run else "went"
    return f"{each.title}: {verb} to review{' again' if each.again else ''} ({each.branch})"


def _value(each: "Submitted") -> dict[str, Json]:
    return {
        "id": each.id,
        "slug": each.slug,
        "title": each.title,
        "path": each.path,
        "branch": each.branch,
        "commit": each.commit,
        "digest": each.digest,
        "again": each.again,
        "joined": each.joined,
        "unchanged": each.unchanged,
        "signed": each.signed,
    }


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
