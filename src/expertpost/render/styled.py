"""Markdown as words with styles beside them: the one walk that all chats and networks begin from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from expertpost.render.events import (
    Detail,
    Raw,
    RawTags,
    Step,
    is_absolute,
    safe_address,
    steps,
    target,
    without_comments,
)
from expertpost.render.shown import clean
from expertpost.render.spans import Span, Style, Styled


@lru_cache(maxsize=4)
def styled(body: str) -> Styled:
    """The body as words with styles; the words are the author's, in their order, and only addresses are left out.

    Lists have bullets or numbers, tables a bar between cells, an image reads as its alternative text. Paragraphs have
    an empty line between them and are one line each.
    """
    page = _Page()
    for step in steps(body):
        _take(page, step)
    text = "".join(page.out).rstrip()
    spans = (Span(span.start, min(span.end, len(text)), span.style, span.detail) for span in page.spans)
    return Styled(text, tuple(sorted((span for span in spans if span.start < span.end), key=_outer_first)))


def _outer_first(span: Span) -> tuple[int, int]:
    return span.start, -span.end


@dataclass(slots=True)
class _Open:
    """A style whose words are being written; it starts with the first of them."""

    style: Style
    detail: str = ""
    start: int = -1


@dataclass(slots=True)
class _Page:
    """A text being written. ``breaks``: line ends due before the next word; ``marker``: what begins its line."""

    out: list[str] = field(default_factory=list)
    length: int = 0
    breaks: int = 0
    indent: int = 0
    marker: str = ""
    open: list[_Open] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    cells: int = 0
    held: list[str] | None = None
    raw_tags: RawTags = field(default_factory=RawTags)

    def apart(self, breaks: int) -> None:
        """At least so many line ends before the next word; none where an item has just begun."""
        if not self.marker:
            self.breaks = max(self.breaks, breaks)

    def write(self, words: str) -> None:
        """Words as they are, behind whatever is due before them."""
        words = clean(words)
        if not words:
            return
        if self.breaks or self.marker or not self.length:
            self._begin_line()
        for one in self.open:
            if one.start < 0:
                one.start = self.length
        self._put(words)

    def _begin_line(self) -> None:
        self._put("\n" * self.breaks if self.length else "")
        self._put(" " * (self.indent - len(self.marker)) + self.marker)
        self.breaks, self.marker = 0, ""

    def _put(self, text: str) -> None:
        self.out.append(text)
        self.length += len(text)

    def close(self) -> None:
        """End the innermost style."""
        one = self.open.pop()
        if 0 <= one.start < self.length:
            self.spans.append(Span(one.start, self.length, one.style, one.detail))


def _take(page: _Page, step: Step) -> None:
    what, tag, detail = step
    if page.held is not None and what in ("Text", "Html"):
        page.held.append(str(detail))
        return
    match what:
        case "Start":
            _start(page, tag, detail)
        case "End":
            _end(page, tag)
        case "Text":
            page.write(str(detail).replace("\n", " "))
        case "Code":
            page.open.append(_Open(Style.CODE))
            page.write(str(detail).replace("\n", " "))
            page.close()
        case "SoftBreak" if not page.breaks:
            page.write(" ")
        case "HardBreak":
            page.apart(1)
        case "InlineHtml":
            _raw(page, str(detail))
        case "FootnoteReference":
            page.write(f"[{detail}]")
        case "TaskListMarker":
            page.write("[x] " if detail else "[ ] ")
        case "Rule":
            page.apart(2)
            page.write("———")
            page.apart(2)


def _raw(page: _Page, tag: str) -> None:
    match page.raw_tags.read(tag.strip()):
        case Raw.BREAK, _:
            page.apart(1)
        case Raw.WORDS, _:
            page.write(tag)


_STYLES = {"Emphasis": Style.EMPHASIS, "Strong": Style.STRONG, "Strikethrough": Style.STRIKE}


def _start(page: _Page, tag: str, detail: Detail) -> None:
    match tag:
        case "Paragraph" | "Table":
            page.apart(2)
        case "Heading":
            page.apart(2)
            page.open.append(_Open(Style.STRONG))
        case "BlockQuote":
            page.apart(2)
            page.open.append(_Open(Style.QUOTE))
        case "CodeBlock":
            page.apart(2)
            page.open.append(_Open(Style.BLOCK, _language(detail)))
            page.held = []
        case "HtmlBlock":
            page.apart(2)
            page.held = []
        case "List":
            page.apart(2)
            page.breaks = min(page.breaks, 1 if page.numbers else 2)
            page.numbers.append(int(str(detail)) if detail is not None else None)
        case "Item":
            _start_item(page)
        case "FootnoteDefinition":
            page.apart(2)
            page.marker = f"[{clean(str(detail))}] "
            page.indent += len(page.marker)
        case "TableHead" | "TableRow":
            page.apart(1)
            page.cells = 0
        case "TableCell":
            page.write(" | " if page.cells else "")
            page.cells += 1
        case "Emphasis" | "Strong" | "Strikethrough":
            page.open.append(_Open(_STYLES[tag]))
        case "Link":
            address = safe_address(target(detail).address)
            page.open.append(_Open(Style.LINK, address if is_absolute(address) else ""))


def _language(detail: Detail) -> str:
    info = detail.get("Fenced") if isinstance(detail, Mapping) else None
    return clean(str(info)).split(maxsplit=1)[0] if info and str(info).strip() else ""


def _start_item(page: _Page) -> None:
    number = page.numbers[-1]
    page.apart(1)
    page.marker = "• " if number is None else f"{number}. "
    page.numbers[-1] = None if number is None else number + 1
    page.indent = page.indent + 2 if number is None else page.indent + 3


def _end(page: _Page, tag: str) -> None:
    match tag:
        case "Heading" | "BlockQuote":
            page.close()
            page.apart(2)
        case "CodeBlock":
            page.write("".join(page.held or ()).removesuffix("\n"))
            page.held = None
            page.close()
            page.apart(2)
        case "HtmlBlock":
            _end_html(page)
        case "Paragraph" | "Table":
            page.apart(2)
        case "Item":
            page.indent -= 2 if page.numbers[-1] is None else 3
            page.marker, page.breaks = "", 1
        case "List":
            page.numbers.pop()
            page.breaks = 1 if page.numbers else 2
        case "FootnoteDefinition":
            page.marker, page.indent = "", 0
            page.apart(2)
        case "Emphasis" | "Strong" | "Strikethrough" | "Link":
            page.close()


def _end_html(page: _Page) -> None:
    lines, page.held = without_comments("".join(page.held or ())).strip().split("\n"), None
    for line in lines:
        _raw(page, line)
        page.apart(1)
    page.apart(2)
