"""Front matter, strictly: python-frontmatter splits and joins, our YAML handler refuses what others read silently.

Refused with the line: aliases and anchors, duplicate keys, tags, a list or text where a map belongs, a byte-order mark,
a block that is never closed, more than ``MAX_DEPTH`` levels. Plain scalars that look like dates, times or numbers in
odd notations stay text, so that nothing is read that the expert did not write (YAML 1.1's sexagesimal, octal, ``no``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from expertpost.store.plain_yaml import meaning, read_plain

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

MAX_DEPTH = 12
MAX_FRONT = 200_000
"""Characters of the largest front matter."""

# The base loaders give every plain scalar as text: what it means is decided in ``meaning`` alone.
_Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_OPEN = re.compile(r"\A---[ \t]*\r?\n")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


class BadFrontMatter(ValueError):
    """The front matter cannot be read: ``line`` counts from 1 in the file, ``what`` and ``cure`` are sentences."""

    def __init__(self, line: int, what: str, cure: str) -> None:
        super().__init__(f"line {line}: {what} – {cure}")
        self.line = line
        self.what = what
        self.cure = cure


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


@dataclass(slots=True)
class _Reading:
    seen: set[int] = field(default_factory=set)


class StrictYAML(YAMLHandler):
    """python-frontmatter's YAML handler with our strictness: it refuses what the other one reads silently."""

    def split(self, text: str) -> tuple[str, str]:
        """The YAML text and the body, byte for byte. Raises BadFrontMatter; ValueError where there is none."""
        if text.startswith("\ufeff"):
            raise BadFrontMatter(1, "the file starts with a byte-order mark", "save it as UTF-8 without BOM")
        opened = _OPEN.match(text)
        if opened is None:
            raise ValueError("no front matter")
        closed = _CLOSE.search(text, opened.end())
        if closed is None:
            raise BadFrontMatter(1, "the front matter is never closed", "put a line --- after the last key")
        return text[opened.end() : closed.start()], text[closed.end() :]

    def load(self, fm: str, **_kwargs: object) -> dict[str, Value]:
        """The map in the YAML text. Raises BadFrontMatter."""
        return read_yaml(fm, first_line=2)[0]

    def format(self, post: frontmatter.Post, **_kwargs: object) -> str:
        """A whole file: keys in their order, long lines whole, the body as it is."""
        source = self.export(post.metadata, sort_keys=False, width=10_000)
        return f"---\n{source}\n---\n{post.content}"


def join(values: Mapping[str, Value], body: str) -> str:
    """The text of a file with this front matter and body; ``split`` gives both back."""
    post = frontmatter.Post(body)
    post.metadata = dict(values)
    return frontmatter.dumps(post, handler=StrictYAML())


def split(text: str) -> Split:
    """Front matter and body of a file's text. Raises BadFrontMatter."""
    try:
        source, body = StrictYAML().split(text)
    except BadFrontMatter:
        raise
    except ValueError:
        return Split({}, {}, text, 1, has_front=False)
    values, lines = read_yaml(source, first_line=2)
    body_line = text.count("\n", 0, len(text) - len(body)) + 1
    return Split(values, lines, body, body_line, source)


def read_yaml(source: str, first_line: int = 1) -> tuple[dict[str, Value], dict[str, int]]:
    """The map that YAML text holds, and the line of each top-level key. Raises BadFrontMatter."""
    if len(source) > MAX_FRONT:
        raise BadFrontMatter(
            first_line, f"more than {MAX_FRONT:,} characters of front matter", "move the text to the body"
        )
    return read_plain(source, first_line) or parse_yaml(source, first_line)


def parse_yaml(source: str, first_line: int = 1) -> tuple[dict[str, Value], dict[str, int]]:
    """``read_yaml`` by the real parser, whatever the text."""
    loader = _Loader(source)
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = first_line + (mark.line if mark else 0)
        what = f"not valid YAML: {wrong.problem or wrong}"
        raise BadFrontMatter(line, what, 'quote texts that hold ": ", "#", "[" or "@"') from wrong
    except (yaml.YAMLError, RecursionError) as wrong:
        raise BadFrontMatter(first_line, f"not valid YAML: {str(wrong)[:120]}", "remove unusual characters") from wrong
    finally:
        loader.dispose()
    if node is None:
        return {}, {}
    if not isinstance(node, yaml.MappingNode):
        raise BadFrontMatter(
            first_line, "the front matter is not a list of `key: value` lines", "write title: … and so on"
        )
    values = _mapping(node, first_line, 1, _Reading())
    return values, {str(key.value): first_line + key.start_mark.line for key, _ in node.value}


def _value(node: yaml.Node, first: int, depth: int, reading: _Reading) -> Value:
    line = first + node.start_mark.line
    if id(node) in reading.seen:
        raise BadFrontMatter(line, "YAML aliases (*name) are not allowed", "write the value out")
    reading.seen.add(id(node))
    if depth > MAX_DEPTH:
        raise BadFrontMatter(line, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, line)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, first, depth, reading)
    if node.tag != "tag:yaml.org,2002:seq":
        raise BadFrontMatter(line, f"the YAML tag {node.tag} is not allowed", "remove the tag")
    return [_value(item, first, depth + 1, reading) for item in node.value]


def _mapping(node: yaml.MappingNode, first: int, depth: int, reading: _Reading) -> dict[str, Value]:
    if node.tag != "tag:yaml.org,2002:map":
        raise BadFrontMatter(first + node.start_mark.line, f"the YAML tag {node.tag} is not allowed", "remove the tag")
    found: dict[str, Value] = {}
    for key, value in node.value:
        line = first + key.start_mark.line
        if not isinstance(key, yaml.ScalarNode):
            raise BadFrontMatter(line, "a key must be a word", "write key: value")
        if key.value in found:
            raise BadFrontMatter(line, f"the key {key.value} stands twice", "keep one of them")
        if key.value == "<<":
            raise BadFrontMatter(line, "YAML merge keys (<<) are not allowed", "write the values out")
        found[key.value] = _value(value, first, depth + 1, reading)
    return found


def _scalar(node: yaml.ScalarNode, line: int) -> Value:
    text: str = node.value
    if node.tag not in ("tag:yaml.org,2002:str", "!"):
        raise BadFrontMatter(line, f"the YAML tag {node.tag} is not allowed", "remove the tag")
    return text if node.style else meaning(text)
