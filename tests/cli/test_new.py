"""new on a terminal: at most three questions, then the editor; none of that anywhere else."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.demo.people import Person

ON_THE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, sys.argv[1:])"
)
"""Makes the terminal the process's own, so that Ctrl-C reaches it, and becomes the program."""


@pytest.fixture
def ana(tmp_path: Path) -> Person:
    """Ana in a workspace of her own, with an editor that notes what it was called with."""
    person = Person("expert", "Ana Sealer", "ana@example.org", tmp_path / "home", tmp_path / "w")
    person.settle_in(with_key=False)
    person.at.mkdir()
    person.does(sys.executable, "-m", "expertpost", "init", "--no-input")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "$@" >> "$HOME/edited"\n')
    editor.chmod(0o755)
    person.does("git", "config", "--global", "core.editor", str(editor))
    return person


def talk(ana: Person, *argv: str, answers: tuple[str, ...] = (), env: dict[str, str] | None = None) -> tuple[int, str]:
    """Type the answers on a terminal, each when the program waits for one; exit code and the whole screen."""
    mine, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", ON_THE_TERMINAL, sys.executable, "-m", "expertpost", *argv],
        cwd=ana.at,
        env={**ana.env, "TERM": "xterm", **(env or {})},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen, waiting = "", list(answers)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ready, _, _ = select.select([mine], [], [], 0.1)
        if ready:
            try:
                read = os.read(mine, 65536)
            except OSError:
                break
            if not read:
                break
            seen += read.decode("utf-8", "replace")
        if waiting and re.search(r"\]: $", seen):
            answer = waiting.pop(0)
            os.write(mine, answer.encode())
            seen += f"<{answer.strip()}>"
    code = child.wait(30)
    os.close(mine)
    return code, seen


def questions(screen: str) -> int:
    """How many questions were asked."""
    return len(re.findall(r"\]: ", screen))


def edited(ana: Person) -> str:
    """What the editor was called with."""
    file = ana.home / "edited"
    return file.read_text() if file.exists() else ""


def test_three_questions_and_the_editor(ana: Person) -> None:
    """Audience, kind and topics are asked for; the answers are in the draft, and it opens in the editor."""
    code, screen = talk(ana, "new", "Torque", answers=("suppliers, customers\n", "case\n", "bolts & nuts, torque\n"))
    text = (ana.at / "drafts/torque.md").read_text()

    assert (0, 3) == (code, questions(screen))
    assert "audience: [suppliers, customers]" in text
    assert "kind: case" in text
    assert 'topics: ["bolts & nuts", torque]' in text
    assert edited(ana).strip().endswith("drafts/torque.md")


def test_enter_takes_what_is_offered(ana: Person) -> None:
    """Whoever only presses Enter gets an article for colleagues."""
    code, _ = talk(ana, "new", "Torque", answers=("\n", "\n", "\n"))
    text = (ana.at / "drafts/torque.md").read_text()

    assert 0 == code
    assert "audience: [colleagues]" in text
    assert "kind: article" in text


def test_what_is_given_is_not_asked(ana: Person) -> None:
    """An option is an answer."""
    given = ("--audience", "public", "--kind", "note", "--topic", "torque", "--no-edit")
    code, screen = talk(ana, "new", "Torque", *given)

    assert (0, 0) == (code, questions(screen))
    assert "" == edited(ana)


def test_a_slip_is_asked_again(ana: Person) -> None:
    """An unknown word is told with the one that was meant, and the question comes once more."""
    code, screen = talk(ana, "new", "Torque", "--no-edit", answers=("supliers\n", "suppliers\n", "\n", "\n"))

    assert (0, 4) == (code, questions(screen))
    assert "did you mean suppliers?" in screen


def test_a_taken_address_is_offered_anew(ana: Person) -> None:
    """A title that another piece has gets a free address to say yes to."""
    given = ("--audience", "public", "--kind", "note", "--topic", "x", "--no-edit")
    assert 0 == talk(ana, "new", "Torque", *given)[0]
    code, screen = talk(ana, "new", "Torque", *given, answers=("torque\n", "\n"))

    assert 0 == code
    assert "Another piece is called torque. Call this one [torque-2]" in screen
    assert (ana.at / "drafts/torque-2.md").exists()


@pytest.mark.parametrize("answer", ["\x03", "\x04"])
def test_whoever_stops_in_a_question_writes_nothing(ana: Person, answer: str) -> None:
    """Ctrl-C and Ctrl-D end it with 130 and leave nothing."""
    code, _ = talk(ana, "new", "Torque", answers=(answer,))

    assert 130 == code
    assert not (ana.at / "drafts/torque.md").exists()


@pytest.mark.parametrize("argv", [("--no-input",), ("--json",)])
def test_nothing_is_asked_of_those_who_want_no_questions(ana: Person, argv: tuple[str, ...]) -> None:
    """--no-input and --json ask nothing and open nothing, on a terminal too."""
    code, screen = talk(ana, "new", "Torque", *argv)

    assert (0, 0, "") == (code, questions(screen), edited(ana))


def test_nothing_is_asked_without_a_terminal(ana: Person) -> None:
    """In a pipe or a job nothing waits for an answer."""
    ana.does(sys.executable, "-m", "expertpost", "new", "Torque")

    assert (ana.at / "drafts/torque.md").exists()
    assert "" == edited(ana)


def test_the_editor_of_the_environment_comes_first(ana: Person, tmp_path: Path) -> None:
    """$VISUAL wins over $EDITOR, and both over what git is told; words in it are words."""
    given = ("--audience", "public", "--kind", "note", "--topic", "x")
    visual = {"VISUAL": f"{tmp_path}/editor --visual", "EDITOR": f"{tmp_path}/editor --other"}
    talk(ana, "new", "Torque", *given, env=visual)

    assert edited(ana).startswith("--visual ")


def test_an_editor_that_does_not_start(ana: Person) -> None:
    """The draft is there all the same, and that is said."""
    given = ("--audience", "public", "--kind", "note", "--topic", "x")
    code, screen = talk(ana, "new", "Torque", *given, env={"VISUAL": "/nowhere/editor"})

    assert 0 == code
    assert "did not start" in screen
    assert (ana.at / "drafts/torque.md").exists()
