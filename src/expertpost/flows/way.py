"""The way to one channel in one run, and what goes that way."""

from collections.abc import Callable
from dataclasses import dataclass

from expertpost.flows.cases import Case, Slot
from expertpost.flows.places import Place
from expertpost.flows.run import Run
from expertpost.model.post import Post
from expertpost.publishers.base import Publisher
from expertpost.store.hub import Raced
from expertpost.store.ledger import Ledger

RACES = 60
"""How often a claim is tried anew because other runners wrote to the ledger: twenty at once needed twenty."""
ELSEWHERE = "another runner is sending there"


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery of a case that may be claimed now."""

    case: Case
    slot: Slot

    @property
    def post(self) -> Post:
        """The post whose digest the approvals name; ``bind`` is all that happens to it from here on."""
        if self.case.post is None:
            raise ValueError("a case without a post was never allowed")
        return self.case.post


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a channel was left before its last delivery; the rest waits for the next run.

    ``met``: another runner was faster there, at this very moment.
    """

    says: str
    failed: bool = False
    met: bool = False


@dataclass(slots=True)
class Way:
    """The way to one channel in this run. ``publisher`` has its secrets; ``media`` gives the bytes of a piece's file.

    ``look_again`` fetches and says whether what was judged still stands: only the ledger has moved.
    ``busy``: tries in a row that were not accepted; ``answered``: some other answer came.
    """

    run: Run
    ledger: Ledger
    place: Place
    publisher: Publisher[object]
    media: Callable[[Case, str], bytes | None]
    look_again: Callable[[], bool]
    busy: int = 0
    answered: bool = False

    def after_a_race(self, races: int) -> Stopped | Raced | None:
        """Look again after a claim came too late; None: it may be tried again, as only the ledger's branch had moved.

        Raced: what was judged, or the account's order, may be another one now, so everything is to be judged anew.
        """
        account, world = self.place.account, self.run.world
        before = self.ledger.account(account).epoch
        world.stand_back(races)
        still = self.look_again()
        now = self.ledger.account(account)
        if still and now.leased_to_another(self.run.owner, world.now()):
            return Stopped(ELSEWHERE, met=True)
        return None if still and now.epoch == before and races < RACES else Raced((account,))
