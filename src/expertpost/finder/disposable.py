"""A SQLite file that may be deleted any time: opened, thrown away where it has another format, built anew."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from expertpost.errors import Failure


def connect(file: Path | None, tables: str, form: int) -> sqlite3.Connection:
    """The file (None: in memory) with these tables; ``form`` is the number of their format, above 0.

    Raises sqlite3.Error, and OSError where the folder cannot be made.
    """
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
    base = _open(file)
    if file and base.execute("PRAGMA user_version").fetchone() not in ((0,), (form,)):
        base.close()
        file.unlink(missing_ok=True)
        base = _open(file)
    if base.execute("PRAGMA user_version").fetchone() == (0,):
        base.executescript(f"BEGIN IMMEDIATE; {tables} PRAGMA user_version = {form}; COMMIT")
    return base


def _open(file: Path | None) -> sqlite3.Connection:
    base = sqlite3.connect(file or ":memory:", timeout=10, isolation_level=None)
    # What a crash destroys is built anew.
    base.execute("PRAGMA synchronous = OFF")
    base.execute("PRAGMA journal_mode = MEMORY")
    return base


@contextlib.contextmanager
def telling(file: Path | None, code: str, what: str, again: str) -> Iterator[None]:
    """What SQLite complains about as a failure; a damaged file is removed, and ``again`` is the cure."""
    try:
        yield
    except sqlite3.OperationalError as busy:
        cure = "another expertpost may be busy with it: run the command again in a moment"
        raise Failure(code, f"{what}: {busy}", cure) from busy
    except sqlite3.DatabaseError as damaged:
        if file:
            file.unlink(missing_ok=True)
        raise Failure(code, f"{what} was damaged ({damaged})", again) from damaged
