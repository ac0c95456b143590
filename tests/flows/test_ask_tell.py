"""What the runner tells about questions: once to who has one, once more to the next ones, and not a word of anybody."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, settings
from tests.flows.organisation import Organisation, entry, organisation
from tests.flows.reviewing import seen

from expertpost.flows.ask import ask
from expertpost.flows.ask_answer import answer
from expertpost.flows.ask_say import decline, duplicate, route
from expertpost.flows.hold import release
from expertpost.flows.retract import retract
from expertpost.flows.review_merge import merge
from expertpost.flows.submit import submit
from expertpost.model.event import Event, EventKind
from expertpost.model.question import PATIENCE, id_of, subject_of
from expertpost.store.events import Written, append
from expertpost.store.tree import Identity

BOARD = '[audiences]\nboard = { says = "the board", includes_colleagues = false }\n'
NAMED = '[review]\nsigned = false\nreminders = "chat"\n'
SECRET = "What do we pay for Acme in ethylene?"


@pytest.fixture
def room(tmp_path: Path, receiver: Trap) -> Mailroom:
    """A chat that colleagues read; Bob says that he knows ethylene, Cara is the editor, Anna asks."""
    return _room(tmp_path, receiver, NAMED)


def _room(folder: Path, receiver: Trap, more: str) -> Mailroom:
    text = settings(hook(receiver, "chat", "colleagues"), more=more)
    org = organisation(folder, "anna", "bob", "cara", settings=text, keys=False)
    anna = org.people["anna"]
    anna.write("people/bob.md", entry(org.people["bob"], topics="[ethylene]"))
    anna.write("people/cara.md", entry(org.people["cara"], roles="[editor]"))
    anna.push("Who knows what")
    return Mailroom(org, org.clone(org.colleague("runner", key=False)))


def asked(room: Mailroom, text: str = SECRET, *audience: str) -> str:
    """The short name of a question by Anna, at the runner's time."""
    room.anna.clock.at = room.clock.at
    return ask(room.anna.world, text, audience).id[-6:].lower()


def told(room: Mailroom, receiver: Trap, after: timedelta = timedelta(minutes=1)) -> list[str]:
    """The first lines of what arrives in one run, some time later."""
    before = len(receiver.arrived())
    room.publish(after=after)
    return [one.text for one in receiver.arrived()[before:]]


def test_who_has_a_question_is_told_once(room: Mailroom, receiver: Trap) -> None:
    """One message to Bob, whatever number of runs: with the question's short id, a day, and no word of it."""
    short = asked(room)
    (text,) = told(room, receiver)

    assert [] == told(room, receiver)
    assert f"ask show {short}" in text
    assert "Bob is asked until 28 November" in text
    assert not any(word in text for word in SECRET.split() if len(word) > 3)


def test_the_next_ones_are_told_once_when_nobody_answered(room: Mailroom, receiver: Trap) -> None:
    """After five days without an answer Cara is told, once; Bob is not told again."""
    asked(room)
    told(room, receiver)
    (text,) = told(room, receiver, PATIENCE)

    assert "Cara may know" in text
    assert [] == told(room, receiver)
    assert [] == told(room, receiver, timedelta(days=2))


def test_when_all_declined_the_next_ones_are_told_at_once(room: Mailroom, receiver: Trap) -> None:
    """Bob says no: nobody waits for his five days."""
    short = asked(room)
    told(room, receiver)
    bob = room.org.people["bob"]
    bob.clock.at = room.clock.at
    decline(bob.world, short, "Ask the buyers")

    assert ["Cara may know"] == [
        text.partition("; ")[2].partition(":")[0] for text in told(room, receiver) if "Cara" in text
    ]


def test_who_gets_a_question_passed_on_is_told(room: Mailroom, receiver: Trap) -> None:
    """Each time a question is given to somebody they are told, once."""
    short = asked(room)
    told(room, receiver)
    bob = room.org.people["bob"]
    bob.clock.at = room.clock.at
    route(bob.world, short, ["cara"])

    assert 1 == len(told(room, receiver))
    assert [] == told(room, receiver)


def begun(room: Mailroom, short: str) -> str:
    """Bob's answer is under review; its slug."""
    for person in room.org.people.values():
        person.clock.at = room.clock.at
    bob = room.org.people["bob"]
    bob.run("pull", "--quiet")
    draft = answer(bob.world, short).draft
    file = bob.clone / draft.path
    file.write_text(file.read_text().replace("## The answer\n", "## The answer\n\nA lot.\n"))
    submit(bob.world, reviewers=["cara"])
    return draft.slug


def answered(room: Mailroom, short: str) -> str:
    """Bob's answer is merged; its slug."""
    slug, cara = begun(room, short), room.org.people["cara"]
    seen(cara, slug)
    merge(cara.world, slug)
    return slug


def about(room: Mailroom, receiver: Trap, after: timedelta = timedelta(minutes=1)) -> list[str]:
    """What Anna is told in one run about her question; the answer itself goes to the chat as well."""
    return [text for text in told(room, receiver, after) if "Anna, " in text]


def test_nobody_is_told_of_what_is_being_answered(room: Mailroom, receiver: Trap) -> None:
    """While an answer is under review nobody else is asked."""
    short = asked(room)
    told(room, receiver)
    begun(room, short)

    assert [] == told(room, receiver, PATIENCE)


def test_who_asked_is_told_of_the_answer_once(room: Mailroom, receiver: Trap) -> None:
    """Once it is merged Anna is told, by the question's short id and no word of question or answer; nobody else is."""
    short = asked(room)
    told(room, receiver)
    slug = answered(room, short)
    (text,) = about(room, receiver)

    assert "Anna, there is an answer to your question" in text
    assert f"ask show {short}" in text
    assert not any(word in text for word in (*SECRET.split(), *slug.split("-")) if len(word) > 3)
    assert [] == about(room, receiver, timedelta(days=2))


def test_an_answer_that_was_taken_back_is_not_told(room: Mailroom, receiver: Trap) -> None:
    """Of an answer that somebody stopped nobody is told; once it may go again, they are."""
    short = asked(room)
    told(room, receiver)
    slug = answered(room, short)
    cara = room.org.people["cara"]
    retract(cara.world, slug, (), "Not yet.")
    assert [] == about(room, receiver)
    release(cara.world, slug, (), "Now it is.")

    assert 1 == len(about(room, receiver))


def test_who_asked_is_told_when_everybody_declined(room: Mailroom, receiver: Trap) -> None:
    """Anna learns that Bob cannot answer and that others are asked, once, and not why."""
    short = asked(room)
    told(room, receiver)
    bob = room.org.people["bob"]
    bob.clock.at = room.clock.at
    decline(bob.world, short, "Ask the buyers")
    (text,) = about(room, receiver)

    assert "nobody who has your question can answer it" in text
    assert "Others are asked now." in text
    assert "buyers" not in text
    assert [] == about(room, receiver)


def test_who_asked_is_told_that_it_was_asked_before(room: Mailroom, receiver: Trap) -> None:
    """Bob says that it is an older question: Anna is told once; where she says so herself, nobody needs to be."""
    first, second, third = (asked(room, f"Does ethylene harm {word}?") for word in ("pipes", "lids", "bolts"))
    told(room, receiver)
    bob = room.org.people["bob"]
    bob.clock.at = room.anna.clock.at = room.clock.at
    duplicate(bob.world, second, first)
    duplicate(room.anna.world, third, first)
    (text,) = told(room, receiver)

    assert "said to have been asked before" in text
    assert f"ask show {second}" in text
    assert [] == told(room, receiver)


def test_a_question_that_not_everybody_may_read_is_not_named(tmp_path: Path, receiver: Trap) -> None:
    """What the board asks: colleagues who read the chat learn that there is a question, and not which."""
    room = _room(tmp_path, receiver, BOARD + NAMED)
    short = asked(room, SECRET, "board")
    (text,) = told(room, receiver)

    assert "a question that not everybody here may read" in text
    assert short not in text


def test_who_is_away_or_gone_is_not_told(room: Mailroom, receiver: Trap) -> None:
    """Bob went on holiday after he was asked."""
    asked(room)
    room.anna.write("people/bob.md", entry(room.org.people["bob"], away_until="2026-12-24"))
    room.anna.push("Bob is away")

    assert [] == told(room, receiver)


def test_what_nobody_told_in_time_stays_untold(room: Mailroom, receiver: Trap) -> None:
    """A runner that slept for weeks, or a channel named only now, blasts nothing."""
    asked(room)

    assert [] == told(room, receiver, timedelta(days=30))


def test_many_questions_come_a_few_at_a_time(room: Mailroom, receiver: Trap) -> None:
    """Somebody asks four questions where three at once are enough."""
    for word in ("pipes", "lids", "bolts", "pumps"):
        asked(room, f"Does ethylene harm {word}?")
    config = room.anna.clone / "expertpost.toml"
    config.write_text(config.read_text() + "\n[publish]\nburst = 3\n")
    room.anna.push("Less at once")

    assert [3, 1, 0] == [len(told(room, receiver)) for _ in range(3)]


def test_a_stranger_and_a_forger_make_nobody_bothered(tmp_path: Path, receiver: Trap) -> None:
    """A question by somebody who is not listed, or in Anna's name without her key, sends no message."""
    text = settings(hook(receiver, "chat", "colleagues"), more=NAMED)
    org: Organisation = organisation(tmp_path, "anna", "bob", settings=text)
    room = Mailroom(org, org.clone(org.colleague("runner", key=False)))
    for by in ("eve@example.org", "ghost", "anna"):
        event = Event(
            kind=EventKind.ASK, workspace=room.ledger().terms.workspace, piece="", digest="", by=by,
            at=room.clock.at, text="Which seal?", audience=("colleagues",), reviewers=("bob",),
            due=room.clock.at + PATIENCE,
        )  # fmt: skip
        event = replace(event, piece=subject_of(id_of(event)))
        append(room.fetched(), [Written(event)], Identity("M", "m@acme.example"), room.clock.at)

    assert [] == told(room, receiver)
