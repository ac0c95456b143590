"""A workspace with a keyed, a searchable and a blind channel, runners that can be killed, and what services took."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from tests.contract.test_slack import SlackTwin
from tests.contract.web_twin import TOKEN, said
from tests.flows.mailroom import SECRET, SHORT, Mailroom, Trap, hook, mail, mailroom, now
from tests.flows.organisation import WORKSPACE_ID, Clock, Colleague
from tests.race.runner import Order

from expertpost.model.delivery import IN_DOUBT, SETTLED, Delivery, State
from expertpost.store.hub import Landed
from expertpost.store.ledger_mirror import Mirror
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Answer, Request

ROOT = Path(__file__).parents[2]
HOUR = 3600.0
UNBRAKED = "[publish]\nburst = 100000\nmax_lateness_days = 3650\n"
"""Hundreds of pieces, and a clock that is weeks ahead in the end: nothing of it is too many or too late."""
PATIENCE = 30.0
"""Seconds that a test waits for what must come."""


def chat(twin: SlackTwin, name: str = "chat") -> str:
    """A channel of a service that knows no keys and can be searched."""
    return (
        f'[channels.{name}]\npublisher = "slack"\nreaders = ["suppliers"]\nchannel = "C012AB3CD"\n'
        f'api = "{twin.url}"\ntoken = {{ env = "CHAT_TOKEN" }}\n'
    )


class Receiver(Trap):
    """A receiver of webhooks that can be waited for."""

    def wait_for(self, count: int) -> None:
        """Return when it has taken so many."""
        end = time.monotonic() + PATIENCE
        while len(self.arrived()) < count:
            assert time.monotonic() < end
            time.sleep(0.02)


class Chat(SlackTwin):
    """A service that knows no keys, and shows what it has taken only when it was asked ``lag`` times."""

    lag = 0

    def tell(self, path: str, request: Request) -> Answer | None:
        """See SlackTwin."""
        if self.lag and path == "/conversations.history" and self.posts:
            self.lag -= 1
            return _messages([])
        if path == "/conversations.history" and self.knows(request):
            return _messages(list(reversed(self.posts)))
        return super().tell(path, request)


def _messages(shown: list[dict[str, object]]) -> Answer:
    """All of them on one page: the service itself shows up to 200, and a search looks at 20 pages."""
    return said({"ok": True, "messages": shown, "response_metadata": {"next_cursor": ""}})


@contextmanager
def gate(remote: Path, *, refuse: int) -> Iterator[None]:
    """A host that refuses the push of this number (from 1)."""
    hook, counted = remote / "hooks" / "pre-receive", remote / "pushes"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\necho x >> "{counted}"\ntest "$(wc -l < "{counted}")" -ne {refuse}\n')
    hook.chmod(0o755)
    yield
    hook.unlink()


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

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.race.runner"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, here: Path, env: Mapping[str, str], *, later: float, kill: int = 0) -> "Running":
        """Start a run in a clone and do not wait for its end."""
        self._number += 1
        answer = self._folder / f"answer-{self._number}"
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
        """Let the process end."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


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


@dataclass
class Town:
    """Everything of one test. ``later``: how far the runners' clock is ahead of the system's, in seconds."""

    room: Mailroom
    hook: Receiver
    chat: Chat
    mail: MailTwin
    recipients: tuple[str, ...]
    env: Mapping[str, str]
    crew: Crew
    later: float = 0
    made: list[int] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def found(cls, folder: Path, *, recipients: int = 1, more: str = "", env: Mapping[str, str] | None = None) -> Self:
        """Build it in a folder; ``more``: further settings, such as the engine of the ledger."""
        with ExitStack() as stack:
            hooked, chat_, post = Receiver(), Chat(), MailTwin()
            for twin in (hooked, chat_, post):
                stack.callback(twin.close)
            people = tuple(f"buyer-{number}@supplier.example" for number in range(1, recipients + 1))
            channels = (hook(hooked), chat(chat_), mail(post, recipients=json.dumps(people)))
            room = mailroom(folder, *channels, more=f"{UNBRAKED}\n{more}")
            room.clock = Clock(now())
            crew = Crew(folder)
            stack.callback(crew.close)
            secrets = {"HOOK_SECRET": SECRET, "CHAT_TOKEN": TOKEN, **(env or {})}
            return cls(room, hooked, chat_, post, people, secrets, crew, _stack=stack.pop_all())

    def close(self) -> None:
        """Stop the services and the crew."""
        self._stack.close()

    def short_leases(self) -> None:
        """Begin the ledger with claims that are over after seconds; a database takes its terms from its mirror."""
        if "EXPERTPOST_LEDGER_URL" not in self.env:
            self.room.short_leases()
            return
        mirror = Mirror(self.room.fetched(), WORKSPACE_ID, self.room.clock, os.urandom)
        assert Landed() == mirror.begin(SHORT)

    def write(self, *numbers: int) -> None:
        """Merge and approve pieces for every channel."""
        ids = [
            self.room.merge(number, f"Turn number {number} gently.", summary=f"About number {number}.")
            for number in numbers
        ]
        self.room.approve(*ids, at=now() - timedelta(minutes=1))
        self.made += numbers

    def begin(self, runner: Colleague | None = None, *, kill: int = 0) -> Running:
        """Start a run in the clone of the runner, or of this one."""
        here = runner or self.room.runner
        return self.crew.begin(here.clone, {**here.env, **self.env}, later=self.later, kill=kill)

    def run(self, *, kill: int = 0) -> Ran:
        """One run, to its end."""
        return self.begin(kill=kill).end()

    def settle(self, runs: int = 8) -> tuple[Ran, ...]:
        """Run every hour as a schedule would, until three runs have changed nothing; all runs."""
        done: list[Ran] = []
        same, before = 0, self.rows()
        while len(done) < runs and same < 3:
            self.later += HOUR
            done.append(self.run())
            same, before = (same + 1 if self.rows() == before else 0), self.rows()
        return tuple(done)

    def states(self) -> Counter[tuple[str, str, State]]:
        """How many deliveries the ledger has by piece, channel and state."""
        return Counter((row.key.piece[-3:].lstrip("0"), row.key.channel, row.state) for row in self.rows())

    def rows(self) -> list[Delivery]:
        """Every delivery in the ledger."""
        ledger = self.room.ledger()
        return [row for row in (*ledger.open(), *ledger.settled()) if isinstance(row, Delivery)]

    def all_settled(self) -> bool:
        """Whether every delivery of every piece has ended, or is in doubt and listed."""
        over = sum(count for (_, _, state), count in self.states().items() if state in SETTLED | IN_DOUBT)
        return over == len(self.made) * (2 + len(self.recipients))

    def doubts(self) -> int:
        """How many deliveries wait for a person."""
        return sum(count for (_, _, state), count in self.states().items() if state in IN_DOUBT)

    def taken(self) -> Counter[tuple[str, str, str]]:
        """What the services hold: how often each piece is at each target of each channel."""
        at = [("hook", "", one.text) for one in self.hook.arrived()]
        at += [("chat", "", one.text) for one in self.chat.arrived()]
        at += [("mail", one.headers["envelope-to"], one.text) for one in self.mail.arrived()]
        return Counter((_number(text), channel, to) for channel, to, text in at)

    def broken(self, numbers: Iterable[int] | None = None) -> list[str]:
        """Every promise that was not kept for these pieces (or all), judged by what the services hold (I1 and I2)."""
        taken, states = self.taken(), self.states()
        wrong = [f"{key} was taken {count} times" for key, count in taken.items() if count > 1]
        for number in map(str, self.made if numbers is None else numbers):
            wrong += [
                f"piece {number} is {taken[number, name, '']} times at {name}"
                for name in ("hook", "chat")
                if taken[number, name, ""] != 1 or states[number, name, State.DELIVERED] != 1
            ]
            mails = sum(taken[number, "mail", to] for to in self.recipients)
            sure = states[number, "mail", State.DELIVERED]
            doubtful = sum(states[number, "mail", state] for state in IN_DOUBT)
            if not (sure <= mails <= sure + doubtful and sure + doubtful == len(self.recipients)):
                wrong.append(f"piece {number}: {mails} mails, {sure} told as delivered and {doubtful} in doubt")
        return wrong

    def harm(self) -> list[str]:
        """What is wrong with the ledger itself: damage, a merge in its history, private words in it (I3 and I5)."""
        ledger, hub = self.room.ledger(), self.room.fetched()
        git, tip = hub.git, hub.tip("expertpost-ledger") or ""
        wrong = [f"{one.where}: {one.what}" for one in (*ledger.damages(),)]
        merges = git.text("rev-list", "--merges", "--count", tip)
        wrong += [f"{merges} merges"] if merges.strip() != "0" else []
        written = git.text("log", "--format=%B", "--patch", tip)
        return wrong + [f"{word} is written there" for word in (*self.recipients, SECRET, TOKEN) if word in written]


def _number(text: str) -> str:
    found = re.search(r"(?:number|Piece) (\d+)", text)
    assert found, text
    return found[1]
