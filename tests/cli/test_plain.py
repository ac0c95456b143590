"""Command lines that need no parser mean what they mean to the parser."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.cli.test_review import answer, call
from tests.flows.organisation import organisation, piece
from typer.main import get_command

from expertpost.cli import author_review, finding, operator, plain, reviewer, site

LOADED = "import sys; from expertpost.cli import run; run(sys.argv[1:]); sys.exit('typer' in sys.modules)"
PARSED = "import sys; from expertpost.cli import plain, run; plain.PLAIN.clear(); sys.exit(run(sys.argv[1:]))"


@pytest.mark.parametrize("verb", plain.PLAIN)
def test_a_plain_verb_takes_only_switches_of_the_real_one(verb: tuple[str, ...]) -> None:
    """Every switch that is understood without the parser is one of the parser's, under the same name."""
    switches = plain.PLAIN[verb][3]
    app = typer.Typer()
    {"review": reviewer, "site": site, "search": finding, "publish": operator}.get(verb[0], author_review).register(app)
    command: Any = get_command(app)
    for word in verb if hasattr(command, "commands") else ():
        command = command.commands[word]
    known = {spelt: each.name for each in command.params for spelt in each.opts if each.name in switches.values()}

    assert switches == known


def timeless(said: tuple[str, str]) -> str:
    """What was said, without the commit's id: that is made of the second in which it was made."""
    return re.sub(r'"commit": "[0-9a-f]+"', "", "".join(said))


@pytest.mark.parametrize("argv", [("submit", "torque", "--dry-run"), ("submit", "--dry-run", "--no-input")])
def test_both_ways_into_submit_are_one(tmp_path: Path, argv: tuple[str, ...]) -> None:
    """The quick way and the way through the parser print the same."""
    anna = organisation(tmp_path).people["anna"]
    anna.write("drafts/torque.md", piece())
    quick, parsed = (timeless(said) for said in (call(anna, *argv), answer(anna, "-c", PARSED, *argv)))

    assert quick == parsed
    assert "torque" in quick


@pytest.mark.parametrize("argv", [("site", "build", "inside", "--draft"), ("site", "build", "--draft", "--json")])
def test_both_ways_into_a_site_build_are_one(tmp_path: Path, argv: tuple[str, ...]) -> None:
    """The quick way and the way through the parser build the same and print the same."""
    anna = organisation(tmp_path).people["anna"]
    anna.write("drafts/torque.md", piece())
    call(anna, *argv)
    again = call(anna, *argv)

    assert again == answer(anna, "-c", PARSED, *argv)
    assert "inside" in again[0]


@pytest.mark.parametrize("argv", [("search", "turn", "gently"), ("search", "trun", "--json"), ("search", "xylophone")])
def test_both_ways_into_a_search_are_one(tmp_path: Path, argv: tuple[str, ...]) -> None:
    """The quick way and the way through the parser find the same and print the same."""
    anna = organisation(tmp_path).people["anna"]
    anna.write("drafts/torque.md", piece())
    anna.push()

    assert call(anna, *argv) == answer(anna, "-c", PARSED, *argv)


@pytest.mark.parametrize(
    "argv", [("submit", "--help"), ("review", "show"), ("review", "merge", "a", "b"), ("site", "build", "--at", "x")]
)
def test_what_is_not_plain_goes_to_the_parser(argv: tuple[str, ...]) -> None:
    """Help, too few and too many words: nothing is done without the parser."""
    assert not plain.done(argv)


@pytest.mark.parametrize("argv", [("review",), ("review", "list"), ("review", "list", "--mine", "--json"), ("status",)])
def test_what_is_plain_loads_no_parser(tmp_path: Path, argv: tuple[str, ...]) -> None:
    """Also where the words of one verb begin another: a parser takes longer than the whole list."""
    anna = organisation(tmp_path).people["anna"]

    assert "" == answer(anna, "-c", LOADED, *argv, code=0)[1]
