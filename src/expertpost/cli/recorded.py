"""What a reviewer is asked before, and told after, something is recorded."""

from expertpost.cli.output import note, print_json, safe, say
from expertpost.flows.review_say import Said
from expertpost.model.review import EventKind

DID = {
    EventKind.SUBMIT: "submitted",
    EventKind.UNSUBMIT: "took back",
    EventKind.COMMENT: "commented",
    EventKind.RETURN: "returned",
    EventKind.APPROVE: "approved",
    EventKind.WITHDRAW: "withdrew the approval",
    EventKind.HOLD: "held",
    EventKind.RELEASE: "released",
    EventKind.ADOPT: "adopted",
}
"""Each kind of event as what its author did."""


def asked(about: Said) -> bool:
    """Whether the person at the terminal approves what they are asked about."""
    where = f", to go to {', '.join(about.channels)}" if about.channels else ""
    readers = f" for {', '.join(about.audience)}" if about.audience else ""
    try:
        answer = input(f"Approve “{safe(about.title)}” ({about.digest[:12]}){safe(readers + where)}? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")


def said(done: Said, *, as_json: bool, dry_run: bool) -> None:
    """What was recorded, and what the piece needs now."""
    if as_json:
        print_json(
            f"expertpost.review-{done.kind.value}/1",
            {
                "id": done.id,
                "slug": done.slug,
                "digest": done.digest,
                "by": done.by,
                "signed": done.signed,
                "audience": list(done.audience),
                "channels": list(done.channels),
                "left_out": dict(done.left_out),
                "needs": list(done.needs),
                "dry_run": dry_run,
            },
        )
        return
    did = DID[done.kind]
    say(f"Would record – {did}: {done.title}" if dry_run else f"{did.capitalize()}: {done.title}")
    if done.kind is EventKind.APPROVE and done.channels:
        say(f"  for {', '.join(done.channels)}")
    for name, why in done.left_out:
        say(f"  not for {name}: {why}")
    if not done.signed:
        note("  It is unsigned: people/ lists no key that you have here.")
    if done.kind is EventKind.APPROVE and not dry_run:
        needs = "; ".join(done.needs)
        say(f"It still needs {needs}." if needs else f"Nothing is missing. Next: expertpost review merge {done.slug}")
