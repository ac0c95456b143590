"""Who is likely to know: evidence in, people in order out, each with the work that made the score. Pure.

The retrieval model is the document-centric one of expert search (Balog, Azzopardi, de Rijke 2009, "A language modeling
framework for expert finding", model 2): people inherit the relevance of the work they had a part in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from expertpost.finder.evidence import Evidence

_DAY = 86_400


class Signal(StrEnum):
    """Why a piece of evidence counts."""

    TEXT = "text"
    TOPIC = "topic"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: words, topics, and the people who ask or wrote it. They are never an answer."""

    text: str = ""
    topics: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence and the part of a score that it made."""

    evidence: Evidence
    signal: Signal
    share: float


@dataclass(frozen=True, slots=True)
class Expert:
    """A person, a score that can be compared within one answer, and everything that made it, the strongest first."""

    person: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The weights of the signals and how fast each fades: days after which evidence counts half."""

    text: float = 1.0
    topic: float = 1.0
    company: float = 0.3
    sharpness: float = 3.0
    text_half_life: float = 700
    topic_half_life: float = 500


MODEL = Model()


def rank(
    query: Query,
    evidence: Iterable[Evidence],
    now: datetime,
    relevance: Mapping[str, float] | None = None,
    model: Model = MODEL,
) -> tuple[Expert, ...]:
    """The people with any evidence for the query, the likeliest first; equal scores by name.

    ``relevance``: source → how well its text fits the words (BM25, 0 and above). Evidence of tomorrow counts as of now.
    """
    found = tuple(evidence)
    shares: dict[str, list[Reason]] = defaultdict(list)
    for signal, weight, measured in _signals(query, found, now, relevance or {}, model):
        total = sum(measured.values())
        for one, mass in measured.items():
            shares[one.person].append(Reason(one, signal, weight * mass / total))
    experts = (_expert(person, reasons) for person, reasons in shares.items() if person not in query.people)
    return tuple(sorted(experts, key=lambda expert: (-expert.score, expert.person)))


def _expert(person: str, reasons: list[Reason]) -> Expert:
    ordered = sorted(reasons, key=lambda each: (-each.share, each.evidence.source, each.signal))
    return Expert(person, sum(sorted(each.share for each in reasons)), tuple(ordered))


def _signals(
    query: Query, found: tuple[Evidence, ...], now: datetime, relevance: Mapping[str, float], model: Model
) -> Iterator[tuple[Signal, float, dict[Evidence, float]]]:
    """Each signal with its weight and the mass of every piece of evidence in it, above 0."""
    text = {one: relevance.get(one.source, 0) ** model.sharpness * _fresh(one, now, model.text_half_life)
            for one in found if relevance.get(one.source, 0) > 0}  # fmt: skip
    yield Signal.TEXT, model.text, text
    for topic in query.topics:
        on_topic = {one: _fresh(one, now, model.topic_half_life) for one in found if topic in one.topics}
        yield Signal.TOPIC, model.topic / len(query.topics), on_topic
    theirs = {one.source for one in found if one.person in query.people}
    company = {one: _fresh(one, now, model.text_half_life) for one in found if one.source in theirs}
    yield Signal.COMPANY, model.company, company


def _fresh(one: Evidence, now: datetime, half_life: float) -> float:
    """The weight of a piece of evidence today: half of it is gone after each half-life."""
    age = max(0.0, (now - one.at).total_seconds() / _DAY)
    return float(one.weight * 0.5 ** (age / half_life))
