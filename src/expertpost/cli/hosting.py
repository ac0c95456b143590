"""Verbs between the review and its host: review sync and review gate."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import finding_json, note, print_json, say, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.sync import Brought

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]


def sync(
    ref: Annotated[str, typer.Argument(metavar="[REF]", help="Which piece; without it, everything in review")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be brought in")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in what was said on the host's pages, and tell them what was said here."""
    from expertpost.flows.sync import sync as bring

    done = bring(world(), ref, dry_run=dry_run)
    if as_json:
        print_json(
            "expertpost.review-sync/1",
            {
                "requests": list(done.requests),
                "brought": [_brought(each) for each in done.brought],
                "left_out": [_brought(each) for each in done.left_out],
                "notes": list(done.notes),
                "dry_run": dry_run,
            },
        )
        return
    verb = "Would bring in" if dry_run else "Brought in"
    for each in done.brought:
        say(f"{verb}: {each.slug}: {each.kind.value} by {each.by} ({each.origin})")
    for each in done.left_out:
        say(f"Stays there: {each.slug}: {each.kind.value} by {each.account}: {each.why}")
    if not done.brought and not done.left_out:
        say("Nothing new on the host." if done.requests else "No review has a page on the host; submit opens one.")
    for line in done.notes:
        note(line)


def _brought(each: "Brought") -> dict[str, Json]:
    return {
        "slug": each.slug,
        "kind": each.kind.value,
        "account": each.account or None,
        "by": each.by or None,
        "at": each.at.isoformat(),
        "origin": each.origin,
        "event": each.event or None,
        "digest": each.digest or None,
        "why": each.why or None,
    }


def gate(
    ref: Annotated[str, typer.Argument(metavar="[REF]", help="Which piece; without it, what is checked out")] = "",
    branch: Annotated[str, typer.Option(help="A branch of the shared repository, whatever its name")] = "",
    as_json: AsJson = False,
) -> None:
    """Fail until everything on a branch is approved as it lies there: a check for the host to require."""
    from expertpost.flows.gate import gate as judge

    found = judge(world(), ref, branch)
    if as_json:
        print_json(
            "expertpost.review-gate/1",
            {
                "open": found.is_open,
                "branch": found.branch or None,
                "commit": found.commit,
                "pieces": list(found.slugs),
                "missing": [finding_json(finding) for finding in found.missing],
                "also_changes": list(found.also),
            },
        )
    else:
        for finding in found.missing:
            say(str(finding))
        for path in found.also:
            note(f"It also changes {path}, which no approval covers: whoever merges looks at it.")
        if found.is_open:
            say(f"Approved: {', '.join(found.slugs)}" if found.slugs else "It brings no piece: nothing to approve.")
    if not found.is_open:
        raise typer.Exit(Exit.FINDINGS)
