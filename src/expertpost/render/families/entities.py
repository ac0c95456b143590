"""Telegram's message entities: words, and styles whose places count UTF-16 code units (Bot API, MessageEntity)."""

from expertpost.model.canonical import Json
from expertpost.render.counts import utf16
from expertpost.render.spans import Span, Style, Styled

MOST = 100
"""A message takes so many entities."""

_TYPES = {
    Style.STRONG: "bold",
    Style.EMPHASIS: "italic",
    Style.STRIKE: "strikethrough",
    Style.CODE: "code",
    Style.BLOCK: "pre",
    Style.QUOTE: "blockquote",
    Style.LINK: "text_link",
}


def entities(styled: Styled) -> list[Json]:
    """The styles as entities, the first hundred; code holds no others, as the service demands."""
    code = [span for span in styled.spans if span.style in (Style.CODE, Style.BLOCK)]
    free = [span for span in styled.spans if span.style is not Style.LINK or span.detail]
    kept = [span for span in free if span in code or not any(_overlap(span, one) for one in code)]
    return [_entity(styled.text, span) for span in kept[:MOST]]


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end and one.style is not Style.QUOTE


def _entity(text: str, span: Span) -> Json:
    start, length = utf16(text[: span.start]), utf16(text[span.start : span.end])
    found: dict[str, Json] = {"type": _TYPES[span.style], "offset": start, "length": length}
    if span.style is Style.LINK:
        found["url"] = span.detail
    if span.style is Style.BLOCK and span.detail:
        found["language"] = span.detail
    return found
