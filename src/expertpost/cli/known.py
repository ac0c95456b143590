"""How people and the work that speaks for them are shown: lines for people, values for programs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expertpost.flows.experts import Evidence, Expert, Reason
    from expertpost.flows.knowing import Someone
    from expertpost.model.canonical import Json

_WHY = {"text": "its words fit", "topic": "it is on the topic", "company": "it was done with who asks"}
_REASONS, _LONGEST = 3, 80
MOST_REASONS = 20
"""So many reasons are in a JSON answer."""


def called(who: "Someone") -> str:
    """Name and handle of somebody, and until when they are away."""
    name = f"{who.name} ({who.id})" if who.name else who.id if who.left else f"{who.id}, not in people/"
    return f"{name}, away until {who.away_until}" if who.away_until else name


def reasons(expert: "Expert") -> list[str]:
    """The works that made most of a score, a line for each with every way in which it counted."""
    shares: dict[Evidence, float] = {}
    why: dict[Evidence, list[str]] = {}
    for reason in expert.reasons:
        shares[reason.evidence] = shares.get(reason.evidence, 0) + reason.share
        why.setdefault(reason.evidence, []).append(_WHY[reason.signal])
    best = sorted(shares, key=lambda one: (-shares[one], one.source))[:_REASONS]
    return [f"{work(one)}: {_and(why[one])}" for one in best]


def _and(why: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(why))


def work(one: "Evidence") -> str:
    """One piece of work: what somebody did with it, its title, where it is, and when."""
    title = one.title if len(one.title) <= _LONGEST else one.title[: _LONGEST - 1] + "…"
    return f"{one.part} “{title}” ({one.source}, {one.at.date()})"


def someone_value(who: "Someone") -> "dict[str, Json]":
    """Somebody as JSON."""
    away = who.away_until.isoformat() if who.away_until else None
    return {"person": who.id, "name": who.name, "listed": who.listed, "left": who.left, "away_until": away}


def reason_value(reason: "Reason") -> "dict[str, Json]":
    """One reason as JSON."""
    return {**work_value(reason.evidence), "signal": reason.signal.value, "share": round(reason.share, 6)}


def reasons_value(expert: "Expert | None") -> "list[Json]":
    """The strongest reasons as JSON."""
    return [reason_value(reason) for reason in expert.reasons[:MOST_REASONS]] if expert else []


def work_value(one: "Evidence") -> "dict[str, Json]":
    """One piece of work as JSON."""
    return {
        "part": one.part.value,
        "title": one.title,
        "source": one.source,
        "topics": list(one.topics),
        "at": one.at.isoformat(),
    }
