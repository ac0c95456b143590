"""Colleagues first, what is too late, and the brakes: each holds with a reason, and a release lets one piece past."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, mail, mailroom
from tests.flows.organisation import START

from expertpost.errors import Exit
from expertpost.flows.hold import hold, release
from expertpost.flows.plan import plan
from expertpost.model.policy import Why
from expertpost.testing.mail_twin import MailTwin

DAY = timedelta(days=1)
MANY = "[" + ", ".join(f'"n{number}@supplier.example"' for number in range(3)) + "]"


def whys(room: Mailroom, at: str = "") -> dict[tuple[str, str], list[Why]]:
    """(slug, channel) → why it stays; empty for what would go."""
    looked = plan(room.world, at=at).planned
    return {(one.slug, one.channel): [reason.why for reason in one.reasons] for one in looked}


@pytest.fixture
def first(tmp_path: Path, receiver: Trap) -> Mailroom:
    """A workspace in which colleagues get everything two days before suppliers."""
    room = mailroom(
        tmp_path, hook(receiver, "team", "colleagues"), hook(receiver), more="[publish]\ninside_first_days = 2"
    )
    room.merge(1)
    room.approve()
    return room


def test_others_wait_for_colleagues(first: Mailroom, receiver: Trap) -> None:
    """Suppliers get it two days after colleagues had it, and not a second earlier."""
    first.publish()
    assert {("piece-1", "hook"): [Why.NOT_YET]} == whys(first)
    first.publish(after=2 * DAY - timedelta(minutes=1))
    assert 1 == len(receiver.ids())
    first.publish(after=timedelta(minutes=2))

    assert 2 == len(receiver.ids())


def test_others_never_get_ahead_of_colleagues(first: Mailroom, receiver: Trap) -> None:
    """As long as colleagues do not have it, nobody else gets it, also in a run for the others alone."""
    hold(first.anna.world, "piece-1", ["team"], "The number is wrong")
    first.publish(after=3 * DAY)
    first.publish("hook")

    assert [] == receiver.ids()
    assert [Why.INSIDE_FIRST] == whys(first)["piece-1", "hook"]
    release(first.anna.world, "piece-1")
    first.publish("team")
    first.publish("hook", after=2 * DAY)
    assert 2 == len(receiver.ids())


def test_without_a_channel_for_colleagues_the_due_time_counts(tmp_path: Path, receiver: Trap) -> None:
    """Where it goes to no channel of colleagues, they have its page from when it is due, and others wait from then."""
    room = mailroom(tmp_path, hook(receiver), more="[publish]\ninside_first_days = 2")
    room.merge(1)
    room.approve()

    assert {("piece-1", "hook"): [Why.NOT_YET]} == whys(room)
    assert {("piece-1", "hook"): []} == whys(room, at=(START + 2 * DAY).isoformat())


def test_what_is_too_late_waits_for_a_release(tmp_path: Path, receiver: Trap) -> None:
    """A post that expired goes once a person lets it go, and the lateness is counted anew from then."""
    room = mailroom(tmp_path, hook(receiver), more="[publish]\nmax_lateness_days = 3")
    room.merge(1)
    room.approve()
    late = room.publish(after=4 * DAY)
    room.anna.clock.at = room.clock.at
    release(room.anna.world, "piece-1")
    room.publish()

    assert (Exit.NEEDS_PERSON, {(Why.LATE,)}) == (late.exit, {line.whys for line in late.lines})
    assert "expired" in late.lines[0].says[0]
    assert 1 == len(receiver.ids())


def test_the_burst_brake_counts_pieces(tmp_path: Path, receiver: Trap, postbox: MailTwin) -> None:
    """Two pieces to three people are two; a channel may set a number of its own; a release lets one piece go."""
    room = mailroom(tmp_path, f"{hook(receiver)}burst = 1\n", mail(postbox, recipients=MANY))
    for number in (1, 2):
        room.merge(number, f"Text {number}.")
    room.approve()
    room.publish()

    assert (6, []) == (len(postbox.arrived()), receiver.ids())
    assert {("piece-1", "hook"): [Why.BURST], ("piece-2", "hook"): [Why.BURST]} == whys(room)
    room.anna.clock.at = room.clock.at
    release(room.anna.world, "piece-2", ["hook"])
    room.publish()
    assert 1 == len(receiver.ids())


def test_one_text_does_not_go_twice(tmp_path: Path, receiver: Trap) -> None:
    """Of two pieces that read alike the second is held at a channel, now and later, until somebody lets it go."""
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1, "Words.", posts="{hook: The same words}")
    room.merge(2, "Others.", posts="{hook: 'the  same WORDS'}")
    room.approve()
    first = room.publish()
    held = room.publish()

    assert ([(), (Why.SAME_TEXT,)], Exit.NEEDS_PERSON) == ([line.whys for line in first.lines], held.exit)
    assert "it reads like piece-1" in held.lines[0].says[0]
    room.anna.clock.at = room.clock.at
    release(room.anna.world, "piece-2")
    room.publish()
    assert 2 == len(receiver.ids())


def test_nothing_goes_before_its_time(tmp_path: Path, receiver: Trap) -> None:
    """Until publish_at nothing of a piece goes to any channel; the plan for that moment says that it will."""
    room = mailroom(tmp_path, hook(receiver))
    at = START + DAY
    room.merge(1, publish_at=f"'{at.isoformat()}'")
    room.approve()
    room.publish()

    assert ([], {("piece-1", "hook"): [Why.NOT_YET]}) == (receiver.ids(), whys(room))
    assert {("piece-1", "hook"): []} == whys(room, at=at.isoformat())
    room.publish(after=DAY)
    assert 1 == len(receiver.ids())
