"""Questions of ``new``, asked on a terminal only, and the editor that opens after them."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from expertpost.cli.output import answer_to, note
from expertpost.flows.new import Shelf, Wish, slug_of
from expertpost.model.draft import nearest
from expertpost.model.identity import SLUG
from expertpost.model.piece import Kind

_EDITORS = ("sensible-editor", "editor", "nano", "vi")


def ask(question: str, default: str, wrong: Callable[[str], str]) -> str:
    """The answer to a question, asked again as long as ``wrong`` says something about it; Ctrl-D is Ctrl-C."""
    while True:
        try:
            answer = answer_to(f"{question} [{default}]: ") or default
        except EOFError:
            raise KeyboardInterrupt from None
        problem = wrong(answer)
        if not problem:
            return answer
        note(f"  {problem}")


def complete(shelf: Shelf, wish: Wish, *, audience: bool, kind: bool, topics: bool) -> Wish:
    """The wish with answers in place of what was not given on the command line: at most three questions."""
    if not audience:
        known = shelf.config.audiences.named
        answer = ask(f"Who may read it? ({', '.join(known)})", "colleagues", lambda text: _unknown(_words(text), known))
        wish = replace(wish, audience=_words(answer))
    if not kind:
        kinds = [each.value for each in Kind]
        wish = replace(wish, kind=ask(f"What is it? ({', '.join(kinds)})", kinds[0], lambda t: _unknown([t], kinds)))
    if not topics:
        wish = replace(wish, topics=_words(ask("What is it about? (topics, with commas between)", "", lambda _: "")))
    return wish


def free_slug(shelf: Shelf, wish: Wish) -> Wish:
    """The wish with a slug that nobody has: where the title's own is taken, another is offered."""
    wanted = wish.slug or slug_of(wish.title, wish.kind, "")
    if not SLUG.fullmatch(wanted) or wanted not in shelf.taken:
        return wish

    def wrong(text: str) -> str:
        if not SLUG.fullmatch(text):
            return "small letters, digits and hyphens, please"
        return f"another piece is called {text}, too" if text in shelf.taken else ""

    return replace(wish, slug=ask(f"Another piece is called {wanted}. Call this one", shelf.free(wanted), wrong))


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (word.strip() for word in text.split(","))))


def _unknown(words: Collection[str], known: Collection[str]) -> str:
    return next((f"{word!r} is unknown: {nearest(word, known)}" for word in words if word not in known), "")


def open_editor(file: Path, env: Mapping[str, str], configured: str | None) -> None:
    """Open a file in the person's editor: $VISUAL, $EDITOR, what git uses (``configured``), else the system's own."""
    command = env.get("VISUAL") or env.get("EDITOR") or configured
    argv = shlex.split(command, posix=os.name != "nt") if command else _system_editor()
    try:
        if argv:
            subprocess.run([*argv, str(file)], check=False)
        elif sys.platform == "win32":
            os.startfile(file)  # noqa: S606 # the person's own editor for their own file
    except OSError as failed:
        note(f"The editor {argv[0] if argv else ''} did not start ({failed.strerror}); open the file yourself")


def _system_editor() -> list[str]:
    if sys.platform == "darwin":
        return ["open", "-W", "-t"]
    found = next(filter(None, map(shutil.which, _EDITORS)), None)
    return [found] if found else []
