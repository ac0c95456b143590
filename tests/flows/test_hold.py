"""Holding and releasing: whoever stops a piece stops it, and who decides lets it go."""

from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, mailroom
from tests.flows.organisation import entry

from expertpost.errors import Exit, Failure
from expertpost.flows.hold import hold, release
from expertpost.flows.plan import plan
from expertpost.model.policy import Why


@pytest.fixture
def room(tmp_path: Path, receiver: Trap) -> Mailroom:
    """Two webhooks for suppliers, and an approved piece."""
    made = mailroom(tmp_path, hook(receiver), hook(receiver, "other"))
    made.merge(1)
    made.approve()
    return made


def whys(room: Mailroom) -> dict[str, list[Why]]:
    """Channel → why the piece stays there."""
    return {one.channel: [reason.why for reason in one.reasons] for one in plan(room.anna.world).planned}


def test_a_hold_stops_a_piece_everywhere(room: Mailroom, receiver: Trap) -> None:
    """What is held goes nowhere, and the plan says who held it and why."""
    hold(room.anna.world, "piece-1", reason="A wrong number")
    room.publish()

    assert {"hook": [Why.HELD], "other": [Why.HELD]} == whys(room)
    assert (
        "held by anna: A wrong number – expertpost release piece-1" == plan(room.anna.world).planned[0].reasons[0].says
    )
    assert [] == receiver.ids()


def test_a_hold_of_one_channel_stops_that_channel(room: Mailroom, receiver: Trap) -> None:
    """At a channel that the hold does not name the piece goes out."""
    hold(room.anna.world, "piece-1", ["other"], "Not to them")
    room.publish()

    assert {"other": [Why.HELD]} == whys(room)
    assert 1 == len(receiver.ids())


def test_a_release_lets_it_go(room: Mailroom, receiver: Trap) -> None:
    """Released at one channel it goes there and nowhere else; released altogether it goes everywhere."""
    hold(room.anna.world, "piece-1", reason="Wait")
    release(room.anna.world, "piece-1", ["hook"])
    room.publish()
    assert {"other": [Why.HELD]} == whys(room)

    release(room.anna.world, "piece-1")
    room.publish()
    assert {} == whys(room)
    assert 2 == len(receiver.ids())


def test_a_hold_needs_a_reason_and_a_channel_that_there_is(room: Mailroom) -> None:
    """Without a reason, or at a channel nobody configured, nothing is recorded."""
    for wrong, code in (((), "XP-WORDS"), ((["hok"], "Wait"), "XP-CHANNEL")):
        with pytest.raises(Failure) as refused:
            hold(room.anna.world, "piece-1", *wrong)
        assert (code, Exit.USAGE) == (refused.value.code, refused.value.exit_code)
    assert {"hook": [], "other": []} == whys(room)


def test_a_dry_run_records_nothing(room: Mailroom) -> None:
    """A dry run tells what would be recorded."""
    assert "Wait" == hold(room.anna.world, "piece-1", reason="Wait", dry_run=True).reason
    assert {"hook": [], "other": []} == whys(room)


def test_what_an_editor_stopped_an_author_does_not_release(room: Mailroom, receiver: Trap) -> None:
    """Where somebody is an editor, others release only what they alone had stopped."""
    room.anna.write("people/bob.md", entry(room.org.people["bob"], roles="[editor]"))
    room.anna.push("Bob is an editor")
    hold(room.anna.world, "piece-1", ["hook"], "Mine")
    release(room.anna.world, "piece-1")
    hold(room.org.people["bob"].world, "piece-1", ["other"], "Not yet")
    with pytest.raises(Failure) as refused:
        release(room.anna.world, "piece-1")
    room.publish()

    assert ("XP-ASK-WHO", Exit.NEEDS_PERSON) == (refused.value.code, refused.value.exit_code)
    assert {"other": [Why.HELD]} == whys(room)
    assert 1 == len(receiver.ids())


def test_what_nothing_stops_is_not_released(room: Mailroom) -> None:
    """Where nobody held it and no brake is on, that is said and nothing is recorded."""
    before = room.fetched().tips()
    free = release(room.anna.world, "piece-1")
    assert ("", before) == (free.event, room.fetched().tips())
    assert "nothing stops it" in free.notes[0]
    hold(room.anna.world, "piece-1", ["other"], "Not to them")

    assert "" == release(room.anna.world, "piece-1", ["hook"]).event
    assert "" != release(room.anna.world, "piece-1").event
