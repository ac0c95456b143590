"""Whether a post is ours: what a service shows is compared with the mark of the delivery before anything is touched.

The ledger says under which id a post stands, and whoever may push the ledger could point it at another one.
"""

from datetime import datetime
from typing import Protocol, runtime_checkable

from expertpost.model.outcome import Busy, Outcome, Receipt, Refused, Unsure


@runtime_checkable
class Findable(Protocol):
    """A channel that can be searched for what it has accepted."""

    def find(self, key: str) -> Receipt | None:
        """The post that was accepted under this key, None where the complete listing has none.

        Raises ``Unreadable`` where the service gave no complete answer.
        """


@runtime_checkable
class Recognizable(Protocol):
    """A channel whose posts can be read back. Only there posts are changed or removed."""

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """Whether the post of this receipt, as the service has it now, carries the mark of the delivery ``key``.

        Raises ``Gone`` where it is not there, ``Unreadable`` where the service gave no answer.
        """


class Unreadable(Exception):
    """A search gave no complete answer: neither "there" nor "not there". ``trouble``: what was in the way, if known."""

    trouble: Refused | Busy | Unsure | None = None


class Gone(Unreadable):
    """The service says that there is no post under an id."""


GONE = Refused("the post is not there any more")
"""What a change of a post answers that somebody has removed."""


def kept_from(publisher: Recognizable, receipt: Receipt, key: str, at: datetime) -> Outcome | None:
    """Why the post of a receipt must not be touched, None where it carries the mark of this delivery."""
    try:
        if publisher.is_ours(receipt, key, at):
            return None
    except Gone:
        return GONE
    except Unreadable as unreadable:
        trouble = unreadable.trouble
        return Busy(str(unreadable)) if trouble is None or isinstance(trouble, Unsure) else trouble
    return Refused("nothing shows that the post under this id is the one that was sent: it is left alone")


def gone_for_good(publisher: Recognizable, receipt: Receipt, key: str) -> Outcome:
    """Whether a post that is not under its id is nowhere: only then it counts as removed."""
    if not isinstance(publisher, Findable):
        return Refused("there is no post under this id, which may never have been its own")
    try:
        other = publisher.find(key)
    except Unreadable as unreadable:
        return Refused(f"there is no post under this id, and nobody can tell whether it has another: {unreadable}")
    return Refused(f"there is no post under this id, but its mark is on {other.remote_id}") if other else receipt
