"""Threads: every part is a delivery of its own, and goes out only with the remote id of the part before."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, mailroom, now
from tests.flows.organisation import Clock

from expertpost.errors import Exit
from expertpost.flows.check import check
from expertpost.flows.report import Result
from expertpost.flows.update import update
from expertpost.model.delivery import Delivery, State
from expertpost.testing.twin import Answer, Arrived, Fault, HttpTwin, Request

HOUR = timedelta(hours=1)
BODY = "\n\n".join(f"Paragraph {number}: turn it gently, {'and gently, ' * 25}and stop." for number in range(1, 6))


class Timeline(HttpTwin):
    """A Mastodon server: statuses get numbers, and a reply needs a status that is there."""

    def __init__(self) -> None:
        super().__init__(self._read, answer=lambda one: Answer(body=json.dumps({"id": one.id}).encode()))
        self.at: Callable[[int], None] = lambda _number: None

    def _read(self, request: Request) -> Arrived:
        status = json.loads(request.body)
        reply = str(status.get("in_reply_to_id", ""))
        assert reply in ("", *(one.id for one in self.arrived()))
        headers = {"reply": reply, "key": request.headers.get("idempotency-key", "")}
        return Arrived(str(101 + len(self.arrived())), headers, status["status"])

    def aside(self, request: Request) -> Answer | None:
        """A status that is there, with the mark of its delivery."""
        if request.method != "GET":
            return None
        there = {one.id: one for one in self.arrived()}
        mark = f"#ep-{there[request.path.rpartition('/')[2]].headers['key'][:16]}"
        return Answer(body=json.dumps({"content": mark}).encode())

    def take(self, request: Request) -> Answer:
        """See HttpTwin; ``at`` is called when a status was taken, with how many there are."""
        answer = super().take(request)
        self.at(len(self.arrived()))
        return answer

    def chain(self) -> list[tuple[str, str]]:
        """The id of each status, with the id to which it replies."""
        return [(one.id, one.headers["reply"]) for one in self.arrived()]


WHOLE = [("101", ""), ("102", "101"), ("103", "102"), ("104", "103"), ("105", "104")]


@pytest.fixture
def timeline() -> Iterator[Timeline]:
    """A server that threads."""
    with closing(Timeline()) as twin:
        yield twin


@pytest.fixture
def room(tmp_path: Path, timeline: Timeline) -> Mailroom:
    """One approved piece that asks for a thread, and takes five statuses."""
    room = mailroom(tmp_path, toots(timeline))
    room.merge(1, BODY, thread="true")
    room.approve()
    return room


def toots(timeline: Timeline) -> str:
    """The channel."""
    return (
        '[channels.toots]\npublisher = "mastodon"\nreaders = ["suppliers"]\nuser = "acme"\n'
        f'server = "{timeline.url}"\ntoken = {{ env = "HOOK_SECRET" }}\n'
    )


def parts(room: Mailroom) -> list[tuple[int, State]]:
    """The state of each part that the ledger knows."""
    ledger = room.ledger()
    rows = (row for row in (*ledger.open(), *ledger.settled()) if isinstance(row, Delivery))
    return sorted((row.key.part, row.state) for row in rows)


def test_each_part_replies_to_the_one_before(room: Mailroom, timeline: Timeline) -> None:
    """Five parts are five deliveries in a chain, and a second run sends nothing more."""
    done = room.publish()

    assert (Exit.DONE, [Result.SENT]) == (done.exit, [line.result for line in done.lines])
    assert timeline.chain() == WHOLE
    assert [(part, State.DELIVERED) for part in range(5)] == parts(room)
    assert Exit.DONE is room.publish(after=HOUR).exit
    assert 5 == len(timeline.requests)


@pytest.mark.parametrize("number", [1, 3])
def test_a_part_that_is_not_taken_holds_the_rest(room: Mailroom, timeline: Timeline, number: int) -> None:
    """A service that is busy at one part gets it later, under the right one, and nothing before that."""
    if number == 1:
        timeline.fail(Fault.THROTTLED)
    else:
        timeline.at = lambda there: timeline.fail(Fault.THROTTLED) if there == number - 1 else None
    first = room.publish()

    assert (Exit.DONE, [Result.WAITING]) == (first.exit, [line.result for line in first.lines])
    assert number - 1 == len(timeline.arrived())
    timeline.at = lambda _there: None
    assert Exit.DONE is room.publish(after=HOUR).exit
    assert timeline.chain() == WHOLE


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.BROKEN_BEFORE])
def test_an_unknown_part_holds_the_thread(room: Mailroom, timeline: Timeline, fault: Fault) -> None:
    """Where the answer to the third part is lost, no fourth goes out: nobody knows to what it would reply."""
    timeline.at = lambda there: timeline.fail(fault) if there == 2 else None
    there = 3 if fault is Fault.ANSWER_LOST else 2

    for _ in range(3):
        done = room.publish(after=HOUR)
        assert (Exit.NEEDS_PERSON, [Result.UNKNOWN]) == (done.exit, [line.result for line in done.lines])
    assert (there, (2, State.UNKNOWN)) == (len(timeline.arrived()), parts(room)[-1])


@pytest.mark.parametrize("number", [2, 5])
def test_a_thread_survives_a_power_cut_at_each_part(tmp_path: Path, timeline: Timeline, number: int) -> None:
    """Killed when a part was taken: that one is in doubt, what went before is known, and nothing is there twice."""
    room = mailroom(tmp_path, toots(timeline))
    room.clock = Clock(now())
    room.merge(1, BODY, thread="true")
    room.approve(at=now() - timedelta(minutes=1))
    run = room.start()

    def cut(there: int) -> None:
        if there == number:
            run.kill()
            run.process.wait(timeout=30)

    timeline.at = cut
    assert -signal.SIGKILL == run.ended()[0]
    timeline.at = lambda _there: None
    for _ in range(2):
        assert Exit.NEEDS_PERSON is room.publish(after=HOUR).exit
    known = [(part, State.DELIVERED) for part in range(number - 1)]
    assert (WHOLE[:number], [*known, (number - 1, State.UNKNOWN)]) == (timeline.chain(), parts(room))


def test_another_text_does_not_go_on_with_a_thread(room: Mailroom, timeline: Timeline) -> None:
    """What is approved after two parts went out is no third part of them: a person has to say what is meant."""
    timeline.at = lambda there: timeline.fail(Fault.THROTTLED) if there == 2 else None
    room.publish()
    room.approve(room.merge(1, BODY.replace("gently", "firmly"), thread="true"))
    done = room.publish(after=HOUR)

    assert (Exit.NEEDS_PERSON, 2) == (done.exit, len(timeline.arrived()))
    assert "another text" in " ".join(done.lines[0].says)


def test_a_short_piece_that_asks_for_a_thread_is_one_post(tmp_path: Path, timeline: Timeline) -> None:
    """Where everything fits into one status there is one, and ``check`` has nothing to say."""
    room = mailroom(tmp_path, toots(timeline))
    room.merge(1, thread="true")
    room.approve()
    room.publish()

    assert [("101", "")] == timeline.chain()
    assert [] == [one for one in check(room.world).findings if one.code == "XP-FIT-THREAD"]


def test_a_correction_changes_each_post_of_a_thread(room: Mailroom, timeline: Timeline) -> None:
    """Each post of the thread that is out gets its own part of the new text, and no post is added."""
    room.publish()
    room.approve(room.merge(1, BODY.replace("stop", "rest"), thread="true"))
    update(room.anna.world, "piece-1")
    done = room.publish(after=HOUR)

    assert {Result.UPDATED} == {line.result for line in done.lines}
    changes = [one for one in timeline.requests if one.method == "PUT"]
    assert [f"/api/v1/statuses/{number}" for number in range(101, 106)] == [one.path for one in changes]
    assert all("rest" in json.loads(one.body)["status"] for one in changes)


def test_a_thread_of_another_length_is_changed_by_hand(room: Mailroom, timeline: Timeline) -> None:
    """Where a correction takes another number of posts, no post of the thread that is out is touched."""
    room.publish()
    room.approve(room.merge(1, f"{BODY}\n\n{BODY}", thread="true"))
    update(room.anna.world, "piece-1")
    done = room.publish(after=HOUR)

    assert {Result.BY_HAND} == {line.result for line in done.lines}
    assert 5 == len(timeline.requests)
