"""Questions: what is there is shown first; who may know is asked; the answer is a piece, and closes its question."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.knowing import copied, listed, pulled, reviewed
from tests.flows.organisation import Colleague, Organisation, piece
from tests.flows.reviewing import refused, seen

from expertpost.errors import Exit
from expertpost.flows.ask import Known, Outcome, ask
from expertpost.flows.ask_answer import answer
from expertpost.flows.ask_list import list_, show
from expertpost.flows.ask_say import decline, duplicate, route
from expertpost.flows.experts import gaps
from expertpost.flows.hold import release
from expertpost.flows.questions import Stand
from expertpost.flows.retract import retract
from expertpost.flows.review_merge import merge
from expertpost.flows.submit import submit
from expertpost.model.question import PATIENCE

AN_HOUR = timedelta(hours=1)
QUESTION = "What does ethylene oxide do to rubber?\nOur lids leak since May."


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """See ``reviewed``."""
    return reviewed(tmp_path_factory.mktemp("acme"))


@pytest.fixture
def acme(original: Organisation, tmp_path: Path) -> Organisation:
    """A copy for one test."""
    made = copied(original, tmp_path)
    pulled(made.people["dora"])
    return made


@pytest.fixture
def dora(acme: Organisation) -> Colleague:
    """Who asks."""
    return acme.people["dora"]


def stands(person: Colleague) -> list[tuple[str, Stand]]:
    """The first words of every question, and where it stands."""
    found = list_(person.world, everything=True).matters
    return [(each.question.title.split()[0], each.stand) for each in found]


def answered(acme: Organisation, id_: str, by: str = "anna", **front: str) -> str:
    """Write, review and merge the answer to a question; its slug."""
    writer, bob = acme.people[by], acme.people["bob" if by != "bob" else "anna"]
    draft = answer(writer.world, id_).draft
    file = writer.clone / draft.path
    text = file.read_text().replace("## The answer\n", "## The answer\n\nIt swells by a fifth.\n")
    for key, value in front.items():
        text = "".join(f"{key}: {value}\n" if line.startswith(f"{key}:") else line for line in text.splitlines(True))
    file.write_text(text)
    submit(writer.world, [draft.slug], reviewers=[bob.handle])
    seen(bob, draft.slug)
    merge(bob.world, draft.slug)
    return draft.slug


def asked(person: Colleague, text: str = QUESTION, audience: tuple[str, ...] = ()) -> Outcome:
    """A question that is asked whatever is there."""
    return ask(person.world, text, audience)


def test_who_may_know_is_asked_with_reasons(dora: Colleague) -> None:
    """A signed question goes to those whose work fits, with that work, and a day until which they have time."""
    done = asked(dora)
    found = show(dora.world, done.id)

    assert (True, "2026-11-28") == (done.signed, done.due)
    assert {"anna": {"piece seals"}, "bob": {"piece seals"}} == {
        each.handle: {reason.evidence.source for reason in each.expert.reasons} if each.expert else set()
        for each in found.asked
    }
    assert ("dora", ("colleagues",), Stand.OPEN) == (
        found.matter.question.by,
        found.matter.question.audience,
        found.matter.stand,
    )


def test_what_is_there_is_shown_before_it_is_asked(acme: Organisation, dora: Colleague) -> None:
    """Pieces and answered questions are shown first; who has found enough asks nothing."""
    answered(acme, asked(dora).id)
    shown: list[Known] = []

    def enough(found: Known) -> bool:
        shown.append(found)
        return False

    cem = pulled(acme.people["cem"])
    done = ask(cem.world, "Does rubber swell in ethylene oxide?", go_on=enough)

    assert "" == done.id
    assert [Stand.ANSWERED] == [each.stand for each in shown[0].questions]
    assert {"seals", "what-does-ethylene-oxide-do-to-rubber"} == {hit.slug for hit in shown[0].pieces}
    assert 1 == len(list_(cem.world, everything=True).matters)


def test_the_same_question_is_asked_once(acme: Organisation, dora: Colleague) -> None:
    """The same words again are led to the question that is open, or answered."""
    first = asked(dora, "What does ethylene oxide do to rubber?")
    again = asked(acme.people["cem"], "what DOES Ethylene Oxide do to rubbers")

    assert (first.id, "") == (again.known.same.question.id if again.known.same else "", again.id)


def test_the_answer_is_a_piece_and_closes_the_question(acme: Organisation, dora: Colleague) -> None:
    """Open, being answered while its draft is under review, answered when that is merged, open when it is gone.

    An answer that somebody took back is gone, until it is let go.
    """
    done = asked(dora)
    anna, bob = pulled(acme.people["anna"]), acme.people["bob"]
    draft = answer(anna.world, done.id[-6:].lower()).draft
    file = anna.clone / draft.path
    assert f"question: {done.id}\n" in file.read_text()
    assert "> What does ethylene oxide do to rubber?\n> Our lids leak since May.\n" in file.read_text()
    assert "XP-FINDINGS" == refused("XP-FINDINGS", submit, anna.world).code
    file.write_text(file.read_text().replace("## The answer\n", "## The answer\n\nIt swells.\n"))
    submit(anna.world, reviewers=["bob"])
    assert [("What", Stand.BEGUN)] == stands(dora)
    seen(bob, draft.slug)
    merge(bob.world, draft.slug)
    assert [("What", Stand.ANSWERED)] == stands(dora)
    assert () == list_(dora.world).matters
    assert "answered: what-does" in refused("XP-ASK-OVER", answer, anna.world, done.id).what
    retract(anna.world, draft.slug, (), "It was wrong")
    assert [("What", Stand.OPEN)] == stands(dora)
    release(anna.world, draft.slug, (), "It was not")
    assert [("What", Stand.ANSWERED)] == stands(dora)
    pulled(anna).run("rm", "--quiet", draft.path)
    anna.push("It was wrong")

    assert [("What", Stand.OPEN)] == stands(dora)


def test_an_answer_for_fewer_readers_does_not_close(acme: Organisation, dora: Colleague) -> None:
    """Who asked for everybody is not answered by what only colleagues may read."""
    public = asked(dora, audience=("public",))
    answered(acme, public.id, audience="[colleagues]")
    inside = asked(dora, "How fast does rubber swell?")
    answered(acme, inside.id, audience="[public]")

    assert [("What", Stand.OPEN), ("How", Stand.ANSWERED)] == stands(dora)


def test_what_waits_for_whom(acme: Organisation, dora: Colleague) -> None:
    """Each sees what they asked and what is with them; with time over it is with the next ones, too."""
    listed(acme, "cem", roles="[editor]")
    done = asked(pulled(dora))
    for handle, mine in (("anna", 1), ("bob", 1), ("dora", 1), ("cem", 0)):
        assert mine == len(list_(acme.people[handle].world, mine=True).matters), handle
    assert ("cem",) == tuple(each.handle for each in done.chosen.then)
    later = replace(acme.people["cem"].world, now=lambda: dora.clock.at + PATIENCE + timedelta(hours=1))

    assert [Stand.LATE] == [each.stand for each in list_(later, mine=True).matters]


def test_passed_on_declined_taken_back(acme: Organisation, dora: Colleague) -> None:
    """Somebody who cannot answer says so, passes it on; only who has it may decline; who asked takes it back."""
    done = asked(dora)
    anna, bob, cem = (acme.people[handle] for handle in ("anna", "bob", "cem"))
    refused("XP-ASK-OTHERS", decline, cem.world, done.id, "No idea")
    decline(anna.world, done.id, "I only know steel")
    assert ("bob",) == show(dora.world, done.id).matter.question.asked
    route(bob.world, done.id, ["Cem"], "He did it for years")
    found = show(dora.world, done.id)
    assert ("cem",) == found.matter.question.asked
    assert ["I only know steel", "He did it for years"] == [e.text for e in found.matter.question.review.told[1:]]
    decline(dora.world, done.id, "We bought other lids")

    assert [("What", Stand.WITHDRAWN)] == stands(dora)


def test_asked_before(acme: Organisation, dora: Colleague) -> None:
    """A duplicate is answered by what answers the other question, or by a named piece; never by fewer readers'."""
    first = asked(dora)
    second = asked(acme.people["cem"], "Why do our rubber lids grow?")
    duplicate(acme.people["anna"].world, second.id, first.id)
    assert [("What", Stand.OPEN), ("Why", Stand.DUPLICATE)] == stands(dora)
    refused("XP-ASK-OF", duplicate, dora.world, first.id, first.id)
    duplicate(acme.people["anna"].world, first.id, "seals")
    assert [("What", Stand.ANSWERED), ("Why", Stand.ANSWERED)] == stands(dora)
    public = asked(dora, "May customers know?", audience=("public",))

    refused("XP-ASK-OF", duplicate, dora.world, public.id, "seals")


def test_a_ring_of_duplicates_ends(acme: Organisation, dora: Colleague) -> None:
    """Two questions that are each said to be the other one are both still there."""
    first, second = asked(dora), asked(dora, "Why do lids grow?")
    duplicate(dora.world, first.id, second.id)
    duplicate(dora.world, second.id, first.id)

    assert [("What", Stand.DUPLICATE), ("Why", Stand.DUPLICATE)] == stands(dora)


def test_nobody_is_asked_who_cannot_be(acme: Organisation, dora: Colleague) -> None:
    """Who is away, left, opted out or has five questions already is left in peace; who asks is never asked."""
    for number in range(5):
        asked(dora, f"What does ethylene oxide do to part {'abcde'[number]}{number}?")
    listed(acme, "bob", away_until="2026-12-24")
    done = asked(pulled(dora))
    assert ((), ()) == (done.chosen.asked, done.chosen.then)
    listed(acme, "cem", roles="[editor]")
    done = asked(pulled(dora), "And ethylene oxide and lids?")

    assert ((), ("cem",), "") == (done.chosen.asked, tuple(each.handle for each in done.chosen.then), done.due)
    assert ("cem",) == show(dora.world, done.id).matter.question.with_whom(dora.clock.at)


def test_where_nobody_is_known_the_editors_have_the_usual_days(acme: Organisation, dora: Colleague) -> None:
    """It is with them at once, and late only when their time is over, not on the day it was asked."""
    listed(acme, "cem", roles="[editor]")
    done = asked(pulled(dora), "Who knows bananas?")
    soon = replace(dora.world, now=lambda: dora.clock.at + PATIENCE - AN_HOUR)
    later = replace(dora.world, now=lambda: dora.clock.at + PATIENCE + AN_HOUR)
    question = show(dora.world, done.id).matter.question

    assert (("cem",), done.chosen.asked, "28 Nov") == (question.with_whom(dora.clock.at), (), f"{question.until:%d %b}")
    assert [Stand.OPEN] == [each.stand for each in list_(soon).matters]
    assert [Stand.LATE] == [each.stand for each in list_(later).matters]


def test_a_dry_run_asks_nobody(dora: Colleague) -> None:
    """It tells who would be asked, and records nothing."""
    assert {"anna", "bob"} == {each.handle for each in ask(dora.world, QUESTION, dry_run=True).chosen.asked}
    assert () == list_(dora.world, everything=True).matters


def test_what_is_no_question_is_refused(dora: Colleague) -> None:
    """No words, invisible ones, an audience nobody knows, an id that is none: a cure each, and nothing is recorded."""
    for text in ("", "Which \x1b[2J seal?", "x" * 301):
        assert Exit.USAGE == refused("XP-ASK-WORDS", ask, dora.world, text).exit_code
    assert "colleagues?" in refused("XP-AUDIENCE", ask, dora.world, "Which seal?", ["colleages"]).cure
    refused("XP-TOPICS", ask, dora.world, "Which seal?", [], [""])
    refused("XP-ASK-NONE", show, dora.world, "abcdef")
    refused("XP-ASK-TO", route, dora.world, asked(dora).id, ["nobody"])


def test_a_question_of_a_narrow_circle_is_found_by_nobody_else(acme: Organisation, dora: Colleague) -> None:
    """What the board asked, and what is written for it, is not shown to who asks for colleagues."""
    anna = pulled(acme.people["anna"])
    settings = (anna.clone / "expertpost.toml").read_text()
    anna.write("expertpost.toml", f'{settings}\n[audiences.board]\nsays = "the board"\nincludes_colleagues = false\n')
    canary = piece("01JD0000000000000000SEC003", "Zebra takeover plan", "We buy Zebra.", audience="[board]")
    anna.write("drafts/zebra-plan.md", canary)
    anna.push("The board has secrets")
    secret = asked(pulled(dora), "When do we take over Zebra with a plan?", audience=("board",))
    found = ask(acme.people["cem"].world, "Is there a plan to take over Zebra?", dry_run=True).known

    assert Known() == found
    assert ["zebra-plan"] == [hit.slug for hit in secret.known.pieces]
    assert () == list_(dora.world, audience=["colleagues"]).matters
    assert 1 == len(list_(dora.world, audience=["board"]).matters)


def test_what_nobody_answers_is_a_gap(acme: Organisation, dora: Colleague) -> None:
    """Late questions, those nobody was found for, and topics nobody wrote about are gaps; narrow questions are not."""
    asked(dora)
    ask(dora.world, "Who knows bananas?", topics=["Fruit"])
    later = replace(dora.world, now=lambda: dora.clock.at + PATIENCE + timedelta(hours=1))

    assert ["Who knows bananas?"] == [each.question.title for each in gaps(dora.world).unanswered]
    assert ["fruit"] == [gap.topic for gap in gaps(dora.world).unwritten]
    assert 2 == len(gaps(later).unanswered)
