"""The processes of runners, as a test sees them: a crew that is begun once and forks for each run (see ``runner``)."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from tests.race.runner import Order

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ran:
    """One run as its process ended. ``status``: exit code, or minus the signal; ``effects``: 0 where it was killed."""

    status: int
    exit: int
    lines: tuple[str, ...]
    troubles: tuple[str, ...]
    effects: int

    @property
    def killed(self) -> bool:
        """Whether the power went off on the way."""
        return self.status < 0


class Crew:
    """A process that forks runners; see ``runner``."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.race.runner"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, folder: Path, here: Path, env: Mapping[str, str], *, later: float, kill: int = 0) -> "Running":
        """Start a run in the clone ``here`` and do not wait for its end; what it tells is written into ``folder``."""
        answer = folder / f"answer-{next(self._numbers)}"
        order = Order(str(here), env, str(answer), later, kill)
        return Running(self, self._ask(asdict(order)), answer)

    def wait(self, pid: int) -> int:
        """How a process ended."""
        return self._ask(pid)

    def _ask(self, what: object) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """Let the process end, and whatever runs there still."""
        self._process.communicate(timeout=60)


@dataclass(frozen=True, slots=True)
class Running:
    """A run that was begun."""

    crew: Crew
    pid: int
    answer: Path

    def over(self) -> bool:
        """Whether it has told its end."""
        return self.answer.exists()

    def end(self) -> Ran:
        """Wait for its end."""
        status = self.crew.wait(self.pid)
        told = json.loads(self.answer.read_text() or "{}") if self.answer.exists() else {}
        lines = tuple(told.get("lines", (told.get("what", ""),)))
        return Ran(status, told.get("exit", -1), lines, tuple(told.get("troubles", ())), told.get("effects", 0))
