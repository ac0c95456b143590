"""Reminders: asked for by signed events, sent by the runner through an internal channel, once a day, without a text."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, mail, mailroom, settings
from tests.flows.organisation import TORQUE, WORKSPACE_ID, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import refused, seen

from expertpost.errors import Problems
from expertpost.flows.review_merge import merge
from expertpost.flows.review_remind import remind
from expertpost.flows.submit import submit
from expertpost.model.event import Event, EventKind
from expertpost.store.config import read_config
from expertpost.store.events import Written, append
from expertpost.store.tree import Identity
from expertpost.testing.mail_twin import MailTwin

NAMED = '[review]\nsigned = false\nreminders = "chat"\n'
SECRET_TITLE = "We buy Acme on Friday"


@pytest.fixture
def room(tmp_path: Path, receiver: Trap) -> Mailroom:
    """A chat that colleagues read; Anna has submitted a piece and asks Bob."""
    made = mailroom(tmp_path, hook(receiver, "chat", "colleagues"), more=NAMED)
    made.anna.write("drafts/torque.md", piece(title=SECRET_TITLE, body="Nobody knows yet."))
    submit(made.anna.world, reviewers=["bob"])
    return made


def texts(receiver: Trap) -> list[str]:
    """What the chat got."""
    return [one.text for one in receiver.arrived()]


def test_a_reminder_goes_out_once(room: Mailroom, receiver: Trap) -> None:
    """Asked for twice and published three times: one message, that names the slug and not a word of the text."""
    room.clock.at = room.anna.clock.at
    assert [("bob", ("torque",), "")] == [(r.handle, r.slugs, r.skipped) for r in remind(room.anna.world).reminders]
    assert ["was reminded less than a day ago"] == [r.skipped for r in remind(room.anna.world).reminders]
    for _ in range(3):
        room.publish()

    (text,) = texts(receiver)
    assert "review show torque" in text
    assert "Bob" in text
    assert not any(word in text for word in (SECRET_TITLE, "Acme on Friday", "Nobody knows"))


def test_a_reminder_comes_again_the_next_day(room: Mailroom, receiver: Trap) -> None:
    """After a day, and only where somebody asks for it again."""
    remind(room.anna.world)
    room.clock.at = room.anna.clock.at
    room.publish()
    for person in (room.anna, room.runner):
        person.clock.at += timedelta(days=1, minutes=1)
    room.clock.at = room.anna.clock.at
    room.publish()
    assert 1 == len(texts(receiver))
    remind(room.anna.world)
    room.clock.at = room.anna.clock.at
    room.publish()

    assert 2 == len(texts(receiver))


def test_who_has_decided_is_not_reminded(room: Mailroom, receiver: Trap) -> None:
    """Between the request and the run Bob approves, and it is merged: nobody is bothered."""
    remind(room.anna.world)
    bob = room.org.people["bob"]
    seen(bob)
    room.clock.at = room.anna.clock.at
    room.publish()
    assert [] == texts(receiver)
    merge(bob.world, "torque")

    assert () == remind(room.anna.world).reminders


def test_a_dry_run_asks_for_nothing(room: Mailroom, receiver: Trap) -> None:
    """It tells who would be reminded, twice, and nothing goes out; nor does a dry publish send anything."""
    for _ in range(2):
        assert [""] == [r.skipped for r in remind(room.anna.world, dry_run=True).reminders]
    remind(room.anna.world)
    room.clock.at = room.anna.clock.at
    room.publish(dry_run=True)

    assert [] == texts(receiver)


def test_a_piece_that_not_everybody_may_read_is_not_named(tmp_path: Path, receiver: Trap) -> None:
    """Colleagues read the chat, the piece is for the board alone: not even its slug is told."""
    board = '[audiences]\nboard = { says = "the board", includes_colleagues = false }\n'
    room = mailroom(tmp_path, hook(receiver, "chat", "colleagues"), more=board + NAMED)
    room.anna.write("drafts/merger.md", piece(title=SECRET_TITLE, audience="[board]"))
    submit(room.anna.world, reviewers=["bob"])
    remind(room.anna.world)
    room.clock.at = room.anna.clock.at
    room.publish()

    (text,) = texts(receiver)
    assert "a piece that not everybody here may read" in text
    assert "merger" not in text


def test_a_mail_goes_to_the_person_alone(tmp_path: Path, postbox: MailTwin) -> None:
    """Of everyone on the list of the channel only the one who is asked gets it."""
    listed = '["anna@acme.example", "bob@acme.example", "cara@acme.example"]'
    channel = mail(postbox, "chat", listed).replace('"suppliers"', '"colleagues"')
    room = mailroom(tmp_path, channel, more=NAMED)
    room.anna.write("drafts/torque.md", piece())
    submit(room.anna.world, reviewers=["bob"])
    remind(room.anna.world)
    room.clock.at = room.anna.clock.at
    room.publish()
    room.publish()

    assert ["bob@acme.example"] == [one.headers["envelope-to"] for one in postbox.arrived()]


LATE = """
[[review.rules]]
audience = ["colleagues"]
due_days = 2
escalate = ["chief", "dan"]
"""


@pytest.fixture
def late(tmp_path: Path, receiver: Trap) -> Mailroom:
    """A rule that names the role chief and Dan after two days; Anna has submitted and asks Bob."""
    told = settings(hook(receiver, "chat", "colleagues"), more=NAMED + LATE)
    org = organisation(tmp_path, "anna", "bob", "eve", "dan", settings=told, keys=False)
    room = Mailroom(org, org.clone(org.colleague("runner", key=False)))
    anna = room.anna
    anna.write("people/eve.md", entry(org.people["eve"], roles="[chief]"))
    anna.push("Eve is the chief")
    anna.write("drafts/torque.md", piece(title=SECRET_TITLE))
    submit(anna.world, ["torque"], reviewers=["bob"])
    room.clock.at = anna.clock.at
    return room


def test_a_late_review_goes_to_those_whom_the_rule_names_once(late: Mailroom, receiver: Trap) -> None:
    """Nobody asks for it: after the due days the chief and Dan are told, once, and not a word of the text."""
    late.publish(after=timedelta(days=1))
    assert [] == texts(receiver)
    for _ in range(4):
        late.publish(after=timedelta(days=1, minutes=5))

    assert [True, True] == [any(name in text for text in texts(receiver)) for name in ("Eve", "Dan")]
    assert 2 == len(texts(receiver))
    assert all("are late" in text and "review show torque" in text for text in texts(receiver))
    assert not any(SECRET_TITLE in text for text in texts(receiver))


def test_a_review_that_was_decided_is_not_late(late: Mailroom, receiver: Trap) -> None:
    """Bob approves in time, and Anna's chief hears nothing; a text that nobody submitted is nobody's either."""
    seen(late.org.people["bob"])
    late.anna.write("drafts/torque.md", piece(id_="01JD0000000000000000NEW001", title="Pushed by hand"))
    late.anna.push("Not submitted", branch="review/other")
    for _ in range(3):
        late.publish(after=timedelta(days=1, minutes=5))

    assert [] == texts(receiver)


def test_who_is_told_of_a_late_review_is_not_reminded_as_well(late: Mailroom, receiver: Trap) -> None:
    """Both at the same hour: one message a day and person."""
    late.anna.clock.at += timedelta(days=2, minutes=1)
    asked = [one.handle for one in remind(late.anna.world).reminders]
    late.clock.at = late.anna.clock.at
    late.publish()
    late.publish(after=timedelta(minutes=5))

    assert ({"bob", "dan", "eve"}, 3) == (set(asked), len(texts(receiver)))


def test_nobody_is_reminded_while_away(room: Mailroom) -> None:
    """Who is away is told as skipped, and asked later."""
    anna = room.anna
    anna.run("pull", "--quiet")
    anna.write("people/bob.md", entry(room.org.people["bob"], away_until="2026-12-24"))
    (anna.clone / "drafts/torque.md").unlink()
    anna.push("Bob is away")

    assert ["away until 2026-12-24"] == [r.skipped for r in remind(anna.world).reminders]


def forged(writer: Colleague, **more: object) -> None:
    """A request that somebody writes past the verb, unsigned."""
    event = Event(
        kind=EventKind.REMIND, workspace=WORKSPACE_ID, piece="people/bob", digest="", by="bob",
        at=writer.clock.at, slug="bob", pieces=(TORQUE,),
    )  # fmt: skip
    made = Written(replace(event, **more))  # type: ignore[arg-type]
    append(writer.hub, [made], Identity("M", "m@acme.example"), writer.clock.at)


def test_a_forged_request_sends_nothing(tmp_path: Path, receiver: Trap) -> None:
    """Unsigned in a listed name, by a stranger, about another than it lies with: none is carried out."""
    org = organisation(tmp_path, "anna", "bob", settings=settings(hook(receiver, "chat", "colleagues"), more=NAMED))
    room, anna = Mailroom(org, org.clone(org.colleague("runner", key=False))), org.people["anna"]
    anna.write("drafts/torque.md", piece())
    submit(anna.world, reviewers=["bob"])
    anna.hub.fetch()
    forged(anna)
    forged(anna, by="stranger@example.org")
    forged(anna, slug="anna")
    room.clock.at = anna.clock.at
    room.publish()
    assert [] == texts(receiver)
    remind(anna.world)
    room.clock.at = anna.clock.at
    room.publish()

    assert 1 == len(texts(receiver))


def test_reminders_need_a_channel(org_of_two: Organisation) -> None:
    """Without one in the settings nothing is recorded, and the cure says what to write."""
    assert "reminders =" in refused("XP-REMIND-CHANNEL", remind, org_of_two.people["anna"].world).cure


@pytest.fixture
def org_of_two(tmp_path: Path) -> Organisation:
    """Two people, no channel."""
    return mailroom(tmp_path).org


def test_reminders_never_go_outside(receiver: Trap) -> None:
    """A channel that others than colleagues read, and one that is not there, are errors of the settings."""
    for channel in (hook(receiver, "chat", "suppliers"), ""):
        with pytest.raises(Problems) as wrong:
            read_config(settings(channel, more=NAMED).encode())
        assert ["XP-CONFIG"] == [finding.code for finding in wrong.value.findings]
