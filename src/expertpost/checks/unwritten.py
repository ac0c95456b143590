"""Pieces that nobody wrote yet: no text at all, or only what the template put there."""

import re
from collections.abc import Iterator
from functools import lru_cache

from expertpost.checks.context import Context
from expertpost.errors import Finding

# One that is never closed reaches to the end: looking for its end again and again would take long.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT = re.compile(r"\A---\s*\n.*?\n---[ \t]*\n", re.DOTALL)
_FILLED_IN = re.compile(r"\{\{.{0,200}?\}\}|\{%.{0,200}?%\}|\{#.{0,200}?#\}")


def nothing_written(context: Context) -> Iterator[Finding]:
    """An empty body, or one in which every line is the template's."""
    lines = [line.strip() for line in _COMMENT.sub("", context.body).split("\n") if line.strip()]
    if not lines:
        yield context.found(1, "XP-BODY-EMPTY", "the piece has no text", "write it below the second ---")
        return
    given = _lines_of(context.template(context.text("kind") or "article"))
    if given and all(any(_stands_for(line, parts) for parts in given) for line in lines):
        what = "the text is still only what the template put there"
        yield context.found(1, "XP-BODY-TEMPLATE", what, "write it")


@lru_cache(maxsize=16)
def _lines_of(template: str) -> tuple[tuple[str, ...], ...]:
    """The lines of a template's body, each as the texts around what is filled in."""
    body = _COMMENT.sub("", _FRONT.sub("", template))
    lines = (tuple(_FILLED_IN.split(line.strip())) for line in body.split("\n"))
    # A line of nothing but what is filled in would stand for any line at all.
    return tuple(parts for parts in lines if any(parts))


def _stands_for(line: str, parts: tuple[str, ...]) -> bool:
    """Whether a line is a template's with anything filled in between its parts."""
    if len(parts) == 1:
        return line == parts[0]
    at = len(parts[0])
    for part in parts[1:-1]:
        at = line.find(part, at) + len(part)
        if at < len(part):
            return False
    return line.startswith(parts[0]) and line.endswith(parts[-1]) and at <= len(line) - len(parts[-1])
