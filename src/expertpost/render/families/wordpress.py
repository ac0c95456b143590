"""HTML for WordPress, which looks for more than elements in it: only the elements mean anything."""

import re

from expertpost.render.families.article import article_html
from expertpost.render.shown import Shown
from expertpost.render.tags import text_to_html

# Shortcodes, and faces at the beginning of a word; and an address on a line of its own, which becomes a player.
_MEANT = re.compile(
    r'\[|(?<![^\s>])(?:[:;](?=\S)|8(?=-?[)O]))|(?:(?<=<p>)|^)(\s*)h(?=ttps?://[^\s<>"]+\s*(?:$|</p>))', re.MULTILINE
)


def article_wordpress(shown: Shown) -> str:
    """The article as a block of HTML; outside of blocks every line end would become a break."""
    return f"<!-- wp:html -->\n{_only_words(article_html(shown))}<!-- /wp:html -->"


def line_wordpress(text: str) -> str:
    """Plain text on one line, for the title or the summary, which are HTML there."""
    return _only_words(text_to_html(" ".join(text.split())))


def _only_words(html: str) -> str:
    return _MEANT.sub(lambda found: f"{found[1] or ''}&#{ord(found[0][-1])};", html)
