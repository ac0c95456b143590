"""Markup of other tools, which pages here show as it is written."""

import re
from collections.abc import Iterator

from expertpost.checks.context import Context
from expertpost.errors import Finding, Severity

_CODE = re.compile(
    r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)|(`+)(?!`).+?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE
)
_HTML = "script style iframe img video audio object embed form input button div span table details figure p center font"
_KINDS = (
    (re.compile(r"!?\[\[[^\[\]\n]{1,300}\]\](?!\()"), "Obsidian's links [[…]] are", "[words](file.md)"),
    (re.compile(r"\{\{[<%].{1,300}?[>%]\}\}"), "Hugo's shortcodes are", "plain Markdown"),
    (re.compile(r"\{%[^{}\n]{1,300}%\}"), "Jekyll's Liquid tags are", "plain Markdown"),
    (
        re.compile(
            r"^ {0,3}:::(?:[\w-]{1,60}(?:[ \t].*)?:::|[ \t]*[\w-]{1,60}[ \t]+[\w-]{1,60}=.*)[ \t]*$", re.MULTILINE
        ),
        "directives like :::image::: and ::: zone pivot=… are",
        "Markdown instead",
    ),
    (
        re.compile(rf"</?(?:{_HTML.replace(' ', '|')})\b[^<>]{{0,300}}>", re.IGNORECASE),
        "HTML elements are",
        "Markdown instead",
    ),
)


def other_tools_markup(context: Context) -> Iterator[Finding]:
    """One warning for each sort of markup that means something elsewhere only, at its first line."""
    if not any(sign in context.body for sign in ("[[", "{{", "{%", ":::", "<")):
        return
    text = _CODE.sub(lambda code: "\n" * code[0].count("\n"), context.body)
    for pattern, what, cure in _KINDS:
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            yield context.found(line, "XP-MARKUP", f"{what} shown as written", f"write {cure}", Severity.WARNING)
