"""What goes wrong on the way, and that nothing goes twice because of it; counted by what the service took."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.flows.mailroom import BY, SHORT, Mailroom, Trap, hook, mail, mailroom, read_hook, settings
from tests.flows.organisation import START

from expertpost.errors import Exit, Failure
from expertpost.flows.publish import publish
from expertpost.flows.report import Result
from expertpost.model.delivery import State
from expertpost.model.key import Account
from expertpost.store.hub import Landed
from expertpost.store.ledger import Chunk
from expertpost.store.ledger_json import terms_bytes
from expertpost.store.writing import write_commit
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import WAIT, Answer, Fault, HttpTwin

HOUR = timedelta(hours=1)
TWO = '["bea@supplier.example", "cem@supplier.example"]'


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, postbox: MailTwin) -> Mailroom:
    """One approved piece that is due at a keyed webhook and in a blind mail."""
    room = mailroom(tmp_path, hook(receiver), mail(postbox))
    room.merge(1)
    room.approve()
    return room


def states(room: Mailroom) -> dict[str, State]:
    """How the ledger has the piece, by channel."""
    return {row.key.channel: row.state for row in room.rows().values()}


def test_a_busy_service_is_left_in_peace(room: Mailroom, receiver: Trap, postbox: MailTwin) -> None:
    """429 proves that nothing was taken: the account waits as long as the service asks, and then it goes once."""
    receiver.fail(Fault.THROTTLED)
    first = room.publish()

    assert (Exit.DONE, 1, 0) == (first.exit, len(postbox.arrived()), len(receiver.arrived()))
    assert {"hook": State.RETRY_WAIT, "mail": State.DELIVERED} == states(room)
    room.clock.at -= timedelta(minutes=2)
    room.publish()
    assert 1 == len(receiver.requests)
    room.publish(after=timedelta(seconds=WAIT) + HOUR)
    assert (1, State.DELIVERED) == (len(receiver.arrived()), states(room)["hook"])


def test_a_service_that_says_that_it_takes_no_more_is_left_in_peace(tmp_path: Path) -> None:
    """A post that was taken with the last of what the service allows is the last one, also for the next run."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "90"}
    with closing(HttpTwin(read_hook, keyed=True, answer=lambda _: Answer(headers=headers))) as twin:
        room = mailroom(tmp_path, hook(twin))
        room.merge(1)
        room.merge(2)
        room.approve()
        first, again = room.publish(), room.publish(after=timedelta(minutes=1))

        assert (Exit.DONE, Exit.DONE, 1) == (first.exit, again.exit, len(twin.requests))
        assert [Result.SENT, Result.WAITING] == sorted(line.result for line in first.lines)
        room.publish(after=timedelta(minutes=1))
        assert 2 == len(twin.arrived()) == len(twin.requests)


def test_refused_credentials_stop_one_channel_only(room: Mailroom, receiver: Trap, postbox: MailTwin) -> None:
    """401 stops the channel with exit 1 and a cure, others go on; with good credentials it goes once."""
    receiver.fail(Fault.DENIED)
    first = room.publish()

    assert (Exit.FAILED, ["hook"]) == (first.exit, [one.channel for one in first.troubles])
    assert 1 == len(postbox.arrived())
    room.publish(after=HOUR)
    assert (1, 1) == (len(receiver.arrived()), len(postbox.arrived()))


def test_an_unreachable_service_is_tried_again(tmp_path: Path, postbox: MailTwin) -> None:
    """Where no byte left nothing is in doubt: the run fails, and the next one sends."""
    with closing(HttpTwin(read_hook, keyed=True)) as gone:
        gone.close()
        room = mailroom(tmp_path, hook(gone), mail(postbox))
        room.merge(1)
        room.approve()
        first = room.publish()

    assert (Exit.FAILED, {"hook": State.RETRY_WAIT, "mail": State.DELIVERED}) == (first.exit, states(room))


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.BROKEN_AFTER, Fault.BROKEN_BEFORE])
def test_doubt_at_a_keyed_service_ends_with_one_post(room: Mailroom, receiver: Trap, fault: Fault) -> None:
    """A lost answer is told as unknown (exit 3); the next run sends the same key, and the service has one post."""
    receiver.fail(fault)
    first = room.publish("hook")

    assert (Exit.NEEDS_PERSON, [Result.UNKNOWN]) == (first.exit, [line.result for line in first.lines])
    second = room.publish("hook")
    assert (Exit.DONE, 1, State.DELIVERED) == (second.exit, len(receiver.arrived()), states(room)["hook"])


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.HALF_ANSWER])
def test_doubt_at_a_blind_service_waits_for_a_person(room: Mailroom, postbox: MailTwin, fault: Fault) -> None:
    """A mail whose answer was lost is never sent again by itself, and every run says that somebody must look."""
    postbox.fail(fault)

    for _ in range(3):
        done = room.publish("mail", after=HOUR)
        assert (Exit.NEEDS_PERSON, [Result.UNKNOWN]) == (done.exit, [line.result for line in done.lines])
    assert (1, State.HELD) == (len(postbox.arrived()), states(room)["mail"])


def test_doubt_stops_the_rest_of_the_mailing(tmp_path: Path, postbox: MailTwin) -> None:
    """After one lost answer the others wait for the next run, which sends to them and not to the doubtful one."""
    room = mailroom(tmp_path, mail(postbox, recipients=TWO))
    room.merge(1)
    room.approve()
    postbox.fail(Fault.ANSWER_LOST)
    room.publish()
    assert 1 == len(postbox.arrived())
    room.publish()
    room.publish()

    assert 2 == len({one.headers["envelope-to"] for one in postbox.arrived()}) == len(postbox.arrived())
    assert [State.DELIVERED, State.HELD] == sorted(row.state for row in room.rows().values())


def test_a_refused_recipient_is_told_without_the_address(tmp_path: Path, postbox: MailTwin) -> None:
    """A mailbox that does not exist is a failure of one delivery; its address stays out of ledger and report."""
    room = mailroom(tmp_path, mail(postbox, recipients=TWO))
    room.merge(1)
    room.approve()
    postbox.replies["RCPT"] = "550 5.1.1 <bea@supplier.example> and cem@supplier.example unknown"
    done = room.publish()

    assert (Exit.FAILED, [{State.REJECTED: 2}]) == (done.exit, [line.counts for line in done.lines])
    del postbox.replies["RCPT"]
    room.publish(after=HOUR)
    assert () == postbox.arrived()
    assert "bea@" not in str(done) + str(room.rows())


def test_a_missing_secret_stops_one_channel_only(room: Mailroom, receiver: Trap, postbox: MailTwin) -> None:
    """A channel without its secret is skipped with exit 1 and the secret's name; others go on."""
    world = replace(room.world, env=room.runner.env)
    done = publish(world)

    assert (Exit.FAILED, [("hook", "XP-SECRET-MISSING")]) == (
        done.exit,
        [(one.channel, one.code) for one in done.troubles],
    )
    assert "HOOK_SECRET" in done.troubles[0].what
    assert (0, 1) == (len(receiver.arrived()), len(postbox.arrived()))
    publish(world)
    assert {"mail"} == set(states(room))


def just_before_the_claim(room: Mailroom, happens: Callable[[], object]) -> object:
    """One run during which something happens after everything was judged and before the first claim."""
    waiting = [happens]

    def monotonic() -> float:
        if waiting:
            waiting.pop()()
        return 0.0

    return publish(replace(room.world, monotonic=monotonic))


def test_what_is_merged_meanwhile_is_judged_anew(room: Mailroom, receiver: Trap, postbox: MailTwin) -> None:
    """When main moves between judging and claiming, the claim fails and the new text, not approved, stays."""
    just_before_the_claim(room, lambda: room.merge(1, body="Changed in the last second."))

    assert ((), ()) == (receiver.arrived(), postbox.arrived())
    assert {} == states(room)


def test_a_ledger_that_moves_meanwhile_is_read_anew(room: Mailroom, receiver: Trap, postbox: MailTwin) -> None:
    """When another runner claims at another account in between, this one judges anew and then sends, once."""

    def other() -> None:
        ledger = room.ledger()
        account = Account("other").taken("somebody", room.clock() + HOUR)
        hub = room.fetched()
        assert Landed() == ledger.intend(Chunk(account, ()), hub.tip("main") or "")

    just_before_the_claim(room, other)

    assert (1, 1) == (len(receiver.arrived()), len(postbox.arrived()))


def test_another_runner_at_work_is_waited_for(room: Mailroom, receiver: Trap, postbox: MailTwin) -> None:
    """While somebody else's lease on an account lives, its channel waits (exit 0) and others go on."""
    room.publish("mail")
    taken = next(row.key.account for row in room.rows().values())
    room.approve(room.merge(2))
    ledger, hub = room.ledger(), room.fetched()
    account = ledger.account(taken).taken("somebody", room.clock() + HOUR)
    assert Landed() == ledger.intend(Chunk(account, ()), hub.tip("main") or "")
    done = room.publish()

    assert (Exit.DONE, 1) == (done.exit, len(postbox.arrived()))
    assert 2 == len(receiver.arrived())
    room.publish(after=2 * HOUR)
    assert 2 == len(postbox.arrived())


def test_no_send_begins_when_the_lease_runs_out(tmp_path: Path, receiver: Trap) -> None:
    """A runner whose time goes by faster than it sends gives claims back and claims anew; everything goes once."""
    room = mailroom(tmp_path, hook(receiver))
    for number in range(1, 5):
        room.merge(number)
    room.approve()
    hub = room.fetched()
    commit = write_commit(hub.git, {"ledger.json": terms_bytes(SHORT)}, "begin", BY, START, base=None)
    assert Landed() == hub.offer({"expertpost-ledger": (commit, None)})
    halves = count()
    done = publish(replace(room.world, now=lambda: START + HOUR, monotonic=lambda: next(halves) / 2))

    assert (Exit.DONE, 4) == (done.exit, len(receiver.ids()))
    assert 5 == room.pushes() - 1


def test_ctrl_c_finishes_the_send_and_writes_it_down(tmp_path: Path, postbox: MailTwin) -> None:
    """Interrupted after the first mail: that one is written down, the second is given back and goes next time."""
    room = mailroom(tmp_path, mail(postbox, recipients=TWO))
    room.merge(1)
    room.approve()
    done = room.publish(stop=lambda: len(postbox.arrived()) > 0)

    assert (Exit.INTERRUPTED, 1) == (done.exit, len(postbox.arrived()))
    assert [State.DELIVERED, State.RELEASED] == sorted(row.state for row in room.rows().values())
    room.publish()
    assert 2 == len({one.headers["envelope-to"] for one in postbox.arrived()}) == len(postbox.arrived())


def test_what_the_ledger_did_not_take_is_noted(room: Mailroom, postbox: MailTwin) -> None:
    """When the last push is refused, the outcome stays on this machine, and the next run brings it to the ledger."""
    refuse = room.org.remote / "hooks" / "pre-receive"
    refuse.parent.mkdir(exist_ok=True)
    refuse.write_text(f"#!/bin/sh\ntest -e {room.org.folder}/closed && exit 1\ntouch {room.org.folder}/closed\n")
    refuse.chmod(0o755)
    first = room.publish("mail")

    assert (Exit.FAILED, "XP-LEDGER-UNTOLD") == (first.exit, first.troubles[0].code)
    refuse.unlink()
    assert {"mail": State.INTENDED} == states(room)
    second = room.publish("mail", after=timedelta(days=1))
    assert (Exit.DONE, 1, {"mail": State.DELIVERED}) == (second.exit, len(postbox.arrived()), states(room))


def test_a_refused_claim_sends_nothing(room: Mailroom, receiver: Trap, postbox: MailTwin) -> None:
    """Where the host takes no ledger nothing is sent at all, and the answer says what the runner needs."""
    refuse = room.org.remote / "hooks" / "pre-receive"
    refuse.parent.mkdir(exist_ok=True)
    refuse.write_text("#!/bin/sh\nexit 1\n")
    refuse.chmod(0o755)
    with pytest.raises(Failure) as refused:
        room.publish()

    assert ("XP-LEDGER-DENIED", (), ()) == (refused.value.code, receiver.arrived(), postbox.arrived())


def test_a_fork_does_not_publish(room: Mailroom, receiver: Trap) -> None:
    """Where the settings pin the repository, any other refuses with exit 4."""
    pinned = f'[ledger]\nremote = "https://git.example/acme/hub.git"\n\n{hook(receiver)}'
    room.anna.write("expertpost.toml", settings(pinned))
    room.anna.push("Pin the ledger")
    with pytest.raises(Failure) as refused:
        room.publish()

    assert ("XP-LEDGER-REMOTE", Exit.GUARD, ()) == (refused.value.code, refused.value.exit_code, receiver.arrived())


def test_one_busy_mailbox_does_not_stop_the_others(tmp_path: Path, postbox: MailTwin) -> None:
    """A mailbox that takes nothing now waits alone (a grey list); everybody else gets the mail, and it later."""
    room = mailroom(tmp_path, mail(postbox, recipients=TWO))
    room.merge(1)
    room.approve()
    postbox.fail(Fault.THROTTLED)
    first = room.publish()

    assert (Exit.DONE, 1) == (first.exit, len(postbox.arrived()))
    room.publish(after=HOUR)
    assert 2 == len({one.headers["envelope-to"] for one in postbox.arrived()}) == len(postbox.arrived())
