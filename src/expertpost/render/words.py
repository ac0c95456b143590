"""The words that a reader of a page sees, for looking them up: what the safe HTML says, without its tags."""

import re
from html import unescape

from expertpost.render.markdown import to_html

_WITHIN_WORDS = re.compile(r"</?(?:a|em|strong|del|code|sup|sub)(?: [^>]*)?>")
_TAG = re.compile(r"<[^>]*>")


def visible_words(body: str) -> str:
    """What a page of this body says, on one line. Comments, addresses and alternative texts are not seen."""
    return " ".join(unescape(_TAG.sub(" ", _WITHIN_WORDS.sub("", to_html(body)))).split())
