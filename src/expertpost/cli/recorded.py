"""What a reviewer is asked before, and told after, something is recorded."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from expertpost.cli.output import answer_to, interactive, note, print_json, say, world
from expertpost.flows.ahead import begin
from expertpost.model.event import EventKind
from expertpost.render.sheet import DID

if TYPE_CHECKING:
    from expertpost.flows.review_say import Said

_AGAINST = (EventKind.RETURN, EventKind.WITHDRAW)


def asked(about: "Said") -> bool:
    """Whether the person at the terminal approves what they are asked about."""
    where = f", to go to {', '.join(about.channels)}" if about.channels else ""
    readers = f" for {', '.join(about.audience)}" if about.audience else ""
    try:
        answer = answer_to(f"Approve “{about.title}” ({about.digest[:12]}){readers}{where}? [y/N] ")
    except EOFError:
        return False
    return answer.lower() in ("y", "yes")


def said(done: "Said", *, as_json: bool, dry_run: bool) -> None:
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
                "fast_lane": {"since": done.since, "changed": done.changed} if done.since else None,
                "notes": list(done.notes),
                "event": done.event,
                "private": done.private,
                "dry_run": dry_run,
            },
        )
        return
    did = DID[done.kind]
    say(f"Would record – {did}: {done.title}" if dry_run else f"{did.capitalize()}: {done.title}")
    if done.kind is EventKind.APPROVE and done.channels:
        say(f"  for {', '.join(done.channels)}")
    if done.since:
        say(f"  {done.changed} characters differ from the fully approved text {done.since[:12]}")
    for name, why in done.left_out:
        say(f"  not for {name}: {why}")
    for line in done.notes:
        note(f"  {line}")
    if done.private:
        note("  Only reviewers are shown it; in the repository itself it can be read by everybody who can read that.")
    if not done.signed:
        note("  It is unsigned: people/ lists no key that you have here.")
    if done.kind is EventKind.APPROVE and not dry_run:
        needs = "; ".join(done.needs)
        step = "what goes out and when: expertpost plan" if done.merged else f"expertpost review merge {done.slug}"
        say(f"It still needs {needs}." if needs else f"Nothing is missing. Next: {step}")
    if done.kind in _AGAINST and done.merged and done.needs:
        note("  Main has it: what went out stays out, nothing more goes, and the next site build leaves its page out.")


def approve(
    ref: str,
    *,
    message: str = "",
    channels: Iterable[str] = (),
    digest: str = "",
    no_input: bool = False,
    dry_run: bool = False,
    as_json: bool = False,
) -> None:
    """Approve what was shown, after a question where somebody can be asked; see ``flows.review_approve``."""
    here = begin(world())
    # Git is looking already; meanwhile the rest is loaded.
    from expertpost.flows.review_approve import approve as agree

    confirm = asked if interactive(no_input) and not as_json and not dry_run else None
    done = agree(here, ref, message, channels, digest, confirm, dry_run=dry_run)
    said(done, as_json=as_json, dry_run=dry_run)


def merge(ref: str, *, no_input: bool = False, dry_run: bool = False, as_json: bool = False) -> None:
    """Merge what is approved, and tell; see ``flows.review_merge``. It never asks anything."""
    here = begin(world())
    from expertpost.flows.review_merge import merge as bring_in
    from expertpost.flows.unwitnessed import in_words

    done = bring_in(here, ref, dry_run=dry_run)
    if as_json:
        print_json(
            "expertpost.review-merge/1",
            {
                "branch": done.branch,
                "commit": done.commit,
                "slugs": list(done.slugs),
                "already": done.already,
                "unwitnessed": list(done.unwitnessed),
                "dry_run": dry_run,
            },
        )
        return
    titles = ", ".join(done.titles)
    if done.already:
        say(f"{titles}: was merged already; {'would remove' if dry_run else 'removed'} {done.branch}.")
    else:
        say(f"{titles}: {'would be merged' if dry_run else 'merged'}.")
    if not done.index_ready:
        note("Your index could not follow: git status shows the merged files as changed until you run git reset.")
    if says := in_words(done.unwitnessed):
        note(f"{says[:1].upper()}{says[1:]}; the next publish notes when it saw it, and by that day its key is judged.")
    if not dry_run:
        say("Next: what goes out and when: expertpost plan")
