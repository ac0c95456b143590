"""Who sees what: audience blocks that cannot be decided, and links that some readers cannot follow."""

from collections.abc import Iterator
from typing import TypeAlias

from expertpost.checks.context import Context
from expertpost.errors import Finding, Severity
from expertpost.model.draft import nearest
from expertpost.model.piece import Piece
from expertpost.render.cut import UnclosedBlock, blocks, cut
from expertpost.render.linked import linked

_Readers: TypeAlias = tuple[str, ...]


def undecided_blocks(context: Context) -> Iterator[Finding]:
    """A block that is never closed, that closes nothing, or that names an audience nobody knows."""
    if ":::" not in context.body:
        return
    known = context.config.audiences.named
    try:
        for block in blocks(context.body):
            for name in block.audience:
                if name not in known:
                    what = f"the block is for {name[:40]!r}, an audience that nobody knows: it is shown to nobody"
                    yield context.found(block.line, "XP-BLOCK-AUDIENCE", what, nearest(name, known))
        if context.piece:
            for readers in _readers(context, context.piece):
                cut(context.body, readers, context.piece.front.audience, context.config.audiences)
    except UnclosedBlock as wrong:
        cure = "write ::: colleagues above and ::: below the words, each on a line of its own"
        yield context.found(wrong.line, "XP-BLOCK", wrong.says, cure)


def _readers(context: Context, piece: Piece) -> tuple[_Readers, ...]:
    """Every set of readers that may see the piece: its audiences one by one, and those of sites and channels."""
    config = context.config
    sites = (site.readers for site in config.sites.values())
    channels = (channel.readers for channel in config.channels.values())
    every = dict.fromkeys([*((name,) for name in piece.front.audience), *sites, *channels])
    return tuple(readers for readers in every if config.audiences.may_read(readers, piece.front.audience))


def links_to_narrower(context: Context) -> Iterator[Finding]:
    """Links to pieces that some of those who see the link may not read."""
    piece, near = context.piece, context.neighbours.audience_of
    if piece is None or not context.links:
        return
    may_read = context.config.audiences.may_read
    every = _readers(context, piece)
    for link, seen_by in zip(context.links, _seen_by(context, every), strict=True):
        target = linked(context.path, link.destination, near)
        audience = near.get(target)
        if not audience or audience == piece.front.audience:
            continue
        left_out = [readers for readers in seen_by if not may_read(readers, audience)]
        if left_out:
            who = ", ".join(sorted({name for readers in left_out for name in readers}))
            what = f"{who} see this link, but may not read {target}: they get its words only"
            cure = "put the link into a block for those who may, or link to something for everybody"
            yield context.found(link.line, "XP-LINK-NARROWER", what, cure, Severity.WARNING)


def _seen_by(context: Context, every: tuple[_Readers, ...]) -> Iterator[tuple[_Readers, ...]]:
    """For each link those sets of readers that its audience blocks show it to."""
    may_read = context.config.audiences.may_read
    waiting = list(reversed(context.blocks))
    around: list[tuple[int, tuple[_Readers, ...]]] = []
    for link in context.links:
        while waiting and waiting[-1].line <= link.line:
            block = waiting.pop()
            outside = _open(around, block.line, every)
            around.append((block.end_line, tuple(each for each in outside if may_read(each, block.audience))))
        yield _open(around, link.line, every)


def _open(
    around: list[tuple[int, tuple[_Readers, ...]]], line: int, every: tuple[_Readers, ...]
) -> tuple[_Readers, ...]:
    """Who sees a line: the blocks that end before it are left behind."""
    while around and around[-1][0] < line:
        around.pop()
    return around[-1][1] if around else every
