"""From when, and until when, an approved piece may go to a channel (protocol §4). Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from expertpost.model.audience import COLLEAGUES
from expertpost.model.channel import Channel
from expertpost.model.config import Config
from expertpost.model.event import Event
from expertpost.model.piece import Piece

Inside: TypeAlias = Mapping[str, datetime | None]
"""Each channel for colleagues that a piece was, or still may be, sent to: when it arrived there, None for not yet."""


def is_inside(config: Config, channel: Channel) -> bool:
    """Whether only colleagues read a channel."""
    return config.audiences.may_read(channel.readers, (COLLEAGUES,))


def from_when(
    config: Config, piece: Piece, channel: Channel, last: Event, good: Iterable[Event], inside: Inside
) -> datetime:
    """The instant from which it may go: ``publish_at``, the ``last`` approval needed, and what approvals named.

    Outside channels wait ``inside_first`` longer, counted from when colleagues had it, or from that instant where it
    went to no channel of theirs. ``good``: the approvals that count there.
    """
    due = max(filter(None, (piece.front.publish_at, last.at, *(event.not_before for event in good))))
    first = config.brakes.inside_first
    if not first or is_inside(config, channel):
        return due
    had = min(filter(None, inside.values()), default=due)
    return max(due, had + first)


def waits_for(config: Config, channel: Channel, good: Iterable[Event], inside: Inside) -> tuple[str, ...]:
    """The channels for colleagues that are approved as well and have to come first, as none of them has it yet."""
    if not config.brakes.inside_first or is_inside(config, channel) or any(inside.values()):
        return ()
    named = {name for event in good for name in event.posts}
    return tuple(sorted(named & inside.keys()))


def expired(config: Config, due: datetime, let_go: datetime | None, now: datetime) -> bool:
    """Whether it is too late to go by itself; a release begins the time anew."""
    since = max(due, let_go) if let_go else due
    return now - since > config.brakes.max_lateness
