"""The YAML that nearly all front matter is made of, read without a YAML parser: flat, one line for each key.

It understands ``key: text``, ``key: "text"``, ``key: [one, two]``, comments and empty lines, as long as no finer rule
of YAML could be at work; for everything else it answers None, and the real parser decides. Where it answers, the answer
is the real parser's (tests/property/test_plain_yaml.py).
"""

import re
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

# What YAML does not call printable, its line breaks, and the byte-order mark. Looked for once in the whole text:
# classes that hold all of this would make every start slow.
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_DOUBLE = r'"[^"\\\n]*"'
_SINGLE = r"'[^'\n]*'"
# A colon before a space, a hash after one, and most signs at the beginning mean something to YAML.
_PLAIN = r"[^\W_][^:#\n]*(?::(?=[!-~])[^:#\n]*)*(?<! )"
_ITEM = rf"{_DOUBLE}|{_SINGLE}|[^\W_](?:[\w./@+ -]*[\w./@+])?"
_VALUE = rf"({_PLAIN})|({_DOUBLE}|{_SINGLE})|\[((?:(?:{_ITEM})(?:, ?(?:{_ITEM}))*)?)\]"
_LINE = re.compile(rf"((?:([A-Za-z_][A-Za-z0-9_.-]*):(?: (?:{_VALUE}))?|#[^\n]*)?\n)")
_ITEMS = re.compile(_ITEM)
_NOT_ALWAYS_TEXT = frozenset("0123456789tTfFn")
"""The first characters of what ``meaning`` does not take for text, as far as ``_PLAIN`` lets it begin so."""
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}")
_WORDS: dict[str, bool | None] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "~": None,
    "": None,
}


def meaning(text: str) -> Value:
    """What a scalar without quotes means: a whole number, a decimal, true, false, nothing; in doubt a text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-":
        return text
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def read_plain(source: str, first_line: int = 1) -> tuple[dict[str, Value], dict[str, int]] | None:
    """The map in the text and the line of each key; None where this is not certain."""
    if not source.replace("\n", "").isprintable() and _FORBIDDEN.search(source):
        return None
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    read = 0
    for number, (line, key, bare, quoted, items) in enumerate(_LINE.findall(source), first_line):
        read += len(line)
        if key:
            if key in values:
                return None
            lines[key] = number
            if bare:
                values[key] = meaning(bare) if bare[0] in _NOT_ALWAYS_TEXT else bare
            else:
                values[key] = quoted[1:-1] if quoted else _list(items, line)
    # Whatever no line could be made of was skipped.
    return (values, lines) if read == len(source) else None


def _list(items: str, line: str) -> Value:
    if not items:
        return [] if line.endswith("[]\n") else None
    return [item[1:-1] if item[0] in "\"'" else meaning(item) for item in _ITEMS.findall(items)]
