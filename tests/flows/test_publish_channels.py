"""What each guarantee of a web service comes to in the ledger, run after run, counted by what the service took."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.test_bluesky import PdsTwin
from tests.contract.test_slack import SlackTwin
from tests.flows.mailroom import SECRET, Mailroom, Trap, hook, mailroom

from expertpost.errors import Exit
from expertpost.flows.publish import publish
from expertpost.model.delivery import State
from expertpost.testing.twin import Fault

LATER = timedelta(hours=3)
"""Long after a claim is over, and after an hour for which some services would remember a key."""


@pytest.fixture
def slack() -> Iterator[SlackTwin]:
    """A searchable service."""
    with closing(SlackTwin()) as twin:
        twin.token = SECRET
        yield twin


@pytest.fixture
def pds() -> Iterator[PdsTwin]:
    """A keyed service."""
    with closing(PdsTwin()) as twin:
        twin.token = SECRET
        yield twin


@pytest.fixture
def room(tmp_path: Path, slack: SlackTwin, pds: PdsTwin) -> Mailroom:
    """One approved piece that is due at both."""
    of_slack = (
        '[channels.news]\npublisher = "slack"\nreaders = ["suppliers"]\nchannel = "C012AB3CD"\n'
        f'api = "{slack.url}"\ntoken = {{ env = "HOOK_SECRET" }}\n'
    )
    of_bluesky = (
        '[channels.sky]\npublisher = "bluesky"\nreaders = ["suppliers"]\nhandle = "acme.bsky.social"\n'
        f'server = "{pds.url}"\npassword = {{ env = "HOOK_SECRET" }}\n'
    )
    room = mailroom(tmp_path, of_slack, of_bluesky)
    room.merge(1)
    room.approve()
    return room


def states(room: Mailroom) -> dict[str, State]:
    """How the ledger has the piece, by channel."""
    return {row.key.channel: row.state for row in room.rows().values()}


def test_all_is_well(room: Mailroom, slack: SlackTwin, pds: PdsTwin) -> None:
    """Both get it once, and a second run has nothing to send."""
    first, second = room.publish(), room.publish(after=LATER)

    assert [Exit.DONE, Exit.DONE] == [first.exit, second.exit]
    assert {"news": State.DELIVERED, "sky": State.DELIVERED} == states(room)
    assert (1, 1) == (len(slack.arrived()), len(pds.arrived()))


def test_a_lost_answer(room: Mailroom, slack: SlackTwin, pds: PdsTwin) -> None:
    """What was searchable is found, what was keyed is sent again under its key: each is there once, and delivered."""
    slack.fail(Fault.ANSWER_LOST)
    pds.fail(Fault.ANSWER_LOST)
    first = room.publish()
    doubted = states(room)
    second = room.publish(after=LATER)

    assert {"news": State.UNKNOWN, "sky": State.UNKNOWN} == doubted
    assert Exit.NEEDS_PERSON is first.exit
    assert Exit.DONE is second.exit
    assert {"news": State.DELIVERED, "sky": State.DELIVERED} == states(room)
    assert (1, 1) == (len(slack.arrived()), len(pds.arrived()))


def test_a_service_that_breaks_before_it_takes(room: Mailroom, slack: SlackTwin, pds: PdsTwin) -> None:
    """A keyed service gets it in the next run; where a search finds nothing, a person decides and nothing is sent."""
    slack.fail(Fault.BROKEN_BEFORE)
    pds.fail(Fault.BROKEN_BEFORE)
    room.publish()
    second = room.publish(after=LATER)

    assert {"news": State.UNKNOWN, "sky": State.DELIVERED} == states(room)
    assert Exit.NEEDS_PERSON is second.exit
    assert (0, 1) == (len(slack.arrived()), len(pds.arrived()))


def test_a_run_claims_no_faster_than_the_host_likes(tmp_path: Path, receiver: Trap) -> None:
    """With a push a minute two channels take a minute, and everything is sent in one run."""
    clock, rests = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        rests.append(seconds)
        clock[0] += seconds

    channels = (hook(receiver, "one"), hook(receiver, "two"))
    room = mailroom(tmp_path, *channels, more="[ledger]\npushes_per_minute = 1")
    room.merge(1)
    room.approve()
    publish(replace(room.world, monotonic=lambda: clock[0], sleep=sleep))

    assert (2, 60.0) == (len(receiver.arrived()), sum(rests))
