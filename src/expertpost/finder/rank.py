"""Who is likely to know: evidence in, people in order out, each with the work that made the score. Pure.

The retrieval model is the document-centric one of expert search (Balog, Azzopardi, de Rijke 2009, "A language modeling
framework for expert finding", model 2): people inherit the relevance of the work they had a part in. Three signals are
fused: what the work says, its topic, and whom it was done with. Each kind of part is weighed among its own, so that
ten thousand commits do not drown ten pieces; a rare topic weighs as much as a common one, shared by fewer people.
``drafts/design/0009-who-knows-what.md`` says how the numbers were chosen.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from math import fsum
from operator import itemgetter
from typing import NamedTuple

from expertpost.finder.evidence import Evidence, Part

_DAY = 86_400
_AT, _SOURCE = (Evidence._fields.index(name) for name in ("at", "source"))


class Signal(StrEnum):
    """Why a piece of evidence counts."""

    TEXT = "text"
    TOPIC = "topic"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: words, topics (folded), and the people who ask or wrote it. They are never an answer."""

    text: str = ""
    topics: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


class Reason(NamedTuple):
    """One piece of evidence and the part of a score that it made."""

    evidence: Evidence
    signal: Signal
    share: float


@dataclass(frozen=True, slots=True)
class Expert:
    """A person, a score that compares within one answer only, and everything that made it, the strongest first."""

    person: str
    score: float
    reasons: tuple[Reason, ...]


_UNPROVEN = frozenset({Part.COMMITTED, Part.CHECKED, Part.OWNS, Part.SAYS})
"""What anybody can write about themselves: nobody else signed for it."""


@dataclass(frozen=True, slots=True)
class Model:
    """The numbers of the model.

    ``half_life``: days after which evidence counts half, but for the share of it that is ``lasting``. ``sharpness``:
    how much better the best fitting text is than the others. ``elsewhere``: what a fitting text counts that is on none
    of the topics asked for. ``damping``: below 1, the tenth piece adds less than the first. ``parts``: what each kind
    of part tells.
    """

    text: float = 0.75
    topic: float = 1.0
    company: float = 0.5
    half_life: float = 300
    lasting: float = 0.01
    sharpness: float = 3
    elsewhere: float = 0.1
    damping: float = 0.5
    parts: Mapping[Part, float] = field(
        default_factory=lambda: {part: 0.5 if part in _UNPROVEN else 1.0 for part in Part}
    )


MODEL = Model()
_SHARE = Reason._fields.index("share")
_Weighed = list[tuple[Evidence, float]]


def rank(
    query: Query,
    evidence: Iterable[Evidence],
    now: datetime,
    relevance: Mapping[str, float] | None = None,
    model: Model = MODEL,
) -> tuple[Expert, ...]:
    """The people with any evidence for the query, the likeliest first; equal scores by name.

    ``relevance``: source → how well its text fits the words, 0 and above on any scale. What is dated after ``now``
    counts as of now. The order of the evidence does not matter; more of it never lowers its person.
    """
    reasons: dict[str, list[Reason]] = defaultdict(list)
    # In one order, whatever it came in: what counts the same is told in that order.
    ordered = sorted(evidence, key=itemgetter(_SOURCE, _AT))
    left = cache(lambda at: _left(at, now, model))
    fresh = [(one, one.weight * left(one.at)) for one in ordered]
    for signal, weight, weighed in _signals(query, fresh, relevance or {}, model):
        for part, of_part in _by_part(weighed).items():
            tells = weight * model.parts[part]
            for one, share in _shares(of_part, model.damping):
                reasons[one.person].append(Reason(one, signal, tells * share))
    experts = (_expert(person, found) for person, found in reasons.items() if _answers(query, person, found))
    return tuple(sorted(experts, key=lambda expert: (-expert.score, expert.person)))


def _answers(query: Query, person: str, found: list[Reason]) -> bool:
    """Whether somebody is an answer: not who asks, nor who only worked with them on something else."""
    return person not in query.people and any(reason.signal is not Signal.COMPANY for reason in found)


def _expert(person: str, found: list[Reason]) -> Expert:
    found.sort(key=itemgetter(_SHARE), reverse=True)
    return Expert(person, fsum(each.share for each in found), tuple(found))


def _by_part(weighed: _Weighed) -> dict[Part, _Weighed]:
    """What weighs anything at all, by kind: a float cannot hold what is too old or too far from the words."""
    found: dict[Part, _Weighed] = {part: [] for part in Part}
    for each in weighed:
        if each[1] > 0:
            found[each[0].part].append(each)
    return found


def _shares(weighed: _Weighed, damping: float) -> Iterator[tuple[Evidence, float]]:
    """What each piece of evidence adds: its person's damped share of everything, divided as the weights are."""
    people: dict[str, list[float]] = defaultdict(list)
    for one, mass in weighed:
        people[one.person].append(mass)
    sums = {person: fsum(found) for person, found in people.items()}
    total = fsum(mass for _, mass in weighed)
    damped = {person: (theirs / total) ** damping / theirs for person, theirs in sums.items()}
    for one, mass in weighed:
        yield one, damped[one.person] * mass


def _signals(
    query: Query, fresh: _Weighed, relevance: Mapping[str, float], model: Model
) -> Iterator[tuple[Signal, float, _Weighed]]:
    """Each signal with its weight in the score and the evidence as it weighs there."""
    asked = frozenset(query.topics)
    on_topic = cache(lambda topics: not asked or not asked.isdisjoint(topics))
    fits = {source: fit**model.sharpness for source, fit in relevance.items()}
    near = [(one, mass * fits[one.source]) for one, mass in fresh if one.source in fits]
    far = model.elsewhere
    yield Signal.TEXT, model.text, [(one, mass if on_topic(one.topics) else mass * far) for one, mass in near]
    for topic in sorted(asked):
        yield Signal.TOPIC, model.topic / len(asked), [each for each in fresh if topic in each[0].topics]
    shared = {one.source for one, _ in fresh if one.person in query.people}
    yield Signal.COMPANY, model.company, [each for each in fresh if each[0].source in shared]


def _left(at: datetime, now: datetime, model: Model) -> float:
    """What is left today of something that was done then: half of what does not last is gone after each half-life."""
    age = (now - at).total_seconds() / _DAY
    return model.lasting + (1 - model.lasting) * float(0.5 ** (max(age, 0) / model.half_life))
