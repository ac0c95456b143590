"""The elements that need no thought, and words as they stand in HTML."""

import re
from html import escape

OPEN = {
    "Paragraph": "<p>",
    "Item": "<li>",
    "Emphasis": "<em>",
    "Strong": "<strong>",
    "Strikethrough": "<del>",
}
CLOSE = {
    "Paragraph": "</p>\n",
    "Item": "</li>\n",
    "Emphasis": "</em>",
    "Strong": "</strong>",
    "Strikethrough": "</del>",
    "TableRow": "</tr>\n",
    "TableHead": "</tr></thead><tbody>\n",
    "Table": "</tbody></table></div>\n",
    "BlockQuote": "</blockquote>\n",
    "CodeBlock": "</code></pre>\n",
}
_MARKUP = re.compile(r"[&<>]")


def text_to_html(text: str) -> str:
    """Text with the characters that mean something between tags written as entities."""
    return escape(text, quote=False) if _MARKUP.search(text) else text


def value_to_html(text: str) -> str:
    """Text as it stands between the quotes of an attribute."""
    return text_to_html(text).replace('"', "&quot;")


def titled(title: str) -> str:
    """The title attribute of a link or image, "" where it has none."""
    return f' title="{value_to_html(title)}"' if title else ""
