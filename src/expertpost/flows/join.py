"""``join``: a clone of a workspace, a look at what one may do there, and one's own entry proposed for review."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.entries import must_push, send
from expertpost.flows.entry_text import new_entry
from expertpost.flows.init import handle_for
from expertpost.flows.possession import proof_by
from expertpost.flows.proposals import proposals
from expertpost.model.people import HANDLE
from expertpost.store import config as settings
from expertpost.store.disk import remove_tree
from expertpost.store.git import Git
from expertpost.store.hardened import complaint
from expertpost.store.own_keys import found
from expertpost.store.people import PEOPLE

CLONE_TIMEOUT = 3600
"""Seconds that fetching a whole workspace may take."""
_HELPER = re.compile(r"[A-Za-z0-9.+-]+::")
_SCHEME = re.compile(r"(?:https?|ssh|git|git\+ssh|file)://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Where the workspace lies now, and how the person stands in it.

    ``listed``: they have an entry on main. ``branch``: the review that proposes it, "" where there is none to propose;
    ``before``: it was proposed earlier. ``alone``: nobody is listed who could approve it. ``key``: the entry lists one.
    """

    root: Path
    name: str
    handle: str
    cloned: bool
    listed: bool
    branch: str = ""
    before: bool = False
    alone: bool = False
    key: bool = False


def join(world: World, address: str = "", folder: str = "", handle: str = "", *, dry_run: bool = False) -> Joined:
    """Clone a workspace (without ``address``: take the one around here) and propose one's own entry.

    Raises Failure: an address that git must not be given, no workspace behind it, no identity, no right to push.
    """
    if handle and not HANDLE.fullmatch(handle):
        cure = "use small letters, digits and hyphens: --handle anna-berg"
        raise Failure("XP-JOIN-HANDLE", f"{handle[:70]!r} is no handle", cure, exit_code=Exit.USAGE)
    # Before anything is fetched: without an identity nothing could be proposed.
    Git(world.here, world.env).identity()
    if not address:
        return _propose(open_desk(world), handle, dry_run=dry_run)
    root = _clone(world, address, folder, dry_run=dry_run)
    if dry_run:
        return Joined(root=root, name="", handle=handle, cloned=False, listed=False)
    joined = _propose(open_desk(replace(world, here=root)), handle, dry_run=False)
    return replace(joined, cloned=True)


def _clone(world: World, address: str, folder: str, *, dry_run: bool) -> Path:
    """Clone into a folder that does not exist yet. Raises Failure; then nothing is left there."""
    source = _address(world, address)
    root = (world.here / (folder or _name_in(address))).resolve()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Failure("XP-JOIN-FOLDER", "there is something already", "name another folder", where=str(root))
    git = Git(world.here, world.env)
    if dry_run:
        code, _, says = git.answer("ls-remote", "--quiet", "--end-of-options", source, "HEAD")
        if code:
            raise _no_clone(source, says)
        return root
    empty = root.is_dir()
    options = ("--quiet", "--no-recurse-submodules", "--template=", "--origin=origin")
    code, _, says = git.answer("clone", *options, "--end-of-options", source, str(root), timeout=CLONE_TIMEOUT)
    if code:
        raise _no_clone(source, says)
    if not (root / settings.NAME).is_file():
        for made in root.iterdir() if empty else (root,):
            remove_tree(made) if made.is_dir() else made.unlink()
        cure = "check the address; a new workspace is made with: expertpost init"
        raise Failure("XP-WORKSPACE-NONE", "there is no expertpost workspace", cure, where=source, exit_code=Exit.USAGE)
    return root


def _address(world: World, text: str) -> str:
    """The address for git, whose every form that could run a program or pass for an option is refused."""
    cure = "give the address that the host shows for cloning (https://… or git@…), or a folder"
    if text.startswith("-") or _HELPER.match(text) or not text.isprintable():
        raise Failure("XP-JOIN-ADDRESS", f"{text[:100]!r} is no address", cure, exit_code=Exit.USAGE)
    if _SCHEME.match(text):
        host = text.partition("://")[2].rpartition("@")[2]
        # ssh would take a host name like -oProxyCommand=… for an option (CVE-2017-1000117).
        if host.startswith("-"):
            raise Failure("XP-JOIN-ADDRESS", f"{text[:100]!r} is no address", cure, exit_code=Exit.USAGE)
        return text
    path = world.here / text
    if path.exists():
        return str(path.resolve())
    if "://" in text or not re.fullmatch(r"(?:[^-@\s/:][^@\s/:]*@)?[^-@\s/:][^@\s/:]*:\S+", text):
        raise Failure(
            "XP-JOIN-ADDRESS", f"{text[:100]!r} is no address, and no folder either", cure, exit_code=Exit.USAGE
        )
    return text


def _name_in(address: str) -> str:
    name = re.split(r"[/:\\]", address.rstrip("/\\"))[-1].removesuffix(".git")
    return name if re.fullmatch(r"[\w][\w. -]*", name) else "workspace"


def _no_clone(address: str, says: str) -> Failure:
    cure = "check the address, the network, and that you may read it"
    return Failure("XP-JOIN-CLONE", f"cannot be fetched: {complaint(says)}", cure, where=address)


def _propose(desk: Desk, handle: str, *, dry_run: bool) -> Joined:
    joined = Joined(
        root=desk.workspace.root,
        name=desk.config.name,
        handle=desk.person.handle if desk.person else "",
        cloned=False,
        listed=desk.person is not None,
        alone=not desk.people.listed,
    )
    if desk.person:
        return joined
    if earlier := _earlier(desk):
        return replace(joined, handle=earlier[0], branch=earlier[1], before=True)
    handle = _free(desk, handle)
    # No roles: only others can give those.
    key = proof_by(found(desk.git.config("user.signingkey"), desk.world.env), desk.config.id, handle, desk.world.env)
    branch = f"{desk.config.branches.review}join-{handle}"
    if not dry_run:
        must_push(desk, "join")
        entry = new_entry(desk.identity.name, {"emails": (desk.identity.email,)}, key)
        send(desk, branch, handle, entry, f"Join: {desk.identity.name}", (handle,))
    return replace(joined, handle=handle, branch=branch, key=bool(key))


def _earlier(desk: Desk) -> tuple[str, str] | None:
    """Handle and branch of an entry with this person's mail address that is under review already."""
    email = desk.identity.email.casefold()
    for proposal in proposals(desk):
        for entry in proposal.entries:
            if entry.person and email in (each.casefold() for each in entry.person.emails):
                return entry.handle, proposal.branch
    return None


def _free(desk: Desk, wanted: str) -> str:
    """A handle that nobody has: the wanted one, or one made from the person's name."""
    taken = {person.handle for person in desk.people.listed}
    taken |= {Path(entry.path).stem for entry in desk.main.files.below(PEOPLE)}
    taken |= {branch.removeprefix(f"{desk.config.branches.review}join-") for branch in desk.tips}
    if wanted in taken:
        what = f"the handle {wanted} is taken"
        raise Failure("XP-JOIN-HANDLE", what, "choose another one: --handle", exit_code=Exit.USAGE)
    first = wanted or handle_for(desk.identity)
    return next(each for each in (first, *(f"{first}-{n}" for n in range(2, len(taken) + 3))) if each not in taken)
