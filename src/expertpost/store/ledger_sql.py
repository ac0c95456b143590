"""The ledger in a database, SQLite or PostgreSQL: a transaction that nobody else can win is the claim (protocol §6)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from expertpost.errors import Exit, Failure
from expertpost.model.key import Account
from expertpost.model.measure import Measured
from expertpost.model.witness import Witness
from expertpost.store.claiming import holds, id_of, merged, report_of
from expertpost.store.database import AWAY, Contended
from expertpost.store.hub import Landed, Offer, Raced
from expertpost.store.ledger import Chunk, Contents, Found, Row, Terms, Told, sealed
from expertpost.store.ledger_git import TRIES
from expertpost.store.ledger_json import terms_bytes
from expertpost.store.ledger_sql_entries import Entries
from expertpost.store.ledger_sql_reading import SqlReading
from expertpost.store.ledger_sql_rows import (
    Change,
    Head,
    Note,
    begin,
    landed,
    link_at,
    lock_account,
    locked_head,
    write,
)
from expertpost.store.ledger_sql_schema import migrate

if TYPE_CHECKING:
    from sqlalchemy import Connection


class _Undone(Exception):
    """Nothing of this transaction is to stay."""

    def __init__(self, answer: Offer) -> None:
        self.answer = answer


class SqlLedger(SqlReading):
    """See ``store.ledger.Ledger``. ``hub``: where main is."""

    def intend(self, chunk: Chunk, main: str) -> Offer:
        """See Ledger."""

        def build(entries: Entries) -> Offer | _Write:
            if not lock_account(entries.connection, chunk.account.id, wait=False):
                return self._raced
            rows = entries.learnt(chunk.told)
            new: tuple[Row, ...] = (*chunk.claims, *chunk.pins)
            known: dict[str, Found] = {**entries.rows(id_of(row) for row in new), **rows}
            if not holds(chunk, entries.account(chunk.account.id), known, self._now()):
                return self._raced
            there = self._hub.offer({self._hub.branches.main: (main, main)})
            if not isinstance(there, Landed):
                return there
            rows |= {id_of(row): row for row in new}
            changes = entries.changes(rows.values(), (chunk.account,), chunk.seen)
            return _Write(f"claim {len(chunk.claims)}, report {len(chunk.told)}", changes, claims=True)

        return self._transact(build)

    def record(
        self,
        told: Iterable[Told],
        accounts: Iterable[Account] = (),
        seen: Iterable[Witness] = (),
        measured: Iterable[Measured] = (),
    ) -> Offer:
        """See Ledger. Tried again where somebody else was faster."""
        facts, touched = tuple(told), sorted(accounts, key=lambda account: account.id)
        new, back = tuple(seen), tuple(measured)
        if not facts and not touched and not new and not back:
            return Landed()

        def build(entries: Entries) -> Offer | _Write:
            for account in touched:
                lock_account(entries.connection, account.id, wait=True)
            now = [merged(entries.account(one.id), one) for one in touched]
            changes = entries.changes(entries.learnt(facts).values(), now, new, back)
            return _Write(report_of(facts, new, back), changes) if changes else Landed()

        return self._until_landed(build)

    def seal(self, goes_on: str) -> Offer:
        """See Ledger."""

        def build(_entries: Entries) -> Offer | _Write:
            if self.terms.sealed not in ("", goes_on):
                raise sealed(self.terms, self.database.address)
            return _Write(f"seal: goes on at {goes_on}", (), replace(self.terms, sealed=goes_on))

        return self._until_landed(build)

    def fill(self, contents: Contents) -> Offer:
        """See Ledger."""
        return self._raced if self.exists else self.adopt(contents)

    def adopt(self, contents: Contents) -> Offer:
        """Take all of this as what counts from now on, in one write, whatever was there before."""
        self.terms = self.terms if self.exists else replace(contents.terms, sealed="")

        def build(entries: Entries) -> Offer | _Write:
            entries.rows(id_of(row) for row in contents.rows)
            for account in contents.accounts:
                entries.account(account.id)
            changes = entries.changes(contents.rows, contents.accounts, contents.seen, contents.measured)
            return _Write(f"take over {len(contents.rows)} from elsewhere", changes)

        return self._until_landed(build)

    @property
    def _raced(self) -> Raced:
        return Raced((self.database.address,))

    def _until_landed(self, build: "_Build") -> Offer:
        answers = (self._transact(build) for _ in range(TRIES))
        return next((answer for answer in answers if not isinstance(answer, Raced)), self._raced)

    def _transact(self, build: "_Build") -> Offer:
        """One transaction: what ``build`` wants to write becomes one write, or nothing of it stays."""
        nonce = self._entropy(16).hex()
        try:
            with self.database.writing() as connection:
                self._prepare(connection)
                wanted = build(self._entries_of(connection))
                if not isinstance(wanted, _Write):
                    raise _Undone(wanted)
                head = self._written(connection, wanted, Note(wanted.says, nonce, self._now()))
        except _Undone as undone:
            return undone.answer
        except Contended:
            return self._raced
        except Failure as failure:
            # It may be the answer to the commit that was lost: the write itself tells.
            if failure.code != AWAY or not self._has_landed(nonce):
                raise
            self.refresh()
            return Landed()
        self._head, self.terms = head, self._terms_of(head)
        return Landed()

    def _written(self, connection: "Connection", wanted: "_Write", note: Note) -> Head:
        """Write, with nobody else writing from here to the commit."""
        head = locked_head(connection)
        terms = self._terms_of(head)
        if wanted.claims and terms.sealed:
            self.terms = terms
            raise sealed(terms, self.database.address)
        head = replace(head, terms=terms_bytes(wanted.terms).decode()) if wanted.terms else head
        after = write(connection, head, wanted.changes, note)
        if after is None:
            raise _Undone(self._raced)
        return after

    def _has_landed(self, nonce: str) -> bool:
        with self.database.reading() as connection:
            return landed(connection, nonce)

    def _prepare(self, connection: "Connection") -> None:
        """Make or mend the tables, and see that the ledger is still the one that was read."""
        migrate(connection)
        head = begin(connection, terms_bytes(self.terms))
        terms, known = self._terms_of(head), self._head
        if replace(terms, sealed="") != replace(self.terms, sealed=""):
            raise _Undone(self._raced)
        if known and known.number and link_at(connection, known.number) != known.link:
            raise rewound(self.database.address)
        self.terms = terms


@dataclass(frozen=True, slots=True)
class _Write:
    """What a transaction is to write. ``terms``: new ones; ``claims``: not in a sealed ledger."""

    says: str
    changes: Sequence[Change]
    terms: Terms | None = None
    claims: bool = False


_Build: TypeAlias = Callable[[Entries], Offer | _Write]


def rewound(where: str) -> Failure:
    """The failure of a database that forgot: a backup was played back, or a stand-by server took over too early."""
    what = "the database lost something that was in the ledger before"
    cure = "put back what is newer; or expertpost ledger init --adopt, which takes every claim in doubt as unknown"
    return Failure("XP-REWOUND", what, cure, where=where, exit_code=Exit.GUARD)
