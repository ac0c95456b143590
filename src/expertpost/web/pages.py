"""Pages of a site from values: compiled templates of the package, everything escaped, nothing that runs."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from expertpost.render.markdown import to_html
from expertpost.render.pictures import is_picture
from expertpost.render.shown import Shown
from expertpost.web.cards import Card, slug_of
from expertpost.web.links import Resolver
from expertpost.web.lists import ListPage

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from jinja2.environment import TemplateModule
    from markupsafe import Markup

POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"
"""The Content-Security-Policy of every page: nothing runs, nothing comes from elsewhere."""

SEARCH_POLICY = POLICY.replace(
    "img-src", "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src"
)
"""That of the page to search with: it alone runs something, and only what lies on this site."""

_CONTENTS_FROM = 4
# Stands for the way to the root in what is made once; no text of an author can hold it (render.shown.clean).
_ROOT = "\ue000"
_SECTION = re.compile(r'<h2 id="([^"]*)">(.*?)</h2>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Face:
    """What every page of a site shares.

    ``base_url`` ends with "/" or is "". ``style`` is the digest of the style sheet. ``indexed``: search engines may
    list it. ``draft``: a banner says that nothing here is approved. ``search``: there is a page to search with.
    ``ask``: where readers can ask, or "".
    """

    title: str
    base_url: str = ""
    indexed: bool = False
    draft: bool = False
    style: str = ""
    search: bool = False
    ask: str = ""


class _Frame(NamedTuple):
    """The parts that all pages at one depth share, ready made: they are most of what a template would escape."""

    head: "Markup"
    links: "Markup"
    top: "Markup"
    end: "Markup"


class Pages:
    """Renders the pages of one site. ``templates``: the folder that holds them."""

    def __init__(self, face: Face, templates: Path) -> None:
        self.face = face
        self._folder = templates
        self._items: dict[str, str] = {}
        self._frame = cache(self._make_frame)
        self._authors_of = cache(self._make_authors)

    @cached_property
    def _templates(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        made = Environment(
            loader=FileSystemLoader(self._folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            keep_trailing_newline=True,
        )
        made.globals |= {"face": self.face}
        made.filters |= {"day": day, "counted": counted, "slug": slug_of, "quoted": quote}
        return made

    @cached_property
    def _parts(self) -> "TemplateModule":
        return self._templates.get_template("parts.html.j2").module

    @cached_property
    def _piece(self) -> "Template":
        return self._templates.get_template("piece.html.j2")

    def _make_frame(self, root: str, home: bool, policy: str = POLICY) -> _Frame:
        from markupsafe import Markup

        made = self._templates.get_template("frame.html.j2").module
        head = made.head(Markup(policy))  # type: ignore[attr-defined] # noqa: S704 – our own words
        return _Frame(head, made.links(root), made.top(root, home), made.end(root))  # type: ignore[attr-defined]

    def _authors(self, card: Card, root: str) -> "Markup":
        return self._authors_of(tuple((name, slug) for name, slug in card.authors), root)

    def _make_authors(self, authors: tuple[tuple[str, str], ...], root: str) -> "Markup":
        return self._parts.authors(authors, root)  # type: ignore[attr-defined, no-any-return] # a macro

    def piece(self, card: Card, shown: Shown, resolver: Resolver, stale: int = 0) -> str:
        """The page of one piece; ``resolver`` answers where its links lead.

        ``stale``: since when somebody should have looked at it, as ``Row`` has it; 0 where it is fresh.
        """
        from markupsafe import Markup

        body = body_html(shown, resolver)
        cover = resolver.picture(quote(shown.front.cover)) if shown.front.cover else ""
        return self._piece.render(
            frame=self._frame("../", False),
            path=card.path,
            card=card,
            front=shown.front,
            authors=self._authors(card, "../"),
            cover=cover,
            social=cover if is_picture(shown.front.cover) and cover else card.social,
            contents=_contents(body),
            stale=stale,
            since=day(datetime.fromtimestamp(stale, UTC).isoformat()) if stale > 1 else "",
            body=Markup(body),  # noqa: S704 – made by render.html, which lets no markup of the author's through
        )

    def list(self, page: ListPage) -> str:
        """A page of a list, an index, the first page, or the page for what is not there."""
        from markupsafe import Markup

        root = self._root(page)
        bio = to_html(page.bio, address=lambda _: "", heading_offset=2) if page.bio else ""
        return self._templates.get_template(f"{page.kind}.html.j2").render(
            frame=self._frame(root, page.kind == "home", SEARCH_POLICY if page.kind == "search" else POLICY),
            path=page.path,
            root=root,
            page=page,
            items=Markup("".join(map(self._item, page.cards)).replace(_ROOT, root)),  # noqa: S704 – our own template's
            bio=Markup(bio),  # noqa: S704 – made by render.html
        )

    def _item(self, card: Card) -> str:
        """A card as it stands in lists, made once: most stand in several, at different depths."""
        if card.slug not in self._items:
            authors = self._authors(card, _ROOT)
            self._items[card.slug] = self._parts.item(card, authors, _ROOT)  # type: ignore[attr-defined] # a macro
        return self._items[card.slug]

    def _root(self, page: ListPage) -> str:
        """What leads from a page to the root. The page for what is not there is shown under any address."""
        if page.kind == "missing":
            return urlsplit(self.face.base_url).path or "/"
        return "../" * page.path.count("/")


def body_html(shown: Shown, resolver: Resolver) -> str:
    """The body under the page's one h1: where the author starts with ``#``, everything goes one level down."""
    html = to_html(shown.body, address=resolver.link, picture=resolver.picture)
    if "<h1 id=" in html:
        html = to_html(shown.body, address=resolver.link, picture=resolver.picture, heading_offset=1)
    return html


def _contents(body: str) -> list[tuple[str, str]]:
    """The sections of a long page as (anchor, words); none for a short one."""
    if body.count("<h2 id=") < _CONTENTS_FROM:
        return []
    return [(unescape(anchor), unescape(_TAG.sub("", says))) for anchor, says in _SECTION.findall(body)]


def day(moment: str) -> str:
    """The calendar day of an RFC 3339 text as people write it: 1 December 2026."""
    return f"{int(moment[8:10])} {_MONTHS[int(moment[5:7]) - 1]} {moment[:4]}"


def counted(number: int) -> str:
    """``1 piece``, ``12 pieces``."""
    return f"{number:,} piece{'' if number == 1 else 's'}"
