"""A delivery in every state, and a fact of every kind that may follow."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from expertpost.model.delivery import (
    ARRIVED,
    Absent,
    Accepted,
    Changed,
    Delivery,
    Doubted,
    Expired,
    Fact,
    Held,
    Intent,
    Postponed,
    Rejected,
    Released,
    Resolved,
    Ruling,
    Started,
    State,
)
from expertpost.model.key import Key
from expertpost.model.outcome import Receipt

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOW = AT + MINUTE
KEY = Key("01WORKSPACE", "01PIECE", "hook", "a" * 32)
RECEIPT = Receipt("id-1", "https://service.example/1", (("key", "k"),))
NEWER = Receipt("id-2", "https://service.example/2", (("key", "l"),))
PLACE = "https://service.example/3"
CLAIM = Intent("n1", 1, "runner", AT + 15 * MINUTE, "d" * 64, "c" * 64, "e" * 40, AT)
AGAIN = Intent("n2", 2, "other", NOW + 15 * MINUTE, "f" * 64, "b" * 64, "a" * 40, NOW)

FACTS: Mapping[str, Fact] = {
    "intent": AGAIN,
    "started": Started("n1", NOW),
    "released": Released("n1", NOW),
    "accepted": Accepted("n1", NOW, RECEIPT),
    "postponed": Postponed("n1", NOW, "why"),
    "rejected": Rejected("n1", NOW, "why"),
    "doubted": Doubted("n1", NOW, "why"),
    "absent": Absent("n1", NOW),
    "held": Held("n1", NOW, "why"),
    "expired": Expired("n1", NOW, "why"),
    "found": Resolved("e1", NOW, "bob", Ruling.DELIVERED, PLACE),
    "not-there": Resolved("e1", NOW, "bob", Ruling.NOT_DELIVERED, "why"),
    "dropped": Resolved("e1", NOW, "bob", Ruling.DROPPED, "why"),
    "removed": Resolved("e1", NOW, "bob", Ruling.REMOVED, "why"),
    "changed": Changed("e1", NOW, "f" * 64, "b" * 64, "a" * 40, NEWER),
}


def standing(where: str) -> Delivery | None:
    """A delivery in this state that has been through a lot, so that whatever a fact resets can be seen."""
    if where == "nothing":
        return None
    state = State(where.removeprefix("2nd-"))
    return Delivery(
        KEY, state, CLAIM, AT, attempts=3, not_before=AT, reason="before", absent=(AT,), resolved=("e0",),
        receipt=RECEIPT if state in ARRIVED else None, repeat=where.startswith("2nd-"),
    )  # fmt: skip


def at(where: str) -> Delivery:
    """The same, where it is not nothing."""
    found = standing(where)
    assert found is not None
    return found
