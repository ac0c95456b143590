"""Whether everything around the workspace is well: one line for each thing that can be wrong, with its cure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from expertpost.errors import Failure, Finding, Problems
from expertpost.flows.channels import ChannelView, views
from expertpost.flows.channels_lock import hints, stale
from expertpost.flows.channels_probe import probed
from expertpost.flows.context import World
from expertpost.flows.host_settings import reach, tried
from expertpost.store import keys
from expertpost.store.git import Git
from expertpost.store.ledger_git import GitLedger
from expertpost.store.own_keys import gpg_key, keys_for
from expertpost.store.workspace import Workspace, find

OLDEST_GIT = (2, 38)
"""The first git with ``merge-tree --write-tree``, which merges without a work tree."""
CLOCK = timedelta(minutes=5)
"""By how much the shared repository may be ahead of our clock."""


class Health(StrEnum):
    """How a thing is: well, worth knowing, or in the way."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: how it is, in a sentence, and the cure where there is something to cure."""

    name: str
    health: Health
    says: str
    cure: str = ""


def doctor(world: World, *, probe: bool = False) -> tuple[Line, ...]:
    """Look at everything; nothing is changed and nothing is posted. ``probe`` asks each channel's service too.

    Raises Failure XP-GIT-MISSING or XP-WORKSPACE-NONE, without which there is nothing to look at.
    """
    workspace = find(world.here, world.env)
    looks: tuple[tuple[str, Callable[[], Iterator[Line]]], ...] = (
        ("git", lambda: _git(workspace.git)),
        ("identity", lambda: _identity(workspace, world)),
        ("settings", lambda: _settings(workspace)),
        ("shared repository", lambda: _remote(workspace)),
        ("main", lambda: _main(workspace)),
        ("host", lambda: _host(workspace, world)),
        ("clock", lambda: _clock(workspace, world)),
        ("ledger", lambda: _ledger(workspace, world)),
        ("channels", lambda: _channels(workspace, world, probe)),
    )
    told: set[Finding] = set()
    return tuple(line for name, look in looks for line in _looked(name, look, told))


def _looked(name: str, look: Callable[[], Iterator[Line]], told: set[Finding]) -> Iterator[Line]:
    """The lines of one look; a failure is a line too, so that the other looks still happen.

    ``told``: what was found so far; what stops several looks, such as broken settings, is one line.
    """
    try:
        yield from look()
    except Problems as found:
        for finding in found.findings:
            if finding not in told:
                yield Line(name, Health.BAD, f"{finding.path}:{finding.line}: {finding.what}", finding.cure)
        told.update(found.findings)
    except Failure as failed:
        yield Line(name, Health.BAD, f"{failed.code} {failed.what}", failed.cure)


def _git(git: Git) -> Iterator[Line]:
    said = git.text("version")
    found = re.search(r"(\d+)\.(\d+)", said)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    oldest = ".".join(map(str, OLDEST_GIT))
    if version < OLDEST_GIT:
        yield Line("git", Health.BAD, f"{said} is too old", f"install git {oldest} or newer: https://git-scm.com")
    else:
        yield Line("git", Health.OK, said)


def _identity(workspace: Workspace, world: World) -> Iterator[Line]:
    me = workspace.git.identity()
    person = workspace.here.people.by_email(me.email)
    if person is None:
        cure = "expertpost join proposes your entry; without one you may write, check and submit"
        yield Line("identity", Health.NOTE, f"{me.name} <{me.email}> is not listed in people/", cure)
        return
    yield Line("identity", Health.OK, f"{me.name} <{me.email}> is {person.handle}")
    if keys.executable() is None:
        yield Line("signing", Health.BAD, "ssh-keygen is not installed", "install OpenSSH")
    elif not person.keys:
        cure = "list one: expertpost person rotate (an SSH key is made with ssh-keygen -t ed25519)"
        yield Line("signing", Health.NOTE, "you have no key listed: your approvals are not signed", cure)
    elif not keys_for(person, workspace.git.config("user.signingkey"), world.env):
        cure = "git config user.signingkey ~/.ssh/id_ed25519, or list the key you have: expertpost person rotate"
        yield Line("signing", Health.BAD, "none of your listed keys is here: your approvals will not count", cure)
    else:
        yield Line("signing", Health.OK, "your listed key is here")
    if gpg := gpg_key(workspace.git.config("user.signingkey"), workspace.git.config("gpg.format")):
        says = (
            f"git signs commits with the GPG key {gpg[:60]}; events are signed with an SSH key, which may lie beside it"
        )
        yield Line(
            "signing", Health.NOTE, says, "nothing has to change in git; list an SSH key: expertpost person rotate"
        )


def _settings(workspace: Workspace) -> Iterator[Line]:
    config, people = workspace.here.config, workspace.here.people
    counts = {"sites": config.sites, "channels": config.channels, "people": people.listed}
    places = ", ".join(f"{name}: {len(found)}" for name, found in counts.items())
    yield Line("settings", Health.OK, f"{config.name} ({places})")
    if config.review.alone and len(people.listed) > 1:
        cure = "remove alone = true from [review]; it does not count any more"
        yield Line("settings", Health.NOTE, "alone = true, but several people are listed", cure)


def _remote(workspace: Workspace) -> Iterator[Line]:
    if workspace.remote is None:
        cure = "git remote add origin ADDRESS, when others join"
        yield Line("shared repository", Health.NOTE, "there is none: everything stays in this folder", cure)
        return
    workspace.hub.fetch()
    yield Line("shared repository", Health.OK, "it answers")
    denied = workspace.hub.may_push()
    if denied:
        cure = "ask whoever keeps the repository for the right to push"
        yield Line("shared repository", Health.BAD, f"you may not push: {denied}", cure)
    else:
        yield Line("shared repository", Health.OK, "you may push")


def _main(workspace: Workspace) -> Iterator[Line]:
    name = workspace.hub.branches.main
    if workspace.hub.tip(name) is None:
        cure = f"commit the workspace, then: git push {workspace.remote or 'origin'} {name}"
        yield Line("main", Health.BAD, f"nothing is merged yet: {name} does not exist", cure)
        return
    if workspace.remote is None:
        yield Line("main", Health.OK, f"{name} is there")
        return
    says = f"{name} is there; whether it is protected only the host can tell"
    cure = "protect it there: who can write it can change people and policy (handbook: setting up)"
    yield Line("main", Health.NOTE, says, cure)


def _host(workspace: Workspace, world: World) -> Iterator[Line]:
    """What the host tells of its own settings, where there is a token for it."""
    host, says = reach(workspace, world)
    if host is None:
        yield Line("host", Health.OK, says)
        return
    for what, cure in tried(host, workspace.here.config.branches):
        yield Line("host", Health.NOTE if cure else Health.OK, what, cure)


def _clock(workspace: Workspace, world: World) -> Iterator[Line]:
    times = workspace.git.times_of(workspace.hub.tips().values())
    ahead = max((at.timestamp() for at in times), default=0) - world.now().timestamp()
    if ahead > CLOCK.total_seconds():
        says = f"the shared repository is {ahead / 60:.0f} minutes ahead of this clock"
        yield Line("clock", Health.BAD, says, "set the clock (NTP); times decide what is due")
    else:
        yield Line("clock", Health.OK, world.now().isoformat(timespec="seconds"))


def _ledger(workspace: Workspace, world: World) -> Iterator[Line]:
    config = workspace.here.config
    ledger = GitLedger(workspace.hub, config.id, world.now, world.entropy, config.ledger.id)
    if not ledger.exists:
        yield Line("ledger", Health.OK, "nothing was ever sent; it begins with the first publish")
        return
    waiting = ledger.open()
    for damaged in ledger.damages():
        yield Line("ledger", Health.BAD, f"{damaged.where}: {damaged.what}", "look at that branch's history")
    yield Line("ledger", Health.OK, f"{ledger.terms.id[:8]}: {len(waiting)} open – expertpost outbox list")


def _channels(workspace: Workspace, world: World, probe: bool) -> Iterator[Line]:
    for ends in hints(workspace.here.config.channels, world.now()):
        yield Line(f"channel {ends.channel}", Health.NOTE, ends.what, ends.cure)
    for view in views(workspace.here, workspace.root, world.env):
        name = f"channel {view.channel.name}"
        for finding in view.findings:
            yield Line(name, Health.BAD, f"{finding.path}:{finding.line}: {finding.what}", finding.cure)
        if says := stale(view.channel, world.now()):
            yield Line(
                name, Health.NOTE, says, f"expertpost channels lock {view.channel.name}, and commit channels.lock"
            )
        if view.missing:
            cure = "needed only where publish runs: set the variable, or its _FILE"
            yield Line(name, Health.NOTE, f"no value here for {', '.join(view.missing)}", cure)
        elif view.findings or view.guarantee is None:
            continue
        elif probe:
            yield _probed(name, view, workspace, world)
        else:
            yield Line(name, Health.OK, f"{view.channel.publisher}, {view.guarantee.value}")


def _probed(name: str, view: ChannelView, workspace: Workspace, world: World) -> Line:
    found = probed(view.channel, workspace.root, world)
    health = Health.BAD if not found.well else Health.NOTE if found.cure else Health.OK
    return Line(name, health, found.says, found.cure)
