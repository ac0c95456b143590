"""The tables of a ledger in a database, and how an older version's become this version's (numbered migrations).

Every version of every row is an entry, and entries are only ever added. ``rows`` says which entry counts now. Each
transaction that writes has a number, and ``link`` chains it to all before it, so that nothing goes missing unseen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData, Table

_LOCK = 0x65787065727470
"""The number of the advisory lock under which PostgreSQL's tables are made: any will do, so that it is always this."""


class Kind(StrEnum):
    """What a row speaks of. Its key is unique within its kind."""

    DELIVERY = "delivery"
    ACCOUNT = "account"
    SEEN = "seen"
    MEASURED = "measured"


@dataclass(frozen=True)
class Tables:
    """``head`` has one row: what the ledger says of itself, and its last write.

    ``writes``: one row for each transaction. ``entries``: what each wrote, a line of JSON a row. ``rows``: of each key
    the number of the entry that counts, the one before it (0: none), and whether the runner has still to do with it.
    """

    metadata: "MetaData"
    head: "Table"
    writes: "Table"
    entries: "Table"
    rows: "Table"


@cache
def tables() -> Tables:
    """The tables, made when first asked for."""
    from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, MetaData, String, Table, Text

    metadata = MetaData()

    def row() -> tuple["Column[str]", "Column[str]"]:
        return Column("kind", String(16), primary_key=True), Column("key", String(128), primary_key=True)

    head = Table(
        "expertpost_head",
        metadata,
        Column("one", Integer, CheckConstraint("one = 1"), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("terms", Text, nullable=False),
        Column("number", BigInteger, nullable=False),
        Column("link", String(64), nullable=False),
    )
    writes = Table(
        "expertpost_writes",
        metadata,
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("at", String(40), nullable=False),
        Column("says", Text, nullable=False),
        Column("nonce", String(64), nullable=False, unique=True),
        Column("link", String(64), nullable=False),
    )
    entries = Table(
        "expertpost_entries",
        metadata,
        *row(),
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("line", Text, nullable=False),
    )
    rows = Table(
        "expertpost_rows",
        metadata,
        *row(),
        Column("number", BigInteger, nullable=False, index=True),
        Column("before", BigInteger, nullable=False),
        Column("open", Boolean, nullable=False),
    )
    open_ones = rows.c.open.is_(True)
    Index("expertpost_open", rows.c.key, sqlite_where=open_ones, postgresql_where=open_ones)
    return Tables(metadata, head, writes, entries, rows)


def _first(connection: "Connection") -> None:
    """Version 1: everything."""
    tables().metadata.create_all(connection)


MIGRATIONS: tuple[Callable[["Connection"], None], ...] = (_first,)
"""The n-th makes version n of the one before. Never changed once released: a change is one more."""


def version_of(connection: "Connection") -> int:
    """The version of the tables there; 0 where there are none, or none with anything in them."""
    from sqlalchemy import inspect, select

    head = tables().head
    if not inspect(connection).has_table(head.name):
        return 0
    return connection.execute(select(head.c.version)).scalar() or 0


def guard_version(version: int) -> None:
    """Raises Failure XP-LEDGER-NEWER where a newer version of expertpost wrote these tables."""
    if version > len(MIGRATIONS):
        cure = "install at least the version of expertpost that the other runners use"
        what = f"the ledger's tables have version {version}; this expertpost knows {len(MIGRATIONS)}"
        raise Failure("XP-LEDGER-NEWER", what, cure, exit_code=Exit.GUARD)


def migrate(connection: "Connection") -> None:
    """Bring the tables to this version, in the caller's transaction. Raises Failure XP-LEDGER-NEWER."""
    from sqlalchemy import func, select, update

    version = version_of(connection)
    if version < len(MIGRATIONS) and connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        version = version_of(connection)
    guard_version(version)
    for step in MIGRATIONS[version:]:
        step(connection)
    if version < len(MIGRATIONS):
        connection.execute(update(tables().head).values(version=len(MIGRATIONS)))
