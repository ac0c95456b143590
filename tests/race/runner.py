"""Runners for the race suite: a process that has loaded everything forks for each run, which may be killed on the way.

Started by ``town.Crew``; reads a line, an order to run or a process id to wait for, and answers each with one line: the
process id, or how that process ended.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.flows.publish import publish

LOADED = ("email", "smtp", "slack", "webhook")
"""The channels of the suite, and what they send with: loaded once."""
Told: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Order:
    """One run: in this folder with this environment, by a clock that is ``later`` seconds ahead.

    ``kill``: before which effect on the world outside the process it is killed; 0: it is not. ``answer``: the file that
    gets what it told.
    """

    here: str
    env: Mapping[str, str]
    answer: str
    later: float = 0
    kill: int = 0


@dataclass(slots=True)
class Effects:
    """Counts what the process does to the world: processes, connections, files written, renamed and removed."""

    kill: int
    count: int = 0

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        """An audit hook; the power goes off right before the effect of the number ``kill``."""
        if not _is_effect(event, args):
            return
        self.count += 1
        if self.count == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)


def _is_effect(event: str, args: tuple[object, ...]) -> bool:
    if event == "open":
        flags = args[2]
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    return event in (
        "subprocess.Popen",
        "socket.connect",
        "os.rename",
        "os.remove",
        "os.mkdir",
        "os.link",
        "os.truncate",
    )


def run(order: Order) -> Told:
    """Publish once; what was told and how many effects it took."""
    effects = Effects(order.kill)
    sys.addaudithook(effects)
    ahead = timedelta(seconds=order.later)
    world = World(Path(order.here), now=lambda: datetime.now(UTC) + ahead, env=order.env)
    try:
        done = publish(world)
    except Failure as failure:
        return {"exit": int(failure.exit_code), "code": failure.code, "what": failure.what, "effects": effects.count}
    troubles = [f"{one.channel}: {one.what}" for one in done.troubles]
    lines = [f"{line.slug} {line.channel}: {line.result.value}" for line in done.lines]
    return {"exit": int(done.exit), "lines": lines, "troubles": troubles, "effects": effects.count}


def _begin(order: Order) -> int:
    """Fork a run; its process id. What it told is written to ``order.answer`` at its end."""
    child = os.fork()
    if child == 0:
        os.setsid()
        Path(order.answer).write_text(json.dumps(run(order)))
        os._exit(0)
    return child


def main() -> None:
    """Take orders until there are no more."""
    for name in LOADED:
        importlib.import_module(f"expertpost.publishers.{name}")
    for line in sys.stdin:
        asked = json.loads(line)
        told = _begin(Order(**asked)) if isinstance(asked, dict) else os.waitstatus_to_exitcode(os.waitpid(asked, 0)[1])
        print(told, flush=True)


if __name__ == "__main__":
    main()
