"""Counting approvals: which of them count at a place, and whether they are enough. Pure.

Everything here takes a review whose unproven events are doubted already (``policy.credible``).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from expertpost.model.config import Config, Rule
from expertpost.model.event import Event, EventKind
from expertpost.model.fast_lane import change
from expertpost.model.host import voices
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.review import Review
from expertpost.model.rules import SITES, facts_of, is_contributor, may_work_alone, rule_for, takes


@dataclass(frozen=True, slots=True)
class Tally:
    """The approvals of a text that count at one place, oldest first, by the rule that matches there.

    ``quick``: those of them that are enough by themselves, as the text is a slip of the pen away from an approved one.
    """

    rule: Rule
    counted: tuple[Event, ...] = ()
    quick: tuple[Event, ...] = ()

    def enough(self, good: Iterable[Event]) -> Event | None:
        """The approval, among those that are good, with which there were enough; None while there are not."""
        among = [event for event in self.counted if event in good]
        full = among[self.rule.approvals - 1 :][:1]
        first = [event for event in among if event in self.quick][:1]
        return min((*full, *first), key=lambda e: (e.at, e.id), default=None)

    @property
    def missing(self) -> int:
        """How many approvals are missing."""
        return 0 if self.enough(self.counted) else self.rule.approvals - len(self.counted)


def count(config: Config, piece: Piece, proven: Review, people: People, channel: str) -> Tally:
    """The standing approvals of this content that count at a channel; ``channel`` "" stands for the sites.

    They are by listed people whom the rule takes, properly signed, none by a contributor (unless ``alone``).
    """
    rule = rule_for(config, facts_of(piece), channel, people)
    counted = _approving(config, piece, piece.digest, proven, people, rule)
    if not rule.fast_lane:
        return Tally(rule, counted)
    quick = (
        event for event in counted if event.since and _is_slip(config, piece, proven, people, rule, channel, event)
    )
    return Tally(rule, counted, tuple(quick))


def _approving(
    config: Config, piece: Piece, digest: str, proven: Review, people: People, rule: Rule
) -> tuple[Event, ...]:
    """The approvals that count of one text of a piece, be it the piece as it is or an earlier one."""
    submitted = proven.contributors(digest)
    if submitted is None:
        return ()
    # Each approver looked into the history too: whoever any of them found there has a hand in it, even if the approval
    # was withdrawn since.
    contributors = submitted.union(*(event.contributors for event in proven.of(EventKind.APPROVE, digest)))
    alone = may_work_alone(config, people)
    found = [
        event
        for event in proven.approvals(digest)
        if (person := people.by_handle(event.by))
        and takes(rule, person, piece.front.topics)
        and (
            alone or not any(is_contributor(people, who, contributors, piece) for who in voices(config, people, event))
        )
    ]
    return tuple(sorted(found, key=lambda e: (e.at, e.id)))


def _is_slip(
    config: Config, piece: Piece, proven: Review, people: People, rule: Rule, channel: str, event: Event
) -> bool:
    """Whether an approval in the fast lane holds: the text that it corrects is fully approved, and the slip is small.

    Both are judged anew, from the two contents. The change is counted from the fully approved text, however many slips
    were approved between: so many small edits are one large one.
    """
    if event.before is None or is_contributor(people, event.by, proven.contributors(event.since) or (), piece):
        return False
    if not _is_full(config, piece, event.since, proven, people, rule, channel):
        return False
    slip = change(event.before, piece.content, min(rule.fast_lane, event.changed))
    return not slip.against


def _is_full(
    config: Config, piece: Piece, digest: str, proven: Review, people: People, rule: Rule, channel: str
) -> bool:
    """Whether an earlier text has every approval that the rule asks for, all for the same post of the channel."""
    found = _approving(config, piece, digest, proven, people, rule)
    alike = Counter(event.posts.get(channel) for event in found if channel == SITES or channel in event.posts)
    return max(alike.values(), default=0) >= rule.approvals


def correctable(config: Config, piece: Piece, proven: Review, people: People) -> tuple[tuple[str, int], ...]:
    """Earlier texts that are fully approved somewhere with a fast lane, the last approved first; each with its limit.

    Whether this text is a slip of the pen away from one of them their contents have to tell.
    """
    facts = facts_of(piece)
    rules = [(place, rule_for(config, facts, place, people)) for place in (SITES, *config.channels)]
    lanes = [(place, rule) for place, rule in rules if rule.fast_lane]
    approvals = sorted(proven.of(EventKind.APPROVE), key=lambda e: (e.at, e.id), reverse=True) if lanes else []
    found: dict[str, int] = {}
    for digest in dict.fromkeys(event.digest for event in approvals if event.digest != piece.digest):
        open_ = [r.fast_lane for p, r in lanes if _is_full(config, piece, digest, proven, people, r, p)]
        if open_:
            found[digest] = max(open_)
    return tuple(found.items())
