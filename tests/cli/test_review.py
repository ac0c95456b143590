"""Submitting and reviewing on the command line: words for people, one document for programs, codes for scripts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.flows.organisation import SETTINGS, Colleague, Organisation, organisation, piece

CHANNEL = '[channels.export]\npublisher = "folder"\nreaders = ["colleagues"]\npath = "out"\n'


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna has a draft; Bob reviews."""
    made = organisation(tmp_path, settings=SETTINGS + CHANNEL)
    made.people["anna"].write("drafts/torque.md", piece(summary="How to turn."))
    return made


def call(person: Colleague, *argv: str, code: int = 0) -> tuple[str, str]:
    """Standard output and error of a command line, which must end with this code."""
    return answer(person, "-m", "expertpost", *argv, code=code)


def answer(person: Colleague, *argv: str, code: int = 0) -> tuple[str, str]:
    """Standard output and error of a Python process, which must end with this code."""
    done = subprocess.run(
        [sys.executable, *argv],
        cwd=person.clone, env=person.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert (code, False) == (done.returncode, "Traceback" in done.stderr), done.stderr
    return done.stdout, done.stderr


def value(person: Colleague, *argv: str, code: int = 0) -> dict[str, object]:
    """The one JSON document that a command answers."""
    found: dict[str, object] = json.loads(call(person, *argv, "--json", code=code)[0])
    return found


def test_the_way_of_a_piece_in_words(org: Organisation) -> None:
    """Each step says what happened and the next command, in the words of the people who use it."""
    anna, bob = org.people["anna"], org.people["bob"]
    told = call(anna, "submit")[0]
    assert "Torque without tears: went to review (review/torque)\n" == told.splitlines(keepends=True)[0]
    assert "expertpost review show torque" in told
    listed = call(bob, "review")[0].splitlines()
    assert ["torque", "Torque without tears", "anna", "colleagues", "export"] == listed[1].split("\t")[:5]
    shown = call(bob, "review", "show", "torque")[0]
    assert all(words in shown for words in ("in review: 1 more approval", "Turn it gently.", "export would get"))
    assert not {"\ue000", "\ue001", "\ufffd"} & set(shown)
    assert "Commented: Torque" in call(bob, "review", "comment", "torque", "Which way?", "--line", "8")[0]
    assert "Returned: Torque" in call(bob, "review", "return", "torque", "--reason", "Say it.")[0]
    shown = call(anna, "review", "show", "torque")[0]
    assert all(words in shown for words in ("returned: returned by bob: Say it.", "> Turn it gently."))
    assert "Next: change drafts/torque.md, then: expertpost submit torque\n" in shown
    assert "export" in call(bob, "review", "approve", "torque", "--no-input")[0]
    assert "merged." in call(bob, "review", "merge", "torque")[0]
    assert "Nothing waits for a review.\n" == call(bob, "review", "list")[0]


def test_what_main_has_is_spoken_of_as_such(org: Organisation) -> None:
    """Whoever takes an approval back of what is merged hears what that does, and whoever gives it anew what is next."""
    anna, bob = org.people["anna"], org.people["bob"]
    for person, argv in ((anna, ["submit"]), *((bob, ["review", verb, "torque"]) for verb in ("show", "approve"))):
        call(person, *argv)
    call(bob, "review", "merge", "torque")

    assert "what went out stays out" in call(bob, "review", "withdraw", "torque")[1]
    assert "expertpost plan" in call(bob, "review", "approve", "torque")[0]


def test_every_answer_exists_for_programs(org: Organisation) -> None:
    """With --json each verb answers one document that names its schema."""
    anna, bob = org.people["anna"], org.people["bob"]
    steps = [
        (anna, ("submit", "--dry-run"), "submit"),
        (anna, ("submit",), "submit"),
        (bob, ("review",), "review-list"),
        (bob, ("review", "list"), "review-list"),
        (bob, ("review", "show", "torque"), "review-show"),
        (bob, ("review", "comment", "torque", "Hm."), "review-comment"),
        (bob, ("review", "return", "torque", "No."), "review-return"),
        (bob, ("review", "approve", "torque"), "review-approve"),
        (bob, ("review", "withdraw", "torque"), "review-withdraw"),
        (bob, ("review", "approve", "torque", "--channel", "export"), "review-approve"),
        (bob, ("review", "merge", "torque", "--dry-run"), "review-merge"),
        (anna, ("unsubmit", "torque"), "unsubmit"),
        (anna, ("join",), "join"),
    ]

    assert [f"expertpost.{schema}/1" for _, _, schema in steps] == [
        value(who, *argv)["schema"] for who, argv, _ in steps
    ]


def test_refusals_have_their_codes(org: Organisation) -> None:
    """What needs a person is 3, a wrong call 2, a text with errors 5; as JSON the reason is a document, too."""
    anna, bob = org.people["anna"], org.people["bob"]
    call(bob, "review", "show", "torque", code=2)
    call(anna, "submit")
    assert "XP-APPROVE-OWN" in call(anna, "review", "approve", "torque", code=3)[1]
    assert "XP-APPROVE-UNSEEN" == value(bob, "review", "approve", "torque", code=3)["code"]
    assert "XP-MERGE-NOT-YET" in call(bob, "review", "merge", "torque", code=3)[1]
    assert "XP-WORDS" in call(bob, "review", "return", "torque", code=2)[1]
    assert "XP-WITHDRAW-NONE" in call(bob, "review", "withdraw", "torque", code=2)[1]
    assert "XP-JOIN-ADDRESS" in call(bob, "join", "ext::sh", code=2)[1]
    anna.write("drafts/torque.md", piece(title="''"))
    assert "drafts/torque.md:3: XP-TITLE" in call(anna, "submit", code=5)[1]


def test_nothing_hostile_reaches_the_terminal(org: Organisation) -> None:
    """Escapes and bidi characters in comments, branch names and commit authors come out as U+FFFD."""
    anna, bob = org.people["anna"], org.people["bob"]
    call(anna, "submit")
    call(bob, "review", "comment", "torque", "\x1b]52;c;aGk=\x07 \u202e evil \x9b2J")
    bob.write("drafts/x\u202ey.md", piece("01JD0000000000000000THR003", "Odd"))
    bob.run("config", "user.name", "Bob \x1b[31m")
    bob.push("\x1b[2J", "review/odd\u202e")
    everything = "".join(
        (
            *call(anna, "review", "show", "torque"),
            *call(anna, "review", "list"),
            json.dumps(value(anna, "review", "list")),
        )
    )

    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(everything)
    assert "\ufffd" in everything


def test_unsigned_is_said(org: Organisation) -> None:
    """Who submits without a key is told so, and so is everybody who looks."""
    carol = org.clone(org.colleague("carol", key=False))
    carol.write("drafts/torque.md", piece())

    assert "unsigned" in call(carol, "submit")[1]
    assert "carol@acme.example (unsigned)" in call(carol, "review", "list")[0]
    assert "carol@acme.example (unsigned) submitted" in call(carol, "review", "show", "torque")[0]


def test_where_nothing_happens_that_is_said(tmp_path: Path) -> None:
    """Who is alone is promised no reviewer; an empty calendar has no heads; git ignores what an export writes."""
    anna = organisation(tmp_path, "anna").people["anna"]
    call(anna, "init")
    anna.write("drafts/torque.md", piece(summary="How to turn."))
    told, said = call(anna, "submit", "torque")
    assert (True, False) == ("set [review] alone = true" in said, "a reviewer looks at it" in told)
    assert "Nothing goes anywhere in that time.\n" == call(anna, "calendar")[0]
    file, said = call(anna, "review", "export", "torque")

    assert (str(anna.clone / "review-torque.html"), True) == (file.strip(), "belongs in no commit" in said)
    assert "review-torque.html\n" == anna.run("check-ignore", "review-torque.html")
