"""``person add``, ``rotate``, ``leave`` and ``revoke``: an entry of ``people/`` changed on a branch, for review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.flows import entry_text
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.entries import must_push, send
from expertpost.flows.person import person_of, state_of
from expertpost.flows.possession import proof_by
from expertpost.model.moment import BadMoment, instant
from expertpost.model.people import ADMIN, HANDLE, Person, SigningKey
from expertpost.model.sshkey import fingerprint
from expertpost.store.keys import Key, public_of
from expertpost.store.own_keys import found
from expertpost.store.people import PEOPLE

OVERLAP = timedelta(days=14)
"""For how long an old key goes on beside the one that follows it, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What was, or in a dry run would be, proposed. ``did``: in words; ``alone``: nobody else has to approve it.

    ``stuck``: nobody is left who may approve it.
    """

    handle: str
    path: str
    branch: str
    text: str
    did: tuple[str, ...]
    alone: bool
    stuck: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``person add`` is asked for. ``key``: the file of a key that can sign here, "" for none."""

    name: str = ""
    emails: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    key: str = ""


def add(world: World, handle: str, wanted: Wanted, *, dry_run: bool = False) -> Proposed:
    """Propose a new entry, or more mail addresses, roles, topics and a key for one. Raises Failure XP-PERSON-…."""
    desk = open_desk(world)
    if not HANDLE.fullmatch(handle):
        cure = "use small letters, digits and hyphens: anna-berg"
        raise Failure("XP-PERSON-HANDLE", f"{handle[:70]!r} is no handle", cure, exit_code=Exit.USAGE)
    more = {"emails": wanted.emails, "roles": wanted.roles, "topics": wanted.topics}
    key = _new_key(desk, handle, wanted.key) if wanted.key else None
    did = [f"{name}: {', '.join(items)}" for name, items in more.items() if items]
    did += [f"key: {fingerprint(key.key)}"] if key else []
    text = _text(desk, handle)
    if text is None:
        if not wanted.name or not wanted.emails:
            cure = 'give both: --name "Anna Berg" --email anna@example.org'
            raise Failure("XP-PERSON-NEW", f"{handle} is new: a name and a mail address are needed", cure,
                          exit_code=Exit.USAGE)  # fmt: skip
        return _propose(desk, handle, entry_text.new_entry(wanted.name, more, key), "Add", did, dry_run=dry_run)
    for name, items in more.items():
        text = entry_text.with_more(text, name, items)
    text = entry_text.with_key(text, key) if key else text
    return _propose(desk, handle, text, "Add", did, dry_run=dry_run)


def rotate(world: World, key_file: str = "", until: str = "", *, dry_run: bool = False) -> Proposed:
    """Propose one more key for who asks, and an end for their others: ``until`` (ISO 8601), or ``OVERLAP`` from now.

    Raises Failure XP-PERSON-NONE, XP-PERSON-KEY.
    """
    desk = open_desk(world)
    person = person_of(desk, "")
    new = _new_key(desk, person.handle, key_file)
    old = frozenset(key.key for key in person.keys if state_of(key, desk.now) != "revoked" and not _ends(key, desk.now))
    end = _instant(desk, until) if until else desk.now + OVERLAP
    text = entry_text.with_key(entry_text.with_times(_must_be_there(desk, person), old, before=end), new)
    did = [f"key: {fingerprint(new.key)}", *(f"ends {end.isoformat()}: {fingerprint(key)}" for key in sorted(old))]
    return _propose(desk, person.handle, text, "Another key", did, dry_run=dry_run)


def leave(world: World, handle: str, at: str = "", *, dry_run: bool = False) -> Proposed:
    """Propose that somebody has left: from ``at`` (ISO 8601) or now on, no key of theirs counts.

    Raises Failure XP-PERSON-NONE, XP-PERSON-LAST.
    """
    desk = open_desk(world)
    person = person_of(desk, handle)
    if all(one == person or one.left for one in desk.people.listed):
        what = f"nobody but {person.handle} is listed, so nobody could approve anything afterwards"
        raise Failure("XP-PERSON-LAST", what, "let somebody else expertpost join first", where=person.path,
                      exit_code=Exit.USAGE)  # fmt: skip
    end = _instant(desk, at) if at else desk.now
    keys = frozenset(key.key for key in person.keys if not (key.valid_before and key.valid_before <= end))
    text = entry_text.with_times(_must_be_there(desk, person), keys, before=end)
    text = entry_text.with_line(text, "left", end.date().isoformat())
    did = [f"left: {end.date().isoformat()}", *(f"ends: {fingerprint(key)}" for key in sorted(keys))]
    return _propose(desk, person.handle, text, "Left", did, dry_run=dry_run)


def revoke(world: World, handle: str, keys: Sequence[str] = (), *, dry_run: bool = False) -> Proposed:
    """Propose that keys of somebody never count again, for anything that is not out yet. Raises Failure XP-PERSON-KEY.

    ``keys``: beginnings of fingerprints; may be left out where there is one key only.
    """
    desk = open_desk(world)
    person = person_of(desk, handle)
    there = [key.key for key in person.keys if not key.revoked]
    chosen = frozenset(key for key in there for wanted in keys if _is(key, wanted))
    if not keys and len(there) == 1:
        chosen = frozenset(there)
    if not chosen or len(chosen) < len(set(keys)):
        known = ", ".join(map(fingerprint, there)) or "none"
        raise Failure(
            "XP-PERSON-KEY", "say which key", f"--key with one of {known}", where=person.path, exit_code=Exit.USAGE
        )
    text = entry_text.with_times(_must_be_there(desk, person), chosen, revoked=True)
    did = [f"revoked: {fingerprint(key)}" for key in sorted(chosen)]
    return _propose(desk, person.handle, text, "Revoke", did, dry_run=dry_run)


def _is(key: str, wanted: str) -> bool:
    found, asked = (text.removeprefix("SHA256:") for text in (fingerprint(key), wanted))
    return len(asked) >= 6 and found.startswith(asked)


def _ends(key: SigningKey, now: datetime) -> bool:
    """Whether a key ends soon enough without our doing."""
    return key.valid_before is not None and key.valid_before <= now + OVERLAP


def _instant(desk: Desk, text: str) -> datetime:
    try:
        return instant(text if len(text) > 10 else f"{text}T00:00", desk.config.timezone).astimezone(UTC)
    except BadMoment as wrong:
        raise Failure("XP-TIME", wrong.what, wrong.cure, exit_code=Exit.USAGE) from wrong


def _new_key(desk: Desk, handle: str, file: str) -> SigningKey:
    """A key that signs here, with its proof: the one in a file, or the first here that is not listed yet."""
    taken = {key.key for person in desk.people.listed for key in person.keys}
    env, candidates = desk.world.env, tuple(found(desk.git.config("user.signingkey"), desk.world.env))
    if file:
        private = desk.world.here / Path(file.removesuffix(".pub")).expanduser()
        public = public_of(private)
        candidates = (*([Key(public, private)] if private.is_file() else []), Key(public)) if public else ()
    free = [key for key in candidates if key.public not in taken]
    made = proof_by(free, desk.config.id, handle, env)
    if made is None:
        what = f"no new key can sign here{f': {file}' if file else ''}"
        if candidates and not free:
            what = "every key here is listed already"
        cure = "make one: ssh-keygen -t ed25519 -f ~/.ssh/id_expertpost; then --key ~/.ssh/id_expertpost"
        raise Failure("XP-PERSON-KEY", what, cure, exit_code=Exit.NEEDS_PERSON)
    return made


def _branch(desk: Desk, handle: str) -> str:
    return f"{desk.config.branches.review}person-{handle}"


def _text(desk: Desk, handle: str) -> str | None:
    """The entry as its open proposal has it, else as main has it; None where there is none."""
    tip = desk.tips.get(_branch(desk, handle), desk.main.commit)
    return desk.workspace.at(tip).text(f"{PEOPLE}/{handle}.md")


def _must_be_there(desk: Desk, person: Person) -> str:
    return _text(desk, person.handle) or ""


def _propose(desk: Desk, handle: str, text: str, title: str, did: list[str], *, dry_run: bool) -> Proposed:
    """Send the new text to review, unless nothing would change. Raises Failure XP-PERSON-SAME."""
    if text == _text(desk, handle):
        what, cure = "nothing would change", "expertpost person show tells what is there"
        raise Failure("XP-PERSON-SAME", what, cure, where=f"{PEOPLE}/{handle}.md", exit_code=Exit.USAGE)
    branch = _branch(desk, handle)
    if not dry_run:
        must_push(desk, "person")
        mine = desk.person is not None and desk.person.handle == handle
        send(desk, branch, handle, text, f"{title}: {handle}", (handle,) if mine else ())
    return Proposed(
        handle=handle,
        path=f"{PEOPLE}/{handle}.md",
        branch=branch,
        text=text,
        did=tuple(did),
        alone=not any(person.handle != handle for person in desk.people.listed),
        stuck=not _judges(desk, handle),
    )


def _judges(desk: Desk, handle: str) -> list[Person]:
    """Who may approve a change of this entry: admins, or all where nobody is one; not whose it is, nor who wrote it."""
    admins = [one for one in desk.people.listed if ADMIN in one.roles]
    return [
        one for one in admins or desk.people.listed if one.left is None and one != desk.person and one.handle != handle
    ]
