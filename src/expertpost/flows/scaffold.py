"""Filling in templates: a new piece from its kind's template, and the files of a new workspace.

A piece's template may come from the workspace, which others write to: ``render.template`` says what it may do.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from expertpost.model.canonical import Json
from expertpost.render.template import fill, sandbox
from expertpost.store.templates import packaged

Given: TypeAlias = "str | int | Sequence[str] | Json"
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
    return fill_packaged(f"workspace/{name}", given)


def fill_packaged(name: str, given: Mapping[str, Given]) -> str:
    """A file from the packaged template ``<name>.j2``, in which ``<< … >>`` stands for a value."""
    environment = sandbox("<", ">")
    environment.filters |= {"yaml": quoted, "toml": _toml, "json": _json}
    return environment.from_string(packaged(f"{name}.j2")).render(given)


def fill_piece(source: str, given: Mapping[str, Given], where: str) -> str:
    """A new piece from a template. Raises Failure XP-TEMPLATE, with ``where`` the template lies."""
    return fill(source, given, where, filters={"yaml": quoted})


def _toml(text: str) -> str:
    """A text as a basic string of TOML, which takes JSON's escapes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _json(value: Json, indent: int) -> str:
    """A value as JSON, to stand ``indent`` columns in."""
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n" + " " * indent)
