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

from sqlalchemy import Engine, event

from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.flows.publish import publish
from expertpost.publishers.http import call

LOADED = (
    "expertpost.publishers.email",
    "expertpost.publishers.smtp",
    "expertpost.publishers.slack",
    "expertpost.publishers.webhook",
    "expertpost.publishers.mastodon",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
    "email.generator",
    "smtplib",
)
"""The channels of the suite, what they send with, and the databases: loaded once."""
NOWHERE = "http://127.0.0.1:1/"
READING = frozenset(
    {"cat-file", "config", "diff-tree", "for-each-ref", "ls-remote", "ls-tree", "merge-base", "rev-parse"}
)
"""Commands of git that change nothing anywhere: a cut before one of them is a cut before what comes next."""
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
    """Counts what the process does to the world: git that writes, connections, commits, files written and removed."""

    kill: int
    count: int = 0

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        """An audit hook (sys.addaudithook); the power goes off right before the effect of the number ``kill``."""
        if _is_effect(event, args):
            self.next()

    def next(self, _connection: object = None) -> None:
        """One effect is about to happen."""
        self.count += 1
        if self.count == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)


def _is_effect(event: str, args: tuple[object, ...]) -> bool:
    """Whether anybody could see afterwards that this happened (the events: Python's table of audit events)."""
    match event, args:
        case "open", (str(path), _, int(flags)):
            return bool(flags & (os.O_WRONLY | os.O_RDWR)) and path != os.devnull
        case "subprocess.Popen", (_, list(argv), *_):
            return READING.isdisjoint(argv)
        case "os.mkdir", (path, *_):
            return not os.path.isdir(str(path))
        case "os.remove", (path, folder):
            # What lies in a folder goes with the folder: one effect, not one for each file.
            return folder == -1 and os.path.lexists(str(path))
    return event in ("socket.connect", "shutil.rmtree", "os.rename", "os.link", "os.truncate")


def run(order: Order) -> Told:
    """Publish once; what was told and how many effects it took."""
    effects = Effects(order.kill)
    sys.addaudithook(effects)
    event.listen(Engine, "commit", effects.next)
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
        os.environ.clear()
        os.environ.update(order.env)
        Path(order.answer).write_text(json.dumps(run(order)))
        os._exit(0)
    return child


def main() -> None:
    """Take orders until there are no more."""
    for name in LOADED:
        importlib.import_module(name)
    # What a first request loads and reads, certificates above all, no later one has to.
    call("GET", NOWHERE, allow_http=True)
    running = set[int]()
    for line in sys.stdin:
        asked = json.loads(line)
        if isinstance(asked, dict):
            told = _begin(Order(**asked))
            running.add(told)
        else:
            told = os.waitstatus_to_exitcode(os.waitpid(asked, 0)[1])
            running.remove(asked)
        print(told, flush=True)
    for left in running:
        os.kill(left, signal.SIGKILL)


if __name__ == "__main__":
    main()
