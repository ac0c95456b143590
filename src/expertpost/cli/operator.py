"""The verbs of whoever runs publishing: plan and publish."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import finding_json, note, print_json, say, table, world
from expertpost.cli.publishing import line_json, line_row, tell_troubles, trouble_json
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.plan import Plan, Planned

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON")]
NoFetch = Annotated[bool, typer.Option("--no-fetch", help="Do not look at the shared repository first")]


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command()(plan)
    app.command()(publish)


# -- plan -----------------------------------------------------------------------------------------------------------


def plan(
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="As if it were then: 2026-12-01T09:00+01:00")] = "",
    no_fetch: NoFetch = False,
    as_json: AsJson = False,
) -> None:
    """Show what publish would send where and when, and why the rest stays."""
    from expertpost.flows.plan import plan as look

    found = look(world(), at=at, fetch=not no_fetch)
    if as_json:
        print_json("expertpost.plan/1", _plan_json(found))
        return
    ahead = [one for one in found.planned if one.ahead]
    kept = [one for one in found.planned if not one.ahead and not _is_plain(one)]
    if ahead:
        say("Will go:")
        table(("when", "channel", "piece", "title"), [_ahead_row(one, found.at) for one in ahead])
    if kept:
        say("Stays:")
        table(("piece", "channel", "why"), [_kept_row(one) for one in kept])
    if found.asked:
        say("Asked for:")
        table(("piece", "channel", "result", "what"), [line_row(line) for line in found.asked])
    if not ahead and not kept and not found.asked:
        say("Nothing is planned." if found.commit else "Nothing is merged yet.")
    for finding in found.findings:
        note(str(finding))
    tell_troubles(found.troubles)


def _is_plain(one: "Planned") -> bool:
    """Whether the piece was never meant for the channel, which is nothing to tell."""
    from expertpost.model.policy import NEVER

    return bool(one.reasons) and {reason.why for reason in one.reasons} <= NEVER


def _ahead_row(one: "Planned", now: datetime) -> tuple[str, ...]:
    when = "now" if one.due is None or one.due <= now else one.due.isoformat(timespec="minutes")
    times = f" × {one.count}" if one.count > 1 else ""
    times += f", ${one.cost / 1_000:.3f}".removesuffix("0") if one.cost else ""
    return (f"{when}, once its page is live" if one.after_page else when, one.channel + times, one.slug, one.title)


def _kept_row(one: "Planned") -> tuple[str, ...]:
    return (one.slug, one.channel, "; ".join(reason.says for reason in one.reasons))


def _plan_json(found: "Plan") -> dict[str, Json]:
    return {
        "at": found.at.isoformat(),
        "commit": found.commit,
        "planned": [
            {
                "piece": one.piece,
                "slug": one.slug,
                "title": one.title,
                "channel": one.channel,
                "stand": one.stand.value,
                "due": one.due.isoformat() if one.due else None,
                "deliveries": one.count,
                "cost_usd": one.cost / 1_000,
                "after_page": one.after_page,
                "reasons": [{"why": reason.why.value, "says": reason.says} for reason in one.reasons],
            }
            for one in found.planned
        ],
        "asked": [line_json(line) for line in found.asked],
        "troubles": [trouble_json(one) for one in found.troubles],
        "findings": [finding_json(finding) for finding in found.findings],
    }


# -- publish --------------------------------------------------------------------------------------------------------


def publish(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge everything, send nothing")] = False,
    channel: Annotated[list[str] | None, typer.Option("--channel", metavar="NAME", help="Only this channel")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many pieces to each channel")] = None,
    as_json: AsJson = False,
) -> None:
    """Send every approved piece that is due to its channels, each once."""
    from expertpost.cli.publishing import publish as run

    run(dry_run=dry_run, channels=tuple(channel or ()), limit=limit, as_json=as_json)
