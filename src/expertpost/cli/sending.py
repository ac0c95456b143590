"""What ``submit`` does and says, however its command line was read."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from expertpost.cli.output import note, print_json, say, world
from expertpost.flows.ahead import begin

if TYPE_CHECKING:
    from expertpost.flows.parcel import Submitted
    from expertpost.model.canonical import Json


def submit(
    *refs: str,
    name: str = "",
    message: str = "",
    having_seen: str = "",
    reviewers: Iterable[str] = (),
    no_input: bool = False,
    dry_run: bool = False,
    as_json: bool = False,
) -> None:
    """Send pieces to review and tell what was sent; see ``flows.submit``. It never asks anything."""
    here = begin(world(), tree=True)
    # Git is looking already; meanwhile the rest is loaded.
    from expertpost.flows.hosted import announced
    from expertpost.flows.submit import submit as send

    sent = send(here, refs, name, message, having_seen, reviewers, dry_run=dry_run)
    page, notes = ("", ()) if dry_run else announced(here, sent)
    if as_json:
        host: dict[str, Json] = {"request": page or None, "notes": list(notes)}
        print_json("expertpost.submit/1", {"pieces": [_value(each) for each in sent], "dry_run": dry_run, **host})
        return
    if not sent:
        say("Nothing to submit: everything you have here is merged just so.")
        return
    for each in sent:
        say(_line(each, dry_run=dry_run))
        if each.joined:
            say(f"  Others' words are in it too; your file does not have them: expertpost review show {each.slug}")
        for asked in each.reviewers:
            say(f"  {'Would ask' if dry_run else 'Asked'} {asked.handle} ({asked.name}): {asked.why}")
        if not each.unchanged and not each.signed:
            note("  It is unsigned: people/ lists no key for you.")
    if page:
        say(f"On the host: {page}")
    for line in notes:
        note(f"  {line}")
    first = next((each for each in sent if each.branch or not each.unchanged), None)
    stuck = dict.fromkeys(each.stuck for each in sent if each.stuck)
    for why in stuck:
        note(f"It waits for a reviewer: {why}")
    if first and not dry_run and not stuck:
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


def _value(each: "Submitted") -> "dict[str, Json]":
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
        "reviewers": [{"handle": one.handle, "name": one.name, "why": one.why} for one in each.reviewers],
        "stuck": each.stuck or None,
    }
