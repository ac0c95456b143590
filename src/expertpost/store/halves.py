"""Where front matter ends and the body begins."""

import re

_OPEN = re.compile(r"\A---[ \t]*\r?\n")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


class BadFrontMatter(ValueError):
    """The front matter cannot be read: ``line`` counts from 1 in the file, ``what`` and ``cure`` are sentences."""

    def __init__(self, line: int, what: str, cure: str) -> None:
        super().__init__(f"line {line}: {what} – {cure}")
        self.line = line
        self.what = what
        self.cure = cure


def halves(text: str) -> tuple[str, str] | None:
    """The YAML text and the body, byte for byte; None where there is no front matter. Raises BadFrontMatter."""
    if text.startswith("\ufeff"):
        raise BadFrontMatter(1, "the file starts with a byte-order mark", "save it as UTF-8 without BOM")
    opened = _OPEN.match(text)
    if opened is None:
        return None
    closed = _CLOSE.search(text, opened.end())
    if closed is None:
        raise BadFrontMatter(1, "the front matter is never closed", "put a line --- after the last key")
    return text[opened.end() : closed.start()], text[closed.end() :]
