"""What it costs to find out who knows among 10,000 pieces by 200 authors: the index, a question, a whole ``ask``."""

import statistics
import tempfile
from pathlib import Path

from bench import corpus
from bench.ratios import Row
from bench.search import PIECES, queries, seconds

from expertpost.flows.ask import ask
from expertpost.flows.context import World
from expertpost.flows.knowing import Shelf, shelf
from expertpost.flows.search import search

TIMES = 5


def rows() -> list[Row]:
    """Processor time of this process, as others may be busy on the machine."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        corpus.write(here, PIECES)
        corpus.commit(here)
        world = World(here)
        first = seconds(lambda: _opened(world))
        with shelf(world) as opened:
            asked = [_question(opened, one) for one in queries()]
        search(world, "anything")
        whole = [seconds(lambda one=one: ask(world, one, dry_run=True)) for one in queries()[:12]]
    note = f"{len(asked)} questions; the slowest {max(asked) * 1000:.0f} ms"
    return [
        Row(f"`experts`, {PIECES:,} pieces indexed, in s", 10, first, "with the look at people's facts and at git"),
        Row("`experts find` in-process, 10,000 pieces, median, in ms", 50, statistics.median(asked) * 1000, note),
        Row(
            "`ask` in-process, 10,000 pieces, median, in ms",
            50,
            statistics.median(whole) * 1000,
            "a search, the open questions and reviews, and who knows",
        ),
    ]


def _opened(world: World) -> None:
    with shelf(world):
        pass


def _question(opened: Shelf, text: str) -> float:
    return statistics.median(seconds(lambda: opened.experts(opened.query(text))) for _ in range(TIMES))
