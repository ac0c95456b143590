"""Matrix's HTML subset (Client-Server API, ``org.matrix.custom.html``), from words and styles."""

from itertools import pairwise

from expertpost.render.spans import Span, Style, Styled
from expertpost.render.tags import text_to_html, value_to_html

_TAGS = {
    Style.STRONG: ("<strong>", "</strong>"),
    Style.EMPHASIS: ("<em>", "</em>"),
    Style.STRIKE: ("<del>", "</del>"),
    Style.CODE: ("<code>", "</code>"),
    Style.BLOCK: ("<pre><code>", "</code></pre>"),
    Style.QUOTE: ("<blockquote>", "</blockquote>"),
}


def to_matrix_html(styled: Styled) -> str:
    """The same text as HTML of allowed elements only; a line end is a ``<br>``, but in code."""
    out: list[str] = []
    open_: list[Span] = []
    edges = sorted({0, len(styled.text), *(edge for span in styled.spans for edge in (span.start, span.end))})
    for start, end in pairwise(edges):
        while open_ and open_[-1].end <= start:
            out.append(_close(open_.pop()))
        for span in styled.spans:
            if span.start == start and span.start < span.end:
                out.append(_open(span))
                open_.append(span)
        words = text_to_html(styled.text[start:end])
        code = any(span.style is Style.BLOCK for span in open_)
        out.append(words if code else words.replace("\n", "<br>"))
    out += [_close(span) for span in reversed(open_)]
    return "".join(out)


def _open(span: Span) -> str:
    if span.style is Style.LINK:
        return f'<a href="{value_to_html(span.detail)}">' if span.detail else ""
    return _TAGS[span.style][0]


def _close(span: Span) -> str:
    if span.style is Style.LINK:
        return "</a>" if span.detail else ""
    return _TAGS[span.style][1]
