"""Plain text that reads well: for mail, terminals and services that know no markup."""

from dataclasses import dataclass, field

from expertpost.render.events import Detail, Raw, RawTags, Step, is_absolute, steps, target, without_comments

_QUOTE = "> "


@dataclass(slots=True)
class _List:
    """A list being written: the number of its next item, or None for bullets."""

    number: int | None

    def marker(self) -> str:
        if self.number is None:
            return "- "
        self.number += 1
        return f"{self.number - 1}. "


@dataclass(slots=True)
class _Page:
    """A text being written. ``margins`` stand before each line; ``words`` is the open paragraph."""

    lines: list[str] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)
    marker: str = ""
    words: list[str] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    in_code: bool = False
    raw_tags: RawTags = field(default_factory=RawTags)

    def margin(self) -> str:
        """What stands before the next line; an item's marker stands there once."""
        before = "".join(self.margins)
        if self.marker:
            before = before[: -len(self.marker)] + self.marker
            self.marker = ""
        return before

    def blank(self) -> None:
        """One empty line between blocks, none at the beginning."""
        if self.lines and self.lines[-1].strip(_QUOTE):
            self.lines.append("".join(self.margins[: -1 if self.marker else None]).rstrip())

    def flush(self) -> None:
        """End the open paragraph."""
        text, self.words = "".join(self.words).strip(), []
        for line in text.split("\n") if text else ():
            self.lines.append((self.margin() + line.strip(" ")).rstrip())


def to_text(body: str) -> str:
    """The body as readable plain text; the words are the author's, in their order.

    A link reads ``text (address)`` where the address means something outside the page; an image reads as its
    alternative text; code is kept as it is. Lines are not wrapped: a paragraph is one line.
    """
    page = _Page()
    for step in steps(body):
        _take(page, step)
    page.flush()
    return "\n".join(page.lines).strip("\n")


def _take(page: _Page, step: Step) -> None:
    what, tag, detail = step
    match what:
        case "Start":
            _start(page, tag, detail)
        case "End":
            _end(page, tag)
        case "Text" if page.in_code:
            page.lines.extend((page.margin() + line).rstrip() for line in str(detail).removesuffix("\n").split("\n"))
        case "Text" | "Code":
            page.words.append(str(detail).replace("\n", " "))
        case "SoftBreak":
            page.words.append(" ")
        case "HardBreak":
            page.words.append("\n")
        case "Html" | "InlineHtml":
            page.words.append(_raw(page, str(detail)))
        case "FootnoteReference":
            page.words.append(f"[{detail}]")
        case "TaskListMarker":
            page.words.append("[x] " if detail else "[ ] ")
        case _:
            page.blank()
            page.lines.append(page.margin() + "---")


def _raw(page: _Page, tag: str) -> str:
    match page.raw_tags.read(tag.strip()):
        case Raw.BREAK, _:
            return "\n"
        case Raw.WORDS, _:
            return tag
    return ""


def _start(page: _Page, tag: str, detail: Detail) -> None:
    match tag:
        case "Paragraph" | "Heading" | "HtmlBlock" | "Table":
            page.blank()
        case "CodeBlock":
            page.flush()
            page.blank()
            page.in_code = True
        case "BlockQuote":
            page.blank()
            page.margins.append(_QUOTE)
        case "List":
            _start_list(page, detail)
        case "Item":
            _start_item(page)
        case "FootnoteDefinition":
            page.blank()
            page.marker = f"[{detail}] "
            page.margins.append(" " * len(page.marker))
        case "Link":
            page.links.append((len(page.words), target(detail).address))


def _start_list(page: _Page, detail: Detail) -> None:
    page.flush()
    if not page.lists:
        page.blank()
    page.lists.append(_List(int(str(detail)) if detail is not None else None))


def _start_item(page: _Page) -> None:
    page.marker = page.lists[-1].marker()
    page.margins.append(" " * len(page.marker))


def _end(page: _Page, tag: str) -> None:
    match tag:
        case "Paragraph" | "Heading":
            page.flush()
        case "HtmlBlock":
            page.words = [without_comments("".join(page.words))]
            page.flush()
        case "TableRow" | "TableHead":
            page.words.pop()
            page.flush()
        case "CodeBlock":
            page.in_code = False
        case "BlockQuote":
            page.flush()
            page.margins.pop()
        case "Item" | "FootnoteDefinition":
            page.flush()
            page.margins.pop()
            page.marker = ""
        case "List":
            page.lists.pop()
            if not page.lists:
                page.blank()
        case "TableCell":
            page.words.append(" | ")
        case "Link":
            _end_link(page)


def _end_link(page: _Page) -> None:
    at, address = page.links.pop()
    text = "".join(page.words[at:]).strip()
    bare = address.removeprefix("mailto:")
    if is_absolute(address) and text not in (address, bare):
        page.words.append(f" ({bare})" if text else bare)
