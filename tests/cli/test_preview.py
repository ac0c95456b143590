"""preview and status as they are typed and printed."""

import json
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.cli.test_new import talk
from tests.demo.people import Person


@pytest.fixture
def ana(tmp_path: Path) -> Person:
    """Ana in a workspace of her own, with twelve drafts besides the welcome."""
    person = Person("expert", "Ana Sealer", "ana@example.org", tmp_path / "home", tmp_path / "w")
    person.settle_in(with_key=False)
    person.at.mkdir()
    person.does(sys.executable, "-m", "expertpost", "init", "--no-input", "--name", "Acme")
    for number in range(12):
        text = (
            f"---\nid: 01JD0000000000000000000A{number:02}\ntitle: Piece {number}\nauthors: [ana-sealer]\n---\nWords.\n"
        )
        (person.at / f"drafts/piece-{number}.md").write_text(text)
    return person


def test_the_page_follows_until_it_is_interrupted(ana: Person) -> None:
    """--web prints an address on this machine, shows what the file says now, and ends well with Ctrl-C."""
    child = subprocess.Popen(
        [sys.executable, "-m", "expertpost", "preview", "welcome", "--web"],
        cwd=ana.at, env=ana.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    url = urlsplit(child.stdout.readline().strip())
    assert url.port is not None

    def page() -> str:
        connection = HTTPConnection("127.0.0.1", url.port, timeout=10)
        connection.request("GET", url.path)
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    first = page()
    draft = ana.at / "drafts/welcome.md"
    draft.write_text(draft.read_text().replace("Welcome to Acme", "Changed meanwhile"))
    second = page()
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=30)

    assert "127.0.0.1" == url.hostname
    assert "Welcome to Acme" in first
    assert "Changed meanwhile" in second
    assert 0 == child.returncode


def test_frames_on_a_terminal_and_lines_elsewhere(ana: Person) -> None:
    """A terminal gets frames; a pipe gets plain lines that a program can search."""
    _, screen = talk(ana, "preview", "welcome")
    plain = ana.does(sys.executable, "-m", "expertpost", "preview", "welcome").out

    assert "╭" in screen
    assert "╭" not in plain
    assert "== inside (site, read by colleagues)" in plain
    assert "outside is read by public; the piece is for colleagues" in plain


def test_status_is_short(ana: Person) -> None:
    """A group shows ten pieces and says how to see the others."""
    short = ana.does(sys.executable, "-m", "expertpost", "status").out
    whole = ana.does(sys.executable, "-m", "expertpost", "status", "--all").out

    assert "Drafts: nobody else sees them yet (13)" in short
    assert "  and 3 more – expertpost status --all" in short
    assert 10 == len(re.findall(r"next: expertpost submit piece-\d+", short))
    assert 12 == len(re.findall(r"next: expertpost submit piece-\d+", whole))


@pytest.mark.parametrize("more", [(), ("--mine",), ("--all",), ("--no-fetch",)])
def test_status_for_programs(ana: Person, more: tuple[str, ...]) -> None:
    """The JSON has every piece, with its stage and the next command, under a schema that is named."""
    found = json.loads(ana.does(sys.executable, "-m", "expertpost", "status", "--json", *more).out)

    assert "expertpost.status/1" == found["schema"]
    assert {"draft": 13} == found["counts"]
    assert 13 == len(found["pieces"])
    assert {"id", "slug", "title", "path", "authors", "stage", "says", "note", "at", "next"} == {*found["pieces"][0]}


def test_both_ways_into_status_are_one(ana: Person) -> None:
    """The quick way and the way through the parser print the same."""
    quick = ana.does(sys.executable, "-m", "expertpost", "status", "--no-fetch").out
    parsed = ana.does(
        sys.executable, "-c", "import sys, expertpost.cli.standing as s; s.PLAIN_OPTIONS = frozenset(); "
        "from expertpost.cli import run; sys.exit(run(['status', '--no-fetch']))",
    ).out  # fmt: skip

    assert quick == parsed
    assert 2 == ana.does(sys.executable, "-m", "expertpost", "status", "--al", code=2).code
