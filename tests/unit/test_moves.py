"""Every fact in every state: what it leads to, and what else it changes. Here the rule is written a second time."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

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
    IllegalMove,
    Intent,
    Postponed,
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


def standing(where: str) -> Delivery | None:
    """A delivery in this state that has been through a lot, so that whatever a fact resets can be seen."""
    if where == "nothing":
        return None
    state = State(where.removeprefix("2nd-"))
    return Delivery(
        KEY, state, CLAIM, AT, attempts=3, not_before=AT, reason="before", absent=(AT,), resolved=("e0",),
        receipt=RECEIPT if state in ARRIVED else None, repeat=where.startswith("2nd-"),
    )  # fmt: skip


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


def at(where: str) -> Delivery:
    """The same, where it is not nothing."""
    found = standing(where)
    assert found is not None
    return found


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


# Claims that repeat, and looks that find nothing.


@pytest.mark.parametrize("where", ["intended", "sending", "unknown"])
def test_a_keyed_service_gets_the_same_again(where: str) -> None:
    """A claim whose lease is over, or a doubt, is claimed again with the key's first end: it is a repeat, marked so."""
    until = AT + 60 * MINUTE
    before = replace(at(where), intent=replace(CLAIM, keyed=True, key_until=until))
    late = AT + 15 * MINUTE
    again = replace(AGAIN, at=late, keyed=True, key_until=late + 60 * MINUTE)
    found = move(KEY, before, again)

    assert found == replace(
        before, state=State.INTENDED, intent=replace(again, key_until=until), at=late, not_before=None, reason="",
        repeat=True, absent=(),
    )  # fmt: skip


@pytest.mark.parametrize("where", ["released", "retry_wait", "expired"])
def test_what_was_given_back_is_no_repeat(where: str) -> None:
    """Where it is proven that nothing was accepted, the next claim begins anew, with a new end of its key."""
    before = replace(at(where), repeat=True, intent=replace(CLAIM, keyed=True, key_until=AT + 60 * MINUTE))
    again = replace(AGAIN, keyed=True, key_until=AT + 99 * MINUTE)
    found = move(KEY, before, again)

    assert (False, AT + 99 * MINUTE) == (found.repeat, found.intent.key_until)


@pytest.mark.parametrize(
    ("where", "now", "expected"),
    [
        ("intended", AT + 15 * MINUTE, True),
        ("sending", AT + 15 * MINUTE - timedelta(seconds=1), False),
        ("unknown", AT + 99 * MINUTE, False),
    ],
)
def test_a_claim_is_lost_when_its_lease_is_over(where: str, now: datetime, expected: bool) -> None:
    """Only what somebody had claimed can be lost, from the end of the lease on."""
    assert expected is at(where).lost(now)


@pytest.mark.parametrize(
    ("until", "now", "lives"),
    [(None, AT + 10_000 * MINUTE, True), (NOW, AT, True), (NOW, NOW, False), (NOW, NOW + MINUTE, False)],
)
def test_how_long_a_key_lives(until: datetime | None, now: datetime, lives: bool) -> None:
    """A key lives for ever or to its end; and never where the service takes none."""
    assert lives is replace(CLAIM, keyed=True, key_until=until).key_lives(now)
    assert not replace(CLAIM, keyed=False, key_until=until).key_lives(now)


@pytest.mark.parametrize(
    ("claimed", "keyed", "expected"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_doubt_is_repeated_at_a_keyed_service_only(claimed: bool, keyed: bool, expected: bool) -> None:
    """The service has to be keyed now, and to have been when it was claimed."""
    doubt = replace(at("unknown"), intent=replace(CLAIM, keyed=claimed))

    assert expected is doubt.may_be_intended(NOW, keyed=keyed)


@pytest.mark.parametrize(
    ("now", "keyed", "expected"), [(NOW, False, False), (NOW, True, False), (NOW + MINUTE, False, True)]
)
def test_a_pause_is_kept(now: datetime, keyed: bool, expected: bool) -> None:
    """Nothing is claimed before the moment to which it was put off, and from that moment on it may be."""
    row = replace(at("retry_wait"), not_before=NOW + MINUTE, intent=replace(CLAIM, keyed=True))

    assert expected is row.may_be_intended(now, keyed=keyed)


def test_two_looks_prove_what_one_does_not() -> None:
    """A look is noted; the second, the settle time after the first, proves that the post is not there."""
    doubt = replace(at("unknown"), intent=replace(CLAIM, settle=2 * MINUTE), absent=(), repeat=True)
    once = move(KEY, doubt, Absent("n1", NOW))
    twice = move(KEY, once, Absent("n1", NOW + 2 * MINUTE))

    assert replace(doubt, absent=(NOW,)) == once
    assert once == move(KEY, once, Absent("n1", NOW + 2 * MINUTE - timedelta(seconds=1)))
    assert twice == replace(
        doubt, state=State.RETRY_WAIT, at=NOW + 2 * MINUTE, attempts=4, not_before=NOW + 10 * MINUTE,
        reason="looked for twice and not there", absent=(NOW, NOW + 2 * MINUTE), repeat=False,
    )  # fmt: skip


# Trying again.

PAUSES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360)
"""Minutes after each try that came to nothing."""


@pytest.mark.parametrize(("before", "minutes"), list(enumerate(PAUSES)))
def test_pauses_grow(before: int, minutes: int) -> None:
    """Each pause is twice as long as the one before, and none is longer than six hours."""
    found = move(KEY, replace(at("sending"), attempts=before), FACTS["postponed"])

    assert (State.RETRY_WAIT, before + 1, NOW + minutes * MINUTE) == (found.state, found.attempts, found.not_before)


@pytest.mark.parametrize("attempts", [11, 12, 1_000_000])
@pytest.mark.parametrize(
    ("where", "fact", "to"),
    [
        ("sending", "postponed", State.DEAD), ("2nd-sending", "postponed", State.HELD),
        ("2nd-sending", "doubted", State.HELD), ("unknown", "absent", State.DEAD),
    ],
)  # fmt: skip
def test_the_twelfth_try_is_the_last(attempts: int, where: str, fact: str, to: State) -> None:
    """After it a person is asked, and no moment is named any more; also where a ledger counts absurdly far."""
    row = replace(at(where), attempts=attempts, intent=replace(CLAIM, settle=MINUTE))
    found = move(KEY, row, FACTS[fact])

    assert (to, attempts + 1, None) == (found.state, found.attempts, found.not_before)


@pytest.mark.parametrize("where", ["sending", "2nd-sending"])
@pytest.mark.parametrize(("asked", "minutes"), [(MINUTE, 8), (9 * MINUTE, 9)])
def test_the_longer_pause_counts(where: str, asked: timedelta, minutes: int) -> None:
    """What the service asks for lengthens our own pause, and never shortens it."""
    found = move(KEY, at(where), Postponed("n1", NOW, "why", NOW + asked))

    assert NOW + minutes * MINUTE == found.not_before
