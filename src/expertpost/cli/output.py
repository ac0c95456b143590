"""How the command line speaks: data on standard output, the rest on standard error, nothing hostile on either."""

import json
import os
import re
import select
import signal
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure, Finding, Problems
from expertpost.flows.context import World
from expertpost.model.harmless import REPLACED, safe

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from expertpost.model.canonical import Json

_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


def world() -> World:
    """The real world: clock, randomness, environment, and progress on standard error where somebody watches."""
    return World(here=Path.cwd(), tell=note if sys.stderr.isatty() else _silent)


def _silent(_line: str) -> None:
    """Progress nobody watches."""


def interactive(no_input: bool = False) -> bool:
    """Whether a question may be asked: a terminal on both sides, and nobody said ``--no-input``."""
    return not no_input and sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def answer_to(question: str) -> str:
    """What the person at the terminal types, without the blanks around it; EOFError on Ctrl-D."""
    print(safe(question), end="", flush=True)
    if os.name == "posix":
        _wait_for_a_key()
    return input().strip()


def _wait_for_a_key() -> None:
    """Return when a line can be read, or with the KeyboardInterrupt of a Ctrl-C.

    ``input`` looks for signals before it reads and sleeps on one that comes in between, until the next key: on a busy
    machine that is one Ctrl-C in six. A signal writes into this pipe, so nothing comes in between here.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    former = signal.set_wakeup_fd(writing)
    try:
        select.select([sys.stdin, reading], [], [])
    finally:
        signal.set_wakeup_fd(former)
        os.close(reading)
        os.close(writing)


def inert(text: str) -> str:
    """Text of others as it may stand in the log of a job: runners obey lines that begin with ``::``, and ``##[``.

    GitHub's runner and those of Gitea and Forgejo say that they are one (GITHUB_ACTIONS). Nothing changes elsewhere,
    where ``:::`` is how a block begins.
    """
    if not os.environ.get("GITHUB_ACTIONS"):
        return text
    return _COMMAND.sub(r"\1: ", text).replace("##[", "## [")


def say(line: str = "") -> None:
    """One line of the answer, on standard output. The text is made safe, and inert in a job."""
    print(inert(safe(line)))


def note(line: str) -> None:
    """One line about what goes on, on standard error. The text is made safe, and inert in a job."""
    print(inert(safe(line)), file=sys.stderr)


def command(line: str, *, aside: bool = False) -> None:
    """One command to the runner of a job, made by ``annotations``; ``aside``: on standard error."""
    print(safe(line), file=sys.stderr if aside else sys.stdout)


def print_json(schema: str, value: "Mapping[str, Json]") -> None:
    """One JSON document on standard output, its schema (``expertpost.status/1``) as the first key."""
    text = json.dumps({"schema": schema, **value}, ensure_ascii=False, indent=2)
    text = text.replace("##[", "##\\u005b")
    print(text if text.isascii() else "".join(_escaped(character) for character in text))


def _escaped(character: str) -> str:
    """A character of JSON text; one that a terminal might obey as its escape, which means the same."""
    if character != "\n" and unicodedata.category(character) in REPLACED:
        return json.dumps(character)[1:-1]
    return character


def console() -> "Console":
    """A rich console on standard output; colours only on a terminal and never against NO_COLOR. Slow to import."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def show(renderable: "RenderableType") -> None:
    """A rich table, panel or tree on standard output. Text from outside must have gone through ``safe``."""
    console().print(renderable)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under heads: aligned by rich on a terminal, one tab-separated line each elsewhere."""
    made = [[safe(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(heads), *made]:
            print(inert("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row)))
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    # A column that says nothing would only take room from the others.
    filled = [at for at in range(len(heads)) if not made or any(row[at] for row in made)]
    for at in filled:
        drawn.add_column(heads[at], overflow="fold")
    for row in made:
        drawn.add_row(*(Text(row[at]) for at in filled))
    show(drawn)


def finding_json(finding: Finding) -> "dict[str, Json]":
    """A finding as JSON."""
    return {
        "path": finding.path,
        "line": finding.line,
        "code": finding.code,
        "severity": finding.severity.value,
        "what": finding.what,
        "cure": finding.cure,
    }


def failed(failure: Failure, *, as_json: bool) -> None:
    """Say what stopped a verb, where, and the cure; as JSON on standard output too where that was asked for."""
    findings = failure.findings if isinstance(failure, Problems) else ()
    for finding in findings:
        note(str(finding))
    where = f"{failure.where}: " if failure.where else ""
    note(f"{where}{failure.code} {failure.what} – {failure.cure}")
    if as_json:
        print_json(
            "expertpost.error/1",
            {
                "code": failure.code,
                "what": failure.what,
                "where": failure.where,
                "cure": failure.cure,
                "exit": int(failure.exit_code),
                "findings": [finding_json(finding) for finding in findings],
            },
        )


def failure_of(denied: OSError) -> Failure:
    """The failure behind an error of the operating system: read-only folder, full disk, no permission."""
    says = denied.strerror or str(denied)
    cure = "make room on the disk" if denied.errno in (28, 122) else "check the path and your rights"
    return Failure("XP-SYSTEM", says, f"{cure}, then run the command again", where=str(denied.filename or ""))


def was_interrupted(stopped: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an exception.

    Python 3.11 hides an interrupt that comes while a class is being built in a RuntimeError, and a clean-up that fails
    because of it hides it too.
    """
    while stopped is not None and not isinstance(stopped, KeyboardInterrupt):
        stopped = stopped.__cause__ or stopped.__context__
    return stopped is not None


def bug(error: BaseException) -> None:
    """Say that we failed, not the user, and where the details are written."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="expertpost-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write("".join(traceback.format_exception(error)))
    note(f"XP-BUG expertpost itself failed ({type(error).__name__}) – please report it with the file {file.name}")


__all__ = [
    "Exit",
    "bug",
    "command",
    "console",
    "failed",
    "failure_of",
    "finding_json",
    "inert",
    "interactive",
    "note",
    "print_json",
    "safe",
    "say",
    "show",
    "table",
    "was_interrupted",
    "world",
]
