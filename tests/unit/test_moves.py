"""Every fact in every state: what it leads to, and what else it changes. Here the rule is written a second time."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from tests.unit.standing import AGAIN, CLAIM, FACTS, KEY, MINUTE, NEWER, NOW, PLACE, RECEIPT, at, standing

from expertpost.model.delivery import (
    Accepted,
    Delivery,
    Fact,
    Held,
    IllegalMove,
    Rejected,
    Released,
    Report,
    Resolved,
    Ruling,
    Started,
    State,
    learn,
    move,
)
from expertpost.model.outcome import Receipt

# Where a fact leads to from each state, at a blind service: "-" it cannot follow, "=" nothing changes.
# "2nd" repeats a claim that is in doubt.
TABLE = """
from          intent    started  released  accepted   postponed   rejected  doubted  absent
nothing       intended  -        -         -          -           -         -        -
intended      -         sending  released  delivered  -           -         unknown  -
sending       -         -        -         delivered  retry_wait  rejected  unknown  -
2nd-intended  -         sending  unknown   delivered  -           -         unknown  -
2nd-sending   -         -        -         delivered  unknown     held      unknown  -
released      intended  -        -         delivered  -           -         -        -
retry_wait    intended  -        -         delivered  -           -         -        -
expired       intended  -        -         delivered  -           -         -        -
unknown       -         -        -         delivered  -           -         -        =
held          -         -        -         delivered  -           -         -        -
rejected      -         -        -         delivered  -           -         -        -
dead          -         -        -         delivered  -           -         -        -
dropped       -         -        -         delivered  -           -         -        -
delivered     -         -        -         =          -           -         -        -
retracted     -         -        -         =          -           -         -        -

from          held  expired  found      not-there   dropped  removed    changed
nothing       -     -        -          -           -        -          -
intended      -     -        -          -           -        -          -
sending       -     -        -          -           -        -          -
2nd-intended  -     -        -          -           -        -          -
2nd-sending   -     -        -          -           -        -          -
released      -     expired  -          -           -        -          -
retry_wait    -     expired  -          -           -        -          -
expired       -     -        -          -           -        -          -
unknown       held  -        delivered  retry_wait  dropped  =          -
held          -     -        delivered  retry_wait  dropped  =          -
rejected      -     -        delivered  retry_wait  dropped  =          -
dead          -     -        delivered  retry_wait  dropped  =          -
dropped       -     -        -          -           -        -          -
delivered     -     -        =          =           =        retracted  delivered
retracted     -     -        -          -           -        -          -
"""
DECIDED = {"resolved": ("e0", "e1"), "attempts": 0, "not_before": None, "absent": ()}
COUNTED = {"attempts": 4, "not_before": NOW + 8 * MINUTE, "reason": "why"}
ELSE: Mapping[str, Mapping[str, object]] = {
    "intent": {"intent": AGAIN, "not_before": None, "reason": "", "repeat": False, "absent": ()},
    "accepted": {"receipt": RECEIPT, "not_before": None, "reason": ""},
    "postponed": COUNTED,
    "rejected": {"reason": "why"},
    "doubted": {"reason": "why"},
    "doubted again": COUNTED,
    "held": {"reason": "why", "not_before": None},
    "expired": {"reason": "why", "not_before": None},
    "found": {**DECIDED, "receipt": Receipt(PLACE, PLACE), "reason": ""},
    "not-there": {**DECIDED, "reason": "why"},
    "dropped": {**DECIDED, "reason": "why"},
    "removed": {**DECIDED, "reason": "why"},
    "changed": {
        "intent": replace(CLAIM, digest="f" * 64, content="b" * 64, commit="a" * 40),
        "receipt": Receipt("id-1", NEWER.url, NEWER.bound),
        "resolved": ("e0", "e1"),
    },
}
"""What a fact changes besides the state and the moment."""


def cells() -> Iterator[tuple[str, str, str]]:
    """The table: the state before, the fact, and where it leads to."""
    for part in TABLE.strip().split("\n\n"):
        head, *lines = (line.split() for line in part.splitlines())
        for line in lines:
            yield from ((line[0], fact, to) for fact, to in zip(head[1:], line[1:], strict=True))


@pytest.mark.parametrize(("where", "fact", "to"), list(cells()))
def test_each_fact_in_each_state(where: str, fact: str, to: str) -> None:
    """A fact leads from a state to one other, changes what belongs to it and nothing else, or cannot follow at all."""
    before = standing(where)
    if to == "-":
        with pytest.raises(IllegalMove):
            move(KEY, before, FACTS[fact])
        return
    found = move(KEY, before, FACTS[fact])

    if before is None:
        assert Delivery(KEY, State.INTENDED, AGAIN, NOW) == found
    else:
        again = f"{fact} again" if before.repeat else fact
        changes = {"state": State(to), "at": NOW, **ELSE.get(again, ELSE.get(fact, {}))} if to != "=" else {}
        assert replace(before, **changes) == found  # type: ignore[arg-type] # fields by name


def test_the_table_is_whole() -> None:
    """Every fact stands in the table in every state."""
    states = {"nothing", *State, "2nd-intended", "2nd-sending"}

    assert {(state, fact) for state in states for fact in FACTS} == {(where, fact) for where, fact, _ in cells()}


@pytest.mark.parametrize(
    ("before", "fact", "says"),
    [
        (None, FACTS["started"], "Started cannot follow nothing"),
        (at("sending"), FACTS["absent"], "Absent cannot follow sending"),
        (at("intended"), AGAIN, "intended until 2026-11-23 09:00:00+00:00: no new claim yet"),
        (replace(at("held"), not_before=None), FACTS["held"], "Held cannot follow held"),
        (
            replace(at("sending"), not_before=None),
            AGAIN,
            "sending until 2026-11-23 09:15:00+00:00: no new claim yet",
        ),
    ],
)
def test_what_cannot_follow_is_named(before: Delivery | None, fact: Fact, says: str) -> None:
    """A move that is refused says which fact, in which state, or until when there is no claim."""
    with pytest.raises(IllegalMove) as refused:
        move(KEY, before, fact)

    assert says == str(refused.value)


def test_a_state_without_its_proof_is_named() -> None:
    """Why a delivery cannot be built is said, too."""
    with pytest.raises(IllegalMove) as refused:
        replace(at("delivered"), receipt=None)

    assert "delivered and None do not go together" == str(refused.value)


def test_a_fact_of_another_delivery_cannot_follow() -> None:
    """What happened to one post says nothing of another."""
    with pytest.raises(IllegalMove):
        move(replace(KEY, part=1), at("sending"), FACTS["started"])


@pytest.mark.parametrize(
    ("where", "fact"),
    [("intended", Started("n0", NOW)), ("sending", Rejected("n0", NOW, "why")), ("unknown", Held("n0", NOW, "why"))],
)
def test_a_report_of_another_claim_changes_nothing(where: str, fact: Report) -> None:
    """Old news is no error, and no news."""
    assert at(where) == move(KEY, at(where), fact)


@pytest.mark.parametrize(("where", "fact"), [("unknown", "found"), ("delivered", "changed"), ("delivered", "removed")])
def test_an_event_counts_once(where: str, fact: str) -> None:
    """People's events are read again in every run, and only the first time changes anything."""
    known = replace(at(where), resolved=("e0", "e1"))

    assert known == move(KEY, known, FACTS[fact])


def test_a_second_id_is_kept_beside_the_first() -> None:
    """Another remote id for the same key is added once, and nothing else of the delivery changes."""
    twice = move(KEY, at("delivered"), Accepted("n0", NOW, NEWER))

    assert replace(at("delivered"), also=("id-2",)) == twice
    assert twice == move(KEY, twice, Accepted("n0", NOW, NEWER))
    assert ("id-2", "id-3") == move(KEY, twice, Accepted("n0", NOW, Receipt("id-3"))).also


def test_learning_goes_on_after_what_does_not_fit() -> None:
    """Of several reports only those are left out that no longer fit."""
    found = learn(at("intended"), (Released("n0", NOW), Held("n1", NOW, "why"), Started("n1", NOW)))

    assert replace(at("intended"), state=State.SENDING, at=NOW) == found


@pytest.mark.parametrize(
    ("says", "receipt"), [("https://x.example/1", Receipt("https://x.example/1", "https://x.example/1")),
                          ("42", Receipt("42"))],
)  # fmt: skip
def test_what_a_person_found(says: str, receipt: Receipt) -> None:
    """A person names the address of a post, or its id where it has no address."""
    assert receipt == move(KEY, at("unknown"), Resolved("e1", NOW, "bob", Ruling.DELIVERED, says)).receipt
