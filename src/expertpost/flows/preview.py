"""``preview``: exactly what each channel and site would get of a piece, from the function that publishing uses."""

from dataclasses import dataclass, replace
from functools import partial

from expertpost.errors import Exit, Failure, Finding, Problems, errors_among
from expertpost.flows.context import World
from expertpost.flows.here import find_here
from expertpost.flows.places import kept_safe
from expertpost.flows.posts import names_of, offer, page_address
from expertpost.model.channel import Channel, Site
from expertpost.model.config import Config
from expertpost.model.draft import nearest
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.policy import reaches
from expertpost.model.post import THUMBNAIL, Media, fill, longest, placeholders_in
from expertpost.publishers.base import Publisher
from expertpost.render.cut import UnclosedBlock
from expertpost.render.pictures import Unfit, transformed
from expertpost.render.preview import Part, Preview, View
from expertpost.render.shown import show
from expertpost.render.social import draw
from expertpost.store.changes import touched
from expertpost.store.pieces import Loaded
from expertpost.store.workspace import find


@dataclass(frozen=True, slots=True)
class Glass:
    """One piece on the disk, looked at as often as somebody likes. ``only``: one place, "" for all of them."""

    world: World
    path: str
    only: str = ""

    def look(self) -> Preview:
        """What every place would get of the piece as it is now. Raises Failure XP-REF-NONE, XP-CHANNEL or Problems."""
        state = find(self.world.here, self.world.env).here
        config, people = state.config, state.listed[0]
        piece = _valid(next(iter(touched(state.files, config, [self.path]).pieces), None), self.path)
        places = _places(config)
        if self.only and self.only not in places:
            what = f"no channel or site is called {self.only!r}"
            raise Failure("XP-CHANNEL", what, nearest(self.only, places), exit_code=Exit.USAGE)
        return preview_of(config, people, piece, self.only)

    def picture(self, place: str, name: str) -> bytes | None:
        """The bytes of a picture that this place would get, None where it gets none of that name."""
        state = find(self.world.here, self.world.env).here
        loaded = next(iter(touched(state.files, state.config, [self.path]).pieces), None)
        view = next((view for view in self.look().views if view.name == place), None)
        if view and view.thumbnail and name == f"{THUMBNAIL}.png":
            return draw(view.thumbnail)
        media = next((each for each in view.media if each.source == name), None) if view else None
        if loaded is None or loaded.piece is None or media is None:
            return None
        return _as_sent(state.asset(loaded.piece, name), media)


def _as_sent(content: bytes | None, media: Media) -> bytes | None:
    """The bytes that would leave, None where none would."""
    try:
        return None if content is None else transformed(content, media.transformation)
    except Unfit:
        return None


def _places(config: Config) -> dict[str, Channel | Site]:
    return {**config.channels, **config.sites}


def preview_of(config: Config, people: People, piece: Piece, only: str = "") -> Preview:
    """What every place, or one, would get of a piece."""
    there = (place for name, place in _places(config).items() if only in ("", name))
    views = tuple(_view(config, people, piece, place) for place in there)
    return Preview(piece.front.title, piece.front.slug, piece.path, piece.front.audience, views)


def open_glass(world: World, ref: str, only: str = "") -> Glass:
    """The piece that ``ref`` names, ready to be looked at. Raises Failure XP-REF-NONE or XP-REF-MANY."""
    return Glass(world, find_here(find(world.here, world.env), ref, world).path, only)


def _valid(loaded: Loaded | None, path: str) -> Piece:
    if loaded is None:
        raise Failure("XP-REF-NONE", "the piece is gone", "look where it is: expertpost status", where=path)
    if loaded.piece is None:
        cure = "mend it; nothing can be shown before"
        raise Problems(loaded.findings, what=f"{path} is not a valid piece yet", cure=cure, exit_code=Exit.FINDINGS)
    return loaded.piece


def _view(config: Config, people: People, piece: Piece, place: Channel | Site) -> View:
    if isinstance(place, Site):
        return _of_site(config, people, piece, place)
    found = kept_safe(partial(offer, config, people, piece, place))
    if isinstance(found, Failure):
        finding = Finding("expertpost.toml", place.line, found.code, found.what, found.cure)
        return _none(place, place.publisher, "its publisher failed", (finding,))
    if found.post is None or found.publisher is None:
        why = found.reason.says if found.reason else "it cannot be rendered"
        return _none(place, place.publisher, why, found.findings)
    bad = errors_among(found.findings)
    address = place.tagged(page_address(config, piece, place.readers))
    return View(
        name=place.name,
        kind=place.publisher,
        readers=place.readers,
        goes=not bad,
        why=bad[0].what if bad else "",
        parts=tuple(_part(found.publisher, found.settings, text, address) for text in found.post.parts),
        fields=tuple((name, _shown(text, address)) for name, text in found.post.fields),
        media=found.post.media,
        link=_shown(found.post.link, address),
        digest=found.post.digest,
        findings=found.findings,
    )


def _part(publisher: type[Publisher[object]], settings: object, text: str, address: str) -> Part:
    """A message with its length: counted with the longest values that its placeholders may get, as check does."""
    limits = publisher.limits_by(settings)
    return Part(_shown(text, address), publisher.count(longest(text)), limits.length, limits.unit)


def _shown(text: str, address: str) -> str:
    """A text with its placeholders readable: the page's address where it is known, the others by name."""
    values = {name: f"«{name}»" for name in placeholders_in(text)}
    return fill(text, {**values, "url": address or "«address of the page»"})


def _none(place: Channel | Site, kind: str, why: str, findings: tuple[Finding, ...] = ()) -> View:
    return View(name=place.name, kind=kind, readers=place.readers, goes=False, why=why, findings=findings)


def _of_site(config: Config, people: People, piece: Piece, site: Site) -> View:
    """The text that a site's page would show, after the cut."""
    reason = reaches(config, piece, site.name, site.readers)
    if reason:
        return _none(site, "site", reason.says)
    try:
        shown = show(piece, site.readers, config.audiences, names_of(people, piece))
    except UnclosedBlock as wrong:
        line = piece.body_line + wrong.line - 1
        cure = "put ::: on a line of its own after it"
        finding = Finding(piece.path, line, "XP-BLOCK", "an audience block is never closed", cure)
        return _none(site, "site", finding.what, (finding,))
    media = tuple(Media(asset.name, asset.blob, "") for asset in shown.assets)
    fields = tuple(pair for pair in (("title", shown.front.title), ("summary", shown.front.summary)) if pair[1])
    body = shown.body.strip("\n")
    return View(
        name=site.name,
        kind="site",
        readers=site.readers,
        goes=True,
        parts=(Part(body, len(body), None, "characters"),),
        fields=fields,
        media=media,
        link=page_address(replace(config, sites={site.name: site}), piece, site.readers),
    )
