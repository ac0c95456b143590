"""What was learnt before, in a SQLite file under the git directory: it only saves time, and may be deleted any time."""

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

MEANING = 1
"""Raised whenever something else is read into the same tables."""
_TABLES = """
CREATE TABLE fact (path TEXT, blob TEXT, id TEXT, slug TEXT, title TEXT, authors TEXT, audience TEXT,
  review_by TEXT, wrong TEXT);
CREATE TABLE answer (question TEXT PRIMARY KEY, state BLOB, since REAL, until REAL, says TEXT);
CREATE TABLE note (name TEXT PRIMARY KEY, says TEXT);
"""
FORMAT = crc32(f"{MEANING}{_TABLES}".encode()) & 0x7FFFFFFF
"""An index of another format is thrown away."""


class Fact(NamedTuple):
    """What the front matter of one file says, leniently read: enough to find a piece and to show where it stands.

    A tuple, because ten thousand are made at once. ``blob`` is the git blob id of the file; ``authors`` and
    ``audience`` have a line for each; ``review_by`` is as written; ``wrong`` says why the file could not be read, and
    is "" where it could.
    """

    path: str
    blob: str
    id: str = ""
    slug: str = ""
    title: str = ""
    authors: str = ""
    audience: str = ""
    review_by: str = ""
    wrong: str = ""


class Index:
    """The file, opened; where it cannot be used, an empty one in memory."""

    def __init__(self, git_dir: Path) -> None:
        self._file = git_dir / "expertpost" / "index.sqlite"
        self._damaged = False
        self._base = self._open()

    def close(self) -> None:
        """Close the file."""
        self._base.close()
        if self._damaged:
            self._remove()

    def facts(self) -> dict[tuple[str, str], Fact]:
        """(path, blob) → what is known."""
        rows = self._ask("SELECT * FROM fact")
        return {(row[0], row[1]): Fact._make(row) for row in rows}

    def learn(self, facts: Iterable[Fact], *, forget: bool) -> None:
        """Add facts; ``forget`` all others first."""
        with contextlib.suppress(sqlite3.Error), self._base:
            self._base.execute("BEGIN IMMEDIATE")
            if forget:
                self._base.execute("DELETE FROM fact")
            self._base.executemany("INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", facts)

    def answer(self, question: str, state: bytes, now: float) -> str | None:
        """What was answered to this question in this very state, where that still holds at ``now`` (Unix time)."""
        rows = self._ask(
            "SELECT says FROM answer WHERE question = ? AND state = ? AND since <= ? AND ? < until",
            (question, state, now, now),
        )
        return str(rows[0][0]) if rows else None

    def keep(self, question: str, state: bytes, since: float, until: float, says: str) -> None:
        """Keep an answer that holds in this state from ``since`` until ``until``."""
        with contextlib.suppress(sqlite3.Error):
            self._base.execute("REPLACE INTO answer VALUES (?, ?, ?, ?, ?)", (question, state, since, until, says))

    def note(self, name: str) -> str:
        """What was noted under this name, "" where nothing was."""
        rows = self._ask("SELECT says FROM note WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def write_note(self, name: str, says: str) -> None:
        """Note something under a name."""
        with contextlib.suppress(sqlite3.Error):
            self._base.execute("REPLACE INTO note VALUES (?, ?)", (name, says))

    def _ask(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[str, ...]]:
        try:
            return self._base.execute(query, values).fetchall()
        except sqlite3.Error as failed:
            self._damaged |= not isinstance(failed, sqlite3.OperationalError)
            return []

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self._file.unlink()

    def _open(self) -> sqlite3.Connection:
        for _ in range(2):
            try:
                self._file.parent.mkdir(exist_ok=True)
                return _connect(str(self._file))
            except (sqlite3.OperationalError, OSError):
                # Locked, unreadable, no room: it may be fine for somebody else.
                break
            except sqlite3.DatabaseError:
                # Damaged, or of another format.
                self._remove()
        return _connect(":memory:")


def _connect(place: str) -> sqlite3.Connection:
    # Each statement for itself: nobody waits for a process that is busy with something else.
    base = sqlite3.connect(place, timeout=1, isolation_level=None)
    try:
        # What a crash destroys is built anew.
        base.execute("PRAGMA synchronous = OFF")
        base.execute("PRAGMA journal_mode = MEMORY")
        if base.execute("PRAGMA user_version").fetchone() != (FORMAT,):
            if base.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
                raise sqlite3.DatabaseError("another format")
            base.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {FORMAT}; COMMIT")
    except sqlite3.Error:
        base.close()
        raise
    return base
