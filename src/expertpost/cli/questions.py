"""How questions are shown: lines for people, values for programs."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from expertpost.cli.known import reasons, reasons_value
from expertpost.cli.output import answer_to, note, print_json, say, table
from expertpost.flows.ask import Known, Outcome
from expertpost.flows.ask_list import Listed, Shown
from expertpost.flows.ask_say import Told
from expertpost.flows.ask_whom import Asked
from expertpost.flows.questions import UNANSWERED, Matter, Stand
from expertpost.model.event import Event, EventKind
from expertpost.render.sheet import DID

if TYPE_CHECKING:
    from expertpost.model.canonical import Json


def wants_more(found: Known) -> bool:
    """Show what is there already, and whether the person at the terminal still asks."""
    known(found)
    try:
        return answer_to("Ask it all the same? [y/N] ").lower() in ("y", "yes")
    except EOFError:
        return False


def known(found: Known) -> None:
    """What is there already: answered questions first, then pieces, then questions that are open."""
    answered = [each for each in found.questions if each.stand is Stand.ANSWERED]
    for each in answered:
        say(f"Answered: {each.question.title} ({each.question.short})")
        for piece in each.answers:
            say(f"  {piece.front.slug}  {piece.front.title}")
    if found.pieces:
        say("Written about it:")
    for hit in found.pieces:
        say(f"  {hit.slug}  {hit.title}")
    for each in found.questions:
        if each not in answered:
            say(f"Asked, {each.stand}: {each.question.title} ({each.question.short})")


def outcome(done: Outcome, *, dry_run: bool) -> None:
    """What became of a question."""
    if done.known.same:
        same = done.known.same
        say(f"This was asked before, and is {same.stand}. See: expertpost ask show {same.question.short}")
        return
    if not done.id:
        say("Nothing was asked.")
        return
    short = done.id[-6:].lower()
    say(f"{'Would ask' if dry_run else 'Asked'} ({short}), for {', '.join(done.audience)}")
    for each in done.chosen.asked:
        say(f"  {_name(each)}, until {done.due}")
        _reasons(each)
    if done.chosen.then:
        when = "If nobody answers" if done.chosen.asked else "Nobody is known to know"
        say(f"  {when}: {', '.join(map(_name, done.chosen.then))}")
    if not done.chosen.asked and not done.chosen.then:
        say(f"  Nobody is known to know. Give it to somebody: expertpost ask route {short} --to HANDLE")
    if not done.signed:
        note("  It is unsigned: people/ lists no key that you have here.")
    if not dry_run:
        say(f"Where it stands: expertpost ask show {short}")


def _name(each: Asked) -> str:
    return f"{each.name} ({each.handle})" if each.name else each.handle


def _reasons(each: Asked) -> None:
    if each.expert:
        for line in reasons(each.expert):
            say(f"    {line}")


def listed(found: Listed, *, mine: bool) -> None:
    """The table of questions, and the next command."""
    if not found.matters:
        say("No question waits for you, and none of yours is open." if mine else "No question is open.")
        return
    heads = ("question", "title", "by", "for", "with", "state", "until")
    table(heads, [_row(each, found.now) for each in found.matters])
    with_you = next((each for each in found.matters if each.question.id in found.mine), None)
    first = with_you or found.matters[0]
    say(f"Next: expertpost ask {'answer' if with_you else 'show'} {first.question.short}")


def _row(matter: Matter, now: datetime) -> tuple[str, ...]:
    question, waits = matter.question, matter.stand in UNANSWERED
    answers = ", ".join(piece.front.slug for piece in matter.answers)
    state = f"{matter.stand}{': ' if answers else ''}{answers}"
    until = f"{question.until:%d %b}" if waits and question.until else ""
    people = ", ".join(question.with_whom(now)) if waits else ""
    return question.short, matter.question.title, question.by, ", ".join(question.audience), people, state, until


def shown(found: Shown) -> None:
    """One question, whole."""
    matter, question = found.matter, found.matter.question
    say(matter.question.title)
    for line in question.text.partition("\n")[2].strip().splitlines():
        say(f"  {line}")
    about = f", on {', '.join(question.topics)}" if question.topics else ""
    say(f"  asked by {question.by} on {question.at:%d %B %Y}, for {', '.join(question.audience)}{about}")
    say(f"  {matter.stand}")
    for piece in matter.answers:
        say(f"  answered by {piece.front.slug}: {piece.front.title}")
    if matter.same:
        say(f"  the same as {matter.same.short}: {matter.same.title}")
    for slug in matter.begun:
        say(f"  an answer is under review: expertpost review show {slug}")
    for each in found.asked:
        say(f"With {_name(each)}{_until(matter, each)}")
        _reasons(each)
    for event in _said(matter):
        to = f" to {', '.join(event.reviewers)}" if event.kind is EventKind.ROUTE else ""
        words = f": {event.text}" if event.text else ""
        say(f"  {event.at:%Y-%m-%d %H:%M}  {event.by} {DID[event.kind]}{to}{words}")
    if matter.stand in UNANSWERED:
        say(f"Next: expertpost ask answer {question.short}, or route, decline, duplicate")


def _until(matter: Matter, each: Asked) -> str:
    question, due = matter.question, matter.question.until
    first = each.handle in question.asked or not question.route.reviewers
    return f", until {due:%d %B}" if due and first else ""


def _said(matter: Matter) -> tuple[Event, ...]:
    review = matter.question.review
    return tuple(e for e in review.told if e.kind is not EventKind.ASK and e.id not in review.doubted)


def told(done: Told, *, as_json: bool, dry_run: bool) -> None:
    """What was recorded about a question."""
    if as_json:
        value: dict[str, Json] = {
            "id": done.question.id,
            "by": done.by,
            "signed": done.signed,
            "to": list(done.to),
            "of": done.of,
            "dry_run": dry_run,
        }
        print_json(f"expertpost.ask-{done.kind.value}/1", value)
        return
    to = f" to {', '.join(done.to)}" if done.to else f": {done.of}" if done.of else ""
    did = DID[done.kind]
    say(f"{'Would record – ' if dry_run else ''}{did if dry_run else did.capitalize()}{to}: {done.question.title}")
    if not done.signed:
        note("  It is unsigned: people/ lists no key that you have here.")


def outcome_value(done: Outcome) -> "dict[str, Json]":
    """What became of a question, as JSON. ``id`` is null where none was made."""
    same = done.known.same
    return {
        "id": done.id or None,
        "text": done.text,
        "audience": list(done.audience),
        "topics": list(done.topics),
        "asked": [_asked_value(each) for each in done.chosen.asked],
        "then": [_asked_value(each) for each in done.chosen.then],
        "due": done.due or None,
        "signed": done.signed,
        "asked_before": same.question.id if same else None,
        "questions": [matter_value(each) for each in done.known.questions],
        "pieces": [{"slug": hit.slug, "title": hit.title} for hit in done.known.pieces],
    }


def _asked_value(each: Asked) -> "dict[str, Json]":
    return {"person": each.handle, "name": each.name, "reasons": reasons_value(each.expert)}


def listed_value(found: Listed) -> "dict[str, Json]":
    """Questions as JSON."""
    made = ({**matter_value(each), "mine": each.question.id in found.mine} for each in found.matters)
    return {"questions": [*made]}


def matter_value(matter: Matter) -> "dict[str, Json]":
    """A question and where it stands, as JSON."""
    question = matter.question
    return {
        "id": question.id,
        "text": question.text,
        "by": question.by,
        "at": question.at.isoformat(),
        "audience": list(question.audience),
        "topics": list(question.topics),
        "state": matter.stand.value,
        "with": list(question.asked),
        "then": list(question.then),
        "due": question.until.isoformat() if question.until else None,
        "answers": [{"slug": piece.front.slug, "title": piece.front.title} for piece in matter.answers],
        "under_review": list(matter.begun),
        "same_as": matter.same.id if matter.same else None,
    }


def shown_value(found: Shown) -> "dict[str, Json]":
    """One question, whole, as JSON."""
    return {
        **matter_value(found.matter),
        "reasons": [_asked_value(each) for each in found.asked],
        "said": _said_values(_said(found.matter)),
    }


def _said_values(events: Iterable[Event]) -> "list[Json]":
    return [
        {
            "kind": event.kind.value,
            "by": event.by,
            "at": event.at.isoformat(),
            "text": event.text,
            "to": list(event.reviewers),
            "signed": event.signer is not None,
        }
        for event in events
    ]
