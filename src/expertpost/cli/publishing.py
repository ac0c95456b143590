"""``publish`` as people and programs read it. Clocks ask for it day and night: no parser of command lines is needed."""

import os
import secrets
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from expertpost.cli.output import command, finding_json, note, print_json, say, table, world
from expertpost.errors import Exit
from expertpost.model.canonical import Json

if TYPE_CHECKING:
    from expertpost.flows.places import Trouble
    from expertpost.flows.report import Line, Published

_NOTHING = "Nothing to send."


def publish(
    *, dry_run: bool = False, channels: Sequence[str] = (), limit: int | None = None, as_json: bool = False
) -> None:
    """Send what is due and tell of it; see ``flows.publish``. Raises SystemExit where not everything is done."""
    from expertpost.flows.quiet import unchanged

    here = world()
    whole = not (dry_run or channels or limit)
    if whole and (commit := unchanged(here)):
        _tell_nothing(commit, as_json=as_json)
        return
    from expertpost.flows.publish import publish as run

    with _asked_to_stop() as stop:
        done = run(here, dry_run=dry_run, channels=channels, limit=limit, stop=stop)
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
        raise SystemExit(done.exit)


def _tell_nothing(commit: str, *, as_json: bool) -> None:
    """What ``_tell`` and ``_published_json`` make of a run with nothing to tell, without loading what such a run is."""
    if as_json:
        print_json("expertpost.publish/1", _as_json(commit))
    else:
        say(_NOTHING)


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
        say(_NOTHING)
    else:
        table(("piece", "channel", "result", "what"), [line_row(line) for line in done.lines])
    tell_troubles(done.troubles)
    if done.interrupted:
        note("Interrupted; what was sent is written down, the rest waits for the next run.")


def _tell_unheeded(done: "Published") -> None:
    """Between two marks that nobody can guess, GitHub Actions takes nothing a title or a service says for a command."""
    token = secrets.token_hex(16)
    command(f"::stop-commands::{token}")
    _tell(done)
    command(f"::{token}::")


def line_row(line: "Line") -> tuple[str, ...]:
    """One line of a run as a row of a table."""
    counts = ", ".join(
        f"{count} {state.value}" for state, count in line.counts.items() if sum(line.counts.values()) > 1
    )
    says = "; ".join(part for part in (counts, *line.says, *line.urls[:1]) if part)
    return (line.slug or line.piece, line.channel, line.result.value, says)


def tell_troubles(troubles: "tuple[Trouble, ...]") -> None:
    """What stopped channels, each with its cure, on standard error."""
    for one in troubles:
        place = f"{one.channel}: " if one.channel else ""
        note(f"{place}{one.code} {one.what} – {one.cure}")


def _published_json(done: "Published") -> dict[str, Json]:
    return _as_json(
        done.commit,
        dry_run=done.dry_run,
        interrupted=done.interrupted,
        exit_code=done.exit,
        lines=[line_json(line) for line in done.lines],
        troubles=[trouble_json(one) for one in done.troubles],
        findings=[finding_json(finding) for finding in done.findings],
    )


def _as_json(
    commit: str,
    *,
    dry_run: bool = False,
    interrupted: bool = False,
    exit_code: Exit = Exit.DONE,
    lines: Iterable[Json] = (),
    troubles: Iterable[Json] = (),
    findings: Iterable[Json] = (),
) -> dict[str, Json]:
    return {
        "commit": commit,
        "dry_run": dry_run,
        "interrupted": interrupted,
        "exit": int(exit_code),
        "lines": list(lines),
        "troubles": list(troubles),
        "findings": list(findings),
    }


def line_json(line: "Line") -> dict[str, Json]:
    """One line of a run as JSON."""
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


def trouble_json(one: "Trouble") -> dict[str, Json]:
    """What stopped a channel as JSON."""
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
