"""The help of every verb, as people read it, compared with what is stored beside this file.

After a change that is meant, write it anew and look at the difference:

    python tests/cli/test_help.py
"""

import contextlib
import io
import os
import sys
from pathlib import Path

import pytest

from expertpost.cli import VERBS, run

STORED = Path(__file__).parent / "help"
COLUMNS = "100"

SUBVERBS = {
    "policy": ("explain", "test"),
    "person": ("list", "show", "add", "rotate", "leave", "revoke"),
    "review": (
        "list",
        "show",
        "comment",
        "resolve",
        "return",
        "approve",
        "withdraw",
        "merge",
        "renew",
        "log",
        "remind",
        "export",
        "sync",
        "gate",
    ),
    "outbox": ("list", "show", "resolve"),
    "channels": ("list", "probe", "lock", "login"),
    "plugin": ("new",),
    "ledger": ("verify", "export", "copy", "init"),
    "site": ("build", "serve"),
    "experts": ("find", "show", "gaps", "scan"),
    "ask": ("new", "list", "show", "answer", "route", "decline", "duplicate"),
}
"""Verbs that have verbs of their own."""

PAGES: tuple[tuple[str, ...], ...] = (
    (),
    *((verb,) for verb in VERBS),
    *((verb, inner) for verb, inners in SUBVERBS.items() for inner in inners),
)


def stored(verbs: tuple[str, ...]) -> Path:
    """Where the help of a verb is kept."""
    return STORED / f"{'-'.join(('expertpost', *verbs))}.txt"


def shown(verbs: tuple[str, ...]) -> str:
    """The help of a verb, as a terminal of 100 columns shows it."""
    said = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = COLUMNS
    try:
        with contextlib.redirect_stdout(said):
            code = run([*verbs, "--help"])
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return (
        "".join(f"{line.rstrip()}\n" for line in said.getvalue().splitlines()) if code == 0 else f"exit code {code}\n"
    )


@pytest.mark.parametrize("verbs", PAGES, ids=" ".join)
def test_help_says_what_it_said(verbs: tuple[str, ...]) -> None:
    """A change of what people read is seen and meant, never a side effect."""
    assert stored(verbs).read_text(encoding="utf-8") == shown(verbs)


def test_every_stored_page_is_of_a_verb() -> None:
    """A verb that is gone leaves no help behind."""
    assert sorted(stored(verbs) for verbs in PAGES) == sorted(STORED.glob("*.txt"))


if __name__ == "__main__":
    STORED.mkdir(exist_ok=True)
    for gone in STORED.glob("*.txt"):
        gone.unlink()
    for page in PAGES:
        stored(page).write_text(shown(page), encoding="utf-8")
    sys.exit(0)
