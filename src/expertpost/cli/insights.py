"""The author's verb for what came back: insights."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from expertpost.cli.output import note, print_json, say, table, world

if TYPE_CHECKING:
    from expertpost.flows.insights import Copy, Insights, Out
    from expertpost.model.canonical import Json

_STEPS = "▁▂▃▄▅▆▇█"
_BAR = 24
"""Characters of the longest bar."""


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    app.command()(insights)


def insights(
    ref: Annotated[str, typer.Argument(metavar="[REF]", help="A piece: slug, path, id, or the address of a copy")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON")] = False,
) -> None:
    """Show what came back: views, likes, shares, replies and clicks, where a channel counts them.

    Without REF: of all your pieces. The runner counts, from the day after a piece went out.
    """
    from expertpost.flows.insights import insights as look

    found = look(world(), ref)
    if as_json:
        print_json("expertpost.insights/1", _value(found))
    elif not found.pieces:
        say(f"Nothing by {found.whose} is out yet. Where your pieces stand: expertpost status")
    elif ref:
        _one(found.pieces[0])
        _how(found)
    else:
        _mine(found)
        _how(found)


def _mine(found: "Insights") -> None:
    """A line for each copy, and the sum of each channel."""
    from expertpost.model.measure import COUNTS

    copies = [(out, copy) for out in found.pieces for copy in out.copies if copy.answered]
    if not copies:
        return
    rows = [
        (out.piece.front.slug, copy.channel, f"{copy.at:%Y-%m-%d}", *_cells(copy.last), spark(_leading(copy)[1]))
        for out, copy in copies
    ]
    table(("piece", "channel", "out since", *COUNTS, "over time"), rows)
    longest = max((max(counts.values()) for counts in found.totals.values()), default=0)
    sums = [
        (channel, name, f"{number:,}", bar(number, longest))
        for channel, counts in found.totals.items()
        for name, number in counts.items()
    ]
    table(("in all", "", "", ""), sums)


def _one(out: "Out") -> None:
    """Each copy with its numbers over time."""
    say(f"{out.piece.front.title} ({out.piece.front.slug})")
    if not out.copies:
        say("It is out nowhere yet: expertpost plan")
    for copy in out.copies:
        edition = f", edition {copy.edition}" if copy.edition > 1 else ""
        to = f", to {copy.to:,}" if copy.to > 1 else ""
        where = f", {copy.url}" if copy.url else ""
        gone = "" if copy.live else ", taken back since"
        say(f"{copy.channel}{edition}: out since {copy.at:%Y-%m-%d}{to}{gone}{where}")
        for line in _lines(copy):
            say(f"  {line}")


def _lines(copy: "Copy") -> Iterator[str]:
    for name, values in _series(copy).items():
        grown = f"  +{values[-1] - values[0]:,}" if values[-1] > values[0] else ""
        yield f"{name:<8}{values[-1]:>9,}  {spark(values)}{grown}"
    if copy.answered:
        first, last = copy.answered[0].at, copy.answered[-1].at
        since = f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if last > first else f"on {last:%Y-%m-%d}"
        yield f"counted {_times(len(copy.answered))} {since}"
    if copy.measures and not copy.measures[-1].counts:
        yield f"asked on {copy.measures[-1].at:%Y-%m-%d}: the service gave no numbers"
    if not copy.counts and not copy.measures:
        yield "nothing is counted there"
    elif not copy.measures:
        yield "not counted yet"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _series(copy: "Copy") -> Mapping[str, Sequence[int]]:
    """Name of a count → its numbers, the oldest first."""
    found: dict[str, list[int]] = {}
    for measure in copy.answered:
        for name, number in measure.counts:
            found.setdefault(name, []).append(number)
    return found


def _leading(copy: "Copy") -> tuple[str, Sequence[int]]:
    """The count that is largest by now, with its numbers: that one is drawn where there is room for one."""
    return max(_series(copy).items(), key=lambda one: one[1][-1])


def _cells(counts: Mapping[str, int]) -> Iterator[str]:
    from expertpost.model.measure import COUNTS

    return (f"{counts[name]:,}" if name in counts else "" for name in COUNTS)


def drawn() -> bool:
    """Whether there is somebody to draw for: a terminal that knows the characters. Elsewhere numbers stay numbers."""
    return sys.stdout.isatty() and (sys.stdout.encoding or "").lower().startswith("utf")


def spark(values: Sequence[int]) -> str:
    """Numbers as a row of small columns, from nothing to the largest of them; one number tells no story."""
    top = max(values, default=0)
    if len(values) < 2:
        return ""
    if not drawn():
        return " ".join(map(str, values))
    return "".join(_STEPS[value * (len(_STEPS) - 1) // top if top else 0] for value in values)


def bar(value: int, longest: int) -> str:
    """A number as a bar beside the longest one; what is there at all is seen."""
    return "█" * max(int(value > 0), value * _BAR // longest) if longest and drawn() else ""


def _how(found: "Insights") -> None:
    """Where nothing was counted: how it comes."""
    if found.measured or not any(out.copies for out in found.pieces):
        return
    if not found.counting:
        note("None of the channels here counts how a post is received: expertpost channels list")
        return
    names = ", ".join(found.counting)
    note(f"Nothing is counted yet. The runner asks {names} from the day after a piece went out: daily for a week,")
    note("weekly for eight more (expertpost publish, where it runs on a schedule).")


def _value(found: "Insights") -> "dict[str, Json]":
    return {
        "author": found.whose or None,
        "pieces": [_piece(out) for out in found.pieces],
        "totals": {channel: dict(counts) for channel, counts in found.totals.items()},
        "counting": list(found.counting),
    }


def _piece(out: "Out") -> "dict[str, Json]":
    return {
        "id": out.piece.id,
        "slug": out.piece.front.slug,
        "title": out.piece.front.title,
        "copies": [_copy(copy) for copy in out.copies],
    }


def _copy(copy: "Copy") -> "dict[str, Json]":
    return {
        "channel": copy.channel,
        "edition": copy.edition,
        "url": copy.url or None,
        "at": copy.at.isoformat(),
        "to": copy.to,
        "live": copy.live,
        "counts": dict(copy.last),
        "measures": [{"at": one.at.isoformat(), "counts": dict(one.counts)} for one in copy.measures],
    }
