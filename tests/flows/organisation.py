"""A small organisation for tests: a bare repository that all share, and people with clones, keys and an identity."""

import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from expertpost.flows.context import World
from expertpost.model.people import People
from expertpost.model.witness import Seen
from expertpost.store.git import Git, make_bare
from expertpost.store.hub import Hub
from expertpost.store.witness import seen_on
from expertpost.store.workspace import find

WORKSPACE_ID = "01JD0000000000000000000WRK"
TORQUE = "01JD0000000000000000TRQ001"
SEALS = "01JD0000000000000000SEA002"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

SETTINGS = f"""\
[workspace]
name = "Acme Seals"
id = "{WORKSPACE_ID}"

[sites.inside]
readers = ["colleagues"]
"""

UNSIGNED = "\n[review]\nsigned = false\n"
"""Where nobody has a key, approvals count by name; unset, they would be signed from the second person on."""


def piece(id_: str = TORQUE, title: str = "Torque without tears", body: str = "", **more: str) -> str:
    """The text of a piece by anna; ``more``: further front matter, each value as YAML."""
    front = {"id": id_, "title": title, "authors": "[anna]", **more}
    lines = "".join(f"{key}: {value}\n" for key, value in front.items())
    return f"---\n{lines}---\n\n{body or 'Turn it gently.'}\n"


@dataclass
class Clock:
    """A clock that steps a second each time it is read."""

    at: datetime = START

    def __call__(self) -> datetime:
        """The time, one second later than before."""
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Colleague:
    """One person: their home with git identity and key, and their clone."""

    handle: str
    home: Path
    clone: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def env(self) -> dict[str, str]:
        """The environment in which only this person's settings exist."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "TMPDIR")}
        return {**kept, "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}

    @property
    def world(self) -> World:
        """The world as this person's commands find it."""
        return World(here=self.clone, now=self.clock, env=self.env)

    @property
    def git(self) -> Git:
        """Their clone."""
        return Git(self.clone, self.env)

    @property
    def hub(self) -> Hub:
        """The shared branches as their clone saw them."""
        return find(self.clone, self.env).hub

    @property
    def seen(self) -> Seen:
        """What the ledger says of when events were first seen, as their clone saw it."""
        return seen_on(self.hub, self.clock.at)

    @property
    def listed(self) -> People:
        """Everyone on the shared main."""
        workspace = find(self.clone, self.env)
        workspace.hub.fetch()
        merged = workspace.merged()
        assert merged is not None
        return merged.people

    def run(self, *args: str) -> str:
        """What plain git answers this person; an error is an error of the test."""
        done = subprocess.run(
            ["git", *args], cwd=self.clone, env=self.env, capture_output=True, text=True, check=False, timeout=60
        )
        assert (args, 0, "") == (args, done.returncode, "" if done.returncode == 0 else done.stderr)
        return done.stdout

    def write(self, path: str, text: str) -> Path:
        """Put a file into the work tree."""
        file = self.clone / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        return file

    def push(self, message: str = "By hand", branch: str = "main") -> str:
        """Commit everything and push it by plain git; the commit."""
        self.run("add", "--all")
        self.run("commit", "--quiet", "--message", message)
        self.run("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return self.run("rev-parse", "HEAD").strip()

    def state(self) -> tuple[bytes, str, str, dict[str, bytes]]:
        """Index, HEAD, status and files of the clone: what no verb may touch."""
        index = self.clone / ".git" / "index"
        files = {
            str(path.relative_to(self.clone)): path.read_bytes()
            for path in sorted(self.clone.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }
        head = (self.clone / ".git" / "HEAD").read_text()
        status = subprocess.run(
            ["git", "--no-optional-locks", "status", "--porcelain=v2"],
            cwd=self.clone, env=self.env, capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        return (index.read_bytes() if index.exists() else b"", head, status, files)


@dataclass
class Organisation:
    """The folder, the shared repository, and everyone by handle."""

    folder: Path
    people: dict[str, Colleague] = field(default_factory=dict)

    @property
    def remote(self) -> Path:
        """The bare repository that all share."""
        return self.folder / "shared.git"

    def colleague(self, handle: str, *, key: bool = True) -> Colleague:
        """A person with a home; with a key unless told otherwise. No clone yet, no entry."""
        home = self.folder / "homes" / handle
        (home / ".ssh").mkdir(parents=True)
        (home / ".gitconfig").write_text(
            f"[user]\n\tname = {handle.title()}\n\temail = {handle}@acme.example\n[init]\n\tdefaultBranch = main\n"
            "[commit]\n\tgpgSign = false\n"
            # No test takes the power away, so nothing waits for the disk.
            "[core]\n\tfsyncMethod = writeout-only\n"
        )
        if key:
            args = [
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-C",
                handle,
                "-f",
                str(home / ".ssh" / "id_ed25519"),
            ]
            subprocess.run(args, check=True, timeout=60)
        person = Colleague(handle, home, self.folder / "clones" / handle)
        self.people[handle] = person
        return person

    def clone(self, person: Colleague) -> Colleague:
        """Give a person a clone of what is shared."""
        person.clone.parent.mkdir(exist_ok=True)
        args = ["git", "clone", "--quiet", str(self.remote), str(person.clone)]
        subprocess.run(args, env=person.env, check=True, timeout=60, capture_output=True)
        return person


def entry(person: Colleague, **more: str) -> str:
    """The text of ``people/<handle>.md``, with the person's key where they have one."""
    public = person.home / ".ssh" / "id_ed25519.pub"
    keys = {"keys": f'["{" ".join(public.read_text().split()[:2])}"]'} if public.exists() else {}
    front = {"name": person.handle.title(), "emails": f"[{person.handle}@acme.example]", **keys, **more}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in front.items()) + "---\n"


def organisation(folder: Path, *listed: str, settings: str = SETTINGS, keys: bool = True) -> Organisation:
    """A workspace on a bare remote with these people listed (anna and bob by default), each with a clone.

    Without ``keys`` the settings let unsigned approvals count, unless they say something of reviews themselves.
    """
    made = Organisation(folder)
    make_bare(made.remote)
    everyone = [made.colleague(handle, key=keys) for handle in listed or ("anna", "bob")]
    first = everyone[0]
    first.clone.mkdir(parents=True)
    first.run("init", "--quiet", "--initial-branch=main")
    first.run("remote", "add", "origin", str(made.remote))
    first.write("expertpost.toml", settings if keys or "[review]" in settings else settings + UNSIGNED)
    for person in everyone:
        first.write(f"people/{person.handle}.md", entry(person))
    first.write("drafts/.keep", "")
    first.push("A workspace")
    first.run("branch", "--set-upstream-to=origin/main")
    for person in everyone[1:]:
        made.clone(person)
    return made
