"""What the rows of a ledger in a database mean, within one transaction, and what is to be written after them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from expertpost.model.key import Account
from expertpost.model.measure import Measured
from expertpost.model.witness import Witness
from expertpost.store.claiming import id_of, is_open, keys_of, learnt
from expertpost.store.fields import NotUnderstood
from expertpost.store.ledger import Contents, Damaged, Found, Row, Terms, Told, broken
from expertpost.store.ledger_json import account_bytes, account_from, row_from, row_line
from expertpost.store.ledger_sql_rows import Change, Stored, read, read_open, read_since
from expertpost.store.ledger_sql_schema import Kind
from expertpost.store.measures import measured_from, measured_line, news
from expertpost.store.witness import witness_from, witness_line

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(slots=True)
class Entries:
    """The entries that count for one transaction. ``where``: the database, for people. ``damaged`` is added to."""

    connection: "Connection"
    terms: Terms
    where: str
    damaged: dict[tuple[str, str], Damaged]
    _known: dict[tuple[Kind, str], Stored] = field(default_factory=dict)

    def rows(self, keys: Iterable[str]) -> dict[str, Found]:
        """What is known under these keys."""
        return {one.key: self._row(one) for one in self._read(Kind.DELIVERY, keys)}

    def open(self) -> tuple[Row, ...]:
        """Every sound row that is open."""
        return self._sound(read_open(self.connection))

    def account(self, account: str) -> Account:
        """The account of this id; a new one where it was never used. Raises Failure XP-LEDGER-DAMAGED."""
        return next((self._account(one) for one in self._read(Kind.ACCOUNT, (account,))), Account(account))

    def _account(self, stored: Stored) -> Account:
        try:
            found = account_from(stored.line)
        except NotUnderstood as wrong:
            raise broken(f"account {stored.key} {wrong}", self.where) from wrong
        if found.id != stored.key:
            raise broken(f"account {stored.key} speaks of another account", self.where)
        return found

    def since(self, number: int) -> Contents:
        """All that was written after the write of this number."""
        rows = self._sound(read_since(self.connection, Kind.DELIVERY, number))
        accounts = tuple(map(self._account, read_since(self.connection, Kind.ACCOUNT, number)))
        seen = self._witnesses(read_since(self.connection, Kind.SEEN, number))
        measured = self._measures(read_since(self.connection, Kind.MEASURED, number))
        return Contents(self.terms, rows, accounts, tuple(seen.values()), tuple(measured.values()))

    def seen(self, events: Iterable[str] | None) -> dict[str, Witness]:
        """When the runner first saw these events (None: all). Raises Failure XP-LEDGER-DAMAGED."""
        found = read_since(self.connection, Kind.SEEN, 0) if events is None else self._read(Kind.SEEN, events)
        return self._witnesses(found)

    def _witnesses(self, found: Iterable[Stored]) -> dict[str, Witness]:
        try:
            return {one.key: witness_from(one.line) for one in found}
        except NotUnderstood as wrong:
            raise broken(f"seen: {wrong}", self.where) from wrong

    def measured(self, keys: Iterable[str] | None) -> dict[str, Measured]:
        """What came back of these deliveries (None: of all). Raises Failure XP-LEDGER-DAMAGED."""
        return self._measures(
            read_since(self.connection, Kind.MEASURED, 0) if keys is None else self._read(Kind.MEASURED, keys)
        )

    def _measures(self, found: Iterable[Stored]) -> dict[str, Measured]:
        try:
            return {one.key: measured_from(one.line) for one in found}
        except NotUnderstood as wrong:
            raise broken(f"measured: {wrong}", self.where) from wrong

    def learnt(self, told: Iterable[Told]) -> dict[str, Row]:
        """The rows after these reports. Raises Failure XP-LEDGER-DAMAGED where a claim is gone."""
        reports = tuple(told)
        return learnt(reports, self.rows(keys_of(reports)), self.where)

    def changes(
        self,
        rows: Iterable[Row],
        accounts: Iterable[Account],
        seen: Iterable[Witness],
        measured: Iterable[Measured] = (),
    ) -> list[Change]:
        """The entries that say this; none for what is said already. All of it was read in this transaction."""
        lines: dict[tuple[Kind, str], tuple[bytes, bool]] = {}
        for row in rows:
            lines[Kind.DELIVERY, id_of(row)] = row_line(row), is_open(row)
        for account in accounts:
            lines[Kind.ACCOUNT, account.id] = account_bytes(account).rstrip(), False
        first = {one.event: one for one in seen}
        for event in first.keys() - self.seen(first).keys():
            lines[Kind.SEEN, event] = witness_line(first[event]), False
        back = tuple(measured)
        for key, one in news(self.measured(each.key for each in back), back).items():
            lines[Kind.MEASURED, key] = measured_line(one), False
        return list(self._news(lines))

    def _news(self, lines: Mapping[tuple[Kind, str], tuple[bytes, bool]]) -> Iterable[Change]:
        for (kind, key), (line, is_open_now) in sorted(lines.items()):
            before = self._known.get((kind, key))
            if before is None or before.line != line:
                yield Change(kind, key, before.number if before else 0, line, is_open_now)

    def _read(self, kind: Kind, keys: Iterable[str]) -> list[Stored]:
        found = read(self.connection, kind, keys)
        self._known |= {(kind, key): stored for key, stored in found.items()}
        return list(found.values())

    def _sound(self, stored: Iterable[Stored]) -> tuple[Row, ...]:
        return tuple(row for row in map(self._row, stored) if not isinstance(row, Damaged))

    def _row(self, stored: Stored) -> Found:
        try:
            row = row_from(stored.line, self.terms.workspace)
        except NotUnderstood as wrong:
            return self._note(stored, str(wrong))
        return row if id_of(row) == stored.key else self._note(stored, "has the key of something else")

    def _note(self, stored: Stored, what: str) -> Damaged:
        damaged = Damaged(stored.key, f"expertpost_entries, write {stored.number}", what)
        self.damaged[damaged.where, damaged.key] = damaged
        return damaged
