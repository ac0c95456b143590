"""A SQL database that holds a ledger: its address, its tables, its transactions. SQLAlchemy is loaded when used."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.exc import SQLAlchemyError

AWAY = "XP-LEDGER-AWAY"
PATIENCE = 30
"""Seconds for which one runner waits for another that is writing, or for the database to answer at all."""
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_SECRET = ("password", "sslpassword")
"""Options of an address that are secrets."""
_BUSY = ("40001", "40P01", "55P03")
"""PostgreSQL's words for "somebody else was faster": serialization failure, deadlock, lock not available."""


class Contended(Exception):
    """Somebody else is writing there right now; nothing has changed."""


class Database:
    """Transactions on one database. ``address``: how people know it, without its password and options."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        weakref.finalize(self, engine.dispose)
        # A password may stand among the options as well.
        self.address = engine.url.set(query={}).render_as_string(hide_password=True)
        self.is_postgresql = engine.dialect.name == "postgresql"

    @contextmanager
    def reading(self) -> Iterator["Connection"]:
        """One moment of the database. Raises Failure XP-LEDGER-AWAY."""
        try:
            with self._failures(), self._engine.connect() as connection:
                yield connection
        except Contended as busy:
            raise self._away(f"it was busy for {PATIENCE} seconds") from busy

    @contextmanager
    def writing(self) -> Iterator["Connection"]:
        """All or nothing: what is written there is on the disk when this ends. An exception undoes it.

        Raises Contended; and Failure XP-LEDGER-AWAY, after which nobody knows whether the last word arrived.
        """
        options = {"expertpost_writes": True}
        with self._failures(), self._engine.connect().execution_options(**options) as connection, connection.begin():
            if self.is_postgresql:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
            yield connection

    @contextmanager
    def _failures(self) -> Iterator[None]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as error:
            if _is_busy(error):
                raise Contended from error
            raise self._away(self._said(error)) from error

    def _away(self, says: str) -> Failure:
        cure = "look at the database, and at the address in the secret that [ledger] engine names; then run it again"
        return Failure(AWAY, f"the ledger's database does not answer: {says}", cure, where=self.address)

    def _said(self, error: "SQLAlchemyError") -> str:
        """The first line of what the driver says. The statement and its values are nobody's business."""
        said = str(getattr(error, "orig", None) or type(error).__name__).strip().partition("\n")[0]
        url = self._engine.url
        for secret in (
            str(url.password or ""),
            *(value for key in _SECRET for value in url.normalized_query.get(key, ())),
        ):
            said = said.replace(secret, "•••") if secret else said
        return said[:300]


def _is_busy(error: "SQLAlchemyError") -> bool:
    said = getattr(error, "orig", None)
    return getattr(said, "sqlstate", None) in _BUSY or "database is locked" in str(said)


def open_database(address: str, root: Path) -> Database:
    """The database at ``sqlite:///path`` (relative ones begin at ``root``) or ``postgresql://…``; nothing is read yet.

    Raises Failure XP-LEDGER-ENGINE.
    """
    try:
        from sqlalchemy import create_engine
    except ImportError as missing:
        cure = "install it: pipx install 'expertpost[sql]' (or pip install 'expertpost[sql]')"
        raise _unusable("a ledger in a database needs the extra expertpost[sql]", cure) from missing
    url = _url(address, root)
    waiting = {"timeout": PATIENCE} if url.drivername == "sqlite" else {"connect_timeout": PATIENCE}
    try:
        engine = create_engine(url, connect_args=waiting, pool_size=1, max_overflow=1, pool_pre_ping=True)
    except ImportError as missing:
        cure = "install it: pipx install 'expertpost[sql]' (or pip install 'expertpost[sql]')"
        raise _unusable("a ledger in PostgreSQL needs psycopg", cure) from missing
    if url.drivername == "sqlite":
        _prepare_sqlite(engine)
    return Database(engine)


def _url(address: str, root: Path) -> "URL":
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    cure = "write sqlite:///path/to/ledger.db or postgresql://user:password@host/database into the secret"
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # Not shown, not even as the cause: what cannot be parsed may hold the password anywhere.
        raise _unusable("the address of the ledger's database cannot be understood", cure) from None
    name = url.get_backend_name()
    if name not in _DRIVERS:
        raise _unusable(f"no engine keeps a ledger in {name}", cure)
    if name == "sqlite":
        if not url.database or url.database == ":memory:":
            raise _unusable("a ledger in memory would be forgotten at once", cure)
        url = url.set(database=str(root / url.database))
    return url.set(drivername=_DRIVERS[name])


def _unusable(what: str, cure: str) -> Failure:
    return Failure("XP-LEDGER-ENGINE", what, cure, where="[ledger] engine", exit_code=Exit.GUARD)


def _prepare_sqlite(engine: "Engine") -> None:
    """One writer at a time, readers never wait, and a commit is on the disk when it returns."""
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def connected(connection: "sqlite3.Connection", _record: object) -> None:
        # The driver would begin transactions by itself, and only at the first change.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL").close()
        connection.execute("PRAGMA synchronous = FULL").close()

    @event.listens_for(engine, "begin")
    def begun(connection: "Connection") -> None:
        writes = connection.get_execution_options().get("expertpost_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
