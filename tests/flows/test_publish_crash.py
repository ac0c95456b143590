"""Runners as processes of their own: two at once, killed at the worst moment, asked to end; counted by the service."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.flows.mailroom import Mailroom, Started, Trap, hook, mail, mailroom, now
from tests.flows.organisation import Clock

from expertpost.errors import Exit
from expertpost.flows.report import Result
from expertpost.model.delivery import State
from expertpost.testing.mail_twin import MailTwin

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

HOUR = timedelta(hours=1)
TWO = '["bea@supplier.example", "cem@supplier.example"]'


class MailTrap(MailTwin):
    """A mail server that does something before or after it takes the mail of this number (from 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 1
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:  # noqa: N802
        """See MailTwin."""
        now_is_the_time = len(self.arrived()) + 1 == self.number
        if self.before and now_is_the_time:
            self.before()
            return "451 4.3.0 later"
        said = await self._text(server, session, envelope)
        if self.after and now_is_the_time:
            self.after()
        return said


@pytest.fixture
def mailbox() -> Iterator[MailTrap]:
    """A mail server with a trap."""
    with closing(MailTrap()) as twin:
        yield twin


def ready(folder: Path, *channels: str, pieces: int = 1) -> Mailroom:
    """Pieces approved just now, for runners that read the system's clock."""
    room = mailroom(folder, *channels)
    room.clock = Clock(now())
    for number in range(1, pieces + 1):
        room.merge(number)
    room.approve(at=now() - timedelta(minutes=1))
    return room


def states(room: Mailroom) -> list[State]:
    """The states of all deliveries, sorted."""
    return sorted(row.state for row in room.rows().values())


def killed(started: Started) -> Callable[[], None]:
    """Ends a run at once and waits until it is gone."""

    def end() -> None:
        started.kill()
        started.process.wait(timeout=30)

    return end


def test_two_runners_at_once_send_once(tmp_path: Path, receiver: Trap, postbox: MailTwin) -> None:
    """Two runners that start together leave one post at every target, and neither fails."""
    room = ready(tmp_path, hook(receiver), mail(postbox, recipients=TWO), pieces=2)
    runs = [room.start(), room.start(runner=room.another("second"))]

    assert [0, 0] == [run.ended()[0] for run in runs]
    room.publish()
    assert (2, 4) == (len(receiver.arrived()), len(postbox.arrived()))
    assert [State.DELIVERED] * 6 == states(room)


def test_two_runners_of_one_clone_send_once(tmp_path: Path, receiver: Trap) -> None:
    """The same holds where both run in the same folder."""
    room = ready(tmp_path, hook(receiver), pieces=2)
    runs = [room.start(), room.start()]

    assert [0, 0] == [run.ended()[0] for run in runs]
    assert 2 == len(receiver.arrived()) == len(receiver.requests)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_keyed_post_survives_a_power_cut(tmp_path: Path, receiver: Trap, moment: str) -> None:
    """Killed before or after the service took it: while the lease lives others wait, then the same key goes again."""
    room = ready(tmp_path, hook(receiver))
    run = room.start()
    setattr(receiver, moment, killed(run))

    assert -signal.SIGKILL == run.ended()[0]
    assert (Exit.DONE, [Result.WAITING]) == ((early := room.publish()).exit, [line.result for line in early.lines])
    assert 1 == len(receiver.requests)
    assert Exit.DONE is room.publish(after=HOUR).exit
    assert (1, [State.DELIVERED]) == (len(receiver.arrived()), states(room))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_mail_in_doubt_is_not_sent_twice(tmp_path: Path, mailbox: MailTrap, moment: str) -> None:
    """Killed before or after the server took it: nobody knows, so a person decides, and no run sends it again."""
    room = ready(tmp_path, mail(mailbox))
    run = room.start()
    setattr(mailbox, moment, killed(run))
    run.ended()
    mailbox.before = mailbox.after = None

    for _ in range(2):
        done = room.publish(after=HOUR)
        assert (Exit.NEEDS_PERSON, [Result.UNKNOWN]) == (done.exit, [line.result for line in done.lines])
    assert (moment == "after", [State.HELD]) == (len(mailbox.arrived()) == 1, states(room))


def test_what_was_sent_before_a_power_cut_is_known(tmp_path: Path, mailbox: MailTrap) -> None:
    """A mail that was answered before the cut is delivered for the next run on this machine; one is in doubt."""
    room = ready(tmp_path, mail(mailbox, recipients=TWO))
    run = room.start()
    mailbox.number, mailbox.after = 2, killed(run)
    run.ended()
    room.publish(after=HOUR)

    assert (2, [State.DELIVERED, State.UNKNOWN]) == (len(mailbox.arrived()), states(room))


def test_what_a_dead_runner_had_not_begun_goes_out(tmp_path: Path, mailbox: MailTrap) -> None:
    """Of five mails claimed together the second is in doubt after a power cut; three were not begun, and go later."""
    five = json.dumps([f"buyer-{number}@supplier.example" for number in range(5)])
    room = ready(tmp_path, mail(mailbox, recipients=five))
    run = room.start()
    mailbox.number, mailbox.after = 2, killed(run)
    run.ended()
    early = room.publish()
    assert (Exit.DONE, 2) == (early.exit, len(mailbox.arrived()))
    late = room.publish(after=HOUR)

    assert Exit.NEEDS_PERSON is late.exit
    assert 5 == len({one.headers["envelope-to"] for one in mailbox.arrived()}) == len(mailbox.arrived())
    assert [*[State.DELIVERED] * 4, State.UNKNOWN] == states(room)


def test_a_runner_that_is_asked_to_end_writes_down_what_it_did(tmp_path: Path, receiver: Trap) -> None:
    """SIGTERM: the send under way is finished and in the ledger, the rest is given back, the exit code is 130."""
    room = ready(tmp_path, hook(receiver), pieces=3)
    run = room.start()
    receiver.after = lambda: run.process.send_signal(signal.SIGTERM)
    code, told = run.ended()

    assert (Exit.INTERRUPTED, True, 1) == (code, told["interrupted"], len(receiver.arrived()))
    assert [State.DELIVERED, State.RELEASED, State.RELEASED] == states(room)
    room.publish()
    assert 3 == len(receiver.arrived()) == len(receiver.requests)


def test_the_answer_for_machines(tmp_path: Path, receiver: Trap) -> None:
    """With --json a run answers with one document that names its schema, and an annotation cannot be forged."""
    room = ready(tmp_path, hook(receiver))
    code, told = room.start(env={"GITHUB_ACTIONS": "true"}).ended()

    assert (0, "expertpost.publish/1", "sent") == (code, told["schema"], told["lines"][0]["result"])
