"""A whole piece as one article, for services that keep pages of their own."""

from expertpost.render.families.chat import DISCORD, write
from expertpost.render.families.commonmark import to_markdown
from expertpost.render.markdown import only_absolute, to_html
from expertpost.render.quick import Address
from expertpost.render.shown import Shown, clean
from expertpost.render.spans import Span, Style, Styled
from expertpost.render.tags import text_to_html


def title_of(shown: Shown) -> str:
    """The title on one line."""
    return " ".join(shown.front.title.split())


def byline(shown: Shown) -> str:
    """Who wrote it, as readers may see it."""
    return ", ".join(shown.authors.get(author, author) for author in shown.front.authors)


def article_html(shown: Shown, picture: Address = None) -> str:
    """The authors and the text as safe HTML; pictures beside the piece are their words, or where ``picture`` says."""
    names = byline(shown)
    first = f"<p><em>{text_to_html(names)}</em></p>\n" if names else ""
    return first + clean(to_html(shown.written or shown.body, address=only_absolute, picture=picture, heading_offset=1))


def article_markdown(shown: Shown) -> str:
    """The same as CommonMark without raw HTML."""
    names = byline(shown)
    first = write(Styled(names, (Span(0, len(names), Style.EMPHASIS),)), DISCORD) + "\n\n" if names else ""
    return first + clean(to_markdown(shown.written or shown.body, address=only_absolute))
