"""Claims that repeat, looks that find nothing, and tries that come to nothing: how long, how often, and then?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.unit.standing import AGAIN, AT, CLAIM, FACTS, KEY, MINUTE, NOW, at

from expertpost.model.delivery import Absent, Postponed, State, move


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
