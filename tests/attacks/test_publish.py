"""Hostile plug-ins, ledgers, services and repositories: others go on, nothing leaks, nothing goes twice."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import BY, SECRET, Mailroom, Trap, hook, mail, mailroom, settings
from tests.flows.organisation import START, piece

from expertpost.cli.annotations import workflow_command
from expertpost.errors import Exit, Failure
from expertpost.flows.report import Result
from expertpost.flows.room import place_of
from expertpost.model.delivery import State
from expertpost.publishers import registry
from expertpost.store.git import Git
from expertpost.store.writing import write_commit
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Fault

HOUR = timedelta(hours=1)
PLUGIN = """
from dataclasses import dataclass
from expertpost.model.channel import Guarantee
from expertpost.model.outcome import Receipt
from expertpost.model.post import Post
from expertpost.publishers.base import Address, Probe, Publisher

@dataclass(frozen=True)
class Settings:
    breaks: str

class Clumsy(Publisher):
    says = "breaks"
    settings_type = Settings
    guarantee = Guarantee.BLIND

    def _break(self, where):
        if self.settings.breaks == where:
            raise RuntimeError("clumsy in " + where)

    @classmethod
    def render(cls, shown, settings):
        if settings.breaks == "render":
            raise RuntimeError("clumsy in render")
        return Post((shown.front.title,))

    @property
    def account(self):
        self._break("account")
        return "me"

    def targets(self, read):
        self._break("targets")
        return (Address(),)

    def values(self, to, key, at, url):
        self._break("values")
        return {}

    def look(self, at):
        return Probe("me")

    def deliver(self, sending):
        self._break("deliver")
        return None if self.settings.breaks == "answer" else Receipt("1")
"""


@pytest.fixture
def postbox() -> Iterator[MailTwin]:
    """A mail server."""
    with closing(MailTwin()) as twin:
        yield twin


@pytest.fixture
def clumsy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed publisher that breaks where its settings say."""
    home = tmp_path / "site"
    (home / "clumsy-1.0.dist-info").mkdir(parents=True)
    (home / "clumsy_publisher.py").write_text(PLUGIN)
    (home / "clumsy-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: clumsy\nVersion: 1.0\n")
    entry = "[expertpost.publishers]\nclumsy = clumsy_publisher:Clumsy\n"
    (home / "clumsy-1.0.dist-info" / "entry_points.txt").write_text(entry)
    monkeypatch.syspath_prepend(str(home))
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()
    sys.modules.pop("clumsy_publisher", None)


@pytest.mark.usefixtures("clumsy")
@pytest.mark.parametrize(
    ("where", "result"),
    [
        ("account", None),
        ("targets", None),
        ("render", None),
        ("values", Result.FAILED),
        ("deliver", Result.UNKNOWN),
        ("answer", Result.UNKNOWN),
    ],
)
def test_a_broken_plugin_stops_itself_only(tmp_path: Path, receiver: Trap, where: str, result: Result | None) -> None:
    """Wherever a publisher breaks, others go on; what it may have sent is unknown and never sent again."""
    broken = f'[channels.clumsy]\npublisher = "clumsy"\nreaders = ["suppliers"]\nbreaks = "{where}"\n'
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1)
    if where == "render":
        room.approve()
    room.anna.write("expertpost.toml", settings(broken, hook(receiver)))
    room.anna.push("A clumsy channel")
    if where != "render":
        room.approve()
    done = room.publish()

    assert 1 == len(receiver.arrived())
    assert done.exit is not Exit.DONE
    lines = {line.channel: line.result for line in done.lines}
    assert result in (None, lines.get("clumsy"))
    room.publish(after=HOUR)
    states = [row.state for row in room.rows().values() if row.key.channel == "clumsy"]
    assert ([State.HELD] if result is Result.UNKNOWN else []) == [one for one in states if one is State.HELD]
    assert 1 == len(receiver.arrived())


def spoil(room: Mailroom, path: str, content: bytes) -> None:
    """Put a file into the shared ledger by hand."""
    remote = Git(room.org.remote)
    tip = remote.commit_of("refs/heads/expertpost-ledger")
    commit = write_commit(remote, {path: content}, "by hand", BY, START, base=tip)
    assert remote.move_refs({"refs/heads/expertpost-ledger": (commit, tip)})


def test_a_damaged_line_closes_its_key_only(tmp_path: Path, receiver: Trap) -> None:
    """A delivery whose line was tampered with is not sent again, exit 4 tells of it, and others go on."""
    room = mailroom(tmp_path, hook(receiver))
    first = room.merge(1)
    room.approve(first)
    room.publish()
    (row,) = room.rows().values()
    path = f"settled/{row.key.id[:2]}.jsonl"
    line = Git(room.org.remote).blob_at("refs/heads/expertpost-ledger", path) or b""
    spoil(room, path, line.replace(b'"state":"delivered"', b'"state":"never-sent"'))
    second = room.merge(2)
    room.approve(second)
    done = room.publish()

    assert (Exit.GUARD, {first: Result.DAMAGED, second: Result.SENT}) == (
        done.exit,
        {line.piece: line.result for line in done.lines},
    )
    assert 2 == len(receiver.arrived())


def test_a_damaged_account_closes_its_channel_only(tmp_path: Path, receiver: Trap, postbox: MailTwin) -> None:
    """An account's file that cannot be read stops that account with exit 4; others go on."""
    room = mailroom(tmp_path, hook(receiver), mail(postbox))
    room.merge(1)
    room.approve()
    room.publish("hook")
    (row,) = room.rows().values()
    spoil(room, f"accounts/{row.key.account}.json", b"{}")
    room.approve(room.merge(2))
    done = room.publish()

    assert (Exit.GUARD, ["hook"], 1, 2) == (
        done.exit,
        [one.channel for one in done.troubles],
        len(receiver.arrived()),
        len(postbox.arrived()),
    )


def test_nothing_private_is_in_the_ledger(tmp_path: Path, receiver: Trap, postbox: MailTwin) -> None:
    """No text, title, recipient or secret ever reaches the ledger, whatever a service repeats in its answers."""
    room = mailroom(tmp_path, hook(receiver), mail(postbox))
    room.merge(1, body="Our profit was forty percent.")
    room.approve()
    receiver.fail(Fault.DENIED)
    postbox.replies["DATA"] = "554 bea@supplier.example does not want: Our profit was\\nforty percent (SPAM)"
    room.publish()
    remote = Git(room.org.remote)
    history = remote.text("log", "-p", "refs/heads/expertpost-ledger")

    assert [] == [w for w in ("profit", "forty", "Piece 1", "bea", "supplier.example", SECRET[6:]) if w in history]
    notes = room.runner.clone / ".git" / "expertpost" / "journal"
    assert [] == list(notes.glob("*"))


def test_a_service_cannot_speak_to_the_terminal(tmp_path: Path, postbox: MailTwin) -> None:
    """What a service says is cut and cleaned before it is written down or shown."""
    room = mailroom(tmp_path, mail(postbox))
    room.merge(1)
    room.approve()
    postbox.replies["RCPT"] = "550 \x1b]52;c;ZXZpbA==\x07 " + "long " * 80
    done = room.publish()
    said = "".join(done.lines[0].says)

    assert (True, True) == (said.isprintable(), len(said) <= 300)


@pytest.mark.parametrize("says", ["one\n::error::two", "a\r::set-output name=x::y", "%0A::stop-commands::x"])
def test_an_annotation_stays_one_command(says: str) -> None:
    """A title or an answer can neither end a workflow command nor begin another."""
    made = workflow_command("error", says, says)

    assert 1 == len(made.splitlines())
    assert made.startswith("::error title=")
    assert "::" not in made.removeprefix("::error title=").partition("::")[0]


def test_a_link_is_no_piece(tmp_path: Path, receiver: Trap) -> None:
    """A symbolic link on main that leads out of the repository is not read, let alone sent."""
    room = mailroom(tmp_path, hook(receiver))
    outside = tmp_path / "secret.md"
    outside.write_text(piece(body="Not yours."))
    (room.anna.clone / "drafts" / "evil.md").symlink_to(outside)
    room.anna.push("A link")
    room.approve(room.merge(1))
    room.publish()

    assert ["Turn it gently."] == [one.text.strip() for one in receiver.arrived()]


def test_a_changed_working_copy_cannot_choose_the_branch(tmp_path: Path, receiver: Trap) -> None:
    """Settings in the runner's folder that name another main branch stop everything with exit 4."""
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1)
    room.approve()
    room.runner.run("push", "--quiet", "origin", "HEAD:refs/heads/trunk")
    file = room.runner.clone / "expertpost.toml"
    file.write_text(file.read_text().replace("[workspace]\n", '[workspace]\nmain = "trunk"\n'))
    with pytest.raises(Failure) as refused:
        room.publish()

    assert ("XP-MAIN", Exit.GUARD, ()) == (refused.value.code, refused.value.exit_code, receiver.arrived())


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example/acme/hub.git",
        "https://user:token@git.example/acme/hub",
        "git@git.example:acme/hub.git",
        "ssh://git@git.example:22/acme/hub.git/",
    ],
)
def test_a_repository_is_known_however_it_is_reached(address: str) -> None:
    """The pinned repository is the same by https and ssh, and no password of an address is ever told."""
    assert "git.example/acme/hub" == place_of(address)


def test_a_fork_is_another_repository() -> None:
    """Another owner, host or folder is another place."""
    assert "git.example/acme/hub" not in {place_of(one) for one in ("git@git.example:mallory/hub", "/srv/acme/hub.git")}
    assert "/srv/acme/hub" == place_of("/srv/acme/hub.git/")
