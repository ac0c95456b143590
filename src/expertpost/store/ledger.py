"""The ledger: what the runners of one workspace have claimed and what came of it. One contract, several engines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias

from expertpost.errors import Exit, Failure
from expertpost.model.delivery import Delivery, Report
from expertpost.model.key import Account, Key, Pin
from expertpost.model.measure import Measured
from expertpost.model.witness import Witness
from expertpost.store.hub import Denied, Landed, Raced

FORMAT = "expertpost-ledger/1"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a ledger says of itself, written once.

    ``id`` and ``workspace`` say whose it is; ``salt`` (hex) hides recipients. A claim lasts ``lease``, counted from
    before it is made; one send takes at most ``deadline``; ``margin`` is for clocks that differ. ``sealed``: where the
    ledger goes on ("": here); nothing is ever claimed in a sealed one.
    """

    workspace: str
    id: str
    salt: str
    lease: timedelta = timedelta(minutes=15)
    deadline: timedelta = timedelta(minutes=2)
    margin: timedelta = timedelta(minutes=1)
    sealed: str = ""

    @property
    def usable(self) -> timedelta:
        """For how long after a claim a send may still begin."""
        return self.lease - self.deadline - self.margin


@dataclass(frozen=True, slots=True)
class Damaged:
    """Something is written under a key that cannot be understood: nothing may be sent under it until a person looked.

    ``where`` is the file of the ledger.
    """

    key: str
    where: str
    what: str


Row: TypeAlias = Delivery | Pin
Found: TypeAlias = Delivery | Pin | Damaged


@dataclass(frozen=True, slots=True)
class Told:
    """Reports about one delivery, oldest first."""

    key: Key
    facts: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one claim puts into the ledger, all or nothing.

    ``claims`` are deliveries after their Intent; ``told`` and ``seen`` ride along: what came of the chunk before, and
    people's events that the runner saw for the first time.
    """

    account: Account
    claims: tuple[Delivery, ...]
    pins: tuple[Pin, ...] = ()
    told: tuple[Told, ...] = ()
    seen: tuple[Witness, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that a ledger holds, for a copy of it. What cannot be understood is never copied: see ``damages``."""

    terms: Terms
    rows: tuple[Row, ...] = ()
    accounts: tuple[Account, ...] = ()
    seen: tuple[Witness, ...] = ()
    measured: tuple[Measured, ...] = ()


class Ledger(Protocol):
    """The runner's facts. What is read belongs to one instant: the last ``refresh``, claim or record of this object."""

    @property
    def terms(self) -> Terms:
        """What the ledger says of itself; new terms where there is no ledger yet."""

    @property
    def exists(self) -> bool:
        """Whether anything was ever written here."""

    def refresh(self) -> None:
        """Look at the shared ledger anew. Raises Failure XP-REMOTE, XP-LEDGER-…."""

    def look_up(self, keys: Iterable[str]) -> Mapping[str, Found]:
        """What is known under these keys (ids of keys or pins); a key without an entry was never claimed."""

    def open(self) -> tuple[Row, ...]:
        """Every delivery that is not settled, and every pin that is not complete, sorted by key."""

    def settled(self) -> tuple[Row, ...]:
        """Every delivery that is settled and every complete pin, sorted by key: slow, for people and copies."""

    def damages(self) -> tuple[Damaged, ...]:
        """What cannot be understood among what was read so far; ``key`` is "" where not even that is legible."""

    def account(self, account: str) -> Account:
        """The account of this ``account_id``; a new one where it was never used. Raises Failure XP-LEDGER-DAMAGED."""

    def accounts(self) -> tuple[Account, ...]:
        """Every account that was ever used, sorted by id. Raises Failure XP-LEDGER-DAMAGED."""

    def witnessed(self, events: Iterable[str] | None = None) -> Mapping[str, Witness]:
        """When the runner first saw these of people's events (None: all that it ever saw).

        An event is written once; its first witness stands. Raises Failure XP-LEDGER-DAMAGED.
        """

    def measured(self, keys: Iterable[str] | None = None) -> Mapping[str, Measured]:
        """What came back of the deliveries with these keys (ids; None: of all that were ever measured).

        Raises Failure XP-LEDGER-DAMAGED.
        """

    def intend(self, chunk: Chunk, main: str) -> Landed | Raced | Denied:
        """Claim, once and for all: durable when this returns Landed, and otherwise nothing at all has changed.

        ``main`` is the commit that was judged: the claim fails when the shared main is no longer there. The claim also
        fails where the account is leased to another or has a newer epoch, and where a delivery moved meanwhile.
        Raises Failure XP-LEDGER-SEALED.
        """

    def record(
        self,
        told: Iterable[Told],
        accounts: Iterable[Account] = (),
        seen: Iterable[Witness] = (),
        measured: Iterable[Measured] = (),
    ) -> Landed | Raced | Denied:
        """Write what came of claims, what was seen and what came back, whatever else has happened meanwhile.

        Evidence always counts. Of one delivery the first measure of a day stands.
        """

    def seal(self, goes_on: str) -> Landed | Raced | Denied:
        """Claim nothing here any more, for ever; ``goes_on`` says where the ledger is from now on. Reports still land.

        Raises Failure XP-LEDGER-SEALED where it goes on elsewhere already.
        """

    def fill(self, contents: Contents) -> Landed | Raced | Denied:
        """Begin with what another ledger held, its terms too. Raced where there is a ledger already."""


def contents_of(ledger: Ledger) -> Contents:
    """Everything that a ledger holds."""
    rows = (*ledger.open(), *ledger.settled())
    seen, measured = tuple(ledger.witnessed().values()), tuple(ledger.measured().values())
    return Contents(ledger.terms, rows, ledger.accounts(), seen, measured)


def broken(what: str, where: str) -> Failure:
    """The failure that stops everything: what is written there must be looked at by a person."""
    cure = "look at that branch's history, and put back the last good commit"
    return Failure("XP-LEDGER-DAMAGED", what, cure, where=where, exit_code=Exit.GUARD)


def sealed(terms: Terms, where: str) -> Failure:
    """The failure that stops every claim in a ledger that goes on elsewhere."""
    what = f"this ledger is sealed; it goes on at {terms.sealed}"
    cure = "publish with the merged expertpost.toml, whose [ledger] names the new place"
    return Failure("XP-LEDGER-SEALED", what, cure, where=where, exit_code=Exit.GUARD)
