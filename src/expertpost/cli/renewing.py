"""How a batch of renewed approvals is shown and asked for."""

from expertpost.cli.output import answer_to, interactive, note, print_json, say, world
from expertpost.flows.review_renew import Changed, Renewal, Renewed, renew
from expertpost.model.canonical import Json


def renewed(digest: str, *, no_input: bool, as_json: bool, dry_run: bool) -> None:
    """Show the batch, ask where somebody can answer, and tell what was recorded."""
    ask = interactive(no_input) and not as_json and not dry_run and not digest
    done = renew(world(), digest, asked if ask else None, dry_run=dry_run)
    if as_json:
        print_json("expertpost.review-renew/1", value(done, dry_run=dry_run))
    else:
        told(done, dry_run=dry_run, seen=ask)


def shown(found: Renewed) -> None:
    """Every post that changed, with what changed in it."""
    for piece in found.pieces:
        say(f"{piece.title} ({piece.slug}){f': left out, {piece.against}' if piece.against else ''}")
        for change in piece.changes:
            says = "would get another post" if change.known else "would get this; what was approved is not kept"
            say(f"  {change.channel} {says}")
            for line in change.diff.splitlines()[2:]:
                say(f"    {line}")


def asked(found: Renewed) -> bool:
    """Whether the person at the terminal approves all of it, after having seen it."""
    shown(found)
    try:
        answer = answer_to(f"Approve these posts of {_count(found)} ({found.digest[:12]})? [y/N] ")
    except EOFError:
        return False
    return answer.lower() in ("y", "yes")


def told(found: Renewed, *, dry_run: bool, seen: bool) -> None:
    """What was approved, or would be."""
    if not seen or not found.open:
        shown(found)
    if not found.open:
        say("Nothing to approve again." if not found.pieces else "Nothing here that you can approve again.")
    elif dry_run:
        say(f"Would approve again: {_count(found)}. Next: expertpost review renew --digest {found.digest[:12]}")
    else:
        say(f"Approved again: {_count(found)}. Next: expertpost plan")
        if not found.signed:
            note("It is unsigned: people/ lists no key that you have here.")


def _count(found: Renewed) -> str:
    number = len(found.open)
    return f"{number} piece{'s' if number > 1 else ''}"


def value(found: Renewed, *, dry_run: bool) -> dict[str, Json]:
    """The same as JSON."""
    return {
        "by": found.by,
        "signed": found.signed,
        "digest": found.digest or None,
        "dry_run": dry_run,
        "pieces": [_piece(piece) for piece in found.pieces],
    }


def _piece(piece: Renewal) -> dict[str, Json]:
    return {
        "id": piece.id,
        "slug": piece.slug,
        "title": piece.title,
        "digest": piece.digest,
        "against": piece.against or None,
        "changes": [_change(change) for change in piece.changes],
    }


def _change(change: Changed) -> dict[str, Json]:
    return {"channel": change.channel, "digest": change.digest, "diff": change.diff, "known": change.known}
