"""Where pieces become pages: read, judged, cut for the readers and written, many at a time and each text held once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from expertpost.model.channel import Site
from expertpost.model.config import Config
from expertpost.model.identity import moment_of
from expertpost.model.people import People
from expertpost.model.piece import Asset, Piece
from expertpost.model.policy import Why, reaches
from expertpost.render.bare import BARE
from expertpost.render.cut import UnclosedBlock
from expertpost.render.markdown import first_paragraph
from expertpost.render.pictures import Unfit, is_picture, transformed
from expertpost.render.served import is_harmless, is_served
from expertpost.render.shown import Shown, clean, show
from expertpost.render.social import Words, draw, drawable
from expertpost.web.cards import Card, card, slug_of
from expertpost.web.links import Resolver, file_path
from expertpost.web.pages import Face, Pages, body_html
from expertpost.web.rows import Row
from expertpost.web.standing import Facts, against, approved_at, stale_from, taken_back

SUMMARY = 240
"""Characters of the first paragraph that stand for a summary nobody wrote."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file below ``drafts/``: ``key`` tells its content, ``piece`` is None where it is not valid, ``says`` why."""

    path: str
    key: str
    piece: Piece | None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be printed: one site of one workspace.

    ``judged``: nobody asks any more whether a piece is approved and due, because that was found out before, or because
    this is a draft. ``at``: the instant of the build, in Unix seconds.
    """

    config: Config
    people: People
    site: Site
    face: Face
    templates: Path
    judged: bool = False
    at: int = 0

    def known(self) -> "Order":
        """The same order for pieces that were judged before."""
        return replace(self, judged=True)


class Press:
    """Pages of one site.

    ``files`` reads files beside the piece at a path (None for what cannot be taken), ``write`` puts a file into the
    built folder and answers whether it changed, ``there`` whether one lies there already.
    """

    def __init__(
        self,
        order: Order,
        files: Callable[[str, Sequence[Asset]], Iterable[bytes | None]],
        write: Callable[[str, bytes], bool],
        there: Callable[[str], bool],
    ) -> None:
        self._order = order
        self._files = files
        self._write = write
        self._there = there
        self._sources: dict[str, Source] = {}
        self._shown: dict[str, tuple[Shown, Card, int]] = {}
        self._authors: dict[str, Sequence[str]] = {}

    @cached_property
    def _pages(self) -> Pages:
        return Pages(self._order.face, self._order.templates)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._order.config.timezone)

    def take(self, sources: Iterable[Source]) -> frozenset[str]:
        """Read these files; the ids of the pieces in them."""
        for source in sources:
            self._sources[source.path] = source
        return frozenset(source.piece.id for source in self._sources.values() if source.piece)

    def judge(self, known: Facts, noted: Mapping[str, Row] = MappingProxyType({})) -> dict[str, Row]:
        """What the site may show of everything taken, and why not of the rest. Only what is shown is kept.

        ``noted``: what was judged before, by source path, and holds.
        """
        rows = {path: self._row(source, known, noted.get(path)) for path, source in self._sources.items()}
        self._sources.clear()
        return rows

    def _row(self, source: Source, known: Facts, noted: Row | None) -> Row:
        piece, order = source.piece, self._order
        if piece is None:
            return Row(source.key, "", "invalid", source.says, 0, (), (), None)
        reason = reaches(order.config, piece, order.site.name, order.site.readers)
        if reason is None and not order.judged:
            reason = against(order.config, order.people, piece, known, order.site.name)
        if reason:
            grave = () if order.judged else taken_back(order.config, order.people, piece, known, order.site.name)
            return Row(source.key, piece.id, reason.why.value, reason.says, _due(piece), (), grave, None)
        try:
            shown = show(piece, order.site.readers, order.config.audiences)
        except UnclosedBlock as wrong:
            says = f"line {piece.body_line + wrong.line - 1}: {wrong.says}"
            return Row(source.key, piece.id, Why.CHANGED.value, says, 0, (), (), None)
        if shown.assets:
            shown = replace(shown, assets=tuple(self._served(piece.path, shown.assets)))
        if noted and noted.card:
            self._shown[piece.path] = shown, noted.card, noted.stale
            return noted
        made = self._card(piece, shown, approved_at(order.config, order.people, piece, known))
        stale = stale_from(order.config, order.people, piece, known)
        self._shown[piece.path] = shown, made, stale
        return Row(source.key, piece.id, "", "", 0 if order.judged else _due(piece), (), (), made, stale)

    def _served(self, path: str, assets: Sequence[Asset]) -> Iterator[Asset]:
        """The files that may lie on the site; drawings and pictures are looked at first."""
        for asset in filter(lambda asset: is_served(asset.name), assets):
            looked_at = asset.name.lower().endswith((".svg", ".avif")) or is_picture(asset.name)
            content = next(iter(self._files(path, [asset]))) if looked_at else b""
            if content is not None and is_harmless(asset.name, content) and _without_notes(content) is not None:
                yield asset

    def _card(self, piece: Piece, shown: Shown, approved: datetime | None) -> Card:
        published = piece.front.publish_at or (approved or moment_of(piece.id)).astimezone(self._zone)
        updated = max(published, approved.astimezone(published.tzinfo)) if approved else published
        summary = shown.front.summary or _beginning(first_paragraph(shown.body))
        authors = tuple(self._author(name) for name in piece.front.authors)
        made = card(shown, piece.digest, authors, summary, published, updated)
        words = self._on_card(made) if self._wants_card(shown) else None
        return made._replace(social=f"{made.slug}-{words.digest}.png") if words else made

    def _wants_card(self, shown: Shown) -> bool:
        """Whether networks should be shown a card: there is an address to name it by, and no cover they could show."""
        order = self._order
        return order.site.cards and bool(order.face.base_url) and not (shown.assets and is_picture(shown.front.cover))

    def _on_card(self, made: Card) -> Words | None:
        return drawable(Words(made.title, ", ".join(name for name, _ in made.authors), self._order.face.title))

    def _draw(self, made: Card) -> bool:
        """Draw the social card of a piece where it is not there; its name says what stands on it."""
        path, words = f"pieces/{made.social}", self._on_card(made) if made.social else None
        return words is not None and not self._there(path) and self._write(path, draw(words))

    def _author(self, written: str) -> Sequence[str]:
        """The author's name as the site shows it, never a mail address, and the slug of their page."""
        if written not in self._authors:
            people = self._order.people
            person = people.by_handle(people.handle_of(written) or "")
            if person:
                found = [clean(person.name), "" if person.opt_out else person.handle]
            else:
                name = written.partition("@")[0] if "@" in written else written
                slug = slug_of(name)
                found = [clean(name), f"{slug}-2" if people.by_handle(slug) else slug]
            self._authors[written] = found
        return self._authors[written]

    def print(self, slugs: Mapping[str, str]) -> tuple[dict[str, tuple[str, ...]], int]:
        """Write the page and files of every piece kept that ``slugs`` (source path → slug) holds.

        The names its links ask for, by source path; and how many files changed.
        """
        names: dict[str, tuple[str, ...]] = {}
        changed = 0
        for path, (shown, made, stale) in self._shown.items():
            if slugs.get(path) == made.slug:
                resolver = Resolver(path, made.slug, slugs, made.assets)
                page = self._pages.piece(made, shown, resolver, stale if stale <= self._order.at else 0)
                changed += self._write(made.path, page.encode("utf-8", "replace"))
                changed += self._draw(made)
                names[path] = resolver.names()
                for asset, content in zip(shown.assets, self._files(path, shown.assets), strict=True):
                    bare = _without_notes(content)
                    changed += bare is not None and self._write(file_path(made.slug, asset.name), bare)
        return names, changed

    def texts(self, slugs: Mapping[str, str], base: str) -> dict[str, str]:
        """The whole text of each piece kept as HTML, by slug, with links that begin with ``base``."""
        return {
            made.slug: body_html(shown, Resolver(path, made.slug, slugs, made.assets, base))
            for path, (shown, made, _) in self._shown.items()
        }


def _without_notes(content: bytes | None) -> bytes | None:
    """A file as readers get it, a picture without what cameras write beside it; None for a picture that is broken."""
    try:
        return None if content is None else transformed(content, BARE)
    except Unfit:
        return None


def _due(piece: Piece) -> int:
    """From when a piece may be shown, in Unix seconds; 0 where it names no time."""
    due = piece.front.publish_at
    return int(due.timestamp()) if due else 0


def _beginning(text: str) -> str:
    if len(text) <= SUMMARY:
        return text
    from expertpost.render.fit import shorten

    return shorten(text, SUMMARY, len)
