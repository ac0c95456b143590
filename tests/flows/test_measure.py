"""What came back: the runner asks the services, rarely and after everything else, and the ledger keeps the counts."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.counting import Timeline
from tests.flows.mailroom import BY, Git, Mailroom, mailroom
from tests.flows.reviewing import refused

from expertpost.errors import Exit
from expertpost.flows.insights import insights
from expertpost.flows.ledger import export, verify
from expertpost.flows.retract import retract
from expertpost.model.delivery import State
from expertpost.store.ledger import contents_of
from expertpost.store.writing import write_commit
from expertpost.testing.twin import WAIT, Fault

DAY = timedelta(days=1)


@pytest.fixture
def timeline() -> Iterator[Timeline]:
    """A server that counts."""
    with closing(Timeline()) as twin:
        yield twin


@pytest.fixture
def room(tmp_path: Path, timeline: Timeline) -> Mailroom:
    """One piece that went to it."""
    room = mailroom(tmp_path, timeline.channel())
    room.merge(1)
    room.approve()
    room.publish()
    return room


def kept(room: Mailroom) -> list[dict[str, int]]:
    """The counts of the first post, the oldest first."""
    key = room.rows()["1", "toots"].key.id
    measured = room.ledger().measured([key])
    return [dict(one.counts) for one in measured[key].measures]


def test_it_is_asked_once_a_day(room: Mailroom, timeline: Timeline) -> None:
    """Counts of a post are asked for the day after it went out, once a day, and never for a look ahead.

    What is no count is not kept; a ledger without any reads as one in which nothing came back.
    """
    assert ([], {}) == (timeline.asked, room.ledger().measured())
    room.publish(after=timedelta(hours=23), dry_run=True)
    room.clock.at -= timedelta(hours=23)
    for hours in (24, 1, 1, 23):
        assert Exit.DONE is room.publish(after=timedelta(hours=hours)).exit

    assert ["101", "101"] == timeline.asked
    assert [{"likes": 1, "replies": 2}, {"likes": 2, "replies": 2}] == kept(room)
    assert tuple(room.ledger().measured().values()) == contents_of(room.ledger()).measured


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.HALF_ANSWER])
def test_whatever_goes_wrong_harms_nothing(room: Mailroom, timeline: Timeline, fault: Fault) -> None:
    """A service that does not answer is left in peace for the day, and what is to be sent goes out all the same."""
    room.merge(2)
    room.approve()
    timeline.fail_aside(fault)
    first = room.publish(after=DAY)
    second = room.publish(after=timedelta(seconds=WAIT))

    assert (Exit.DONE, 1, Exit.DONE, 0) == (first.exit, len(first.lines), second.exit, len(second.lines))
    assert (["101"], [{}]) == (timeline.asked, kept(room))
    room.publish(after=DAY)
    assert [set(), {"likes", "replies"}] == [each.keys() for each in kept(room)]


@pytest.mark.parametrize("harm", [b'"views":', b"<<<<<<< ours"])
def test_a_damaged_record_of_counts_stops_no_post(room: Mailroom, timeline: Timeline, harm: bytes) -> None:
    """Whatever somebody wrote where counts are kept, posts go out all the same, and authors are told what is amiss."""
    room.publish(after=DAY)
    remote = Git(room.org.remote)
    tip = remote.commit_of("refs/heads/expertpost-ledger") or ""
    (entry,) = remote.tree(tip, "measured")
    (line,) = remote.blobs([entry.blob])
    content = line.replace(b'"measures":', harm)
    commit = write_commit(remote, {entry.path: content}, "by hand", BY, room.clock.at, base=tip)
    assert remote.move_refs({"refs/heads/expertpost-ledger": (commit, tip)})
    room.merge(2)
    room.approve()
    done = room.publish(after=DAY)

    assert (Exit.DONE, 1, 2) == (done.exit, len(done.lines), len(timeline.arrived()))
    refused("XP-LEDGER-DAMAGED", insights, room.anna.world)


def test_what_was_removed_is_not_asked_about(room: Mailroom, timeline: Timeline) -> None:
    """Where this run took a post back, after a look at it, nobody asks how it is received."""
    retract(room.anna.world, "piece-1", (), "It is wrong.")
    room.publish(after=DAY)
    looked = len(timeline.asked)
    room.publish(after=DAY)

    assert (1, State.RETRACTED, 1) == (looked, room.rows()["1", "toots"].state, len(timeline.asked))


def test_a_thread_is_its_first_post(tmp_path: Path, timeline: Timeline) -> None:
    """Of a post in several parts the first one speaks: that is where people answer."""
    room = mailroom(tmp_path, timeline.channel())
    room.merge(1, "\n\n".join(f"Paragraph {number}: {'turn it gently, ' * 25}." for number in range(3)), thread="true")
    room.approve()
    room.publish()
    room.publish(after=DAY)

    assert (["101"], 3) == (timeline.asked, len(timeline.arrived()))


def test_an_export_has_the_last_counts(room: Mailroom) -> None:
    """What was counted last stands beside each delivery, and nothing where nothing was."""
    before = export(room.anna.world)
    room.publish(after=DAY)
    room.publish(after=DAY)

    names = ("views", "likes", "shares", "replies", "clicks")
    told = [[one[name] for name in names] for one in (*before, *export(room.anna.world))]
    assert [[None] * 5, [None, 2, None, 2, None]] == told


def test_a_count_that_is_changed_by_hand_is_found(room: Mailroom) -> None:
    """What was measured stays: ledger verify tells of a commit that changes it."""
    room.publish(after=DAY)
    assert () == verify(room.anna.world).problems
    remote = Git(room.org.remote)
    tip = remote.commit_of("refs/heads/expertpost-ledger") or ""
    (entry,) = remote.tree(tip, "measured")
    (line,) = remote.blobs([entry.blob])
    assert b"Bea" not in line
    harm = {entry.path: line.replace(b'"replies":2', b'"replies":9')}
    commit = write_commit(remote, harm, "by hand", BY, room.clock.at, base=tip)
    assert remote.move_refs({"refs/heads/expertpost-ledger": (commit, tip)})

    assert [True] == ["measured before is gone or changed" in one.what for one in verify(room.anna.world).problems]
