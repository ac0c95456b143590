"""People as the workspace knows them: ``people/<handle>.md``."""

import re
from dataclasses import dataclass
from datetime import date, datetime

ADMIN = "admin"
"""The role of whoever approves changes of people, rules, and what runs them."""
HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key in OpenSSH form (``ssh-ed25519 AAAA…``) and the time in which it counts.

    ``proof``: a signature by the key itself over who lists it (``flows.possession``), "" where there is none.
    """

    key: str
    valid_after: datetime | None = None
    valid_before: datetime | None = None
    revoked: bool = False
    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An expert or reviewer. ``handle`` is the principal that signatures are checked against.

    ``left``: the day from which they are no longer one of the organisation; what they wrote stays theirs.
    """

    handle: str
    name: str
    emails: tuple[str, ...] = ()
    keys: tuple[SigningKey, ...] = ()
    roles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    away_until: date | None = None
    left: date | None = None
    opt_out: bool = False
    bio: str = ""
    path: str = ""

    def is_here(self, today: date) -> bool:
        """Whether they may be asked for something: neither away on this day, nor gone."""
        return self.left is None and (self.away_until is None or self.away_until < today)


@dataclass(frozen=True, slots=True)
class People:
    """Everyone listed on one commit."""

    listed: tuple[Person, ...] = ()

    def by_handle(self, handle: str) -> Person | None:
        """The person with this handle, or None."""
        return next((p for p in self.listed if p.handle == handle), None)

    def by_email(self, email: str) -> Person | None:
        """The person with this mail address (letter case ignored), or None."""
        wanted = email.casefold()
        return next((p for p in self.listed if wanted in (e.casefold() for e in p.emails)), None)

    def handle_of(self, name: str) -> str | None:
        """The handle that a handle, mail address or full name in a piece stands for, or None."""
        if self.by_handle(name):
            return name
        person = self.by_email(name) or next((p for p in self.listed if p.name == name), None)
        return person.handle if person else None
