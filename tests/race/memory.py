"""A ledger and journals in memory, shared as a branch is: a look is a copy, and a push is an effect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.flows.organisation import WORKSPACE_ID
from tests.race.fate import Fate, Happening

from expertpost.model.key import Account
from expertpost.model.measure import Measured
from expertpost.model.witness import Witness
from expertpost.store.claiming import holds, is_open, keys_of, learnt, merged
from expertpost.store.hub import Denied, Landed, Raced
from expertpost.store.journal import Leftover
from expertpost.store.ledger import Chunk, Contents, Damaged, Found, Ledger, Row, Terms, Told

TERMS = Terms(WORKSPACE_ID, "1ed9e5", "5a" * 32, timedelta(minutes=15), timedelta(minutes=2), timedelta(minutes=1))


@dataclass
class Shared:
    """What all runners share. ``version`` grows with every push."""

    rows: dict[str, Row] = field(default_factory=dict)
    account: Account = field(default_factory=lambda: Account("acme"))
    version: int = 0


class Memory(Ledger):
    """A ledger that is shared like a branch: a look is a copy, and a push is an effect. Its state is ``shared``."""

    def __init__(self, shared: Shared, history: Happening) -> None:
        self.shared, self.history = shared, history
        self.refresh()

    @property
    def terms(self) -> Terms:
        """Its terms."""
        return TERMS

    @property
    def exists(self) -> bool:
        """It is always there."""
        return True

    def refresh(self) -> None:
        """Look anew."""
        self._rows, self._account, self._version = dict(self.shared.rows), self.shared.account, self.shared.version

    def look_up(self, keys: Iterable[str]) -> Mapping[str, Found]:
        """See Ledger."""
        return {key: self._rows[key] for key in keys if key in self._rows}

    def open(self) -> tuple[Row, ...]:
        """See Ledger."""
        return tuple(row for _, row in sorted(self._rows.items()) if is_open(row))

    def settled(self) -> tuple[Row, ...]:
        """See Ledger."""
        return tuple(row for _, row in sorted(self._rows.items()) if not is_open(row))

    def damages(self) -> tuple[Damaged, ...]:
        """It is never damaged."""
        return ()

    def account(self, account: str) -> Account:
        """The one account."""
        return self._account

    def accounts(self) -> tuple[Account, ...]:
        """The one account."""
        return (self._account,)

    def witnessed(self, events: Iterable[str] | None = None) -> Mapping[str, Witness]:
        """Nobody decides anything here."""
        return {}

    def measured(self, keys: Iterable[str] | None = None) -> Mapping[str, Measured]:
        """Nothing is measured here."""
        return {}

    def intend(self, chunk: Chunk, main: str) -> Landed | Raced | Denied:
        """A push that lands only on what was looked at."""
        fate = self.history.effect()
        if fate is Fate.REFUSED:
            return Denied("expertpost-ledger", "no")
        if self._version != self.shared.version:
            self.refresh()
            return Raced(("expertpost-ledger",))
        known = {**self._rows, **learnt(chunk.told, self._rows, "memory")}
        if not holds(chunk, self._account, known, self.history.now):
            return Raced(("expertpost-ledger",))
        self._push({**known, **{row.key.id: row for row in chunk.claims}}, chunk.account)
        self.history.effect()
        return Landed()

    def record(
        self,
        told: Iterable[Told],
        accounts: Iterable[Account] = (),
        seen: Iterable[Witness] = (),
        measured: Iterable[Measured] = (),
    ) -> Landed | Raced | Denied:
        """A push that is tried on whatever is there."""
        told, accounts = tuple(told), tuple(accounts)
        if not told and not accounts:
            return Landed()
        if self.history.effect() is Fate.REFUSED:
            return Denied("expertpost-ledger", "no")
        self.refresh()
        rows = {**self._rows, **learnt(told, self._rows, "memory")}
        assert set(keys_of(told)) <= rows.keys()
        account = self._account
        for one in accounts:
            account = merged(account, one)
        self._push(rows, account)
        self.history.effect()
        return Landed()

    def _push(self, rows: Mapping[str, Found], account: Account) -> None:
        known = {key: row for key, row in rows.items() if not isinstance(row, Damaged)}
        self.shared.rows, self.shared.account, self.shared.version = known, account, self._version + 1
        self.refresh()

    def seal(self, goes_on: str) -> Landed | Raced | Denied:
        """It is never sealed."""
        raise NotImplementedError

    def fill(self, contents: Contents) -> Landed | Raced | Denied:
        """It is never filled."""
        raise NotImplementedError


@dataclass
class Notes:
    """A runner's journal: what is on its disk stays there when the power goes off; writing it may take for ever."""

    history: Happening
    told: list[Told] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)

    def keep(self, told: Told) -> None:
        """Note a report."""
        self.history.effect()
        self.told.append(told)

    def begin(self, nonces: Iterable[str]) -> None:
        """Note what was claimed."""
        self.history.effect()
        self.claimed |= set(nonces)

    def clear(self) -> None:
        """The ledger has it."""
        self.told.clear()
        self.claimed.clear()

    def leftovers(self, _workspace: str) -> tuple[Leftover, ...]:
        """What the run before left."""
        if not self.told and not self.claimed:
            return ()
        return (_Left(Path(), 0, tuple(self.told), frozenset(self.claimed), self),)


@dataclass(frozen=True, slots=True)
class _Left(Leftover):
    notes: Notes | None = None

    def forget(self) -> None:
        """The ledger has it."""
        if self.notes:
            self.notes.clear()
