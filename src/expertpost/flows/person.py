"""``person list`` and ``person show``: who is listed on the shared main, and with which keys."""

from dataclasses import dataclass
from datetime import datetime

from expertpost.errors import Exit, Failure, Finding
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.possession import is_proven
from expertpost.model.draft import nearest
from expertpost.model.people import Person, SigningKey
from expertpost.model.sshkey import fingerprint, kind


@dataclass(frozen=True, slots=True)
class ListedKey:
    """One key. ``state``: counts, not yet, ended or revoked. ``proven``: it signed whose it is (None: not asked)."""

    key: SigningKey
    kind: str
    fingerprint: str
    state: str
    proven: bool | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One person as main lists them."""

    person: Person
    keys: tuple[ListedKey, ...]

    @property
    def signs(self) -> bool:
        """Whether any of their keys counts now."""
        return any(key.state == "counts" for key in self.keys)


@dataclass(frozen=True, slots=True)
class Everybody:
    """Everyone listed, by handle, and what is wrong there."""

    people: tuple[Listed, ...]
    findings: tuple[Finding, ...]


def list_(world: World) -> Everybody:
    """Everyone on the shared main. Raises Failure (XP-WORKSPACE-NONE, XP-REMOTE)."""
    desk = open_desk(world)
    found = tuple(_listed(desk, person, ask=False) for person in sorted(desk.people.listed, key=lambda p: p.handle))
    return Everybody(found, desk.main.listed[1])


def show(world: World, handle: str) -> Listed:
    """One person, whose keys are asked for their proof. Raises Failure XP-PERSON-NONE."""
    desk = open_desk(world)
    return _listed(desk, person_of(desk, handle), ask=True)


def person_of(desk: Desk, handle: str) -> Person:
    """The person on main with this handle or mail address; "" is who asks. Raises Failure XP-PERSON-NONE."""
    person = desk.people.by_handle(handle) or desk.people.by_email(handle) if handle else desk.person
    if person is None:
        who = repr(handle[:70]) if handle else desk.identity.email
        known = nearest(handle, {person.handle for person in desk.people.listed})
        what = f"{who} is nobody in people/ on the shared {desk.hub.branches.main}"
        raise Failure("XP-PERSON-NONE", what, known if handle else "expertpost join", exit_code=Exit.USAGE)
    return person


def _listed(desk: Desk, person: Person, *, ask: bool) -> Listed:
    return Listed(
        person,
        tuple(
            ListedKey(
                key,
                kind(key.key),
                fingerprint(key.key),
                state_of(key, desk.now),
                is_proven(key, desk.config.id, person.handle) if ask else None,
            )
            for key in person.keys
        ),
    )


def state_of(key: SigningKey, now: datetime) -> str:
    """Whether a key counts now, in a word."""
    if key.revoked:
        return "revoked"
    if key.valid_before and key.valid_before <= now:
        return "ended"
    return "not yet" if key.valid_after and now < key.valid_after else "counts"
