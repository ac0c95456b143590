"""The chapter about questions and answers, typed by four people, one after the other, exactly as it is printed."""

import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.docs.test_tour import Typed, pattern, printed
from tests.flows.organisation import SETTINGS, Colleague, organisation

from expertpost.model.identity import new_id

CHAPTER = Path(__file__).parents[2] / "drafts" / "handbook" / "asking.md"
EXAMPLE = "7kq2mf"
"""What the chapter calls the question."""
DAYS = {"## A colleague's day": "rea", "## An expert's day": "ana", "## A reviewer's minute": "bob",
        "## An editor's day": "edo"}  # fmt: skip
PIECE = f"""\
---
id: {new_id(int(time.time() * 1000), bytes(10))}
title: Choosing a seal
authors: [ana]
topics: [seals]
---
Ethylene oxide swells rubber, so take another one.
"""


def days(folder: Path) -> list[tuple[str, list[Typed]]]:
    """Who types what, in order."""
    found = []
    heads = "|".join(map(re.escape, DAYS))
    for part in re.split(rf"^(?={heads})", CHAPTER.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        page = folder / "part.md"
        page.write_text(part, encoding="utf-8")
        found.append((DAYS[part.partition("\n")[0]], list(printed(page))))
    return found


def types(who: Colleague, line: str) -> "subprocess.CompletedProcess[str]":
    """What one line in a shell answers somebody who has just looked at what is shared."""
    env = {**who.env, "PATH": f"{Path(sys.executable).parent}:{who.env['PATH']}"}
    argv = ["bash", "-c", f"git pull --quiet; {line}"]
    return subprocess.run(argv, cwd=who.clone, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          encoding="utf-8", timeout=100, check=False)  # fmt: skip


def test_the_days_are_as_they_are_told(tmp_path: Path) -> None:
    """Every command ends as printed and says what is printed; the question's id is whatever it is."""
    acme = organisation(tmp_path / "acme", "rea", "ana", "bob", "edo", settings=SETTINGS)
    acme.people["ana"].write("drafts/choosing-a-seal.md", PIECE)
    acme.people["rea"].run("pull", "--quiet")
    ana = acme.people["ana"]
    ana.run("pull", "--quiet")
    ana.push("A piece")
    short = EXAMPLE
    for handle, lines in days(tmp_path):
        for typed in lines:
            done = types(acme.people[handle], typed.line.replace(EXAMPLE, short))
            asked = re.search(r"^Asked \((\w+)\)", done.stdout, re.MULTILINE)
            short = asked[1] if asked else short
            said = replace(typed, said=tuple(line.replace(EXAMPLE, short) for line in typed.said)).said

            assert typed.code == done.returncode, (typed.line, done.stdout, done.stderr)
            assert pattern(said).fullmatch(done.stdout), f"{typed.line}\n{done.stdout}\n{said}"
