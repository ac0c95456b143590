"""Rows of a ledger in a database: read as they count now, and written as one more link of the chain."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from expertpost.store.ledger_sql_schema import MIGRATIONS, Kind, tables

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

T = TypeVar("T")

AT_ONCE = 2_000
"""So many keys are asked for in one statement: both databases take more values than these."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The entry of a key that counts: the number of its write, and its line."""

    key: str
    number: int
    line: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """A new entry of a key, to follow the entry ``before`` (0: the key has none yet)."""

    kind: Kind
    key: str
    before: int
    line: bytes
    open: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The last write (0 before the first), and what the ledger says of itself (JSON)."""

    number: int
    link: str
    terms: str


def read(connection: "Connection", kind: Kind, keys: Iterable[str]) -> dict[str, Stored]:
    """What counts under these keys; a key without an entry is left out."""
    rows = tables().rows
    found = (_stored(connection, kind, rows.c.key.in_(some)) for some in _batches(sorted(set(keys))))
    return {one.key: one for some in found for one in some}


def read_open(connection: "Connection") -> list[Stored]:
    """Every delivery with which the runner has still to do."""
    return _stored(connection, Kind.DELIVERY, tables().rows.c.open.is_(True))


def read_since(connection: "Connection", kind: Kind, number: int) -> list[Stored]:
    """What counts now and was written after the write of this number (0: everything)."""
    return _stored(connection, kind, tables().rows.c.number > number)


def _stored(connection: "Connection", kind: Kind, which: "ColumnElement[bool]") -> list[Stored]:
    from sqlalchemy import and_, select

    rows, entries = tables().rows, tables().entries
    same = and_(rows.c.kind == entries.c.kind, rows.c.key == entries.c.key, rows.c.number == entries.c.number)
    wanted = select(rows.c.key, rows.c.number, entries.c.line).select_from(rows.outerjoin(entries, same))
    found = connection.execute(wanted.where(rows.c.kind == kind.value, which).order_by(rows.c.key))
    return [Stored(key, number, (line or "").encode()) for key, number, line in found]


def lock_account(connection: "Connection", account: str, *, wait: bool) -> bool:
    """Keep everybody else from this account until the transaction ends; False where somebody else is at it already.

    SQLite has one writer anyway. An account that was never used cannot be locked: there the write itself decides.
    """
    from sqlalchemy import select

    rows = tables().rows
    it = select(rows.c.number).where(rows.c.kind == Kind.ACCOUNT.value, rows.c.key == account)
    if connection.execute(it.with_for_update(skip_locked=not wait)).first():
        return True
    return connection.execute(it).first() is None


def head_of(connection: "Connection") -> Head | None:
    """The last write; None where there is no ledger yet."""
    from sqlalchemy import select

    head = tables().head
    found = connection.execute(select(head.c.number, head.c.link, head.c.terms)).first()
    return Head(*found) if found else None


def locked_head(connection: "Connection") -> Head:
    """The last write. Nobody else writes from here until the transaction ends."""
    from sqlalchemy import select

    head = tables().head
    return Head(*connection.execute(select(head.c.number, head.c.link, head.c.terms).with_for_update()).one())


def begin(connection: "Connection", terms: bytes) -> Head:
    """The last write; where there is no ledger yet, it begins with these terms."""
    from sqlalchemy.dialects import postgresql, sqlite

    if there := head_of(connection):
        return there
    head = tables().head
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"one": 1, "version": len(MIGRATIONS), "terms": terms.decode(), "number": 0, "link": ""}
    connection.execute(insert(head).values(row).on_conflict_do_nothing())
    return locked_head(connection)


def landed(connection: "Connection", nonce: str) -> bool:
    """Whether there is a write of this nonce."""
    from sqlalchemy import select

    writes = tables().writes
    return connection.execute(select(writes.c.number).where(writes.c.nonce == nonce)).first() is not None


def link_at(connection: "Connection", number: int) -> str | None:
    """The link of the write of this number; None where there is no such write."""
    from sqlalchemy import select

    writes = tables().writes
    return connection.execute(select(writes.c.link).where(writes.c.number == number)).scalar()


@dataclass(frozen=True, slots=True)
class Note:
    """One write: what it is for, a random nonce by which it is found again, and when."""

    says: str
    nonce: str
    at: datetime


def link_of(before: str, number: int, nonce: str, says: str, lines: Iterable[tuple[str, str, bytes]]) -> str:
    """The link of a write: SHA-256 over the link before it and all that it wrote, (kind, key, line) in order."""
    digest = hashlib.sha256(f"{before}\n{number}\n{nonce}\n{says}\n".encode())
    for kind, key, line in sorted(lines):
        digest.update(f"{kind} {key} ".encode() + line + b"\n")
    return digest.hexdigest()


def write(connection: "Connection", head: Head, changes: Sequence[Change], note: Note) -> Head | None:
    """Add these entries as one write on the locked ``head``, the last thing of its transaction; the head after it.

    None where a key has another entry by now than the change follows: then the caller undoes everything.
    """
    from sqlalchemy import insert, update

    number, known = head.number + 1, tables()
    lines = [(c.kind.value, c.key, c.line) for c in changes]
    link = link_of(head.link, number, note.nonce, note.says, lines)
    if changes:
        if not _point(connection, changes, number):
            return None
        values = [{"kind": kind, "key": key, "number": number, "line": line.decode()} for kind, key, line in lines]
        connection.execute(insert(known.entries), values)
    row = {"number": number, "at": note.at.isoformat(), "says": note.says, "nonce": note.nonce, "link": link}
    connection.execute(insert(known.writes).values(row))
    connection.execute(update(known.head).values(number=number, link=link, terms=head.terms))
    return replace(head, number=number, link=link)


def _point(connection: "Connection", changes: Sequence[Change], number: int) -> bool:
    """Let these keys point to their new entries; False where one of them is not what it was (compare-and-swap)."""
    from sqlalchemy.dialects import postgresql, sqlite

    rows = tables().rows
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = [
        {"kind": c.kind.value, "key": c.key, "number": number, "before": c.before, "open": c.open} for c in changes
    ]
    new = insert(rows)
    swap = new.on_conflict_do_update(
        index_elements=[rows.c.kind, rows.c.key],
        set_={name: new.excluded[name] for name in ("number", "before", "open")},
        where=rows.c.number == new.excluded.before,
    )
    done = connection.execute(swap.returning(rows.c.key), values).all()
    return len(done) == len(values)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
