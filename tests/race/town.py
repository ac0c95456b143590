"""A workspace with a keyed, a searchable and a blind channel, runners that can be killed, and what services took."""

import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from tests.contract.test_slack import SlackTwin
from tests.contract.web_twin import TOKEN, said
from tests.flows.mailroom import SECRET, SHORT, Trap, hook, mail, now
from tests.flows.organisation import WORKSPACE_ID, Colleague
from tests.race.crew import Crew, Ran, Running
from tests.race.engines import Engine
from tests.race.near import Near, near

from expertpost.model.delivery import IN_DOUBT, SETTLED, Delivery, State
from expertpost.store.hub import Landed
from expertpost.store.ledger_mirror import Mirror
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Answer, Request

HOUR = 3600.0
UNBRAKED = "[publish]\nburst = 100000\nmax_lateness_days = 3650\n"
"""Hundreds of pieces, and a clock that is weeks ahead in the end: nothing of it is too many or too late."""
AT_REST = SETTLED | {State.HELD}
"""States in which a runner has nothing more to do with a delivery by itself."""
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


@dataclass
class Town:
    """Everything of one test. ``later``: how far the runners' clock is ahead of the system's, in seconds."""

    room: Near
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
    def found(cls, folder: Path, crew: Crew, engine: Engine, *, recipients: int = 1) -> Self:
        """Build it in a folder, with the ledger in an engine."""
        with ExitStack() as stack:
            hooked, chat_, post = Receiver(), Chat(), MailTwin()
            for twin in (hooked, chat_, post):
                stack.callback(twin.close)
            people = tuple(f"buyer-{number}@supplier.example" for number in range(1, recipients + 1))
            channels = (hook(hooked), chat(chat_), mail(post, recipients=json.dumps(people)))
            room = near(folder, *channels, more=f"{UNBRAKED}\n{engine.more}")
            secrets = {"HOOK_SECRET": SECRET, "CHAT_TOKEN": TOKEN, **engine.env}
            return cls(room, hooked, chat_, post, people, secrets, crew, _stack=stack.pop_all())

    def close(self) -> None:
        """Stop the services."""
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
        ids = self.room.put(numbers, "Turn number {n} gently.", summary="About number {n}.")
        self.room.approve(*ids, at=now() - timedelta(minutes=1))
        self.made += numbers

    def begin(self, runner: Colleague | None = None, *, kill: int = 0) -> Running:
        """Start a run in the clone of the runner, or of this one."""
        here = runner or self.room.runner
        env = {**here.env, **self.env}
        return self.crew.begin(self.room.org.folder, here.clone, env, later=self.later, kill=kill)

    def run(self, *, kill: int = 0) -> Ran:
        """One run, to its end."""
        return self.begin(kill=kill).end()

    def settle(self, runs: int = 8) -> tuple[Ran, ...]:
        """Run every hour as a schedule would, until no delivery waits for a runner any more; all runs."""
        done: list[Ran] = []
        while len(done) < runs and not self.at_rest():
            self.later += HOUR
            done.append(self.run())
        return tuple(done)

    def at_rest(self) -> bool:
        """Whether every delivery of every piece has ended, or is held for a person."""
        return self._all(AT_REST)

    def stays(self) -> bool:
        """Whether three more runs of the schedule change nothing, neither in the ledger nor at the services."""
        before = self.rows(), self.taken()
        for _ in range(3):
            self.later += HOUR
            self.run()
        return before == (self.rows(), self.taken())

    def states(self) -> Counter[tuple[str, str, State]]:
        """How many deliveries the ledger has by piece, channel and state."""
        return Counter((row.key.piece[-3:].lstrip("0"), row.key.channel, row.state) for row in self.rows())

    def rows(self) -> list[Delivery]:
        """Every delivery in the ledger."""
        ledger = self.room.ledger()
        return [row for row in (*ledger.open(), *ledger.settled()) if isinstance(row, Delivery)]

    def all_settled(self) -> bool:
        """Whether every delivery of every piece has ended, or is in doubt and listed."""
        return self._all(SETTLED | IN_DOUBT)

    def _all(self, states: Iterable[State]) -> bool:
        chosen = set(states)
        over = sum(count for (_, _, state), count in self.states().items() if state in chosen)
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
