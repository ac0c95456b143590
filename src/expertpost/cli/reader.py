"""Verbs for whoever looks for somebody or something: experts find, show, gaps and scan."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.known import MOST_REASONS, called, reasons, reasons_value, someone_value, work, work_value
from expertpost.cli.output import note, print_json, say, world
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.experts import Evidence, Found, Gap, Gaps, Known, Shown

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
_WORKS, _GAPS = 3, 20


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    experts = typer.Typer(help="Find who knows, from the work that shows it", no_args_is_help=True)
    experts.command("find")(experts_find)
    experts.command("show")(experts_show)
    experts.command("gaps")(experts_gaps)
    experts.command("scan")(experts_scan)
    app.add_typer(experts, name="experts")


def experts_find(
    question: Annotated[
        list[str], typer.Argument(metavar="QUESTION…", help="A question, or a few words; a topic is recognised")
    ],
    topic: Annotated[list[str] | None, typer.Option(help="A topic that the question is about; repeatable")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many people to name")] = 5,
    as_json: AsJson = False,
) -> None:
    """Find who is likely to know, and the work that says so.

    For example: expertpost experts find "which seal survives ethylene oxide?"
    """
    from expertpost.flows.experts import find

    found = find(world(), " ".join(question), topic or (), limit)
    if as_json:
        print_json("expertpost.experts-find/1", _found_json(found))
        return
    for line in found.notes:
        note(line)
    for line in _found_lines(found):
        say(line)


def _found_lines(found: "Found") -> Iterator[str]:
    if found.query.topics:
        yield f"Topics: {', '.join(found.query.topics)}"
    if not found.experts:
        yield "Nobody else here has written, reviewed or said anything about it."
        yield "Look at more work: expertpost experts scan ../a-repository, or --from FOLDER"
    for number, known in enumerate(found.experts, 1):
        yield f"{number}. {called(known.who)}{_load(known)}"
        yield from (f"   {line}" for line in reasons(known.expert))
    if found.left:
        yield f"Has left: {', '.join(called(who) for who in found.left)}"
    if found.experts:
        yield f"Everything about one of them: expertpost experts show {found.experts[0].who.id}"


def _load(known: "Known") -> str:
    pieces = "1 piece" if known.recent == 1 else f"{known.recent} pieces"
    return f", {pieces} reviewed or answered in the last 30 days" if known.recent else ""


def _found_json(found: "Found") -> dict[str, Json]:
    experts: list[Json] = [
        {
            **someone_value(known.who),
            "score": round(known.expert.score, 6),
            "recent": known.recent,
            "reasons": reasons_value(known.expert),
            "more_reasons": max(0, len(known.expert.reasons) - MOST_REASONS),
        }
        for known in found.experts
    ]
    left: list[Json] = [someone_value(who) for who in found.left]
    return {
        "topics": list(found.query.topics),
        "experts": experts,
        "left": left,
        "scanned": list(found.scanned),
        "notes": list(found.notes),
    }


def experts_show(
    person: Annotated[str, typer.Argument(help="A handle, name or mail address; you, where it is left out")] = "",
    as_json: AsJson = False,
) -> None:
    """Show all that is said about a person, and the work that it comes from."""
    from expertpost.flows.experts import show

    found = show(world(), person)
    if as_json:
        print_json("expertpost.experts-show/1", _shown_json(found))
        return
    # What is said about oneself is shown whole.
    most = _WORKS if person else len(found.other) + sum(len(each.works) for each in found.topics)
    say(called(found.who) + (", has left" if found.who.left else ""))
    for each in found.topics:
        say(f"  {each.topic}: {each.share:.0%} of what counts on it today")
        _say_works(each.works, most)
    if found.other:
        say("  on no topic:")
        _say_works(found.other, most)
    if not found.topics and not found.other:
        say("  Nothing is said about them: no work, or they opted out.")


def _say_works(works: "tuple[Evidence, ...]", most: int) -> None:
    for one in works[:most]:
        say(f"    {work(one)}")
    if len(works) > most:
        say(f"    and {len(works) - most:,} more: --json has them all")


def _shown_json(found: "Shown") -> dict[str, Json]:
    topics: list[Json] = [
        {"topic": each.topic, "share": round(each.share, 6), "works": [work_value(one) for one in each.works]}
        for each in found.topics
    ]
    return {**someone_value(found.who), "topics": topics, "other": [work_value(one) for one in found.other]}


def experts_gaps(
    without: Annotated[str, typer.Option(help="Also what would go with this person")] = "",
    as_json: AsJson = False,
) -> None:
    """Show where knowledge is thin: unwritten, held by one person, or old."""
    from expertpost.cli.questions import matter_value
    from expertpost.flows.experts import gaps

    found = gaps(world(), without)
    if as_json:
        kinds: dict[str, Json] = {name: _gaps_json(each) for name, _, each in _kinds(found)}
        print_json(
            "expertpost.experts-gaps/1", {**kinds, "unanswered": [matter_value(each) for each in found.unanswered]}
        )
        return
    thin = [(says, each) for _, says, each in _kinds(found) if each]
    if not thin and not found.unanswered:
        say("No gaps: every topic has a piece, more than one person, and something new.")
    for says, each in thin:
        say(f"{says} ({len(each)})")
        _say_gaps([f"{gap.topic}: {_people(gap)}; last work {gap.newest.date()}" for gap in each])
    if found.unanswered:
        say(f"Asked, and nobody answers ({len(found.unanswered)})")
        _say_gaps([f"{each.question.short}: {each.question.title}" for each in found.unanswered])


def _people(gap: "Gap") -> str:
    return ", ".join(called(who) for who in gap.people) or "nobody here"


def _say_gaps(lines: list[str]) -> None:
    for line in lines[:_GAPS]:
        say(f"  {line}")
    if len(lines) > _GAPS:
        say(f"  and {len(lines) - _GAPS:,} more: --json has them all")


def _kinds(found: "Gaps") -> list[tuple[str, str, "tuple[Gap, ...]"]]:
    """Name, heading and topics of each kind."""
    return [
        ("leaving", "Would go with them; who knows most after them", found.leaving),
        ("unwritten", "Worked on, named or asked about, but no piece", found.unwritten),
        ("alone", "Known to one person alone, or nearly so", found.alone),
        ("stale", "Nothing new for 600 days", found.stale),
    ]


def _gaps_json(gaps: "tuple[Gap, ...]") -> list[Json]:
    return [
        {
            "topic": gap.topic,
            "people": [someone_value(who) for who in gap.people],
            "newest": gap.newest.isoformat(),
            "works": [work_value(one) for one in gap.works],
        }
        for gap in gaps
    ]


def experts_scan(
    repos: Annotated[list[str] | None, typer.Argument(help="Folders of git repositories", metavar="REPO…")] = None,
    documents: Annotated[
        list[str] | None, typer.Option("--from", help="A folder of Markdown with authors; repeatable")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Learn who knows what from other repositories' histories and from documents.

    Only what is new since the last time is read. What was learnt stays on this machine.
    """
    from expertpost.flows.experts_scan import scan

    found = scan(world(), repos or (), documents or ())
    if as_json:
        scanned: list[Json] = [{"place": each.place, "new": each.new, "more": each.more} for each in found]
        print_json("expertpost.experts-scan/1", {"scanned": scanned})
        return
    for each in found:
        say(f"{each.place}: {each.new:,} works read{'; older ones were left out' if each.more else ''}")
    say("Ask now: expertpost experts find QUESTION")
