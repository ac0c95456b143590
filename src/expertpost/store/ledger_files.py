"""The files of one commit of the ledger branch, read when first asked for and parsed on demand.

``ledger.json`` says whose it is, ``open.jsonl`` holds what is not settled, ``settled/<two digits of the key>.jsonl``
the rest, ``accounts/<id>.json`` each account, ``seen/<two digits>.jsonl`` when events were first seen, and
``measured/<two digits>.jsonl`` what came back.
What is written there by somebody else is read with suspicion.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from expertpost.model.key import Account
from expertpost.model.measure import Measured
from expertpost.model.witness import Witness
from expertpost.store.claiming import is_open
from expertpost.store.fields import NotUnderstood
from expertpost.store.git import Git
from expertpost.store.ledger import Damaged, Found, Row, broken
from expertpost.store.ledger_json import account_from, row_from, row_line
from expertpost.store.lines import Lines, Twice, key_of
from expertpost.store.measures import MEASURED, every_measured, find_measured, measured_line, measured_segment, news
from expertpost.store.witness import SEEN, by_segment, every_in, find_in, seen_segment

TERMS = "ledger.json"
OPEN = "open.jsonl"
SETTLED, ACCOUNTS = "settled", "accounts"


def segment(key: str) -> str:
    """The file that holds a settled delivery."""
    return f"{SETTLED}/{key[:2]}.jsonl"


def account_path(account: str) -> str:
    """The file of an account."""
    return f"{ACCOUNTS}/{account}.json"


@dataclass(slots=True)
class LedgerFiles:
    """One commit (``tip``, None: nothing there yet) of the branch ``where``; what was found damaged is kept."""

    git: Git
    tip: str | None
    where: str
    workspace: str
    _contents: dict[str, bytes] = field(default_factory=dict)
    _lines: dict[str, Lines] = field(default_factory=dict)
    _damaged: dict[tuple[str, str], Damaged] = field(default_factory=dict)

    def grown(self, tip: str, changes: Mapping[str, bytes], lines: Mapping[str, Lines]) -> "LedgerFiles":
        """The same with these changes, as the next commit has it."""
        contents, known = {**self._contents, **changes}, {**self._lines, **lines}
        return LedgerFiles(self.git, tip, self.where, self.workspace, contents, known, self._damaged)

    def read(self, *paths: str) -> None:
        """Read all of these at once."""
        wanted = [path for path in paths if path not in self._contents]
        found = self.git.tree(self.tip, *wanted) if self.tip and wanted else []
        self._contents |= dict.fromkeys(wanted, b"")
        self._contents |= zip((e.path for e in found), self.git.blobs(e.blob for e in found), strict=True)

    def content(self, path: str) -> bytes:
        """The bytes of one file, none where it is not there."""
        self.read(path)
        return self._contents[path]

    def below(self, folder: str) -> list[str]:
        """The paths of all files in a folder."""
        return [e.path for e in self.git.tree(self.tip, folder)] if self.tip else []

    def damages(self) -> tuple[Damaged, ...]:
        """What cannot be understood among what was read so far."""
        return tuple(self._damaged[place] for place in sorted(self._damaged))

    def look_up(self, keys: Iterable[str]) -> dict[str, Found]:
        """What is known under these keys."""
        wanted = list(dict.fromkeys(keys))
        self.read(OPEN, *{segment(key) for key in wanted})
        found = ((key, self._find(key)) for key in wanted)
        return {key: row for key, row in found if row is not None}

    def rows(self, *paths: str) -> tuple[Row, ...]:
        """Every delivery and pin that these files name, sorted by key; damaged ones left out."""
        self.read(*paths)
        keys = {key_of(line) for path in paths for line in self._in(path).every()}
        found = self.look_up(sorted(keys - {""}))
        return tuple(row for row in found.values() if not isinstance(row, Damaged))

    def account(self, account: str) -> Account:
        """The account of this ``account_id``. Raises Failure XP-LEDGER-DAMAGED."""
        path = account_path(account)
        content = self.content(path)
        if not content:
            return Account(account)
        try:
            found = account_from(content)
        except NotUnderstood as wrong:
            raise broken(f"{path} {wrong}", self.where) from wrong
        if found.id != account:
            raise broken(f"{path} speaks of another account", self.where)
        return found

    def witnessed(self, events: Iterable[str] | None) -> Mapping[str, Witness]:
        """When the runner first saw these events (None: all). Raises Failure XP-LEDGER-DAMAGED."""
        wanted = None if events is None else list(events)
        paths = self.below(SEEN) if wanted is None else sorted(set(map(seen_segment, wanted)))
        self.read(*paths)
        segments = {path: self._in(path) for path in paths}
        try:
            return every_in(segments) if wanted is None else find_in(segments, wanted)
        except NotUnderstood as wrong:
            raise broken(f"{SEEN}/: {wrong}", self.where) from wrong

    def measured(self, keys: Iterable[str] | None) -> Mapping[str, Measured]:
        """What came back of these deliveries (None: of all). Raises Failure XP-LEDGER-DAMAGED."""
        wanted = None if keys is None else list(keys)
        paths = self.below(MEASURED) if wanted is None else sorted(set(map(measured_segment, wanted)))
        self.read(*paths)
        segments = {path: self._in(path) for path in paths}
        try:
            return every_measured(segments) if wanted is None else find_measured(segments, wanted)
        except NotUnderstood as wrong:
            raise broken(f"{MEASURED}/: {wrong}", self.where) from wrong

    def changed(self, rows: Mapping[str, Row]) -> dict[str, Lines]:
        """The files that these rows change: each in the one place where it belongs now."""
        new: dict[str, dict[str, bytes | None]] = {}
        for key, row in rows.items():
            here, there = (OPEN, segment(key)) if is_open(row) else (segment(key), OPEN)
            new.setdefault(here, {})[key] = row_line(row)
            if self._in(there).find(key) is not None:
                new.setdefault(there, {})[key] = None
        return {path: self._in(path).changed(lines) for path, lines in new.items()}

    def saw(self, seen: Iterable[Witness]) -> dict[str, Lines]:
        """The files with what is new to them: the first witness of an event stands."""
        witnesses = {one.event: one for one in seen}
        new = by_segment(witnesses[event] for event in sorted(witnesses.keys() - self.witnessed(witnesses).keys()))
        return {path: self._in(path).changed(lines) for path, lines in new.items()}

    def came_back(self, measured: Iterable[Measured]) -> dict[str, Lines]:
        """The files with what is new to them of what came back."""
        found = tuple(measured)
        new: dict[str, dict[str, bytes | None]] = {}
        for key, one in news(self.measured(each.key for each in found), found).items():
            new.setdefault(measured_segment(key), {})[key] = measured_line(one)
        return {path: self._in(path).changed(lines) for path, lines in new.items()}

    def _in(self, path: str) -> Lines:
        if path not in self._lines:
            self._lines[path] = Lines(self.content(path))
            if not self._lines[path].sound:
                self._note(Damaged("", path, "a line shows no key"))
        return self._lines[path]

    def _note(self, damaged: Damaged) -> Damaged:
        self._damaged[damaged.where, damaged.key] = damaged
        return damaged

    def _find(self, key: str) -> Found | None:
        places = {path: self._in(path) for path in (OPEN, segment(key))}
        try:
            lines = {path: line for path, inside in places.items() if (line := inside.find(key)) is not None}
        except Twice:
            return self._note(Damaged(key, f"{OPEN}, {segment(key)}", "stands there twice"))
        if len(lines) > 1:
            return self._note(Damaged(key, f"{OPEN}, {segment(key)}", "stands in both"))
        for path, line in lines.items():
            return self._row(key, path, line)
        hidden = next((path for path, inside in places.items() if not inside.sound), None)
        return Damaged(key, hidden, "may stand on a line that shows no key") if hidden else None

    def _row(self, key: str, path: str, line: bytes) -> Found:
        try:
            return row_from(line, self.workspace)
        except NotUnderstood as wrong:
            return self._note(Damaged(key, path, str(wrong)))
