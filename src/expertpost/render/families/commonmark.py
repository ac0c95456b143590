"""CommonMark again, from the parser's steps: for services and sites that read Markdown with a parser of their own.

Whatever the author wrote, the result holds no raw HTML, no address that is not allowed, and no character that another
parser could take for markup where ours saw a word.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from expertpost.render.events import Detail, Raw, RawTags, Step, safe_address, steps, target, without_comments
from expertpost.render.families.escaped import backslash, escaped, escaped_lines

_TAG = re.compile(r"(<[^<>]*>)")
_LANGUAGE = re.compile(r"[\w+#.-]+")
_TITLE = re.compile(r"[\\\"&<{`\[\]]")
_BREAK = "\\\n"
_SIDES = {"Left": ":--", "Center": ":-:", "Right": "--:"}


@dataclass(slots=True)
class _Element:
    """An open element: the blocks that it holds already, and the words of the one being written."""

    tag: str = ""
    detail: Detail = None
    blocks: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    loose: bool = False

    def flush(self) -> None:
        """End the open paragraph; a line break at its end breaks nothing."""
        while self.words and self.words[-1] in (_BREAK, "\n"):
            self.words.pop()
        text = "\n".join(line.strip(" ") for line in "".join(self.words).strip().split("\n"))
        self.words = []
        if text:
            self.blocks.append(escaped_lines(text))


def to_markdown(body: str, *, address: Callable[[str], str]) -> str:
    """The body as CommonMark with tables, footnotes, task lists and strikethrough; it reads as ``to_html`` shows it.

    ``address`` gives the address to write for each link and image; where it answers "" or the address is refused, the
    words stand without one.
    """
    writer = _Writer(address)
    for step in steps(body):
        writer.take(step)
    writer.here.flush()
    return "\n\n".join(writer.here.blocks) + "\n"


class _Writer:
    """One document being written.

    ``open`` are the elements around the next step, the document itself first; ``around`` counts them by their tags.
    """

    def __init__(self, address: Callable[[str], str]) -> None:
        self.address = address
        self.open = [_Element()]
        self.around: dict[str, int] = {}
        self.raw_tags = RawTags()
        self.notes: dict[str, int] = {}

    @property
    def here(self) -> _Element:
        """The innermost open element."""
        return self.open[-1]

    def take(self, step: Step) -> None:
        """Write one step."""
        what, tag, detail = step
        match what:
            case "Start":
                if tag in _BLOCKS:
                    self.here.flush()
                self.open.append(_Element(tag, detail))
                self.around[tag] = self.around.get(tag, 0) + 1
            case "End":
                self.around[tag] -= 1
                _ENDS.get(tag, _Writer._end_nothing)(self, self.open.pop())
            case "Text":
                self.here.words.append(self._text(str(detail)))
            case "Code":
                self.here.words.append(self._code(str(detail)))
            case "SoftBreak" if self.here.words[-1:] != [_BREAK]:
                self.here.words.append("\n" if self._may_break() else " ")
            case "HardBreak":
                self._break()
            case "Html":
                self.here.words.append(str(detail))
            case "InlineHtml":
                self._raw(str(detail))
            case "FootnoteReference":
                self.here.words.append(f"[^{self._note(str(detail))}]")
            case "TaskListMarker":
                self.here.words.append("[x] " if detail else "[ ] ")
            case "Rule":
                self.here.flush()
                self.here.blocks.append("___")

    def _inside(self, tag: str) -> bool:
        return self.around.get(tag, 0) > 0

    def _may_break(self) -> bool:
        return not any(self._inside(tag) for tag in ("Heading", "TableCell", "Image"))

    def _break(self) -> None:
        self.here.words.append(_BREAK if self._may_break() else " ")

    def _text(self, text: str) -> str:
        if self._inside("CodeBlock") or self._inside("Image"):
            return text
        return escaped(text.replace("\n", " "))

    def _code(self, text: str) -> str:
        if self._inside("Image"):
            return text
        fence = _fence(text, 1)
        inside = text.replace("|", "\\|") if self._inside("TableCell") else text
        blank = text.strip() and (text[0] == text[-1] == " " or "`" in (text[0], text[-1]))
        return f"{fence} {inside} {fence}" if blank else f"{fence}{inside}{fence}"

    def _raw(self, tag: str) -> None:
        match self.raw_tags.read(tag):
            case Raw.BREAK, _:
                self._break()
            case Raw.WORDS, _:
                self.here.words.append(self._text(tag))

    def _note(self, name: str) -> int:
        return self.notes.setdefault(name, len(self.notes) + 1)

    def _address(self, detail: Detail) -> tuple[str, str]:
        """Where a link or image leads and the title behind it, as they stand in the parentheses; "" for nowhere."""
        wanted = target(detail)
        found = safe_address(self.address(wanted.address)).replace("&", "&amp;")
        title = f' "{_TITLE.sub(backslash, " ".join(wanted.title.split()))}"' if wanted.title else ""
        return (f"<{found}>" if re.search(r"[()]", found) else found), title

    def _add(self, block: str) -> None:
        self.here.blocks.append(block)

    def _end_nothing(self, ended: _Element) -> None:
        """An element that has no mark of its own: its words belong to what is around it."""
        self.here.words.extend(ended.words)

    def _end_paragraph(self, ended: _Element) -> None:
        ended.flush()
        self.here.blocks.extend(ended.blocks)
        self.here.loose = True

    def _end_heading(self, ended: _Element) -> None:
        text = re.sub(r"#+$", lambda found: "\\#" * len(found[0]), "".join(ended.words).strip())
        level = int(str(ended.detail["level"])[1]) if isinstance(ended.detail, Mapping) else 1
        self._add(f"{'#' * level} {text}".rstrip())

    def _end_quote(self, ended: _Element) -> None:
        ended.flush()
        kind = [f"[!{str(ended.detail).upper()}]"] if ended.detail else []
        lines = [*kind, *"\n\n".join(ended.blocks).split("\n")]
        self._add("\n".join(f"> {line}".rstrip() for line in lines))

    def _end_list(self, ended: _Element) -> None:
        # Two lists in a row are two because their markers differ.
        before = self.here.blocks[-1] if self.here.blocks else ""
        bullet, dot = "*" if before.startswith("- ") else "-", ")" if re.match(r"\d+\. ", before) else "."
        first = int(str(ended.detail)) if ended.detail is not None else 0
        items = []
        for number, item in enumerate(ended.blocks, first):
            marker = f"{bullet} " if ended.detail is None else f"{number}{dot} "
            items.append((marker + _indented(item, len(marker))).rstrip())
        self._add(("\n\n" if ended.loose else "\n").join(items))

    def _end_item(self, ended: _Element) -> None:
        ended.flush()
        loose = ended.loose or any("\n| --" in block for block in ended.blocks)
        self.here.loose |= loose
        self._add(("\n\n" if loose else "\n").join(ended.blocks))

    def _end_code(self, ended: _Element) -> None:
        text = "".join(ended.words).removesuffix("\n")
        info = str(ended.detail.get("Fenced", "")) if isinstance(ended.detail, Mapping) else ""
        language = _LANGUAGE.match(info)
        fence = _fence(text, 3)
        self._add(f"{fence}{language[0] if language else ''}\n{text}\n{fence}" if text else f"{fence}\n{fence}")

    def _end_html(self, ended: _Element) -> None:
        raw = without_comments("".join(ended.words)).strip()
        paragraph = _Element("Paragraph")
        self.open.append(paragraph)
        for piece in _TAG.split(raw):
            if piece.startswith("<"):
                self._raw(piece)
            else:
                paragraph.words.extend(f"{escaped(line)}\n" for line in piece.split("\n"))
                paragraph.words[-1] = paragraph.words[-1].removesuffix("\n")
        self._end_paragraph(self.open.pop())

    def _end_table(self, ended: _Element) -> None:
        head, *rows = ended.blocks
        sides = ended.detail if isinstance(ended.detail, tuple) else ()
        line = "| " + " | ".join(_SIDES.get(str(side), "---") for side in sides) + " |"
        self._add("\n".join((head, line, *rows)))

    def _end_row(self, ended: _Element) -> None:
        self._add("| " + " | ".join(ended.blocks) + " |")

    def _end_cell(self, ended: _Element) -> None:
        self._add("".join(ended.words).strip())

    def _end_note(self, ended: _Element) -> None:
        ended.flush()
        self._add(f"[^{self._note(str(ended.detail))}]: " + _indented("\n\n".join(ended.blocks), 4))

    def _end_emphasis(self, ended: _Element) -> None:
        self._marked(ended, "_" if self._inside("Emphasis") or self._after_star() else "*")

    def _end_strong(self, ended: _Element) -> None:
        self._marked(ended, "__" if self._inside("Strong") or self._after_star() else "**")

    def _end_strikethrough(self, ended: _Element) -> None:
        self._marked(ended, "~~")

    def _after_star(self) -> bool:
        return bool(self.here.words) and self.here.words[-1][-1:] == "*"

    def _marked(self, ended: _Element, mark: str) -> None:
        words = "".join(ended.words)
        plain = self._inside("Image") or not words.strip()
        self.here.words.append(words if plain else f"{mark}{words}{mark}")

    def _end_link(self, ended: _Element) -> None:
        words = "".join(ended.words)
        where, title = self._address(ended.detail)
        linked = where and not self._inside("Image")
        self.here.words.append(f"[{words}]({where}{title})" if linked else words)

    def _end_image(self, ended: _Element) -> None:
        alt = " ".join("".join(ended.words).split())
        where, title = self._address(ended.detail)
        if self._inside("Image"):
            self.here.words.append(alt)
        else:
            self.here.words.append(f"![{escaped(alt)}]({where}{title})" if where else escaped(alt))


_ENDS: dict[str, Callable[[_Writer, _Element], None]] = {
    "Paragraph": _Writer._end_paragraph,
    "Heading": _Writer._end_heading,
    "BlockQuote": _Writer._end_quote,
    "List": _Writer._end_list,
    "Item": _Writer._end_item,
    "CodeBlock": _Writer._end_code,
    "HtmlBlock": _Writer._end_html,
    "Table": _Writer._end_table,
    "TableHead": _Writer._end_row,
    "TableRow": _Writer._end_row,
    "TableCell": _Writer._end_cell,
    "FootnoteDefinition": _Writer._end_note,
    "Emphasis": _Writer._end_emphasis,
    "Strong": _Writer._end_strong,
    "Strikethrough": _Writer._end_strikethrough,
    "Link": _Writer._end_link,
    "Image": _Writer._end_image,
}
_BLOCKS = frozenset(_ENDS) - {"Emphasis", "Strong", "Strikethrough", "Link", "Image", "TableCell"}


def _fence(text: str, least: int) -> str:
    """Backticks, more than any run of them inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(least, longest + 1)


def _indented(text: str, spaces: int) -> str:
    """The text with all lines but the first moved to the right."""
    return re.sub(r"\n(?!\n|$)", "\n" + " " * spaces, text)
