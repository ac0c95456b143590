"""What is published stays true, or somebody is told: confirmations, doubts, and what waits for whom."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.flows.knowing import copied, listed, reviewed
from tests.flows.mailroom import Mailroom, Trap, hook, mailroom
from tests.flows.organisation import SETTINGS, START, Clock
from tests.flows.reviewing import refused

from expertpost.flows.confirm import confirm, correct
from expertpost.flows.desk import open_desk
from expertpost.flows.meant import meant
from expertpost.flows.stale import Stale, stale
from expertpost.flows.status import status
from expertpost.model.event import Event, EventKind
from expertpost.store.events import Written, append

RULES = """
[review]
signed = false
reminders = "chat"

[freshness]
days = 365

[[freshness.rules]]
topic = ["Safety"]
days = 30
"""


SHELF = '[channels.chat]\npublisher = "folder"\nreaders = ["colleagues"]\npath = "out"\n'


def filled(made: Mailroom) -> Mailroom:
    """Two pieces of Anna's went to the chat: one about safety, to be looked at after 30 days, and another."""
    made.merge(1, topics="[safety]", audience="[colleagues]")
    made.merge(2, audience="[public]")
    made.approve()
    (made.runner.clone / "out").mkdir()
    made.publish()
    return made


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Mailroom:
    """See ``filled``; the chat is a folder."""
    return filled(mailroom(tmp_path_factory.mktemp("acme"), SHELF, more=RULES))


@pytest.fixture
def room(original: Mailroom, tmp_path: Path) -> Mailroom:
    """A copy for one test."""
    org = copied(original.org, tmp_path)
    return Mailroom(org, org.people["runner"], Clock(original.clock.at))


@pytest.fixture
def chat(tmp_path: Path, receiver: Trap) -> Mailroom:
    """See ``filled``; the chat takes messages."""
    return filled(mailroom(tmp_path, hook(receiver, "chat", "colleagues"), more=RULES))


def later(room: Mailroom, **time: int) -> Mailroom:
    """Time goes by for everybody."""
    for clock in (room.clock, *(person.clock for person in room.org.people.values())):
        clock.at = max(clock.at, START) + timedelta(**time)
    return room


def found(room: Mailroom, who: str = "anna", *, mine: bool = False, within: int = 0) -> list[tuple[str, int]]:
    """Slug and days late of what is stale."""
    return [(each.piece.front.slug, each.late) for each in all_found(room, who, mine=mine, within=within)]


def all_found(room: Mailroom, who: str = "anna", *, mine: bool = False, within: int = 0) -> tuple[Stale, ...]:
    """What is stale."""
    return stale(room.org.people[who].world, mine=mine, within=within)


def test_rules_say_when_to_look_again(room: Mailroom) -> None:
    """The first rule that matches counts; a year for the rest; and ``within`` looks ahead."""
    assert [] == found(later(room, days=20))
    assert [("piece-1", -10)] == found(room, within=10)
    assert [("piece-1", 0)] == found(later(room, days=10))
    assert [("piece-2", 0), ("piece-1", 335)] == sorted(found(later(room, days=335)), key=lambda each: each[1])


def test_a_confirmation_moves_the_day_on(room: Mailroom) -> None:
    """Its author signs that it is still true: it is fresh for as long as the rule says, or until the day named."""
    later(room, days=40)
    assert date(2027, 2, 1) == confirm(room.anna.world, "piece-1", "measured again").fresh.due
    assert [] == found(room)
    assert [("piece-1", 0)] == found(later(room, days=30))

    assert date(2027, 12, 24) == confirm(room.anna.world, "piece-1", until="2027-12-24").fresh.due
    assert [] == found(later(room, days=90))


def test_a_changed_text_was_not_confirmed(room: Mailroom) -> None:
    """What was confirmed is the text; another one is as fresh as its approval."""
    later(room, days=40)
    confirm(room.anna.world, "piece-1", until="2030-01-01")
    id_ = room.merge(1, "Turn it with care.", topics="[safety]", audience="[colleagues]")
    room.approve(id_, at=room.anna.clock.at)

    assert [("piece-1", 0)] == found(later(room, days=30))


def test_who_may_confirm(room: Mailroom) -> None:
    """Authors, experts on one of the topics, and editors; nobody else, and nobody for somebody else."""
    later(room, days=40)
    bob = room.org.people["bob"]
    assert "people/" in refused("XP-CONFIRM-WHO", confirm, bob.world, "piece-1").what
    listed(room.org, "bob", topics="[safety]")
    confirm(bob.world, "piece-1", dry_run=True)
    assert [("piece-1", 10)] == found(room)
    assert "bob" == confirm(bob.world, "piece-1").fresh.by
    assert [] == found(room)


def test_a_forged_confirmation_counts_for_nothing(room: Mailroom) -> None:
    """Whoever can write the branch can write Bob's name; his word still does not count for what is not his."""
    later(room, days=40)
    hub = room.fetched()
    done = confirm(room.anna.world, "piece-1", dry_run=True)
    event = replace(_event(room), by="bob", verdict="true", kind=EventKind.CONFIRM)
    append(hub, [Written(event)], room.anna.git.identity(), room.anna.clock.at)

    assert [("piece-1", 10)] == found(room)
    assert "anna" == done.fresh.by


def _event(room: Mailroom) -> Event:
    desk = open_desk(room.anna.world)
    about = meant(desk, "piece-1")
    return desk.event(EventKind.CONFIRM, about.topic, about.review)


def test_a_doubt_makes_stale_until_it_is_settled(room: Mailroom) -> None:
    """Bob, who may confirm nothing, may say that something is wrong; it comes first, and status tells why."""
    bob = room.org.people["bob"]
    assert "drafts/piece-2.md" == correct(bob.world, "piece-2", "the limit is 40 Nm").path
    (one,) = all_found(room)
    assert ("piece-2", "bob", "the limit is 40 Nm") == (
        one.piece.front.slug,
        one.fresh.doubt.by if one.fresh.doubt else "",
        one.fresh.doubt.text if one.fresh.doubt else "",
    )
    rows = {row.slug: (group.stage, row.says) for group in status(room.anna.world).groups for row in group.rows}
    assert ("stale", "bob: the limit is 40 Nm") == rows["piece-2"]

    confirm(room.anna.world, "piece-2", "40 Nm is what it says")
    assert [] == found(room)
    refused("XP-WORDS", correct, bob.world, "piece-2", " ")


def test_a_doubt_that_nobody_saw_outlives_a_confirmation(room: Mailroom) -> None:
    """Of two that did not see each other the cautious one wins."""
    bob, event = room.org.people["bob"], _event(room)
    confirm(room.anna.world, "piece-1")
    wrong = replace(event, by="bob", verdict="wrong", text="no")
    append(room.fetched(), [Written(wrong)], bob.git.identity(), bob.clock.at)

    assert [("piece-1", -30)] == found(room)


def test_the_most_urgent_comes_first(room: Mailroom) -> None:
    """Readers, posts that are out, and days: what misleads more people for longer."""
    later(room, days=395)
    assert ["piece-1", "piece-2"] == sorted(slug for slug, _ in found(room))
    one, other = all_found(room)
    assert one.weight >= other.weight
    assert (1, 1) == (one.copies, other.copies)


def test_where_the_author_left_the_next_expert_is_proposed(tmp_path: Path) -> None:
    """Bob, who approved it, is asked instead; it waits for him, and no longer for Anna."""
    acme = reviewed(tmp_path, settings=f"{SETTINGS}\n[freshness]\ndays = 30\n")
    anna, bob = acme.people["anna"], acme.people["bob"]
    for person in (anna, bob):
        person.clock.at += timedelta(days=31)
    assert ({"torque", "seals"}, ()) == (
        {each.piece.front.slug for each in stale(anna.world, mine=True)},
        stale(bob.world, mine=True),
    )
    listed(acme, "anna", left='"2026-12-01"')
    one, other = stale(bob.world, mine=True)

    assert ((), ["bob"]) == (one.owners, [each.handle for each in one.proposed])
    assert ((), ["bob"]) == (other.owners, [each.handle for each in other.proposed])


@pytest.mark.parametrize(
    ("code", "ref", "until"),
    [
        ("XP-REF-NONE", "nothing-of-this", ""),
        ("XP-CONFIRM-UNTIL", "piece-1", "soon"),
        ("XP-CONFIRM-UNTIL", "piece-1", "2020-01-01"),
    ],
)
def test_what_cannot_be_confirmed_is_refused(room: Mailroom, code: str, ref: str, until: str) -> None:
    """With what to do about it."""
    assert refused(code, confirm, room.anna.world, ref, "", until).cure


def test_owners_are_told_once_a_week(chat: Mailroom, receiver: Trap) -> None:
    """One notice names what is due, by slugs alone; the next comes a week later, none after a confirmation."""
    before = len(receiver.arrived())
    later(chat, days=31)
    for _ in range(3):
        chat.publish()
    (text,) = [one.text for one in receiver.arrived()[before:]]
    assert "expertpost confirm piece-1" in text
    assert "piece-2" not in text

    chat.publish(after=timedelta(days=3))
    assert 1 == len(receiver.arrived()) - before
    chat.publish(after=timedelta(days=5))
    assert 2 == len(receiver.arrived()) - before
    chat.anna.clock.at = chat.clock.at
    confirm(chat.anna.world, "piece-1")
    chat.publish(after=timedelta(days=8))
    assert 2 == len(receiver.arrived()) - before


def test_whoever_decides_is_told_of_what_nobody_owns(chat: Mailroom, receiver: Trap) -> None:
    """And whoever is away is not bothered."""
    before = len(receiver.arrived())
    listed(chat.org, "anna", left='"2026-12-01"')
    listed(chat.org, "bob", away_until='"2026-12-31"')
    later(chat, days=31)
    chat.publish()
    assert 0 == len(receiver.arrived()) - before
    chat.publish(after=timedelta(days=10))
    (text,) = [one.text for one in receiver.arrived()[before:]]

    assert "Is it still true, Bob?" in text


def test_owners_are_told_of_a_doubt(chat: Mailroom, receiver: Trap) -> None:
    """Where Bob says that something is wrong Anna is told, once a week and without his words, until it is settled."""
    before = len(receiver.arrived())
    bob = later(chat, minutes=1).org.people["bob"]
    correct(bob.world, "piece-2", "EPDM survives it")
    for _ in range(2):
        chat.publish()
    (text,) = [one.text for one in receiver.arrived()[before:]]
    assert "expertpost confirm piece-2 (somebody says that something in it is wrong)" in text
    assert ("piece-1" in text, "EPDM" in text) == (False, False)

    chat.anna.clock.at = chat.clock.at
    confirm(chat.anna.world, "piece-2", "It does not.")
    chat.publish(after=timedelta(days=8))
    assert 1 == len(receiver.arrived()) - before
