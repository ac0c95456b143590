"""What was learnt before, in a SQLite file under the git directory: it only saves time, and may be deleted any time."""

import contextlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

MEANING = 1
"""Raised whenever something else is read into the same tables."""
_TABLES = """
CREATE TABLE fact (path TEXT, blob TEXT, id TEXT, slug TEXT, title TEXT, authors TEXT, audience TEXT,
  review_by TEXT, wrong TEXT, topics TEXT);
CREATE TABLE answer (question TEXT PRIMARY KEY, state BLOB, since REAL, until REAL, says TEXT);
CREATE TABLE note (name TEXT PRIMARY KEY, says TEXT);
CREATE TABLE text (path TEXT PRIMARY KEY, id TEXT, slug TEXT, audience TEXT, authors TEXT, topics TEXT,
  folded_slug TEXT, folded_path TEXT, folded_name TEXT);
"""
_NOW = """
CREATE TEMP TABLE hidden (path TEXT PRIMARY KEY);
CREATE TEMP TABLE fresh AS SELECT * FROM text WHERE 0;
CREATE TEMP VIEW now AS SELECT * FROM fresh UNION ALL SELECT * FROM text WHERE path NOT IN (SELECT path FROM hidden);
"""
_TEXTS_OF = "texts of"
"""The note that names the commit whose texts are in the table."""
FORMAT = crc32(f"{MEANING}{_TABLES}".encode()) & 0x7FFFFFFF
"""An index of another format is thrown away."""


class Fact(NamedTuple):
    """What the front matter of one file says, leniently read: enough to find a piece and to show where it stands.

    A tuple, because ten thousand are made at once. ``blob`` is the git blob id of the file; ``authors``,
    ``audience`` and ``topics`` have a line for each; ``review_by`` is as written; ``wrong`` says why the file could not
    be read, and is "" where it could.
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
    topics: str = ""


class Text(NamedTuple):
    """One text as others have to know it. ``audience``, ``authors`` and ``topics`` have a line for each.

    The last three are folded for comparing. ``folded_name``: the name under which links find it.
    """

    path: str
    id: str
    slug: str
    audience: str
    authors: str
    topics: str
    folded_slug: str
    folded_path: str
    folded_name: str


class Index:
    """The file, opened; where it cannot be used, or there is none, an empty one in memory."""

    def __init__(self, git_dir: Path | None) -> None:
        self._file = git_dir / "expertpost" / "index.sqlite" if git_dir else None
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
            self._base.executemany("INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", facts)

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

    def texts_of(self) -> str:
        """The commit whose texts are in the table, "" where there is none in it."""
        return self.note(_TEXTS_OF)

    def follow(self, old: str, new: str, gone: Iterable[str] | None, texts: Iterable[Text]) -> None:
        """Take the table of texts from the commit ``old`` to ``new``; ``gone``: paths to forget, None: all of them."""
        with contextlib.suppress(sqlite3.Error), self._base:
            self._base.execute("BEGIN IMMEDIATE")
            if self.texts_of() != old:
                return
            if gone is None:
                self._base.execute("DELETE FROM text")
            self._base.executemany("DELETE FROM text WHERE path = ?", ((path,) for path in gone or ()))
            self._base.executemany("INSERT INTO text VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", texts)
            self._base.execute("REPLACE INTO note VALUES (?, ?)", (_TEXTS_OF, new))

    def lay(self, fresh: Iterable[Text], hidden: Iterable[str]) -> None:
        """Put texts before those of the table, for this process only, and hide some of its paths."""
        self._base.executescript(_NOW)
        self._base.executemany("INSERT INTO fresh VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", fresh)
        self._base.executemany("INSERT INTO hidden VALUES (?)", ((path,) for path in hidden))

    def texts(self, commit: str, condition: str, values: Sequence[str]) -> list[Text] | None:
        """The texts for which an SQL condition holds, after ``lay``; None where the table is not that of ``commit``."""
        try:
            self._base.execute("BEGIN")
            try:
                if self.texts_of() != commit:
                    return None
                # The condition is one of ``store.roll``; what comes from outside is among the values.
                query = f"SELECT * FROM now WHERE {condition} ORDER BY path"  # noqa: S608
                rows = self._base.execute(query, values).fetchall()
            finally:
                self._base.execute("COMMIT")
        except sqlite3.Error:
            return None
        return [Text._make(row) for row in rows]

    def _ask(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[str, ...]]:
        try:
            return self._base.execute(query, values).fetchall()
        except sqlite3.Error as failed:
            self._damaged |= not isinstance(failed, sqlite3.OperationalError)
            return []

    def _remove(self) -> None:
        if self._file:
            with contextlib.suppress(OSError):
                self._file.unlink()

    def _open(self) -> sqlite3.Connection:
        for _ in range(2):
            if self._file is None:
                break
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
    # Each statement for itself: nobody waits for a process that is busy with something else. A thread may close what
    # another one opened; none of them use it at once.
    base = sqlite3.connect(place, timeout=1, isolation_level=None, check_same_thread=False)
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
