"""Measuring whole processes against each other: interleaved in one run, medians, and only their ratio is told."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took: seconds on the clock, seconds of processor (with its children), peak memory in bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Job:
    """One command to be measured. ``before`` runs ahead of each time and is not counted."""

    argv: Sequence[str]
    here: Path
    env: Mapping[str, str] | None = None
    before: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a measured ratio against a goal. ``note``: the figures behind it."""

    measure: str
    goal: float
    ratio: float
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the ratio is at most the goal."""
        return self.ratio <= self.goal


def cost(job: Job) -> Cost:
    """Run a command once. Raises CalledProcessError, with what it said, where it fails."""
    if job.before:
        job.before()
    begin = time.perf_counter()
    child = subprocess.Popen(job.argv, cwd=job.here, env=job.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read() if child.stderr else b""
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    code = child.returncode = os.waitstatus_to_exitcode(status)
    if code:
        raise subprocess.CalledProcessError(code, job.argv, stderr=said)
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def interleaved(times: int, **jobs: Job) -> dict[str, Cost]:
    """The median cost of each job, all of them run in turns ``times`` times, after one turn that is not counted."""
    found: dict[str, list[Cost]] = {name: [] for name in jobs}
    for turn in range(times + 1):
        for name, job in jobs.items():
            one = cost(job)
            if turn:
                found[name].append(one)
    return {name: _median(costs) for name, costs in found.items()}


def _median(costs: list[Cost]) -> Cost:
    middle = statistics.median
    return Cost(middle(c.wall for c in costs), middle(c.cpu for c in costs), int(middle(c.peak for c in costs)))


def milliseconds(seconds: float) -> str:
    """Seconds as whole milliseconds with their unit."""
    return f"{seconds * 1000:,.0f} ms"


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    heads = "| measure | goal | measured | reached | behind it |\n|---|---|---|---|---|\n"
    lines = (
        f"| {r.measure} | ≤ {r.goal:g} | {r.ratio:.3g} | {'yes' if r.reached else '**no**'} | {r.note} |" for r in rows
    )
    return heads + "\n".join(lines)
