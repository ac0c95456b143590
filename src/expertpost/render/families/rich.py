"""Services that take words and styles as JSON: Slack's rich text, and Adaptive Cards. No word is read as markup."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from expertpost.model.canonical import Json
from expertpost.render.spans import Span, Style, Styled

_SLACK_STYLES = {Style.STRONG: "bold", Style.EMPHASIS: "italic", Style.STRIKE: "strike", Style.CODE: "code"}
_SLACK_ELEMENTS = {Style.BLOCK: "rich_text_preformatted", Style.QUOTE: "rich_text_quote"}


def rich_text(styled: Styled) -> dict[str, Json]:
    """Slack's ``rich_text`` block: sections, quotations and code in their order."""
    elements: list[Json] = []
    for kind, start, end in _stretches(styled):
        inside: list[Json] = [_slack_run(styled, *run) for run in _runs(styled, start, end)]
        if inside:
            elements.append({"type": kind, "elements": inside})
    return {"type": "rich_text", "elements": elements}


def _stretches(styled: Styled) -> Iterator[tuple[str, int, int]]:
    """What stands in code blocks and quotations, and what stands between them, without the line ends around it."""
    at = 0
    for span in (span for span in styled.spans if span.style in _SLACK_ELEMENTS):
        if span.start < at:
            continue
        yield "rich_text_section", at, span.start
        yield _SLACK_ELEMENTS[span.style], span.start, span.end
        at = span.end
    yield "rich_text_section", at, len(styled.text)


def _runs(styled: Styled, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches in which no style changes."""
    inside = (edge for span in styled.spans for edge in (span.start, span.end) if start < edge < end)
    edges = sorted({start, end, *inside})
    return ((a, b) for a, b in pairwise(edges) if a < b)


def _over(styled: Styled, start: int, end: int) -> Sequence[Span]:
    return [span for span in styled.spans if span.start <= start and end <= span.end]


def _slack_run(styled: Styled, start: int, end: int) -> Json:
    spans, words = _over(styled, start, end), styled.text[start:end]
    style: Json = {_SLACK_STYLES[span.style]: True for span in spans if span.style in _SLACK_STYLES}
    link = next((span.detail for span in spans if span.style is Style.LINK and span.detail), "")
    run: dict[str, Json] = {"type": "link", "url": link, "text": words} if link else {"type": "text", "text": words}
    return {**run, "style": style} if style else run


def slack_words(text: str) -> str:
    """Words for Slack's ``text``, where three characters mean something (``<!channel>`` calls everybody)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def adaptive_card(styled: Styled, link: str, link_words: str) -> dict[str, Json]:
    """An Adaptive Card (1.4): a RichTextBlock for each paragraph, whose runs are words and no markup; and the link."""
    body: list[Json] = []
    at = 0
    for paragraph in styled.text.split("\n\n"):
        runs: list[Json] = [_card_run(styled, *run) for run in _runs(styled, at, at + len(paragraph))]
        if runs:
            body.append({"type": "RichTextBlock", "inlines": runs})
        at += len(paragraph) + 2
    card: dict[str, Json] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    return {**card, "actions": [{"type": "Action.OpenUrl", "title": link_words, "url": link}]} if link else card


def _card_run(styled: Styled, start: int, end: int) -> Json:
    run: dict[str, Json] = {"type": "TextRun", "text": styled.text[start:end]}
    for span in _over(styled, start, end):
        match span.style:
            case Style.STRONG:
                run["weight"] = "Bolder"
            case Style.EMPHASIS | Style.QUOTE:
                run["italic"] = True
            case Style.STRIKE:
                run["strikethrough"] = True
            case Style.CODE | Style.BLOCK:
                run["fontType"] = "Monospace"
            case Style.LINK if span.detail:
                run["selectAction"] = {"type": "Action.OpenUrl", "url": span.detail}
    return run
