"""What looking something up costs among 10,000 pieces: in-process, as a whole process, and after one changed piece."""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import corpus
from bench.ratios import Job, Row, interleaved, milliseconds

from expertpost.flows.context import World
from expertpost.flows.search import search
from expertpost.flows.searchable import searchable
from expertpost.store.workspace import find

PIECES = 10_000
TIMES = 11
UPDATES, MORE = 7, 20


def queries() -> list[str]:
    """Frequent and rare words, two and three of them, a phrase, a beginning, and a slip of the fingers."""
    words = corpus.Words()
    words.chance = random.Random(11)
    some = [words.line(1) for _ in range(6)] + [words.line(2) for _ in range(6)] + [words.line(3) for _ in range(4)]
    longer = next(word for word in words.some(1000) if len(word) > 7)
    return [*some, f'"{words.line(2)}"', f"{longer[:5]}*", f"{longer[:4]}{longer[5:]}", f"{longer[:3]}q{longer[3:]}"]


def rows() -> list[Row]:
    """A query in-process, a whole process, and the update after one changed piece."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        corpus.write(here, PIECES)
        corpus.commit(here)
        world = World(here)
        first = seconds(lambda: search(world, "anything"))
        return [_query(world), _process(here), _update(world, here, first)]


def _query(world: World) -> Row:
    with searchable(world, find(world.here), ("colleagues",)) as index:
        asked = queries()
        took = [[seconds(lambda one=one: index.find(one)) for one in asked] for _ in range(TIMES)]
    each = [statistics.median(times) for times in zip(*took, strict=True)]
    middle = statistics.median(each)
    note = f"{len(asked)} queries; the slowest {max(each) * 1000:.1f} ms"
    return Row("`search` in-process, 10,000 pieces, median, in ms", 10, middle * 1000, note)


def _process(here: Path) -> Row:
    argv = [str(Path(sys.executable).with_name("expertpost")), "search", *queries()[6].split()]
    costs = interleaved(TIMES, nothing=Job([sys.executable, "-c", "pass"], here), search=Job(argv, here))
    spent, floor = costs["search"].cpu, costs["nothing"].cpu
    note = f"{milliseconds(spent)} ÷ {milliseconds(floor)}"
    return Row("`expertpost search`, 10,000 pieces ÷ `python -c pass`, CPU", 9, spent / floor, note)


def _update(world: World, here: Path, first: float) -> Row:
    """What each further changed piece adds to the next search, in a process that has everything loaded."""
    took: dict[int, list[float]] = {0: [], 1: [], 1 + MORE: []}
    for turn in range(UPDATES):
        for count, times in took.items():
            _change(here, turn, count)
            times.append(seconds(lambda: search(world, "anything")))
    nothing, one, many = (statistics.median(times) for times in took.values())
    note = (
        f"the first one costs {(one - nothing) * 1000:.0f} ms with the look at what differs; all of them {first:.0f} s"
    )
    return Row("`search`, for each changed piece, in ms", 10, (many - one) / MORE * 1000, note)


def _change(here: Path, turn: int, count: int) -> None:
    for number in range(count):
        piece = here / f"drafts/area-{number % corpus.FOLDERS:02d}/piece-{number:05d}.md"
        piece.write_text(f"{piece.read_text(encoding='utf-8')}\nOne more line {turn} {count}.\n", encoding="utf-8")
    if count:
        corpus.record(here)


def seconds(call: Callable[[], object]) -> float:
    """Seconds of this process's processor time: what others do on the machine is not measured."""
    begin = time.process_time()
    call()
    return time.process_time() - begin
