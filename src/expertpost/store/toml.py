"""TOML as settings are read from it: each table asked key by key, every error with its line, none lost."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from expertpost.errors import Exit, Finding, Problems
from expertpost.model.draft import nearest

_NAMED = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HEADER = re.compile(r"\s*\[\[?\s*([^\]#]+?)\s*\]\]?")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*(?:=|\.)""")
_MISSING = object()
_T = TypeVar("_T")


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """Path of keys → the line it is written on. Enough for TOML as people write it: tables, dotted headers, keys.

    A table of a list has its number, from 1, as the last part of its path.
    """
    found: dict[tuple[str, ...], int] = {}
    here: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            here = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            if header[0].lstrip().startswith("[["):
                here = (*here, str(sum(path[:-1] == here for path in found) + 1))
            found.setdefault(here, number)
        elif key := _KEY.match(line):
            found.setdefault((*here, key[1] or key[2] or key[3]), number)
    return found


@dataclass(slots=True)
class Table:
    """One table of a file, and the findings of the whole file, which is called ``file``."""

    values: Mapping[str, object]
    path: tuple[str, ...]
    lines: Mapping[tuple[str, ...], int]
    found: list[Finding]
    file: str
    asked: set[str] = field(default_factory=set)

    def line(self, key: str = "") -> int:
        """The line of a key, or of the table."""
        wanted = (*self.path, key) if key else self.path
        return self.lines.get(wanted) or self.lines.get(self.path) or 1

    def complain(self, key: str, what: str, cure: str) -> None:
        """Note a finding about a key, or about the table ("")."""
        place = ".".join((*self.path, key) if key else self.path)
        self.found.append(Finding(self.file, self.line(key), "XP-CONFIG", f"{place}: {what}", cure))

    def take(self, key: str, kind: type[_T], default: _T, says: str) -> _T:
        """The value of a key, which must be of one type: ``says`` names it in words."""
        self.asked.add(key)
        value = self.values.get(key, _MISSING)
        if value is _MISSING:
            return default
        # To Python, True is a number as well, and an instant a day.
        close = (isinstance(value, bool) and kind is not bool) or (isinstance(value, datetime) and kind is not datetime)
        if not isinstance(value, kind) or close:
            self.complain(key, f"must be {says}", f"write {key} = {_EXAMPLE.get(kind, '…')}")
            return default
        return value

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text."""
        if required and key not in self.values:
            self.asked.add(key)
            self.complain(key, "is missing", f'write {key} = "…"')
        return self.take(key, str, default, "a text")

    def flag(self, key: str) -> bool:
        """True or false, false where nothing is said."""
        return self.take(key, bool, False, "true or false")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.take(key, list, [], "a list of texts")
        if not all(isinstance(item, str) for item in value):
            self.complain(key, "must be a list of texts", f'write {key} = ["one", "two"]')
            return ()
        return tuple(value)

    def within(self, key: str, default: int, least: int, most: int) -> int:
        """A number from ``least`` to ``most``."""
        number = self.take(key, int, default, "a number")
        if not least <= number <= most:
            self.complain(key, f"must be from {least} to {most}", f"write {key} = {max(default, least, 1)}")
        return number

    def table(self, key: str) -> "Table":
        """The table under a key, an empty one where there is none."""
        value = self.take(key, dict, {}, "a table")
        return Table(value, (*self.path, key), self.lines, self.found, self.file)

    def tables(self) -> list[tuple[str, "Table"]]:
        """The named tables inside this one, those with a good name."""
        inside = []
        for name in self.values:
            table = self.table(name)
            if _NAMED.fullmatch(name):
                inside.append((name, table))
            else:
                table.complain("", "is no good name", "use small letters, digits and hyphens")
        return inside

    def list_of(self, key: str) -> list["Table"]:
        """The tables of a list, ``[[key]]``."""
        inside = self.take(key, list, [], f"[[{'.'.join((*self.path, key))}]] tables")
        if not all(isinstance(each, dict) for each in inside):
            self.complain(key, "must be a list of tables", f"write [[{'.'.join((*self.path, key))}]]")
        numbered = enumerate((each for each in inside if isinstance(each, dict)), 1)
        return [Table(each, (*self.path, key, str(n)), self.lines, self.found, self.file) for n, each in numbered]

    def known(self, key: str, words: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
        """Those of the words that are known; the others are findings."""
        for word in words:
            if word not in known:
                self.complain(key, f"{word!r} is unknown", nearest(word, known))
        return tuple(word for word in words if word in known)

    def finish(self) -> None:
        """Complain of every key nobody asked for."""
        for key in self.values:
            if key not in self.asked:
                self.complain(key, "is unknown", nearest(key, self.asked))


_EXAMPLE: Mapping[type, str] = {str: '"…"', bool: "true", int: "2", list: '["…"]', dict: "{ … }"}


def read_toml(content: bytes, file: str) -> Table:
    """The top table of the bytes of a file. Raises Problems where they are no TOML."""
    try:
        text = content.decode()
    except UnicodeDecodeError as wrong:
        raise broken([Finding(file, 1, "XP-CONFIG", "is not UTF-8", "save it as UTF-8")], file) from wrong
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        at = re.search(r"at line (\d+)", str(wrong))
        line = int(at[1]) if at else text.count("\n") + 1
        cure = "see https://toml.io for how to write it"
        raise broken([Finding(file, line, "XP-CONFIG", f"is not valid TOML: {wrong}", cure)], file) from wrong
    return Table(values, (), lines_of(text), [], file)


def broken(found: list[Finding], file: str) -> Problems:
    """The failure for a file with errors."""
    what = f"{file} has {len(found)} error{'s'[: len(found) > 1]}"
    return Problems(found, what=what, cure=f"mend {file}; nothing was done", exit_code=Exit.USAGE)
