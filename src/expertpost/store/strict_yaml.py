"""The YAML parser for front matter that is not as plain as most: PyYAML below our rules, python-frontmatter to write.

Slow to load: only who needs it imports it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from expertpost.store.halves import BadFrontMatter, halves
from expertpost.store.plain_yaml import Value, meaning

MAX_DEPTH = 12
# The base loaders give every plain scalar as text: what it means is decided in ``meaning`` alone.
_Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(slots=True)
class _Reading:
    seen: set[int] = field(default_factory=set)


class StrictYAML(YAMLHandler):
    """python-frontmatter's YAML handler with our strictness: it refuses what the other one reads silently."""

    def split(self, text: str) -> tuple[str, str]:
        """The YAML text and the body, byte for byte. Raises BadFrontMatter; ValueError where there is none."""
        parts = halves(text)
        if parts is None:
            raise ValueError("no front matter")
        return parts

    def load(self, fm: str, **_kwargs: object) -> dict[str, Value]:
        """The map in the YAML text. Raises BadFrontMatter."""
        return parse_yaml(fm, first_line=2)[0]

    def format(self, post: frontmatter.Post, **_kwargs: object) -> str:
        """A whole file: keys in their order, long lines whole, the body as it is."""
        source = self.export(post.metadata, sort_keys=False, width=10_000)
        return f"---\n{source}\n---\n{post.content}"


def joined(values: Mapping[str, Value], body: str) -> str:
    """The text of a file with this front matter and body."""
    post = frontmatter.Post(body)
    post.metadata = dict(values)
    return frontmatter.dumps(post, handler=StrictYAML())


def parse_yaml(source: str, first_line: int = 1) -> tuple[dict[str, Value], dict[str, int]]:
    """The map that YAML text holds, and the line of each top-level key. Raises BadFrontMatter."""
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
