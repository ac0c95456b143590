"""What is read of a ledger in a database: each answer is what counts at that moment."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure
from expertpost.model.key import Account
from expertpost.model.measure import Measured
from expertpost.model.witness import Witness
from expertpost.store.claiming import is_open
from expertpost.store.database import Database
from expertpost.store.fields import NotUnderstood
from expertpost.store.hub import Hub
from expertpost.store.ledger import Contents, Damaged, Found, Row, Terms, broken
from expertpost.store.ledger_json import terms_from
from expertpost.store.ledger_sql_entries import Entries
from expertpost.store.ledger_sql_rows import Head, head_of, link_at
from expertpost.store.ledger_sql_schema import guard_version, version_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Point:
    """The last write that a mirror of the database shows (0: none yet), and its link."""

    number: int
    link: str


class SqlReading:
    """The reading half of ``store.ledger.Ledger``. What is read is never older than the last ``refresh``.

    ``hub``: where main is. ``workspace`` is the workspace's id and ``pinned`` the ledger id in its settings ("": any).
    A ledger that is not there yet begins with the first claim.
    """

    def __init__(
        self,
        database: Database,
        hub: Hub,
        workspace: str,
        now: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        pinned: str = "",
    ) -> None:
        self.database = database
        self._hub = hub
        self._now = now
        self._entropy = entropy
        self._new = Terms(workspace, pinned or entropy(16).hex(), entropy(32).hex())
        self._pinned = pinned
        self._damaged: dict[tuple[str, str], Damaged] = {}
        self.refresh()

    def refresh(self) -> None:
        """See Ledger."""
        with self.database.reading() as connection:
            version = version_of(connection)
            guard_version(version)
            self._head = head_of(connection) if version else None
        self.terms = self._terms_of(self._head) if self._head else self._new

    @property
    def exists(self) -> bool:
        """See Ledger."""
        return self._head is not None

    def _terms_of(self, head: Head) -> Terms:
        try:
            terms = terms_from(head.terms.encode())
        except NotUnderstood as wrong:
            raise broken(f"expertpost_head {wrong}", self.database.address) from wrong
        if terms.workspace != self._new.workspace or self._pinned not in ("", terms.id):
            cure = "publish where the ledger is at home; a copy of a workspace needs an id and a ledger of its own"
            what = "the ledger belongs to another workspace"
            raise Failure("XP-LEDGER-OTHER", what, cure, where=self.database.address, exit_code=Exit.GUARD)
        return terms

    def head(self) -> Head | None:
        """The last write there is now; None where there is no ledger yet."""
        with self.database.reading() as connection:
            return head_of(connection) if version_of(connection) else None

    def point(self) -> Point:
        """How far a mirror is that shows all of it."""
        return Point(head.number, head.link) if (head := self.head()) else Point(0, "")

    def link_at(self, number: int) -> str | None:
        """The link of the write of this number; None where there is none."""
        with self.database.reading() as connection:
            return link_at(connection, number) if self.exists else None

    def since(self, number: int) -> Contents:
        """What counts now and was written after the write of this number (0: all that the ledger holds)."""
        with self._entries() as entries:
            return entries.since(number) if entries else Contents(self.terms)

    @contextmanager
    def _entries(self) -> Iterator[Entries | None]:
        """What counts now; None where there is no ledger yet."""
        if not self.exists:
            yield None
            return
        with self.database.reading() as connection:
            yield self._entries_of(connection)

    def _entries_of(self, connection: "Connection") -> Entries:
        return Entries(connection, self.terms, self.database.address, self._damaged)

    def look_up(self, keys: Iterable[str]) -> Mapping[str, Found]:
        """See Ledger."""
        with self._entries() as entries:
            return entries.rows(keys) if entries else {}

    def open(self) -> tuple[Row, ...]:
        """See Ledger."""
        with self._entries() as entries:
            return entries.open() if entries else ()

    def settled(self) -> tuple[Row, ...]:
        """Every delivery that is settled and every complete pin, for people who look through all of it."""
        return tuple(row for row in self.since(0).rows if not is_open(row))

    def damages(self) -> tuple[Damaged, ...]:
        """See Ledger."""
        return tuple(self._damaged[place] for place in sorted(self._damaged))

    def account(self, account: str) -> Account:
        """See Ledger."""
        with self._entries() as entries:
            return entries.account(account) if entries else Account(account)

    def accounts(self) -> tuple[Account, ...]:
        """See Ledger."""
        return self.since(0).accounts

    def witnessed(self, events: Iterable[str] | None = None) -> Mapping[str, Witness]:
        """See Ledger."""
        with self._entries() as entries:
            return entries.seen(events) if entries else {}

    def measured(self, keys: Iterable[str] | None = None) -> Mapping[str, Measured]:
        """See Ledger."""
        with self._entries() as entries:
            return entries.measured(keys) if entries else {}
