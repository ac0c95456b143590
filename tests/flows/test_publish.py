"""What publish sends, once, and what it leaves alone; counted by what the service took."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, mail, mailroom, settings
from tests.flows.organisation import START

from expertpost.errors import Exit, Failure
from expertpost.flows.report import Result
from expertpost.model.delivery import State
from expertpost.model.policy import Why
from expertpost.store.git import Git
from expertpost.testing.mail_twin import MailTwin

DAY = timedelta(days=1)
TWELVE = "[" + ", ".join(f'"r{number}@supplier.example"' for number in range(12)) + "]"


@pytest.fixture
def room(tmp_path: Path, receiver: Trap) -> Mailroom:
    """One webhook channel for suppliers."""
    return mailroom(tmp_path, hook(receiver))


def to_whom(postbox: MailTwin) -> list[str]:
    """Who got a mail, sorted."""
    return sorted(one.headers["envelope-to"] for one in postbox.arrived())


def test_publishing_twice_sends_once(tmp_path: Path, receiver: Trap, postbox: MailTwin) -> None:
    """What is approved and due goes to every channel once; running again does nothing, and pushes nothing."""
    room = mailroom(tmp_path, hook(receiver), mail(postbox))
    room.merge(1)
    room.approve()

    assert (Exit.DONE, {Result.SENT}) == ((done := room.publish()).exit, {line.result for line in done.lines})
    pushes = room.pushes()
    assert (Exit.DONE, ()) == ((again := room.publish()).exit, again.lines)
    assert (1, 1, pushes) == (len(receiver.arrived()), len(postbox.arrived()), room.pushes())


def test_a_mailing_takes_few_pushes(tmp_path: Path, postbox: MailTwin) -> None:
    """Twelve mails in chunks of ten take three pushes, and everyone gets one."""
    room = mailroom(tmp_path, mail(postbox, recipients=TWELVE))
    room.merge(1)
    room.approve()
    done = room.publish()

    assert [{State.DELIVERED: 12}] == [line.counts for line in done.lines]
    assert (12, 3) == (len(set(to_whom(postbox))), room.pushes())


def test_what_is_sent_is_what_was_approved(room: Mailroom, receiver: Trap) -> None:
    """The ledger names the digest that the approval names, and the text arrives as it was written."""
    room.merge(1, body="Both ways, always.")
    room.approve()
    room.publish()
    (row,) = room.rows().values()

    assert ["Both ways, always."] == [one.text.strip() for one in receiver.arrived()]
    assert 64 == len(row.intent.digest)
    assert row.key.id == receiver.ids()[0]


def test_what_nobody_approved_stays(room: Mailroom, receiver: Trap) -> None:
    """Without an approval nothing goes; that is normal and no error."""
    room.merge(1)

    assert (Exit.DONE, 0) == (room.publish().exit, len(receiver.arrived()))


def test_an_edit_after_the_approval_is_not_sent(room: Mailroom, receiver: Trap) -> None:
    """Approval is for one text: another one stays, though it has the same id."""
    room.merge(1)
    room.approve()
    room.merge(1, body="Turn it with force.")
    done = room.publish()

    assert [(Result.HELD, (Why.NOT_SUBMITTED,))] == [(line.result, line.whys) for line in done.lines]
    assert () == receiver.arrived()


def test_a_changed_setting_voids_the_approval(room: Mailroom, receiver: Trap) -> None:
    """What a channel would get is part of the approval: where it changed, a person looks again (exit 3)."""
    room.merge(1)
    room.approve()
    people = room.anna.clone / "people" / "anna.md"
    people.write_text(people.read_text().replace("name: Anna", "name: Anna-Maria"))
    room.anna.push("A new name")
    done = room.publish()

    assert (Exit.NEEDS_PERSON, [(Why.CHANGED,)]) == (done.exit, [line.whys for line in done.lines])
    assert () == receiver.arrived()


def test_a_narrower_audience_is_never_sent(room: Mailroom, receiver: Trap) -> None:
    """A piece for colleagues never goes to suppliers, whatever approvals say."""
    id_ = room.merge(1)
    room.approve(id_)
    room.merge(1, audience="[colleagues]")
    room.approve(id_, at=START + timedelta(minutes=5))

    assert (Exit.DONE, ()) == ((done := room.publish()).exit, done.lines)
    assert () == receiver.arrived()


def test_a_block_for_colleagues_is_cut(room: Mailroom, receiver: Trap) -> None:
    """What is marked for colleagues inside a piece for suppliers stays in the house."""
    room.merge(1, body="For all.\n\n::: colleagues\nThe margin is 40 %.\n:::\n\nGoodbye.")
    room.approve()
    room.publish()

    assert [True] == ["margin" not in one.text and "Goodbye." in one.text for one in receiver.arrived()]


def test_a_new_channel_gets_no_backlog(tmp_path: Path, receiver: Trap) -> None:
    """A channel that no approval names is not offered anything: nothing is due there, and that is normal."""
    room = mailroom(tmp_path)
    room.merge(1)
    room.approve()
    room.anna.write("expertpost.toml", settings(hook(receiver)))
    room.anna.push("A channel")
    done = room.publish()

    assert (Exit.DONE, [(Why.NOT_OFFERED,)]) == (done.exit, [line.whys for line in done.lines])
    assert () == receiver.arrived()


def test_a_backlog_is_braked(room: Mailroom, receiver: Trap) -> None:
    """More pieces due at once than the brake allows are held until a person says how many may go."""
    for number in range(1, 7):
        room.merge(number)
    room.approve()
    braked = room.publish()

    assert (Exit.NEEDS_PERSON, {(Why.BURST,)}) == (braked.exit, {line.whys for line in braked.lines})
    assert () == receiver.arrived()
    assert "--channel hook --limit N" in braked.lines[0].says[0]
    let = room.publish("hook", limit=2)
    assert (Exit.DONE, 2) == (let.exit, len(receiver.arrived()))


def test_a_limit_takes_what_waited_longest(room: Mailroom, receiver: Trap) -> None:
    """With a limit the pieces that were due first go first, the rest in the next run."""
    first = room.merge(2)
    room.approve(first, at=START)
    room.approve(room.merge(1), at=START + timedelta(minutes=5))
    room.publish(limit=1)

    assert [first] == [row.key.piece for row in room.rows().values()]
    room.publish(limit=1)
    assert 2 == len(receiver.arrived())


def test_what_is_too_late_waits_for_a_person(room: Mailroom, receiver: Trap) -> None:
    """A schedule that stood still for longer than max_lateness does not send old news by itself."""
    room.merge(1)
    room.approve()
    done = room.publish(after=8 * DAY)

    assert (Exit.NEEDS_PERSON, [(Why.LATE,)]) == (done.exit, [line.whys for line in done.lines])
    assert () == receiver.arrived()


def test_what_is_not_due_waits(room: Mailroom, receiver: Trap) -> None:
    """Before publish_at nothing goes; after it, it goes once."""
    room.merge(1, publish_at=f"'{(START + DAY).isoformat()}'")
    room.approve()

    assert (Exit.DONE, [(Why.NOT_YET,)]) == ((early := room.publish()).exit, [line.whys for line in early.lines])
    assert 0 == len(receiver.arrived())
    room.publish(after=DAY)
    room.publish()
    assert 1 == len(receiver.arrived())


def test_a_correction_is_no_second_post(room: Mailroom, receiver: Trap) -> None:
    """A text that was approved anew after it went out is told as corrected; the old copy stays, and no second goes."""
    id_ = room.merge(1)
    room.approve(id_)
    room.publish()
    room.merge(1, body="Turn it the other way.")
    room.approve(id_, at=START + timedelta(minutes=5))
    done = room.publish()

    assert (Exit.DONE, [Result.CORRECTED]) == (done.exit, [line.result for line in done.lines])
    assert 1 == len(receiver.arrived())


def test_a_new_edition_goes_out_again(room: Mailroom, receiver: Trap) -> None:
    """A raised edition is a new delivery, once approved."""
    id_ = room.merge(1)
    room.approve(id_)
    room.publish()
    room.merge(1, editions="{hook: 2}")
    room.approve(id_, at=START + timedelta(minutes=5))
    room.publish()

    assert 2 == len(set(receiver.ids()))


def test_later_subscribers_get_no_old_mail(tmp_path: Path, postbox: MailTwin) -> None:
    """Who was meant is pinned with the first claim: whoever comes onto the list later gets the next piece only."""
    room = mailroom(tmp_path, mail(postbox, recipients='{ file = "lists/all.txt" }'))
    room.anna.write("lists/all.txt", "bea@supplier.example\n")
    room.merge(1)
    room.approve()
    room.publish()
    room.anna.write("lists/all.txt", "bea@supplier.example\ncem@supplier.example\n")
    room.approve(room.merge(2))
    room.publish()

    assert ["bea@supplier.example", "bea@supplier.example", "cem@supplier.example"] == to_whom(postbox)


def test_another_sender_mails_nobody_again(tmp_path: Path, postbox: MailTwin) -> None:
    """A new address of the sender is no reason to mail once more what everybody has."""
    room = mailroom(tmp_path, mail(postbox))
    room.merge(1)
    room.approve()
    room.publish()
    room.anna.write("expertpost.toml", settings(mail(postbox).replace("experts@acme", "news@acme")))
    room.anna.push("Another sender")
    room.publish()

    assert ["bea@supplier.example"] == to_whom(postbox)


def test_a_dry_run_sends_and_writes_nothing(room: Mailroom, receiver: Trap) -> None:
    """A dry run judges everything and touches neither service nor ledger."""
    room.merge(1)
    room.approve()
    done = room.publish(dry_run=True)

    assert [Result.WOULD_SEND] == [line.result for line in done.lines]
    assert (0, 0) == (len(receiver.arrived()), room.pushes())


def test_the_working_copy_is_neither_read_nor_touched(room: Mailroom, receiver: Trap) -> None:
    """Edits that lie in the runner's clone never go out, and its index, HEAD and files stay as they are."""
    room.merge(1)
    room.approve()
    room.runner.run("pull", "--quiet")
    room.runner.write("drafts/piece-1.md", "---\ntitle: Mine\n---\n\nUnapproved.\n")
    before = room.runner.state()
    room.publish()

    assert (before, [True]) == (room.runner.state(), ["gently" in one.text for one in receiver.arrived()])


def test_without_a_remote_it_works_on_the_spot(tmp_path: Path, receiver: Trap) -> None:
    """Without a shared repository the same ledger lies in the workspace's own."""
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1)
    room.approve()
    room.runner.run("fetch", "--quiet", "origin")
    room.runner.run("merge", "--quiet", "--ff-only", "origin/main")
    room.runner.run("branch", "expertpost-reviews", "origin/expertpost-reviews")
    room.runner.run("remote", "remove", "origin")
    room.publish()
    room.publish()

    assert 1 == len(receiver.arrived())
    assert room.runner.run("rev-parse", "--verify", "expertpost-ledger").strip()


def test_nothing_merged_is_nothing_to_do(tmp_path: Path) -> None:
    """A workspace without a merged main has nothing to send."""
    room = mailroom(tmp_path)
    Git(room.org.remote).run("update-ref", "-d", "refs/heads/main")

    assert ("", Exit.DONE) == ((done := room.publish()).commit, done.exit)


def test_an_unknown_channel_is_named(room: Mailroom) -> None:
    """A misspelt channel is a usage error with a guess."""
    with pytest.raises(Failure) as wrong:
        room.publish("hok")

    assert (Exit.USAGE, "did you mean hook?") == (wrong.value.exit_code, wrong.value.cure)
