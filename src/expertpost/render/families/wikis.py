"""Articles for wikis, made from our own safe HTML: Confluence's storage format, and wikitext for MediaWiki."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

from expertpost.render.cut import local_name
from expertpost.render.families.article import article_html
from expertpost.render.markdown import only_absolute
from expertpost.render.shown import Shown
from expertpost.render.tags import value_to_html

_TAG = re.compile(r"(<[^<>]*>)")
_BOX = re.compile(r"<input [^>]*>")
_NAME = re.compile(r"</?(\w+)")
_HREF = re.compile(r'href="([^"]*)"')
_IMAGE = re.compile(r'<img src="([^"]*)"(?: title="[^"]*")? alt="([^"]*)" />')
_ATTACHED = "attached/"
_ALT = re.compile(r'alt="([^"]*)"')
_OF_HTML = frozenset(
    "b blockquote br code del div h1 h2 h3 h4 h5 h6 hr i li ol p pre sup table td th tr ul".split()  # noqa: SIM905
)
_CALLED = {"em": "i", "strong": "b"}
# Everything that begins something in wikitext: links, templates, styles, signatures, tables, magic words, headings,
# lists; line ends, behind which lists and code begin; and the space in "RFC 1", which would become a link.
_MARKUP = re.compile(r"[&<>\[\]{}'|~_=*#:;!\\-]|(?<=RFC) |(?<=PMID) |(?<=ISBN) |//")


def article_storage(shown: Shown, files: Mapping[str, str]) -> str:
    """The article as Confluence's storage format, which is XHTML; a box to tick is two brackets.

    ``files``: how the pictures beside the piece are called where they are attached to the page. The cover comes first.
    """
    cover = files.get(shown.front.cover)
    front = f"<p>{_image(_ATTACHED + cover, value_to_html(shown.front.cover_alt))}</p>\n" if cover else ""

    def picture(wanted: str) -> str:
        name = files.get(local_name(wanted))
        return f"{_ATTACHED}{name}" if name else only_absolute(wanted)

    html = _IMAGE.sub(lambda found: _image(*found.groups()), _boxed(article_html(shown, picture)))
    return front + html.replace("<section", "<div").replace("</section>", "</div>")


def _image(address: str, alt: str) -> str:
    """A picture as Confluence has it: attached to the page, or elsewhere."""
    attached = address.startswith(_ATTACHED)
    name = address.removeprefix(_ATTACHED)
    place = f'<ri:attachment ri:filename="{name}" />' if attached else f'<ri:url ri:value="{address}" />'
    return f'<ac:image ac:alt="{alt}">{place}</ac:image>'


def article_wikitext(shown: Shown) -> str:
    """The article as wikitext: elements that MediaWiki allows, links in brackets, and words that are only words."""
    return "".join(_wikitext(_boxed(article_html(shown)))).strip() + "\n"


def _boxed(html: str) -> str:
    return _BOX.sub(lambda box: "[x]" if " checked" in box[0] else "[ ]", html)


def _wikitext(html: str) -> Iterator[str]:
    in_code = False
    closing: list[str] = []
    for part in _TAG.split(html):
        if part.startswith(("<pre", "</pre")):
            in_code = part.startswith("<pre")
        if part.startswith("<a "):
            address = _HREF.search(part)
            outside = address is not None and address[1].startswith(("http:", "https:", "mailto:"))
            closing.append("]" if outside else "")
            yield f"[{_address(address[1])} " if outside and address else ""
        elif part == "</a>":
            yield closing.pop()
        elif part.startswith("<"):
            # Inside <pre> a wiki takes every other element for words.
            yield "" if in_code and "pre" not in part else _tag(part)
        else:
            words = _words(part)
            yield words if in_code or not part.strip() else words.replace("\n", " ")


def _tag(tag: str) -> str:
    """An element without its attributes, "" for one that MediaWiki does not take; a picture is its words."""
    if alt := _ALT.search(tag):
        return _words(alt[1])
    found = _NAME.match(tag)
    name = _CALLED.get(found[1], found[1]) if found else ""
    if name not in _OF_HTML:
        return ""
    return f"</{name}>" if tag.startswith("</") else f"<{name} />" if tag.endswith("/>") else f"<{name}>"


def _address(address: str) -> str:
    """An address as it may stand between brackets."""
    return re.sub(r"[\[\]{}'|<>\"\s]", lambda found: f"%{ord(found[0]):02X}", unescape(address))


def _words(html: str) -> str:
    """Words, every character that could mean something as a number."""
    return _MARKUP.sub(_entity, unescape(html))


def _entity(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in found[0])
