"""What every channel would get of a piece: the one function behind preview, check, approve and publish."""

from dataclasses import dataclass, replace

from expertpost.errors import Failure, Finding, Severity, errors_among
from expertpost.model.channel import Channel
from expertpost.model.config import Config
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason, reaches
from expertpost.model.post import Post, longest
from expertpost.publishers import registry
from expertpost.publishers import settings as judged
from expertpost.publishers.base import Publisher
from expertpost.render.bare import BARE
from expertpost.render.cut import UnclosedBlock
from expertpost.render.pictures import is_picture
from expertpost.render.shown import Shown, show
from expertpost.render.social import Words


@dataclass(frozen=True, slots=True)
class Offer:
    """What one channel would get of one piece.

    ``reason``: why it never goes there (then ``post`` is None). ``findings``: what stops or troubles it there.
    """

    channel: Channel
    publisher: type[Publisher[object]] | None = None
    settings: object | None = None
    post: Post | None = None
    reason: Reason | None = None
    findings: tuple[Finding, ...] = ()


def names_of(people: People, piece: Piece) -> dict[str, str]:
    """Each author as written → the name to show."""
    found = {}
    for author in piece.front.authors:
        person = people.by_handle(people.handle_of(author) or "")
        found[author] = person.name if person else author
    return found


def offers(config: Config, people: People, piece: Piece) -> tuple[Offer, ...]:
    """Every configured channel's unbound post for this piece, or the reason why it gets none, in configured order."""
    return tuple(offer(config, people, piece, channel) for channel in config.channels.values())


def offer(config: Config, people: People, piece: Piece, channel: Channel) -> Offer:
    """One channel's unbound post for this piece, or the reason why it gets none."""
    reason = reaches(config, piece, channel.name, channel.readers)
    if reason:
        return Offer(channel, reason=reason)
    try:
        publisher = registry.publisher(channel.publisher)
    except Failure as unknown:
        finding = Finding("expertpost.toml", channel.line, unknown.code, unknown.what, unknown.cure)
        return Offer(channel, findings=(finding,))
    settings, findings = judged.read(publisher, channel)
    if settings is None or errors_among(findings):
        return Offer(channel, publisher, findings=findings)
    try:
        shown = show(
            piece,
            channel.readers,
            config.audiences,
            names_of(people, piece),
            channel=channel.name,
            has_page=has_page(config, piece, channel),
            template=config.templates.get(_template(config, channel), ""),
        )
    except UnclosedBlock as wrong:
        what, cure = "an audience block is never closed", "put ::: on a line of its own after it"
        line = piece.body_line + wrong.line - 1
        return Offer(channel, publisher, settings, findings=(Finding(piece.path, line, "XP-BLOCK", what, cure),))
    try:
        post = publisher.render(replace(shown, card=_card(config, piece, shown)), settings)
    except Failure as wrong:
        where = f"templates/post/{_template(config, channel)}.j2"
        return Offer(channel, publisher, settings, findings=(Finding(where, 1, wrong.code, wrong.what, wrong.cure),))
    return Offer(
        channel, publisher, settings, post, findings=(*findings, *_fit(piece, channel, publisher, settings, post))
    )


def _card(config: Config, piece: Piece, shown: Shown) -> Words | None:
    """What stands on the social card that the piece has on the site where these readers find its page."""
    site = config.sites.get(page_site(config, piece, shown.readers))
    if site is None or not (site.cards and site.base_url) or (shown.assets and is_picture(shown.front.cover)):
        return None
    names = (name if name != author else name.partition("@")[0] for author, name in shown.authors.items())
    return Words(shown.front.title, ", ".join(names), site.title or config.name)


def _template(config: Config, channel: Channel) -> str:
    """The name of the template of its posts: the channel's own, or its publisher's."""
    return channel.name if channel.name in config.templates else channel.publisher


def _fit(
    piece: Piece, channel: Channel, publisher: type[Publisher[object]], settings: object, post: Post
) -> tuple[Finding, ...]:
    """What exceeds the service's limits, counted as the service counts."""
    limits = publisher.limits_by(settings)
    found = []
    for number, part in enumerate(post.parts, 1):
        length = publisher.count(longest(part))
        if limits.length is not None and length > limits.length:
            part_says = f"part {number} " if len(post.parts) > 1 else ""
            what = f"{part_says}has {length:,} {limits.unit} on {channel.name}, more than {limits.length:,}"
            found.append(
                Finding(piece.path, 1, "XP-FIT-LENGTH", what, f"shorten it, or write posts: {{{channel.name}: …}}")
            )
    if len(post.media) > limits.media:
        what = f"has {len(post.media)} pictures, {channel.name} takes {limits.media}"
        found.append(Finding(piece.path, 1, "XP-FIT-MEDIA", what, "use fewer pictures"))
    for media in post.media:
        if media.transformation not in ("", BARE) and not media.alt.strip():
            what = f"{media.source[:80]} goes to {channel.name} without a text for those who cannot see it"
            cure = "write ![what it shows](picture.png), or cover_alt for the cover"
            found.append(Finding(piece.path, 1, "XP-FIT-ALT", what, cure))
    if len(post.parts) > limits.parts:
        what = f"has {len(post.parts)} parts, {channel.name} takes {limits.parts}"
        found.append(Finding(piece.path, 1, "XP-FIT-PARTS", what, "shorten it"))
    if piece.front.thread and limits.length is not None and limits.parts == 1:
        what = f"asks for a thread, and {channel.name} gets one post"
        cure = f"leave thread out, or write posts: {{{channel.name}: …}}"
        found.append(Finding(piece.path, 1, "XP-FIT-THREAD", what, cure, Severity.WARNING))
    return tuple(found)


def page_address(config: Config, piece: Piece, readers: tuple[str, ...]) -> str:
    """Where these readers find the piece's page: on the first site that they may read and that may show it, "" if none.

    A site without a ``base_url`` has no address.
    """
    site = page_site(config, piece, readers)
    base_url = config.sites[site].base_url if site else ""
    return f"{base_url}pieces/{piece.front.slug}.html" if base_url else ""


def page_site(config: Config, piece: Piece, readers: tuple[str, ...]) -> str:
    """The name of that site, "" where there is none."""
    for site in config.sites.values():
        if config.audiences.may_read(readers, site.readers) and reaches(config, piece, site.name, site.readers) is None:
            return site.name
    return ""


def page_channel(config: Config, piece: Piece, channel: Channel) -> str:
    """The channel whose copy of the piece is the page for the readers of this one, "" where there is none.

    A site of ours comes first. Canonical channels never lead to one another: each would wait for the other.
    """
    if channel.canonical or page_address(config, piece, channel.readers):
        return ""
    for other in config.channels.values():
        may = other.canonical and config.audiences.may_read(channel.readers, other.readers)
        if may and reaches(config, piece, other.name, other.readers) is None:
            return other.name
    return ""


def has_page(config: Config, piece: Piece, channel: Channel) -> bool:
    """Whether the readers of a channel will find a page of the piece, on a site or as a copy at a channel."""
    return bool(page_address(config, piece, channel.readers) or page_channel(config, piece, channel))
