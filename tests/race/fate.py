"""What happens at each effect of a runner on the world outside it, in the histories that are told in memory."""

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol

SETTLE = timedelta(minutes=2)
"""After this time a search finds what was taken."""
NAP = timedelta(seconds=1)
"""What every effect takes at least."""


class Fate(Enum):
    """What happens at an effect."""

    WELL = auto()
    POWER_CUT = auto()
    SLEEPS = auto()
    """The runner stands still, past its claim, and another one runs meanwhile."""
    MEETS = auto()
    """Another runner runs meanwhile, and time hardly goes by."""
    REFUSED = auto()
    """The host does not take the push; the service is busy."""
    LOST = auto()
    """The answer never comes, whether or not it was taken."""
    LOST_BEFORE = auto()
    """The same, and it was not taken."""


class PowerCut(BaseException):
    """The runner is gone: nothing in it runs any more, no handler and no clean-up."""


class Happening(Protocol):
    """A history on its way."""

    now: datetime

    def effect(self) -> Fate:
        """Something is about to be done to the world; what happens instead, or besides. Raises PowerCut."""
