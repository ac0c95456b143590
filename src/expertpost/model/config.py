"""The settings of a workspace, valid by construction; ``expertpost.toml`` is read by ``store.config``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from expertpost.model.audience import Audiences
from expertpost.model.branches import Branches as Branches
from expertpost.model.channel import Channel, SecretName, Site


@dataclass(frozen=True, slots=True)
class Rule:
    """One review rule: where every non-empty filter matches, so many ``approvals`` are needed.

    They count by people with one of the ``roles`` or, with ``experts``, whose topics meet the piece's; by anyone listed
    where neither is set. ``fast_lane``: up to so many changed characters need one approval only (0: none).
    ``due_days`` after the submission the roles and handles in ``escalate`` are asked too (0: never). ``number``: its
    place in the settings from 1, 0 where no rule matched.
    """

    approvals: int = 1
    roles: tuple[str, ...] = ()
    experts: bool = False
    fast_lane: int = 0
    due_days: int = 0
    escalate: tuple[str, ...] = ()
    number: int = 0
    audience: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    author: tuple[str, ...] = ()


class HostApprovals(StrEnum):
    """What an approval on the host's own pages is: a real one, a remark, or nothing."""

    COUNT = "count"
    COMMENT = "comment"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """``alone``: one person may publish their own work.

    ``signed``: unsigned approvals do not count (None: not set, so from the second person on).
    ``host_approvals`` None: they count where no signature is asked for, and are remarks elsewhere.
    ``reminders``: the channel, read by colleagues only, through which people are reminded of reviews; "" for none.
    """

    alone: bool = False
    signed: bool | None = None
    rules: tuple[Rule, ...] = ()
    host_approvals: HostApprovals | None = None
    reminders: str = ""


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The host that keeps the shared repository, as far as its address does not tell. ``token``: the secret's name."""

    kind: str = ""
    base_url: str = ""
    token: SecretName | None = None


@dataclass(frozen=True, slots=True)
class Brakes:
    """What keeps a backlog from being blasted.

    ``max_lateness``: later than this after it was due, a post waits for a person. ``burst``: more pieces than this due
    at one channel in one run hold the channel. ``same_text``: so many pieces with one and the same text may go to a
    channel. ``inside_first``: so much later than colleagues everybody else gets a piece.
    """

    max_lateness: timedelta = timedelta(days=7)
    burst: int = 5
    same_text: int = 1
    inside_first: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """Which engine holds the runner's facts: ``git``, or an address named by ``url``. ``id`` and ``remote`` pin it.

    ``pushes_per_minute``: how often one run writes to it at most (0: as often as it likes).
    """

    engine: str = "git"
    url: SecretName | None = None
    id: str = ""
    remote: str = ""
    pushes_per_minute: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A rule: pieces of one of these kinds and topics (empty: of all) are looked at again after so many days."""

    days: int
    topic: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Freshness:
    """``[freshness]``: the rules, of which the first that matches counts, and the ``days`` for all others (0: none).

    ``reminded``: so many pieces are named in one reminder; nobody gets more than one reminder a week.
    """

    days: int = 0
    terms: tuple[Term, ...] = ()
    reminded: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything ``expertpost.toml`` says. ``id`` is the workspace id, written once by ``init``.

    ``templates``: those of posts, by the channel or publisher they are for; they lie beside it, in ``templates/post``.
    """

    name: str
    id: str
    timezone: str = "UTC"
    branches: Branches = field(default_factory=Branches)
    audiences: Audiences = field(default_factory=Audiences)
    sites: Mapping[str, Site] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    review: ReviewPolicy = ReviewPolicy()
    brakes: Brakes = Brakes()
    ledger: LedgerSettings = LedgerSettings()
    host: HostSettings = HostSettings()
    freshness: Freshness = Freshness()
    templates: Mapping[str, str] = field(default_factory=dict, repr=False)

    def brakes_of(self, channel: str) -> Brakes:
        """The brakes of one channel: its own where it sets some, and those of ``[publish]``."""
        own = self.channels[channel]
        return replace(
            self.brakes, burst=own.burst or self.brakes.burst, same_text=own.same_text or self.brakes.same_text
        )
