"""HTML for WordPress, which looks for more than elements in it: only the elements mean anything."""

import re

from expertpost.render.families.article import article_html
from expertpost.render.shown import Shown
from expertpost.render.tags import text_to_html

# Shortcodes, and faces at the beginning of a word. Each begins with its own character, so that it is found at once.
_MEANT = re.compile(r"\[|[:;](?<![^\s>].)(?=\S)|8(?<![^\s>].)(?=-?[)O])")
# An address that ends its line or paragraph; where it begins it, too, it becomes a player.
_ADDRESS = re.compile(r'https?://[^\s<>"]+\s*(?:$|</p>)', re.MULTILINE)


def article_wordpress(shown: Shown) -> str:
    """The article as a block of HTML; outside of blocks every line end would become a break."""
    return f"<!-- wp:html -->\n{_only_words(article_html(shown))}<!-- /wp:html -->"


def line_wordpress(text: str) -> str:
    """Plain text on one line, for the title or the summary, which are HTML there."""
    return _only_words(text_to_html(" ".join(text.split())))


def _only_words(html: str) -> str:
    return _ADDRESS.sub(_in_line, _MEANT.sub(lambda found: f"&#{ord(found[0])};", html))


def _in_line(found: re.Match[str]) -> str:
    """An address as words, where nothing stands before it in its line or paragraph."""
    before = found.string[: found.start()]
    words = before.rstrip()
    alone = not words or words.endswith("<p>") or "\n" in before[len(words) :]
    return f"&#{ord('h')};{found[0][1:]}" if alone else found[0]
