"""The verbs of whoever runs publishing: plan and publish."""

import os
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import command, finding_json, note, print_json, say, table, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.places import Trouble
    from expertpost.flows.plan import Plan, Planned
    from expertpost.flows.report import Line, Published

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
        table(("piece", "channel", "result", "what"), [_line_row(line) for line in found.asked])
    if not ahead and not kept and not found.asked:
        say("Nothing is planned." if found.commit else "Nothing is merged yet.")
    for finding in found.findings:
        note(str(finding))
    _tell_troubles(found.troubles)


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
        "asked": [_line_json(line) for line in found.asked],
        "troubles": [_trouble_json(one) for one in found.troubles],
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
    from expertpost.flows.publish import publish as run

    with _asked_to_stop() as stop:
        done = run(world(), dry_run=dry_run, channels=tuple(channel or ()), limit=limit, stop=stop)
    on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    if as_json:
        print_json("expertpost.publish/1", _published_json(done))
    elif on_github:
        _tell_unheeded(done)
    else:
        _tell(done)
    if on_github:
        _annotate(done)
    if done.exit is not Exit.DONE:
        raise typer.Exit(done.exit)


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM came: the send under way is finished and written down. The second one ends at once."""
    asked: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {one: signal.signal(one, on_signal) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for one, handled in before.items():
            signal.signal(one, handled)


def _tell(done: "Published") -> None:
    if not done.commit:
        say("Nothing is merged yet.")
    elif not done.lines:
        say("Nothing to send.")
    else:
        table(("piece", "channel", "result", "what"), [_line_row(line) for line in done.lines])
    _tell_troubles(done.troubles)
    if done.interrupted:
        note("Interrupted; what was sent is written down, the rest waits for the next run.")


def _tell_unheeded(done: "Published") -> None:
    """Between two marks that nobody can guess, GitHub Actions takes nothing a title or a service says for a command."""
    token = secrets.token_hex(16)
    command(f"::stop-commands::{token}")
    _tell(done)
    command(f"::{token}::")


def _line_row(line: "Line") -> tuple[str, ...]:
    counts = ", ".join(
        f"{count} {state.value}" for state, count in line.counts.items() if sum(line.counts.values()) > 1
    )
    says = "; ".join(part for part in (counts, *line.says, *line.urls[:1]) if part)
    return (line.slug or line.piece, line.channel, line.result.value, says)


def _tell_troubles(troubles: "tuple[Trouble, ...]") -> None:
    for one in troubles:
        place = f"{one.channel}: " if one.channel else ""
        note(f"{place}{one.code} {one.what} – {one.cure}")


def _published_json(done: "Published") -> dict[str, Json]:
    return {
        "commit": done.commit,
        "dry_run": done.dry_run,
        "interrupted": done.interrupted,
        "exit": int(done.exit),
        "lines": [_line_json(line) for line in done.lines],
        "troubles": [_trouble_json(one) for one in done.troubles],
        "findings": [finding_json(finding) for finding in done.findings],
    }


def _line_json(line: "Line") -> dict[str, Json]:
    return {
        "piece": line.piece,
        "slug": line.slug,
        "title": line.title,
        "channel": line.channel,
        "result": line.result.value,
        "says": list(line.says),
        "whys": [why.value for why in line.whys],
        "due": line.due.isoformat() if line.due else None,
        "counts": {state.value: count for state, count in line.counts.items()},
        "urls": list(line.urls),
    }


def _trouble_json(one: "Trouble") -> dict[str, Json]:
    return {"channel": one.channel, "code": one.code, "what": one.what, "cure": one.cure, "guard": one.guard}


def _annotate(done: "Published") -> None:
    """Tell GitHub Actions what needs a look, on standard error so that JSON on standard output stays whole."""
    from expertpost.cli.annotations import workflow_command

    for line in done.lines:
        if line.exit is not Exit.DONE:
            level = "warning" if line.exit is Exit.NEEDS_PERSON else "error"
            command(
                workflow_command(level, f"{line.slug or line.piece} at {line.channel}", "; ".join(line.says)),
                aside=True,
            )
    for one in done.troubles:
        command(
            workflow_command("error", f"{one.channel or 'ledger'} {one.code}", f"{one.what} – {one.cure}"), aside=True
        )
