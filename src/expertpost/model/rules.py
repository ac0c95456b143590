"""The rules of a workspace about who has to approve what: which one matches, whom it takes, and until when. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from expertpost.model.config import Config, Rule
from expertpost.model.people import People, Person
from expertpost.model.piece import Piece

SITES = ""
"""Stands for all sites where a rule is asked about a place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What rules are matched by: of a piece, of an earlier text of it, or of an example case."""

    audience: tuple[str, ...] = ()
    kind: str = ""
    topics: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


def facts_of(piece: Piece) -> Facts:
    """What rules are matched by, of a piece."""
    front = piece.front
    return Facts(audience=front.audience, kind=front.kind.value, topics=front.topics, authors=front.authors)


def facts_in(content: Mapping[str, object]) -> Facts:
    """What rules are matched by, of the content behind a digest (``Piece.content``)."""
    front = content.get("front")
    given = front if isinstance(front, Mapping) else {}

    def texts(key: str) -> tuple[str, ...]:
        value = given.get(key)
        return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()

    return Facts(
        audience=texts("audience"), kind=str(given.get("kind", "")), topics=texts("topics"), authors=texts("authors")
    )


def rule_for(config: Config, facts: Facts, channel: str, people: People) -> Rule:
    """The first configured rule whose every filter matches; without one, one approval by anyone entitled.

    ``channel`` "" stands for the sites. An author is found under handle, mail address and name alike, and letter case
    of topics does not matter: another spelling must not lead to a milder rule.
    """
    return next((rule for rule in config.review.rules if not unmatched(rule, facts, channel, people)), Rule())


def unmatched(rule: Rule, facts: Facts, channel: str, people: People) -> tuple[str, ...]:
    """The filters of a rule that do not match; none where the rule matches."""
    authors = {*facts.authors, *filter(None, (people.handle_of(name) for name in facts.authors))}
    filters: tuple[tuple[str, Collection[str], Collection[str]], ...] = (
        ("audience", rule.audience, facts.audience),
        ("channel", rule.channel, (channel,)),
        ("kind", rule.kind, (facts.kind,)),
        ("topic", _folded(rule.topic), _folded(facts.topics)),
        ("author", rule.author, authors),
    )
    return tuple(name for name, wanted, having in filters if wanted and not set(wanted) & set(having))


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(word.casefold().split()) for word in words)


def takes(rule: Rule, person: Person, topics: Collection[str]) -> bool:
    """Whether an approval by this person counts under a rule: by one of its roles, or as expert of one of the topics.

    A rule that names neither takes everyone who is listed.
    """
    if not rule.roles and not rule.experts:
        return True
    is_expert = rule.experts and bool(_folded(person.topics) & _folded(topics))
    return is_expert or bool(set(rule.roles) & set(person.roles))


def may_work_alone(config: Config, people: People) -> bool:
    """Whether one person may publish their own work: asked for, and nobody else is listed."""
    return config.review.alone and len(people.listed) < 2


def is_contributor(people: People, handle: str, contributors: Iterable[str], piece: Piece) -> bool:
    """Whether this person wrote any of the piece, by handle, mail address or name."""
    names = {*contributors, *piece.front.authors}
    return handle in names or handle in {people.handle_of(name) for name in names}


def by_whom(rule: Rule) -> str:
    """Whom a rule takes, as the end of a sentence; "" for everyone."""
    words = [*rule.roles, *(["an expert on one of its topics"] if rule.experts else [])]
    return f" by somebody who is {' or '.join(words)}" if words else ""


def named(rule: Rule) -> str:
    """A rule as messages call it: its place in the settings, and what it asks for."""
    where = f"rule {rule.number}" if rule.number else "no rule"
    asks = f"{rule.approvals} approval{'s' if rule.approvals > 1 else ''}{by_whom(rule)}"
    return f"{where} ({asks})"


def is_milder(now: Rule, before: Rule) -> bool:
    """Whether one rule lets anything pass that another would have stopped."""
    fewer = now.approvals < before.approvals or now.fast_lane > before.fast_lane
    return fewer or not _takes_only(now, before)


def _takes_only(now: Rule, before: Rule) -> bool:
    """Whether everyone whom ``now`` takes is taken by ``before`` too."""
    if not before.roles and not before.experts:
        return True
    narrow = now.roles or now.experts
    return bool(narrow) and set(now.roles) <= set(before.roles) and (before.experts or not now.experts)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when a review should be decided. ``escalate``: roles and handles that are asked once it is ``late``."""

    at: datetime
    late: bool
    escalate: tuple[str, ...] = ()

    def helpers(self, people: People) -> tuple[str, ...]:
        """Handles of those who are asked besides, sorted; nobody before it is late."""
        wanted = set(self.escalate) if self.late else set()
        return tuple(sorted(person.handle for person in people.listed if wanted & {person.handle, *person.roles}))


def deadline_of(rules: Iterable[Rule], submitted: datetime, now: datetime) -> Deadline | None:
    """The earliest deadline among the rules that still miss an approval; None where none of them sets one."""
    timed = sorted((rule for rule in rules if rule.due_days), key=lambda rule: (rule.due_days, rule.number))
    if not timed:
        return None
    at = submitted + timedelta(days=timed[0].due_days)
    late = [rule for rule in timed if submitted + timedelta(days=rule.due_days) < now]
    return Deadline(at, bool(late), tuple(dict.fromkeys(role for rule in late for role in rule.escalate)))
