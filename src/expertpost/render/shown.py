"""What one set of readers may see of a piece: the only thing that publishers and pages ever get to see."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from expertpost.model.audience import Audiences
from expertpost.model.piece import Asset, FrontMatter, Piece
from expertpost.model.post import plain
from expertpost.model.same import Same
from expertpost.render.cut import assets_named, cut
from expertpost.render.served import is_served
from expertpost.render.social import Words

_WITHOUT_CONTROLS = dict.fromkeys((*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece after the audience cut: no placeholders or control characters, only assets that the cut body still names.

    ``front`` and ``body`` are safe to show to ``readers``; ``authors`` maps each author's handle to a display name.
    ``written``: the text that the author wrote by hand for this channel, "" where there is none (those for other
    channels are left out). ``has_page``: the readers will find a page of it, so ``URL`` will have a value.
    ``template``: how the channel's posts put title and summary together, "" for one below the other.
    ``card``: what stands on the social card that its page has, None where it has none.
    """

    front: FrontMatter
    body: str
    assets: tuple[Asset, ...]
    readers: tuple[str, ...]
    authors: Mapping[str, str] = field(default_factory=dict)
    written: str = ""
    has_page: bool = False
    template: str = ""
    card: Words | None = None


def show(
    piece: Piece,
    readers: tuple[str, ...],
    audiences: Audiences,
    names: Mapping[str, str] | None = None,
    *,
    channel: str = "",
    has_page: bool = False,
    template: str = "",
) -> Shown:
    """What ``readers`` may see of ``piece``, at ``channel`` where it is one. The caller has judged readers ⊆ audience.

    Raises ``cut.UnclosedBlock`` where a block is never closed: what cannot be decided is not shown.
    """
    # Cleaned before the cut: a character that is taken away afterwards could have hidden a marker from it.
    body = cut(clean(_lines(piece.body)), readers, piece.front.audience, audiences)
    written = cut(clean(_lines(piece.front.posts.get(channel, ""))), readers, piece.front.audience, audiences)
    front = _front(Same(piece.front))
    used = assets_named(body) | assets_named(written) | {front.cover} if piece.assets else frozenset()
    assets = tuple(a for a in piece.assets if a.name in used and is_served(a.name))
    authors = {handle: clean(name) for handle, name in (names or {}).items()}
    return Shown(front, body, assets, readers, authors, written, has_page, template)


@lru_cache(maxsize=8)
def _front(same: Same[FrontMatter]) -> FrontMatter:
    """Front matter as it may be shown; all channels ask for the same one."""
    front = same.value
    return replace(
        front,
        title=clean(front.title),
        summary=clean(front.summary),
        cover_alt=clean(front.cover_alt),
        topics=tuple(clean(topic) for topic in front.topics),
        posts={},
    )


def _lines(text: str) -> str:
    """The text with one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def clean(text: str) -> str:
    """A text as it may stand anywhere: no forged placeholder, nothing that a terminal would obey."""
    # A text that is printable all over, as most single lines are, holds neither.
    return text if text.isprintable() else _cleaned(text)


@lru_cache(maxsize=8)
def _cleaned(text: str) -> str:
    """The same for a text of several lines: all channels ask for the same one."""
    return plain(text).translate(_WITHOUT_CONTROLS)
