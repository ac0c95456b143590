"""Safe HTML from Markdown steps: the author's raw HTML never becomes markup."""

import re
from collections.abc import Callable, Mapping

from expertpost.render.events import (
    Anchors,
    Detail,
    Raw,
    RawTags,
    Step,
    parser,
    safe_address,
    step_of,
    target,
    without_comments,
)
from expertpost.render.quick import Address
from expertpost.render.tags import CLOSE, OPEN, text_to_html, titled, value_to_html

_TAG = re.compile(r"<[^<>]*>")


def _resolved(wanted: str, address: Address) -> str:
    return value_to_html(safe_address(address(wanted) if address else wanted))


class Writer:
    """One document being written, step by step.

    ``out`` is the open buffer: the page, or a footnote that waits for the end. ``heading`` are the words of the heading
    being written or written last, ``anchor`` its id.
    """

    def __init__(self, address: Address = None, heading_offset: int = 0, picture: Address = None) -> None:
        self.out: list[str] = []
        self.address = address
        self.picture = picture or address
        self.offset = heading_offset
        self.anchors = Anchors()
        self.heading: list[str] = []
        self.heading_at = -1
        self.anchor = ""
        self.links: list[str] = []
        self.images: list[tuple[str, list[str]]] = []
        self.columns: tuple[Detail, ...] = ()
        self.column = 0
        self.in_head = False
        self.raw: list[str] | None = None
        self.raw_tags = RawTags()
        self.notes: dict[str, int] = {}
        self.note_texts: list[tuple[str, list[str]]] = []
        self.waiting: list[list[str]] = []

    def take(self, step: Step) -> None:
        """Write one step."""
        what, tag, detail = step
        if what == "Start":
            self.start(tag, detail)
        elif what == "End":
            self.end(tag, detail)
        elif what == "Text":
            self.text(str(detail))
        else:
            self._other(what, detail)

    def text(self, text: str) -> None:
        """Words, wherever they stand: in a page, a heading, an image's description."""
        if self.images:
            self.images[-1][1].append(text)
            return
        if self.raw is not None:
            self.raw.append(text)
            return
        if self.heading_at >= 0:
            self.heading.append(text)
        self.out.append(text_to_html(text))

    def start(self, tag: str, detail: Detail) -> None:
        """Open an element; inside an image only words count."""
        simple = OPEN.get(tag)
        if self.images and tag != "Image":
            return
        if simple is not None:
            self.out.append(simple)
        else:
            _STARTS[tag](self, detail)

    def end(self, tag: str, detail: Detail) -> None:
        """Close an element."""
        if self.images and tag != "Image":
            return
        simple = CLOSE.get(tag)
        if simple is not None:
            self.out.append(simple)
        else:
            _ENDS[tag](self, detail)

    def _other(self, what: str, detail: Detail) -> None:
        """Write a step that is neither an element nor plain words."""
        match what:
            case "Code":
                self._code(str(detail))
            case "SoftBreak":
                self.text("\n")
            case "HardBreak":
                self._line_break()
            case "Html" if self.raw is not None:
                self.raw.append(str(detail))
            case "Html" | "InlineHtml":
                self._inline_html(str(detail))
            case "FootnoteReference":
                self._note_reference(str(detail))
            case "TaskListMarker":
                self.out.append(f'<input type="checkbox" disabled{" checked" if detail else ""} /> ')
            case _:
                self.out.append("<hr />\n")

    def _code(self, text: str) -> None:
        before, after = ("", "") if self.images else ("<code>", "</code>")
        self.out.append(before)
        self.text(text)
        self.out.append(after)

    def _start_heading(self, _detail: Detail) -> None:
        """The opening tag waits for the heading's words: they make its id."""
        self.heading, self.heading_at = [], len(self.out)
        self.out.append("")

    def _end_heading(self, detail: Detail) -> None:
        level = min(int(str(detail)[1]) + self.offset, 6)
        self.anchor = self.anchors.anchor("".join(self.heading))
        self.out[self.heading_at] = f'<h{level} id="{value_to_html(self.anchor)}">'
        self.heading_at = -1
        self.out.append(f"</h{level}>\n")

    def _start_link(self, detail: Detail) -> None:
        address, title = target(detail)
        href = _resolved(address, self.address)
        linked = bool(href) or (address == "" and self.address is None)
        self.out.append(f'<a href="{href}"{titled(title)}>' if linked else "")
        self.links.append("</a>" if linked else "")

    def _end_link(self, _detail: Detail) -> None:
        self.out.append(self.links.pop())

    def _start_image(self, detail: Detail) -> None:
        address, title = target(detail)
        self.images.append((f'src="{_resolved(address, self.picture)}"{titled(title)}', []))

    def _end_image(self, _detail: Detail) -> None:
        source, words = self.images.pop()
        alt = "".join(words)
        if self.images:
            self.images[-1][1].append(alt)
        elif source.startswith('src=""'):
            self.out.append(text_to_html(alt))
        else:
            self.out.append(f'<img {source} alt="{value_to_html(alt)}" />')

    def _start_code(self, detail: Detail) -> None:
        info = str(detail["Fenced"]).split() if isinstance(detail, Mapping) else []
        language = f' class="language-{value_to_html(info[0])}"' if info else ""
        self.out.append(f"<pre><code{language}>")

    def _start_quote(self, detail: Detail) -> None:
        kind = str(detail or "")
        self.out.append(
            f'<blockquote class="alert {kind.lower()}">\n<p><strong>{kind}</strong></p>\n' if kind else "<blockquote>\n"
        )

    def _start_list(self, detail: Detail) -> None:
        first = "" if detail in (None, 1) else f' start="{detail}"'
        self.out.append("<ul>\n" if detail is None else f"<ol{first}>\n")

    def _end_list(self, detail: Detail) -> None:
        self.out.append("</ol>\n" if detail else "</ul>\n")

    def _start_table(self, detail: Detail) -> None:
        self.columns = detail if isinstance(detail, tuple) else ()
        self.out.append('<div class="table"><table>')

    def _start_head(self, _detail: Detail) -> None:
        self.in_head, self.column = True, 0
        self.out.append("<thead><tr>")

    def _start_row(self, _detail: Detail) -> None:
        self.in_head, self.column = False, 0
        self.out.append("<tr>")

    def _start_cell(self, _detail: Detail) -> None:
        side = str(self.columns[self.column]) if self.column < len(self.columns) else "None"
        kind = "th" if self.in_head else "td"
        self.out.append(f"<{kind}>" if side == "None" else f'<{kind} class="{side.lower()}">')

    def _end_cell(self, _detail: Detail) -> None:
        self.out.append("</th>" if self.in_head else "</td>")
        self.column += 1

    def _start_html(self, _detail: Detail) -> None:
        self.raw = []

    def _end_html(self, _detail: Detail) -> None:
        """A block of raw HTML is shown as it was written, without comments: a word is never lost."""
        raw = without_comments("".join(self.raw or ())).strip()
        self.raw = None
        if raw:
            self.out.append("<p>")
            at = 0
            for tag in _TAG.finditer(raw):
                self.out.append(text_to_html(raw[at : tag.start()]))
                self._inline_html(tag[0])
                at = tag.end()
            self.out.append(text_to_html(raw[at:]) + "</p>\n")

    def _inline_html(self, tag: str) -> None:
        match self.raw_tags.read(tag):
            case Raw.BREAK, _:
                self._line_break()
            case Raw.ANCHOR, name if not self.images:
                self.out.append(f'<a id="{self.anchors.anchor(name)}"></a>')
            case Raw.WORDS, _:
                self.text(tag)

    def _line_break(self) -> None:
        if self.images:
            self.text(" ")
        else:
            self.heading.append(" ")
            self.out.append("<br />\n")

    def _note_reference(self, name: str) -> None:
        number = self.notes.setdefault(name, len(self.notes) + 1)
        if not self.images:
            self.out.append(f'<sup class="note"><a href="#note-{number}">{number}</a></sup>')

    def _start_note(self, detail: Detail) -> None:
        self.waiting.append(self.out)
        self.out = []
        self.note_texts.append((str(detail), self.out))

    def _end_note(self, _detail: Detail) -> None:
        self.out = self.waiting.pop()

    def notes_at_the_end(self) -> str:
        """The footnotes as a list, in the order in which the text names them; those it never names come last."""
        for name, _ in self.note_texts:
            self.notes.setdefault(name, len(self.notes) + 1)
        texts = sorted((self.notes[name], "".join(text)) for name, text in self.note_texts)
        items = "".join(f'<li id="note-{number}" value="{number}">{text}</li>\n' for number, text in texts)
        return f'<section class="notes"><hr />\n<ol>\n{items}</ol></section>\n' if items else ""


_STARTS: dict[str, Callable[[Writer, Detail], None]] = {
    "Heading": Writer._start_heading,
    "Link": Writer._start_link,
    "Image": Writer._start_image,
    "CodeBlock": Writer._start_code,
    "BlockQuote": Writer._start_quote,
    "List": Writer._start_list,
    "Table": Writer._start_table,
    "TableHead": Writer._start_head,
    "TableRow": Writer._start_row,
    "TableCell": Writer._start_cell,
    "HtmlBlock": Writer._start_html,
    "FootnoteDefinition": Writer._start_note,
}
_ENDS: dict[str, Callable[[Writer, Detail], None]] = {
    "Heading": Writer._end_heading,
    "Link": Writer._end_link,
    "Image": Writer._end_image,
    "List": Writer._end_list,
    "TableCell": Writer._end_cell,
    "HtmlBlock": Writer._end_html,
    "FootnoteDefinition": Writer._end_note,
}


def full_html(body: str, *, address: Address = None, heading_offset: int = 0, picture: Address = None) -> str:
    """What ``markdown.to_html`` answers, made step by step."""
    writer = Writer(address, heading_offset, picture)
    for event in parser().events(body):
        # Words and plain elements are nine of ten events; they go the short way.
        if isinstance(event, str):
            writer._other(event, None)
        elif "Text" in event:
            writer.text(event["Text"])
        elif "Start" in event and isinstance(event["Start"], str):
            writer.start(event["Start"], None)
        elif "End" in event and isinstance(event["End"], str):
            writer.end(event["End"], None)
        else:
            writer.take(step_of(event))
    return "".join(writer.out) + writer.notes_at_the_end()
