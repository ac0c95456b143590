"""What tests of publishing share: approved pieces on main, services that remember what they took, and runners."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.flows.organisation import START, UNSIGNED, WORKSPACE_ID, Clock, Colleague, Organisation, organisation, piece

from expertpost.flows.context import World
from expertpost.flows.posts import offers
from expertpost.flows.publish import publish
from expertpost.flows.report import Published
from expertpost.model.delivery import Delivery
from expertpost.model.event import Event, EventKind
from expertpost.model.piece import Piece
from expertpost.store.events import Written, append
from expertpost.store.files import CommitFiles
from expertpost.store.git import Git, make_bare
from expertpost.store.hub import Hub, Landed
from expertpost.store.ledger import Terms
from expertpost.store.ledger_git import TERMS, GitLedger
from expertpost.store.ledger_json import terms_bytes
from expertpost.store.tree import Identity
from expertpost.store.workspace import State, find
from expertpost.store.writing import write_commit
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Answer, Arrived, HttpTwin, Request

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BY = Identity("Anna", "anna@acme.example")
SHORT = Terms(WORKSPACE_ID, "1ed9e5", "5a" * 32, timedelta(seconds=4), timedelta(seconds=1), timedelta(seconds=1))
"""A ledger whose claims are over after seconds, not minutes."""


def read_hook(request: Request) -> Arrived:
    """A webhook as its receiver reads it."""
    told = json.loads(request.body)["data"]
    return Arrived(request.headers["webhook-id"], request.headers, told["text"], told["html"])


def hook(twin: HttpTwin, name: str = "hook", readers: str = "suppliers") -> str:
    """A webhook channel that leads to a twin."""
    return (
        f'[channels.{name}]\npublisher = "webhook"\nreaders = ["{readers}"]\n'
        f'url = "{twin.url}/{name}"\nsecret = {{ env = "HOOK_SECRET" }}\n'
    )


def mail(twin: MailTwin, name: str = "mail", recipients: str = '["bea@supplier.example"]') -> str:
    """A mail channel that leads to a twin."""
    return (
        f'[channels.{name}]\npublisher = "email"\nreaders = ["suppliers"]\nhost = "{twin.host}"\n'
        f'port = {twin.port}\nsender = "experts@acme.example"\nrecipients = {recipients}\n'
    )


def settings(*channels: str, more: str = "") -> str:
    """A workspace in which one approval by another person is enough."""
    return (
        f'[workspace]\nname = "Acme Seals"\nid = "{WORKSPACE_ID}"\n\n{more}\n\n'
        + "\n".join(channels)
        + ("" if "[review]" in more else UNSIGNED)
    )


@dataclass
class Mailroom:
    """An organisation that publishes: anna writes and merges, bob approves, the runner sends."""

    org: Organisation
    runner: Colleague
    clock: Clock = field(default_factory=lambda: Clock(START + timedelta(hours=1)))

    @property
    def anna(self) -> Colleague:
        """Who writes."""
        return self.org.people["anna"]

    @property
    def world(self) -> World:
        """The runner's world."""
        env = {**self.runner.env, "HOOK_SECRET": SECRET}
        return World(here=self.runner.clone, now=self.clock, monotonic=lambda: 0.0, env=env)

    def merge(self, number: int = 1, body: str = "Turn it gently.", **front: str) -> str:
        """Put a piece on main, or another text of it; its id."""
        id_ = f"01JD0000000000000000PCE{number:03}"
        more = {"audience": "[suppliers, colleagues]", **front}
        self.anna.write(f"drafts/piece-{number}.md", piece(id_, f"Piece {number}", body, **more))
        self.anna.push(f"Piece {number}")
        return id_

    def approve(self, *ids: str, at: datetime = START, channels: Iterable[str] | None = None) -> None:
        """Submit as anna and approve as bob whatever main has now (or these pieces), for these channels or all."""
        hub = self.fetched()
        state = State(CommitFiles(hub.git, hub.tip("main") or ""))
        written = []
        for one in state.pieces():
            if ids and one.id not in ids:
                continue
            told = _approval(state, one, at, channels)
            written += [Written(event) for event in told]
        assert Landed() == append(hub, written, BY, at)

    def fetched(self) -> Hub:
        """The shared branches as anna's clone sees them now."""
        hub = find(self.anna.clone, self.anna.env).hub
        hub.fetch()
        return hub

    def publish(
        self,
        *channels: str,
        after: timedelta = timedelta(0),
        dry_run: bool = False,
        limit: int | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Published:
        """One run of the runner, in this Python; ``after``: time that goes by before."""
        self.clock.at += after
        return publish(self.world, channels=channels, dry_run=dry_run, limit=limit, stop=stop)

    def start(self, *args: str, runner: Colleague | None = None, env: Mapping[str, str] | None = None) -> "Started":
        """One run of the runner as a process of its own, by the system's clock."""
        here = runner or self.runner
        argv = [sys.executable, "-m", "expertpost", "publish", "--json", *args]
        outer = {**here.env, "HOOK_SECRET": SECRET, **(env or {})}
        return Started(
            subprocess.Popen(argv, cwd=here.clone, env=outer, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )

    def another(self, handle: str) -> Colleague:
        """One more runner with a clone of its own."""
        return self.org.clone(self.org.colleague(handle, key=False))

    def ledger(self) -> GitLedger:
        """The shared ledger as it is now."""
        return GitLedger(self.fetched(), WORKSPACE_ID, self.clock, os.urandom)

    def rows(self) -> dict[tuple[str, str], Delivery]:
        """Every delivery in the ledger by slug-like name: (last digits of the piece, channel, target)."""
        ledger = self.ledger()
        found = (row for row in (*ledger.open(), *ledger.settled()) if isinstance(row, Delivery))
        return {(row.key.piece[-3:].lstrip("0"), row.key.channel + row.key.target[:4]): row for row in found}

    def pushes(self) -> int:
        """How many pushes the ledger took."""
        hub = self.fetched()
        tip = hub.tip("expertpost-ledger")
        return int(hub.git.text("rev-list", "--count", tip)) if tip else 0

    def short_leases(self) -> None:
        """Begin the ledger with claims that are over after seconds."""
        hub = self.fetched()
        commit = write_commit(hub.git, {TERMS: terms_bytes(SHORT)}, "begin", BY, START, base=None)
        assert Landed() == hub.offer({"expertpost-ledger": (commit, None)})


def _approval(state: State, piece: Piece, at: datetime, channels: Iterable[str] | None) -> tuple[Event, Event]:
    named = set(state.config.channels) if channels is None else set(channels)
    made = offers(state.config, state.people, piece)
    posts = {one.channel.name: one.post.digest for one in made if one.post and one.channel.name in named}
    submit = Event(
        kind=EventKind.SUBMIT, workspace=WORKSPACE_ID, piece=piece.id, digest=piece.digest, by="anna", at=at,
        slug=piece.front.slug, contributors=("anna",),
    )  # fmt: skip
    approve = replace(
        submit, kind=EventKind.APPROVE, by="bob", contributors=("anna",), prev=(submit.id,), posts=posts,
        audience=piece.front.audience, not_before=piece.front.publish_at,
    )  # fmt: skip
    return submit, approve


@dataclass
class Started:
    """A run as a process."""

    process: "subprocess.Popen[str]"

    def ended(self) -> tuple[int, dict[str, Any]]:
        """Its exit code and its JSON answer, empty where it was killed before it had one."""
        out, err = self.process.communicate(timeout=60)
        assert "Traceback" not in err
        return self.process.returncode, json.loads(out) if out.strip() else {}

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)


class Trap(HttpTwin):
    """A webhook receiver that does something before or after it takes what arrives, once."""

    def __init__(self, *, keyed: bool = True) -> None:
        super().__init__(read_hook, keyed=keyed)
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None

    def take(self, request: Request) -> Answer:
        """See HttpTwin."""
        before, self.before = self.before, None
        if before:
            before()
            return Answer(500)
        answer = super().take(request)
        after, self.after = self.after, None
        if after:
            after()
        return answer

    def ids(self) -> list[str]:
        """The delivery key of everything taken."""
        return [one.id for one in self.arrived()]


def mailroom(folder: Path, *channels: str, more: str = "") -> Mailroom:
    """A shared repository with these channels, and a runner."""
    org = organisation(folder, "anna", "bob", settings=settings(*channels, more=more), keys=False)
    return Mailroom(org, org.clone(org.colleague("runner", key=False)))


def now() -> datetime:
    """The system's time: what runs as a process of its own reads no other clock."""
    return datetime.now(UTC)


__all__ = ["Git", "Mailroom", "Started", "Trap", "hook", "mail", "mailroom", "make_bare", "now", "settings"]
