"""What keeps a backlog from being blasted, and one text from being sent twice under two names. Pure.

Pieces are counted, never recipients: a mail to a thousand people is one piece.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from expertpost.model.config import Config
from expertpost.model.piece import Piece


@dataclass(frozen=True, slots=True)
class Load:
    """One piece at one channel. ``text``: its ``text_of``.

    ``new``: it is due and nothing of it went there before; ``out``: something did. ``let_go``: a person released it
    after it was due. ``due``: from when it may go.
    """

    channel: str
    piece: str
    slug: str
    text: str
    new: bool
    out: bool
    let_go: bool
    due: datetime | None = None


def text_of(piece: Piece, channel: str) -> str:
    """What tells two texts apart at a channel, as a digest: the post written for it, or else title and body.

    White space and letter case do not count.
    """
    front = piece.front
    words = " ".join((front.posts.get(channel) or f"{front.title}\n{piece.body}").casefold().split())
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def burst(config: Config, loads: Iterable[Load], lifted: Collection[str]) -> Mapping[tuple[str, str], str]:
    """(channel, piece) → why it is held: more new pieces are due there at once than ``burst``.

    What a person released counts, and goes. ``lifted``: channels where a person said how many may go.
    """
    new: dict[str, list[Load]] = defaultdict(list)
    for load in loads:
        if load.new and load.channel not in lifted:
            new[load.channel].append(load)
    return {
        (load.channel, load.piece): f"{len(found)} pieces are due there at once, more than burst = {limit} – "
        f"expertpost release {load.slug} --channel {name} lets this one go, "
        f"expertpost publish --channel {name} --limit N any N of them"
        for name, found in new.items()
        if len(found) > (limit := config.brakes_of(name).burst)
        for load in found
        if not load.let_go
    }


def same_text(config: Config, loads: Iterable[Load]) -> Mapping[tuple[str, str], str]:
    """(channel, piece) → why it is held: this very text went, or goes, there ``same_text`` times as other pieces."""
    alike: dict[tuple[str, str], list[Load]] = defaultdict(list)
    for load in loads:
        if load.new or load.out:
            alike[load.channel, load.text].append(load)
    held = {}
    for (name, _), found in alike.items():
        limit = config.brakes_of(name).same_text
        ordered = sorted(found, key=lambda load: (not load.out, load.due.timestamp() if load.due else 0.0, load.piece))
        for load in ordered[limit:]:
            if load.new and not load.let_go:
                says = f"it reads like {ordered[0].slug}, which goes there too – expertpost release {load.slug} "
                held[name, load.piece] = f"{says}--channel {name}, or another text"
    return held
