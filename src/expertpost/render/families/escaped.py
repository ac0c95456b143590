"""Words that stay words in CommonMark: a backslash before everything that a parser could take for markup."""

import re

_MARKUP = re.compile(r"[\\`*\[\]<|~{]|&(?=[#A-Za-z])|!$|(?<![^\W_])_|_(?![^\W_])")
# Found much sooner: without any of these there is nothing to escape.
_MAY_BE_MARKUP = re.compile(r"[\\`*\[\]<|~{&!_]")
_LINE_START = re.compile(r"(?m)^(?:[-+](?=[\s-]|$)|=+\s*$|#{1,6}(?=\s|$)|>|:(?=\s|::)|\d{1,9}(?=[.)](?:\s|$)))")


def as_words(text: str) -> str:
    """A text that reads as its words and nothing else, wherever in a line of Markdown it stands."""
    return escaped_lines(escaped(" ".join(text.split())))


def escaped(text: str) -> str:
    """Words as words: a backslash before everything that could be markup."""
    return _MARKUP.sub(backslash, text) if _MAY_BE_MARKUP.search(text) else text


def escaped_lines(text: str) -> str:
    """The same for what begins a line: no list, heading or quote begins there."""
    return _LINE_START.sub(_escaped_start, text)


def _escaped_start(found: re.Match[str]) -> str:
    """A backslash where a line would begin a list, a heading, a quote; in a number, after its digits."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def backslash(found: re.Match[str]) -> str:
    """What was found, with a backslash before it."""
    return f"\\{found[0]}"
