"""The short way to safe HTML, for texts without a single ``<``: the parser writes it, and one pass finishes its tags.

Nothing in such a text can be raw HTML, so every tag that comes out is the parser's own. It takes a quarter of the time
of ``html.Writer``, which says what the answer has to be (tests/property/test_render.py).
"""

import re
from collections.abc import Callable
from html import unescape
from typing import TypeAlias

from expertpost.render.events import Anchors, parser, safe_address
from expertpost.render.tags import value_to_html

_NEEDS_THE_LONG_WAY = re.compile(r"\[(?:[\^!]|[ xX]\])")
_FINISHED = re.compile(
    r'<(?:h(?P<level>[1-6])>(?P<heading>.*?)</h(?P=level)>|a href="(?P<link>[^"]*)"(?P<title>[^>]*)>(?P<words>.*?)</a>'
    r'|img src="(?P<image>[^"]*)" alt="(?P<alt>[^"]*)"(?P<rest>[^>]*)/>'
    r'|(?P<table>table>)|(?P<end>/table>)|(?P<cell>t[hd]) style="text-align: (?P<side>left|center|right)">)',
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")


Address: TypeAlias = Callable[[str], str] | None


def takes(body: str) -> bool:
    """Whether a text can go the short way: no HTML, and nothing that the parser itself writes unlike us."""
    return "<" not in body and not _NEEDS_THE_LONG_WAY.search(body)


def quick_html(body: str, link: Address, picture: Address, heading_offset: int) -> str:
    """Safe HTML of a text that ``takes`` takes; ``link`` and ``picture`` answer as in ``html.to_html``."""
    anchors = Anchors()

    def address(written: str, answer: Address) -> str:
        wanted = unescape(written)
        return value_to_html(safe_address(answer(wanted) if answer else wanted))

    def finish(found: re.Match[str]) -> str:
        match found.lastgroup:
            case "heading":
                level = min(int(found["level"]) + heading_offset, 6)
                words = found["heading"]
                anchor = value_to_html(anchors.anchor(unescape(_TAG.sub("", words))))
                return f'<h{level} id="{anchor}">{finished(words)}</h{level}>'
            case "words":
                words = finished(found["words"])
                href = address(found["link"], link)
                linked = href or (link is None and not found["link"])
                return f'<a href="{href}"{found["title"]}>{words}</a>' if linked else words
            case "rest":
                src = address(found["image"], picture)
                return f'<img src="{src}" alt="{found["alt"]}"{found["rest"]}/>' if src else found["alt"]
            case "table":
                return '<div class="table"><table>'
            case "end":
                return "</table></div>"
        return f'<{found["cell"]} class="{found["side"]}">'

    def finished(html: str) -> str:
        return _FINISHED.sub(finish, html) if "<" in html else html

    return finished(parser().html(body))
