"""The ledger on a branch of the shared repository: a push that nobody else can win is the claim (protocol §6).

``ledger.json`` says whose it is, ``open.jsonl`` holds what is not settled, ``settled/<two digits of the key>.jsonl``
the rest, ``accounts/<id>.json`` each account, ``seen/<two digits>.jsonl`` when events were first seen.
What is written there by somebody else is read with suspicion.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from expertpost.errors import Exit, Failure
from expertpost.model.delivery import SETTLED, Delivery, IllegalMove, learn, move
from expertpost.model.key import Account, Pin
from expertpost.model.witness import Witness
from expertpost.store.fields import NotUnderstood
from expertpost.store.git import Git
from expertpost.store.hub import Denied, Hub, Landed, Raced
from expertpost.store.ledger import Chunk, Damaged, Found, Row, Terms, Told, broken
from expertpost.store.ledger_json import account_bytes, account_from, row_from, row_line, terms_bytes, terms_from
from expertpost.store.lines import Lines, Twice, key_of
from expertpost.store.tree import Identity
from expertpost.store.witness import SEEN, by_segment, every_in, find_in, seen_segment
from expertpost.store.writing import write_commit

TERMS = "ledger.json"
OPEN = "open.jsonl"
BY = Identity("expertpost", "expertpost@localhost")
TRIES = 20
"""How often a record is built anew on somebody else's: twenty writers at once needed no more (measured)."""


def segment(key: str) -> str:
    """The file that holds a settled delivery."""
    return f"settled/{key[:2]}.jsonl"


def id_of(row: Row) -> str:
    """The key under which a row stands."""
    return row.id if isinstance(row, Pin) else row.key.id


def is_open(row: Row) -> bool:
    """Whether the runner still has to do with it."""
    return not row.complete if isinstance(row, Pin) else row.state not in SETTLED


@dataclass(slots=True)
class _View:
    """The files of one commit of the ledger, read when first asked for; "" content for what is not there."""

    git: Git
    tip: str | None
    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, *paths: str) -> None:
        """Read all of these at once."""
        wanted = [path for path in paths if path not in self.files]
        found = self.git.tree(self.tip, *wanted) if self.tip and wanted else []
        self.files |= dict.fromkeys(wanted, b"")
        self.files |= zip((e.path for e in found), self.git.blobs(e.blob for e in found), strict=True)

    def content(self, path: str) -> bytes:
        """The bytes of one file."""
        self.read(path)
        return self.files[path]


class GitLedger:
    """See ``store.ledger.Ledger``. It sees what ``hub`` fetched last, from the last ``refresh`` on.

    ``workspace`` is the workspace's id and ``pinned`` the ledger id in its settings ("": any). A ledger that is not
    there yet begins with the first claim.
    """

    def __init__(
        self,
        hub: Hub,
        workspace: str,
        now: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        pinned: str = "",
    ) -> None:
        self._hub = hub
        self._now = now
        self._new = Terms(workspace, pinned or entropy(16).hex(), entropy(32).hex())
        self._pinned = pinned
        self._damaged: dict[tuple[str, str], Damaged] = {}
        self.refresh()

    def refresh(self) -> None:
        """See Ledger; nothing is fetched here."""
        self._view = _View(self._hub.git, self._hub.tip(self._hub.branches.ledger))
        self._lines: dict[str, Lines] = {}
        self.terms = self._read_terms()

    @property
    def exists(self) -> bool:
        """Whether anything was ever claimed here."""
        return self._view.tip is not None

    def _read_terms(self) -> Terms:
        if self._view.tip is None:
            return self._new
        try:
            terms = terms_from(self._view.content(TERMS))
        except NotUnderstood as wrong:
            raise broken(f"{TERMS} {wrong}", self._hub.branches.ledger) from wrong
        if terms.workspace != self._new.workspace or self._pinned not in ("", terms.id):
            cure = "publish where the ledger is at home; a copy of a workspace needs an id and a ledger of its own"
            raise Failure(
                "XP-LEDGER-OTHER",
                "the ledger belongs to another workspace",
                cure,
                where=self._hub.branches.ledger,
                exit_code=Exit.GUARD,
            )
        return terms

    def _in(self, path: str) -> Lines:
        if path not in self._lines:
            self._lines[path] = Lines(self._view.content(path))
            if not self._lines[path].sound:
                self._note(Damaged("", path, "a line shows no key"))
        return self._lines[path]

    def _note(self, damaged: Damaged) -> Damaged:
        self._damaged[damaged.where, damaged.key] = damaged
        return damaged

    def look_up(self, keys: Iterable[str]) -> Mapping[str, Found]:
        """See Ledger."""
        wanted = list(dict.fromkeys(keys))
        self._view.read(OPEN, *{segment(key) for key in wanted})
        found = ((key, self._find(key)) for key in wanted)
        return {key: row for key, row in found if row is not None}

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
            return row_from(line, self.terms.workspace)
        except NotUnderstood as wrong:
            return self._note(Damaged(key, path, str(wrong)))

    def open(self) -> tuple[Row, ...]:
        """See Ledger."""
        return self._rows({key_of(line) for line in self._in(OPEN).every()})

    def settled(self) -> tuple[Row, ...]:
        """Every delivery that is settled and every complete pin, for people who look through all of it."""
        paths = self._below("settled")
        self._view.read(*paths)
        return self._rows({key_of(line) for path in paths for line in self._in(path).every()})

    def _below(self, folder: str) -> list[str]:
        return [e.path for e in self._hub.git.tree(self._view.tip, folder)] if self._view.tip else []

    def witnessed(self, events: Iterable[str] | None = None) -> Mapping[str, Witness]:
        """See Ledger."""
        wanted = None if events is None else list(events)
        paths = self._below(SEEN) if wanted is None else sorted(set(map(seen_segment, wanted)))
        self._view.read(*paths)
        segments = {path: self._in(path) for path in paths}
        try:
            return every_in(segments) if wanted is None else find_in(segments, wanted)
        except NotUnderstood as wrong:
            raise broken(f"{SEEN}/: {wrong}", self._hub.branches.ledger) from wrong

    def _rows(self, keys: set[str]) -> tuple[Row, ...]:
        found = self.look_up(sorted(keys - {""}))
        return tuple(row for row in found.values() if not isinstance(row, Damaged))

    def damages(self) -> tuple[Damaged, ...]:
        """See Ledger."""
        return tuple(self._damaged[place] for place in sorted(self._damaged))

    def account(self, account: str) -> Account:
        """See Ledger."""
        path = f"accounts/{account}.json"
        content = self._view.content(path)
        if not content:
            return Account(account)
        try:
            found = account_from(content)
        except NotUnderstood as wrong:
            raise broken(f"{path} {wrong}", self._hub.branches.ledger) from wrong
        if found.id != account:
            raise broken(f"{path} speaks of another account", self._hub.branches.ledger)
        return found

    def intend(self, chunk: Chunk, main: str) -> Landed | Raced | Denied:
        """See Ledger."""
        ledger = self._hub.branches.ledger
        new: tuple[Row, ...] = (*chunk.claims, *chunk.pins)
        rows = self._learned(chunk.told)
        known = {**self.look_up(id_of(row) for row in new), **rows}
        taken = self.account(chunk.account.id)
        fits = taken.taken(chunk.account.owner, self._now()).epoch == chunk.account.epoch
        busy = taken.leased_to_another(chunk.account.owner, self._now())
        if busy or not fits or not all(_still_possible(claim, known.get(claim.key.id)) for claim in chunk.claims):
            return Raced((ledger,))
        rows |= {id_of(row): row for row in new}
        says = f"ledger: claim {len(chunk.claims)}, report {len(chunk.told)}"
        return self._write(rows, (chunk.account,), says, {self._hub.branches.main: (main, main)}, chunk.seen)

    def record(
        self, told: Iterable[Told], accounts: Iterable[Account] = (), seen: Iterable[Witness] = ()
    ) -> Landed | Raced | Denied:
        """See Ledger. Fetches again where somebody else was faster."""
        facts, touched, new = tuple(told), tuple(accounts), tuple(seen)
        if not facts and not touched and not new:
            return Landed()
        for _ in range(TRIES):
            merged = tuple(_merged(self.account(account.id), account) for account in touched)
            says = f"ledger: report {len(facts)}, saw {len(new)}" if new else f"ledger: report {len(facts)}"
            answer = self._write(self._learned(facts), merged, says, {}, new)
            if not isinstance(answer, Raced):
                return answer
            self._hub.fetch()
            self.refresh()
        return Raced((self._hub.branches.ledger,))

    def _learned(self, told: Iterable[Told]) -> dict[str, Row]:
        reports = tuple(told)
        known: dict[str, Found] = dict(self.look_up(one.key.id for one in reports))
        learned: dict[str, Row] = {}
        for one in reports:
            before = known.get(one.key.id)
            if isinstance(before, Delivery):
                known[one.key.id] = learned[one.key.id] = learn(before, one.facts)
            elif before is None:
                raise broken("a claim of ours is gone from the ledger: it was rewound", self._hub.branches.ledger)
        return learned

    def _write(
        self,
        rows: Mapping[str, Row],
        accounts: Iterable[Account],
        says: str,
        guard: Mapping[str, tuple[str | None, str | None]],
        seen: Iterable[Witness] = (),
    ) -> Landed | Raced | Denied:
        lines = self._changed(rows) | self._saw(seen)
        files = {path: inside.content for path, inside in lines.items()}
        files |= {f"accounts/{account.id}.json": account_bytes(account) for account in accounts}
        files |= {} if self.exists else {TERMS: terms_bytes(self.terms)}
        changes = {path: content for path, content in files.items() if content != self._view.content(path)}
        if not changes:
            return Landed()
        tip = self._view.tip
        commit = write_commit(self._hub.git, changes, says, BY, self._now(), base=tip)
        answer = self._hub.offer({self._hub.branches.ledger: (commit, tip), **guard})
        if isinstance(answer, Landed):
            self._view = replace(self._view, tip=commit, files={**self._view.files, **changes})
            self._lines |= lines
        return answer

    def _changed(self, rows: Mapping[str, Row]) -> dict[str, Lines]:
        new: dict[str, dict[str, bytes | None]] = {}
        for key, row in rows.items():
            here, there = (OPEN, segment(key)) if is_open(row) else (segment(key), OPEN)
            new.setdefault(here, {})[key] = row_line(row)
            if self._in(there).find(key) is not None:
                new.setdefault(there, {})[key] = None
        return {path: self._in(path).changed(lines) for path, lines in new.items()}

    def _saw(self, seen: Iterable[Witness]) -> dict[str, Lines]:
        """The segments with what is new to them: the first witness of an event stands."""
        witnesses = {one.event: one for one in seen}
        new = by_segment(witnesses[event] for event in sorted(witnesses.keys() - self.witnessed(witnesses).keys()))
        return {path: self._in(path).changed(lines) for path, lines in new.items()}


def _still_possible(claim: Delivery, before: Found | None) -> bool:
    """Whether this claim follows from what the ledger says now (compare-and-swap on the folded delivery)."""
    if before is not None and not isinstance(before, Delivery):
        return False
    try:
        return move(claim.key, before, claim.intent) == claim
    except IllegalMove:
        return False


def _merged(now: Account, wanted: Account) -> Account:
    """An owner's last word about an account, unless it has another owner by now: then only the pause counts."""
    return (wanted if now.epoch == wanted.epoch else now).paused(now.not_before).paused(wanted.not_before)
