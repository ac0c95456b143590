"""How comments and the log of a review are shown."""

from collections.abc import Sequence

from expertpost.cli.output import finding_json, note, print_json, say, world
from expertpost.flows.review_log import Line, Signature, review_log
from expertpost.model.canonical import Json
from expertpost.model.event import Event, EventKind
from expertpost.render.sheet import Talk, deed

_SHORT = 8
"""Digits of a comment's id that are shown; as many as are needed may be typed."""


def spoken(talks: Sequence[Talk], slug: str) -> None:
    """The comments as threads: open ones whole, resolved ones in a line each."""
    if not talks:
        return
    say()
    say("Comments")
    for talk in talks:
        if talk.thread.resolved is None:
            _open(talk)
    for talk in talks:
        if talk.thread.resolved:
            _resolved(talk)
    first = next((talk.thread.first for talk in talks if talk.thread.resolved is None), None)
    if first:
        answer = f'expertpost review comment {slug} "…" --reply {first.id[:_SHORT]}'
        say(f"  To answer: {answer}; to settle: expertpost review resolve {slug} {first.id[:_SHORT]}")


def _open(talk: Talk) -> None:
    first = talk.thread.first
    say(f"  [{first.id[:_SHORT]}]{_where(talk)}{' (for reviewers only)' if first.private else ''}")
    if first.quote:
        say(f"      > {first.quote}")
    for event in talk.thread.comments:
        only = " (for reviewers only)" if event.private and not first.private else ""
        say(f"    {_when(event)}  {_who(event)}{only}: {_indented(event.text)}")


def _resolved(talk: Talk) -> None:
    end = talk.thread.resolved
    first = talk.thread.first
    if end:
        says = f": {_indented(end.text)}" if end.text else ""
        begins = " ".join(first.text.split())[:60]
        say(f"  [{first.id[:_SHORT]}]{_where(talk)} {_who(first)}: {begins} – resolved by {_who(end)}{says}")


def _where(talk: Talk) -> str:
    return f" {talk.where}:" if talk.where else ""


def _when(event: Event) -> str:
    return f"{event.at:%Y-%m-%d %H:%M}"


def _who(event: Event) -> str:
    return f"{event.by}{unsigned(event)}"


def unsigned(event: Event) -> str:
    """Where an event comes from, in brackets, unless it is signed by whom it names."""
    return f" (on {event.origin})" if event.origin else "" if event.signer else " (unsigned)"


def _indented(text: str) -> str:
    return text.replace("\n", "\n      ")


def talk_value(talk: Talk) -> dict[str, Json]:
    """A thread as JSON. ``line`` is where it is now, null where it is gone or about the whole piece."""
    first, place = talk.thread.first, talk.place
    return {
        "id": first.id,
        "line": (place.line or None) if place else None,
        "gone": bool(place and not place.line),
        "edited": bool(place and place.edited),
        "written_at_line": first.line or None,
        "quote": first.quote,
        "private": first.private,
        "resolved_by": talk.thread.resolved.by if talk.thread.resolved else None,
        "comments": [event_value(event) for event in talk.thread.comments],
    }


def event_value(event: Event) -> dict[str, Json]:
    """An event as JSON."""
    return {
        "id": event.id,
        "kind": event.kind.value,
        "by": event.by,
        "signed": event.signer == event.by,
        "origin": event.origin or None,
        "brought_by": event.carrier or None,
        "at": event.at.isoformat(),
        "digest": event.digest,
        "text": event.text,
        "line": event.line or None,
        "quote": event.quote,
        "channels": sorted(event.posts),
        "reply": event.reply or None,
        "private": event.private,
        "reviewers": list(event.reviewers),
    }


def log(ref: str, *, as_json: bool = False) -> None:
    """Who said and did what about a piece; see ``flows.review_log``."""
    found = review_log(world(), ref)
    if as_json:
        lines: list[Json] = [_line_value(line) for line in found.lines]
        notes: list[Json] = [finding_json(each) for each in found.notes]
        value: dict[str, Json] = {"id": found.id, "slug": found.slug, "title": found.title}
        print_json("expertpost.review-log/1", {**value, "events": lines, "notes": notes})
        return
    say(f"{found.title}  {found.id}")
    for line in found.lines:
        _line(line)
    if not found.lines:
        say("  Nothing happened yet: nobody submitted it.")
    for each in found.notes:
        note(str(each))


_MARKS = {Signature.GOOD: "signed", Signature.NONE: "unsigned", Signature.BAD: "SIGNATURE NOT VALID"}


def _line(line: Line) -> None:
    event = line.event
    doubt = "" if line.counts else ", does not count"
    carried = f"on {event.origin}, brought in by {event.carrier}, " if event.origin else ""
    say(f"  {_when(event)}  {event.by} {did(event)}  [{carried}{_MARKS[line.signature]}{doubt}]")
    about = f"text {event.digest[:12]}" if event.digest else ""
    channels = f"for {', '.join(sorted(event.posts))}" if event.posts else ""
    asked = f"asks {', '.join(event.reviewers)}" if event.kind is EventKind.SUBMIT and event.reviewers else ""
    details = "  ".join(filter(None, (event.id[:_SHORT], about, channels, asked)))
    say(f"      {details}")
    if event.quote:
        say(f"      > {event.quote}")
    if event.text:
        say(f"      {_indented(event.text)}")


def did(event: Event) -> str:
    """What the author of an event did, in words."""
    only = " for reviewers only" if event.private else ""
    place = f" line {event.line}" if event.line else ""
    answer = f" in answer to {event.reply[:_SHORT]}" if event.reply and event.kind is EventKind.COMMENT else ""
    return f"{deed(event)}{only}{place}{answer}"


def _line_value(line: Line) -> dict[str, Json]:
    return {**event_value(line.event), "signature": line.signature.value, "counts": line.counts}


def remind(*, dry_run: bool = False, as_json: bool = False) -> None:
    """Ask for reminders, and tell who gets one; see ``flows.review_remind``."""
    from expertpost.flows.review_remind import remind as ask

    done = ask(world(), dry_run=dry_run)
    if as_json:
        found: list[Json] = [
            {"handle": each.handle, "name": each.name, "slugs": list(each.slugs), "skipped": each.skipped or None}
            for each in done.reminders
        ]
        print_json("expertpost.review-remind/1", {"channel": done.channel, "reminders": found, "dry_run": dry_run})
        return
    if not done.reminders:
        say("Nobody is asked for a review that is open.")
    for each in done.reminders:
        what = f"not now: {each.skipped}" if each.skipped else "would be reminded" if dry_run else "will be reminded"
        say(f"{each.handle} ({each.name}): {what} of {', '.join(each.slugs)}")
    if not dry_run and any(not each.skipped for each in done.reminders):
        say(f"The next expertpost publish sends it through {done.channel}.")
