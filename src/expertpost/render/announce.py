"""The words of a post: what the author wrote for the channel; else the title, and the summary or as much as fits.

The address of the page stands at the end of the text or beside it, as the service wants it. Nothing that the author
wrote by hand is ever shortened: where it is too long, ``check`` says so.
"""

from expertpost.model.post import URL, longest
from expertpost.render.families.chat import PLAIN, Dialect, uncalled, without_mentions, write
from expertpost.render.fit import LINK, Count, shorten
from expertpost.render.shown import Shown, clean
from expertpost.render.spans import Style, Styled, strong
from expertpost.render.styled import styled


def announcement(shown: Shown) -> Styled:
    """Title and summary where a page holds the rest; title and text where there is none, or no summary."""
    if shown.written:
        return styled(shown.written)
    title = strong(" ".join(shown.front.title.split()))
    summary = " ".join(shown.front.summary.split())
    return title.then(Styled(summary) if summary and shown.has_page else styled(shown.body))


def needs_link(shown: Shown) -> bool:
    """Whether the page's address goes along: there is a page, and the author did not choose another address."""
    return shown.has_page and not (shown.written and _names_an_address(styled(shown.written)))


def _names_an_address(text: Styled) -> bool:
    named = any(span.style is Style.LINK and span.detail.startswith("http") for span in text.spans)
    return named or bool(LINK.search(text.text))


def fitted(shown: Shown, limit: int, count: Count, beside: str = "", *, calls: bool = False) -> Styled:
    """The announcement so that it fits with ``beside`` behind it; ``count`` measures the plain text.

    ``calls``: the service calls whoever is named with an ``@``; then only a text by hand may do so.
    """
    whole = announcement(shown)
    if shown.written:
        return whole
    whole = uncalled(whole) if calls else whole
    return whole.cut(shorten(whole.text, limit, lambda text: count(longest(text + beside))))


def chat_text(shown: Shown, dialect: Dialect, limit: int, count: Count) -> str:
    """The announcement in a dialect, the page's address behind it, within the limit as the service counts."""
    whole, end = announcement(shown), f"\n\n{URL}" if needs_link(shown) else ""
    if shown.written:
        return write(whole, dialect) + end

    def length(text: str) -> int:
        return count(longest(write(whole.cut(text), dialect) + end))

    return (write(whole.cut(shorten(whole.text, limit, length)), dialect) + end).strip()


def plain_text(shown: Shown, limit: int, count: Count) -> str:
    """The announcement without markup and the page's address behind it.

    Whom a title or summary names with an ``@`` is not called; in a text by hand whoever wrote it decides.
    """
    whole, end = announcement(shown), f"\n\n{URL}" if needs_link(shown) else ""
    if shown.written:
        return clean(write(whole, PLAIN)) + end
    words = without_mentions(write(whole, PLAIN))
    return (shorten(words, limit, lambda text: count(longest(text + end))) + end).strip()
