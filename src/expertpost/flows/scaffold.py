"""Filling in templates: a new piece from its kind's template, and the files of a new workspace.

A piece's template may come from the workspace, which others write to. Only a small language is understood there: names,
a few filters, conditions, loops over the given lists. So no template can run anything, or run for long: there is
nothing to call and nothing that grows (jinja2's sandbox alone does not stop ``'a' * 10**9``).
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from expertpost.errors import Failure
from expertpost.model.canonical import Json
from expertpost.store.templates import packaged

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

Given: TypeAlias = "str | int | Sequence[str] | Json"
MAX_TEMPLATE = 20_000
"""Characters of the longest template of a workspace."""
MAX_RESULT = 200_000
"""Characters of the longest text that a template may make."""
_NODES = frozenset(
    {
        "Template",
        "Output",
        "TemplateData",
        "Name",
        "Const",
        "Filter",
        "If",
        "For",
        "Not",
        "And",
        "Or",
        "Compare",
        "Operand",
    }
)
_FILTERS = frozenset({"yaml", "join", "lower", "upper", "title", "trim", "first", "last", "length"})
_BARE = re.compile(r"[A-Za-z](?:[A-Za-z0-9 .()/+–-]*[A-Za-z0-9.)+])?")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def quoted(value: str | Sequence[str]) -> str:
    """A text as YAML: bare where nobody could read it differently, otherwise in double quotes; a list with commas."""
    if not isinstance(value, str):
        return ", ".join(quoted(item) for item in value)
    if _BARE.fullmatch(value) and value.casefold() not in _WORDS:
        return value
    return '"' + "".join(_escaped(c) for c in value) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if unicodedata.category(character)[0] in "CZ" and character != " ":
        return f"\\U{ord(character):08x}"
    return character


def fill_workspace(name: str, given: Mapping[str, Given]) -> str:
    """A file of a new workspace from the packaged template ``workspace/<name>.j2``."""
    return _environment("<", ">").from_string(packaged(f"workspace/{name}.j2")).render(given)


def fill_piece(source: str, given: Mapping[str, Given], where: str) -> str:
    """A new piece from a template. Raises Failure XP-TEMPLATE, with ``where`` the template lies."""
    from jinja2 import TemplateError

    environment = _environment("{", "}")
    if len(source) > MAX_TEMPLATE:
        raise _bad(f"has {len(source):,} characters, more than {MAX_TEMPLATE:,}", where)
    try:
        _only_small_language(environment, source, where)
        made = environment.from_string(source).render(given)
    except (TemplateError, RecursionError, TypeError, ValueError) as wrong:
        raise _bad(f"cannot be filled in: {str(wrong)[:200]}", where) from wrong
    if len(made) > MAX_RESULT:
        raise _bad(f"makes more than {MAX_RESULT:,} characters", where)
    return made


def _only_small_language(environment: "ImmutableSandboxedEnvironment", source: str, where: str) -> None:
    from jinja2.nodes import Filter, For, Name, Node

    def judge(node: Node, loops: int) -> None:
        kind = type(node).__name__
        if kind not in _NODES or (isinstance(node, Filter) and node.name not in _FILTERS):
            raise _bad(f"line {node.lineno}: {getattr(node, 'name', kind)} is not available in a template", where)
        if isinstance(node, For) and (loops or not isinstance(node.iter, Name)):
            raise _bad(f"line {node.lineno}: only a simple loop over one of the lists is available", where)
        for child in node.iter_child_nodes():
            judge(child, loops + isinstance(node, For))

    judge(environment.parse(source), 0)


def _bad(what: str, where: str) -> Failure:
    cure = "mend it, or remove it: a packaged one serves then"
    return Failure("XP-TEMPLATE", f"the template {what}", cure, where=where)


def _environment(opens: str, closes: str) -> "ImmutableSandboxedEnvironment":
    """Jinja with ``{{ name }}`` and ``{% if … %}``, or the same in other brackets."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        variable_start_string=opens * 2,
        variable_end_string=closes * 2,
        block_start_string=opens + "%",
        block_end_string="%" + closes,
        comment_start_string=opens + "#",
        comment_end_string="#" + closes,
        undefined=StrictUndefined,
        autoescape=False,  # Markdown and settings, never HTML
        keep_trailing_newline=True,
    )
    environment.filters |= {"yaml": quoted, "toml": _toml, "json": _json}
    return environment


def _toml(text: str) -> str:
    """A text as a basic string of TOML, which takes JSON's escapes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _json(value: Json, indent: int) -> str:
    """A value as JSON, to stand ``indent`` columns in."""
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n" + " " * indent)
