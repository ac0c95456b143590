"""Front matter, strictly: what others read silently is refused.

Refused with the line: aliases and anchors, duplicate keys, tags, a list or text where a map belongs, a byte-order mark,
a block that is never closed, many levels. Plain scalars that look like dates, times or numbers in odd notations stay
text, so that nothing is read that the expert did not write (YAML 1.1's sexagesimal, octal, ``no``).

Nearly all front matter is simple enough for ``plain_yaml``; only for the rest is the real parser loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from expertpost.store.halves import BadFrontMatter as BadFrontMatter
from expertpost.store.halves import halves
from expertpost.store.plain_yaml import Value as Value
from expertpost.store.plain_yaml import read_plain

MAX_FRONT = 200_000
"""Characters of the largest front matter."""


@dataclass(frozen=True, slots=True)
class Split:
    """A file taken apart. ``source`` is the YAML text, ``lines`` the file's line of each top-level key.

    ``body_line`` is the file's line on which the body begins; ``has_front`` False: there is no front matter at all.
    """

    values: dict[str, Value]
    lines: dict[str, int]
    body: str
    body_line: int
    source: str = ""
    has_front: bool = True


def join(values: Mapping[str, Value], body: str) -> str:
    """The text of a file with this front matter and body; ``split`` gives both back."""
    from expertpost.store.strict_yaml import joined

    return joined(values, body)


def split(text: str) -> Split:
    """Front matter and body of a file's text. Raises BadFrontMatter."""
    parts = halves(text)
    if parts is None:
        return Split({}, {}, text, 1, has_front=False)
    source, body = parts
    values, lines = read_yaml(source, first_line=2)
    body_line = text.count("\n", 0, len(text) - len(body)) + 1
    return Split(values, lines, body, body_line, source)


def read_yaml(source: str, first_line: int = 1) -> tuple[dict[str, Value], dict[str, int]]:
    """The map that YAML text holds, and the line of each top-level key. Raises BadFrontMatter."""
    if len(source) > MAX_FRONT:
        raise BadFrontMatter(
            first_line, f"more than {MAX_FRONT:,} characters of front matter", "move the text to the body"
        )
    plain = read_plain(source, first_line)
    if plain:
        return plain
    from expertpost.store.strict_yaml import parse_yaml

    return parse_yaml(source, first_line)
