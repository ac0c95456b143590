"""What it costs to start: processor time of whole processes against ``python -c pass``."""

import sys
import tempfile
from pathlib import Path

from bench import corpus
from bench.ratios import Job, Row, interleaved, milliseconds

TIMES = 11
FEW = 20
"""Pieces in the small workspace."""


def rows() -> list[Row]:
    """``--version``, ``--help`` and ``status`` in a small workspace."""
    expertpost = str(Path(sys.executable).with_name("expertpost"))
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        corpus.write(here, FEW)
        corpus.commit(here)
        costs = interleaved(
            TIMES,
            nothing=Job([sys.executable, "-c", "pass"], here),
            version=Job([expertpost, "--version"], here),
            help=Job([expertpost, "--help"], here),
            status=Job([expertpost, "status"], here),
        )
    floor = costs["nothing"].cpu
    goals = {"version": 4, "help": 13, "status": 9}
    says = {"version": "`expertpost --version`", "help": "`expertpost --help`", "status": "`status`, small workspace"}
    return [
        Row(f"{says[name]} ÷ `python -c pass`, CPU", goal, costs[name].cpu / floor,
            f"{milliseconds(costs[name].cpu)} ÷ {milliseconds(floor)}")
        for name, goal in goals.items()
    ]  # fmt: skip
