"""The verbs that keep what is published true: confirm and stale."""

from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import note, print_json, say, world

if TYPE_CHECKING:
    from expertpost.flows.confirm import Confirmed
    from expertpost.flows.stale import Stale
    from expertpost.model.canonical import Json
    from expertpost.model.freshness import Fresh

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command("confirm")(confirm)
    app.command("stale")(stale)


def confirm(
    ref: Annotated[str, typer.Argument(metavar="REF", help="A piece: slug, path, id, or the address of a copy")],
    note_: Annotated[str, typer.Option("--note", metavar="TEXT", help="What was looked at; it stays on record")] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help="Until when it holds: 2027-06-30")] = "",
    wrong: Annotated[str, typer.Option(metavar="TEXT", help="It is not true: what is wrong. Opens a correction")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be recorded, and record nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign that a published piece is still true, or say what in it is wrong."""
    from expertpost.flows.confirm import confirm as sign
    from expertpost.flows.confirm import correct

    if wrong and (until or note_):
        raise typer.BadParameter("--wrong stands alone: what is wrong holds until it is corrected")
    done = correct(world(), ref, wrong, dry_run=dry_run) if wrong else sign(world(), ref, note_, until, dry_run=dry_run)
    if as_json:
        print_json("expertpost.confirm/1", _confirmed(done, dry_run=dry_run))
        return
    would = "Would be recorded" if dry_run else "Recorded"
    if wrong:
        say(f"{would}: something in it is wrong: {done.asked.title}")
        say(f"Correct it: edit {done.path}, then expertpost submit {done.asked.slug}")
        say("What went out follows once that is approved.")
    else:
        until_ = f", to be looked at again by {done.fresh.due}" if done.fresh.due else ""
        say(f"{would}: still true: {done.asked.title}{until_}")
    if not done.asked.signed:
        note("  It is unsigned: people/ lists no key that you have here.")


def _confirmed(done: "Confirmed", *, dry_run: bool) -> "dict[str, Json]":
    asked = done.asked
    return {
        "id": asked.id,
        "slug": asked.slug,
        "path": done.path,
        "by": asked.by,
        "signed": asked.signed,
        "event": asked.event,
        "text": asked.reason,
        **_fresh(done.fresh),
        "dry_run": dry_run,
    }


def _fresh(fresh: "Fresh") -> "dict[str, Json]":
    return {
        "due": fresh.due.isoformat() if fresh.due else None,
        "looked": fresh.looked.isoformat(),
        "confirmed_by": fresh.by or None,
        "doubt": {"by": fresh.doubt.by, "text": fresh.doubt.text} if fresh.doubt else None,
    }


def stale(
    mine: Annotated[bool, typer.Option("--mine", help="Only what waits for you")] = False,
    within: Annotated[int, typer.Option(min=0, max=3650, metavar="DAYS", help="Also what is due in so many days")] = 0,
    as_json: AsJson = False,
) -> None:
    """List what is published and should be looked at again, the most urgent first."""
    from expertpost.flows.stale import stale as look

    found = look(world(), mine=mine, within=within)
    if as_json:
        print_json("expertpost.stale/1", {"pieces": [_stale(each) for each in found]})
        return
    for number, each in enumerate(found, 1):
        say(f"{number}. {each.piece.front.title} ({each.piece.front.slug})")
        for line in _lines(each):
            say(f"   {line}")
    if found:
        say(f"Still true? expertpost confirm {found[0].piece.front.slug}")
        say(f'Not true? expertpost confirm {found[0].piece.front.slug} --wrong "what is wrong"')
    else:
        say("Nothing waits for you." if mine else "Nothing is due to be looked at.")


def _lines(each: "Stale") -> list[str]:
    readers = ", ".join(each.piece.front.audience)
    out = f"{each.copies} post{'' if each.copies == 1 else 's'} out" if each.copies else "on the sites"
    lines = [f"read by {readers}; {out}; {_when(each)}"]
    if each.fresh.doubt:
        lines.append(f"{each.fresh.doubt.by} says it is wrong: {each.fresh.doubt.text}")
    if each.owners:
        lines.append(f"waits for {', '.join(each.owners)}")
    elif not each.proposed:
        lines.append("its authors are not there any more, and nobody is known to know")
    for one in each.proposed:
        lines.append(f"its authors are not there any more; could be {one.name} ({one.handle}): “{one.why}”")
    return lines


def _when(each: "Stale") -> str:
    if each.fresh.due is None or each.late == 0:
        return f"due {each.fresh.due or 'now'}"
    days = f"{abs(each.late)} day{'' if abs(each.late) == 1 else 's'}"
    return f"due {each.fresh.due}, {days} ago" if each.late > 0 else f"due {each.fresh.due}, in {days}"


def _stale(each: "Stale") -> "dict[str, Json]":
    front = each.piece.front
    proposed: list[Json] = [{"handle": one.handle, "name": one.name, "why": one.why} for one in each.proposed]
    return {
        "id": front.id,
        "slug": front.slug,
        "path": each.piece.path,
        "title": front.title,
        "audience": list(front.audience),
        **_fresh(each.fresh),
        "days_late": each.late,
        "copies": each.copies,
        "owners": list(each.owners),
        "proposed": proposed,
        "weight": each.weight,
    }
