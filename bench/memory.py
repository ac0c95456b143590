"""The peak memory of a command with all its processes, each shared page counted once (Linux: PSS in smaps_rollup)."""

import subprocess
import time
from pathlib import Path

from bench.ratios import Job

PAUSE = 0.01
"""Seconds between two looks."""


def peak_of(job: Job) -> int:
    """Bytes that a command and everything it started held at most, looked at a hundred times a second.

    Raises CalledProcessError where the command fails.
    """
    if job.before:
        job.before()
    child = subprocess.Popen(job.argv, cwd=job.here, env=job.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while child.poll() is None:
        peak = max(peak, sum(map(_held, _family(child.pid))))
        time.sleep(PAUSE)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, job.argv)
    return peak


def _family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for one in found:
        try:
            tasks = list(Path(f"/proc/{one}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _held(pid: int) -> int:
    """The bytes a process holds, its part of what it shares with others included; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
