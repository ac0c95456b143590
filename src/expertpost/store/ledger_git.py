"""The ledger on a branch of the shared repository: a push that nobody else can win is the claim (protocol §6)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from expertpost.errors import Exit, Failure
from expertpost.model.key import Account
from expertpost.model.measure import Measured
from expertpost.model.witness import Witness
from expertpost.store.claiming import holds, id_of, keys_of, learnt, merged, report_of
from expertpost.store.fields import NotUnderstood
from expertpost.store.hub import Denied, Hub, Landed, Raced
from expertpost.store.ledger import Chunk, Contents, Damaged, Found, Row, Terms, Told, broken, sealed
from expertpost.store.ledger_files import ACCOUNTS, OPEN, SETTLED, TERMS, LedgerFiles, account_path, segment
from expertpost.store.ledger_json import account_bytes, terms_bytes, terms_from
from expertpost.store.rewind import Tags
from expertpost.store.tree import Identity
from expertpost.store.writing import write_commit

__all__ = ["TERMS", "GitLedger", "segment"]

BY = Identity("expertpost", "expertpost@localhost")
TRIES = 60
"""How often a record is built anew on somebody else's: twenty writers at once needed twenty, now and then more."""

Guard: TypeAlias = Mapping[str, tuple[str | None, str | None]]
NO_GUARD: Guard = MappingProxyType({})


def at_once(_tries: int) -> None:
    """Try again without waiting."""


class GitLedger:
    """See ``store.ledger.Ledger``. It sees what ``hub`` fetched last, from the last ``refresh`` on.

    ``workspace`` is the workspace's id and ``pinned`` the ledger id in its settings ("": any). A ledger that is not
    there yet begins with the first claim. ``tags``: what a runner writes, and looks at first; readers need none.
    ``stand_back`` waits before a record is tried again, after so many tries: others do the same.
    """

    def __init__(
        self,
        hub: Hub,
        workspace: str,
        now: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        pinned: str = "",
        tags: Tags | None = None,
        stand_back: Callable[[int], None] = at_once,
    ) -> None:
        self._hub = hub
        self._tags = tags
        self._stand_back = stand_back
        self._now = now
        self._where = hub.branches.ledger
        self._new = Terms(workspace, pinned or entropy(16).hex(), entropy(32).hex())
        self._pinned = pinned
        self.refresh()

    def refresh(self) -> None:
        """See Ledger; no branch is fetched here. Raises Failure XP-REWOUND."""
        if self._tags:
            self._tags.look()
        self._files = LedgerFiles(self._hub.git, self._hub.tip(self._where), self._where, self._new.workspace)
        self.terms = self._read_terms()

    @property
    def exists(self) -> bool:
        """See Ledger."""
        return self._files.tip is not None

    def _read_terms(self) -> Terms:
        if not self.exists:
            return self._new
        try:
            terms = terms_from(self._files.content(TERMS))
        except NotUnderstood as wrong:
            raise broken(f"{TERMS} {wrong}", self._where) from wrong
        if terms.workspace != self._new.workspace or self._pinned not in ("", terms.id):
            cure = "publish where the ledger is at home; a copy of a workspace needs an id and a ledger of its own"
            what = "the ledger belongs to another workspace"
            raise Failure("XP-LEDGER-OTHER", what, cure, where=self._where, exit_code=Exit.GUARD)
        return terms

    def look_up(self, keys: Iterable[str]) -> Mapping[str, Found]:
        """See Ledger."""
        return self._files.look_up(keys)

    def open(self) -> tuple[Row, ...]:
        """See Ledger."""
        return self._files.rows(OPEN)

    def settled(self) -> tuple[Row, ...]:
        """See Ledger."""
        return self._files.rows(*self._files.below(SETTLED))

    def damages(self) -> tuple[Damaged, ...]:
        """See Ledger."""
        return self._files.damages()

    def account(self, account: str) -> Account:
        """See Ledger."""
        return self._files.account(account)

    def accounts(self) -> tuple[Account, ...]:
        """See Ledger."""
        paths = self._files.below(ACCOUNTS)
        self._files.read(*paths)
        names = (path.removeprefix(f"{ACCOUNTS}/").removesuffix(".json") for path in paths)
        return tuple(self._files.account(name) for name in sorted(names))

    def witnessed(self, events: Iterable[str] | None = None) -> Mapping[str, Witness]:
        """See Ledger."""
        return self._files.witnessed(events)

    def measured(self, keys: Iterable[str] | None = None) -> Mapping[str, Measured]:
        """See Ledger."""
        return self._files.measured(keys)

    def intend(self, chunk: Chunk, main: str) -> Landed | Raced | Denied:
        """See Ledger."""
        if self.terms.sealed:
            raise sealed(self.terms, self._where)
        new: tuple[Row, ...] = (*chunk.claims, *chunk.pins)
        rows = self._learnt(chunk.told)
        known = {**self.look_up(id_of(row) for row in new), **rows}
        if not holds(chunk, self.account(chunk.account.id), known, self._now()):
            return Raced((self._where,))
        rows |= {id_of(row): row for row in new}
        says = f"ledger: claim {len(chunk.claims)}, report {len(chunk.told)}"
        return self._write(says, rows, (chunk.account,), chunk.seen, guard={self._hub.branches.main: (main, main)})

    def record(
        self,
        told: Iterable[Told],
        accounts: Iterable[Account] = (),
        seen: Iterable[Witness] = (),
        measured: Iterable[Measured] = (),
    ) -> Landed | Raced | Denied:
        """See Ledger. Fetches again where somebody else was faster."""
        facts, touched, new, back = tuple(told), tuple(accounts), tuple(seen), tuple(measured)
        if not facts and not touched and not new and not back:
            return Landed()

        def built() -> Landed | Raced | Denied:
            now = tuple(merged(self.account(account.id), account) for account in touched)
            says = f"ledger: {report_of(facts, new, back)}"
            return self._write(says, self._learnt(facts), now, new, back)

        return self._until_landed(built)

    def seal(self, goes_on: str) -> Landed | Raced | Denied:
        """See Ledger."""

        def built() -> Landed | Raced | Denied:
            if self.terms.sealed not in ("", goes_on):
                raise sealed(self.terms, self._where)
            return self._write("ledger: seal", terms=replace(self.terms, sealed=goes_on))

        return self._until_landed(built)

    def fill(self, contents: Contents) -> Landed | Raced | Denied:
        """See Ledger."""
        if self.exists:
            return Raced((self._where,))
        rows = {id_of(row): row for row in contents.rows}
        says = f"ledger: begin with {len(rows)} from another"
        terms = replace(contents.terms, sealed="")
        return self._write(says, rows, contents.accounts, contents.seen, contents.measured, terms=terms)

    def _until_landed(self, built: Callable[[], Landed | Raced | Denied]) -> Landed | Raced | Denied:
        for tries in range(TRIES):
            answer = built()
            if not isinstance(answer, Raced):
                return answer
            self._stand_back(tries)
            self._hub.fetch()
            self.refresh()
        return Raced((self._where,))

    def _learnt(self, told: Iterable[Told]) -> dict[str, Row]:
        reports = tuple(told)
        return learnt(reports, self.look_up(keys_of(reports)), self._where)

    def _write(
        self,
        says: str,
        rows: Mapping[str, Row] = {},
        accounts: Iterable[Account] = (),
        seen: Iterable[Witness] = (),
        measured: Iterable[Measured] = (),
        *,
        terms: Terms | None = None,
        guard: Guard = NO_GUARD,
        also: Mapping[str, bytes] = MappingProxyType({}),
    ) -> Landed | Raced | Denied:
        files, tip = self._files, self._files.tip
        lines = files.changed(rows) | files.saw(seen) | files.came_back(measured)
        contents = {path: inside.content for path, inside in lines.items()}
        contents |= also
        contents |= {account_path(account.id): account_bytes(account) for account in accounts}
        contents |= {TERMS: terms_bytes(terms or self.terms)} if terms or not self.exists else {}
        changes = {path: content for path, content in contents.items() if content != files.content(path)}
        if not changes:
            return Landed()
        commit = write_commit(self._hub.git, changes, says, BY, self._now(), base=tip)
        answer = self._offered({self._where: (commit, tip), **guard}, commit)
        if isinstance(answer, Landed):
            self._files = files.grown(commit, changes, lines)
            self.terms = terms or self.terms
        return answer

    def _offered(self, moves: Guard, commit: str) -> Landed | Raced | Denied:
        """Push, with the tag that proves it; a host that takes no tag gets the ledger alone."""
        if self._tags is None or not (tag := self._tags.next()):
            return self._hub.offer(moves)
        answer = self._hub.offer(moves, {tag: commit})
        if isinstance(answer, Denied) and answer.branch == tag:
            self._tags.refuse()
            return self._hub.offer(moves)
        if isinstance(answer, Landed):
            self._tags.made(commit)
        return answer
