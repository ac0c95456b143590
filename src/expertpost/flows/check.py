"""``check``: every problem of the pieces at once, by the same functions for the expert, the reviewer and CI."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path, PurePosixPath

from expertpost.checks.context import Beside, Check, Context, Neighbours
from expertpost.checks.registry import installed
from expertpost.errors import Exit, Failure, Finding, Severity, errors_among
from expertpost.flows import refs
from expertpost.flows.addresses import resolved
from expertpost.flows.context import World
from expertpost.flows.neighbours import neighbours_of, neighbours_on
from expertpost.flows.pace import told
from expertpost.model.channel import Channel
from expertpost.model.draft import RawDraft, nearest
from expertpost.model.identity import folded
from expertpost.model.outcome import Unsure
from expertpost.model.piece import Piece
from expertpost.model.policy import adopted
from expertpost.publishers.base import guarded
from expertpost.store import events
from expertpost.store.files import MAX_ASSET, Unreadable
from expertpost.store.pieces import DRAFTS, Listing, Loaded, listing
from expertpost.store.roll import Roll, on_disk
from expertpost.store.templates import packaged
from expertpost.store.witness import seen_on
from expertpost.store.workspace import State, Workspace, find


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found, sorted by place; ``pieces``: how many files were looked at."""

    findings: tuple[Finding, ...]
    pieces: int

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a piece."""
        return errors_among(self.findings)


def check(world: World, wanted: Sequence[str] = (), channel: str = "") -> Report:
    """Check the pieces that the refs name on the disk, or all of them and ``people/``.

    ``channel``: what is asked about is only this one. Raises Failure (XP-REF-NONE, XP-REF-MANY, XP-CHANNEL) and what
    stops every verb: no workspace, a broken ``expertpost.toml``.
    """
    workspace = find(world.here, world.env)
    channels = _channels(workspace, channel)
    state = workspace.here
    sorted_out = listing(state.files)
    if wanted:
        every: Sequence[Loaded] | Roll = (roll := on_disk(workspace.git, workspace.root))
        asked = [_named(ref, world, workspace, sorted_out) for ref in wanted]
        chosen = tuple(state.loaded([refs.on_roll(ref, roll, workspace.root).path for ref in asked]))
    else:
        every = chosen = tuple(told(world, "read", state.loaded(), sorted_out.texts))
    found = inspect(world, workspace, state, chosen, every, channels, named=bool(channel))
    more = () if wanted else state.listed[1]
    return Report(tuple(sorted({*found, *more})), len(chosen))


def inspect(
    world: World,
    workspace: Workspace,
    state: State,
    chosen: Sequence[Loaded],
    every: Sequence[Loaded] | Roll,
    channels: Sequence[Channel],
    *,
    named: bool = False,
) -> Iterator[Finding]:
    """Every finding in the ``chosen`` pieces of one state, in which ``every`` piece lies. Reads, and changes nothing.

    ``named``: somebody asked for these channels, so it is told when a piece never goes there.
    """
    room = _Room(workspace, state, every, world.now())
    checks = installed()
    for loaded in told(world, "checked", chosen, chosen):
        yield from loaded.findings
        if loaded.raw is None:
            continue
        context = room.context(loaded, loaded.raw)
        for name, one in checks:
            yield from _checked(name, one, context)
        if channels and loaded.piece and loaded.piece.digest not in room.adopted.get(loaded.piece.id, ()):
            for channel in channels:
                yield from _fit(state, loaded.piece, channel, named=named)


@dataclass(frozen=True)
class _Room:
    """What all checks of one run share."""

    workspace: Workspace
    state: State
    every: Sequence[Loaded] | Roll
    now: datetime
    _templates: dict[str, str] = field(default_factory=dict)

    @cached_property
    def listed(self) -> Listing:
        return listing(self.state.files)

    @cached_property
    def adopted(self) -> Mapping[str, frozenset[str]]:
        """What was adopted as published: it goes to no channel, so nothing has to fit."""
        config, people = self.state.config, self.state.listed[0]
        hub = self.workspace.hub
        return adopted(config, people, events.read(hub, people, seen_on(hub, self.now), config.id, only=()))

    @cached_property
    def neighbours(self) -> Neighbours:
        """All pieces and files of the state."""
        if isinstance(self.every, Roll):
            return neighbours_on(self.every, self.state.files, self.state.config, self._merged)
        paths = [entry.path for entry in self.state.files.below(DRAFTS)]
        return neighbours_of(self.every, paths, self.state.config, self._merged)

    def _merged(self, paths: list[str]) -> Iterable[Loaded]:
        main = self.workspace.merged()
        return main.loaded(paths) if main else ()

    def context(self, loaded: Loaded, raw: RawDraft) -> Context:
        """What the checks get to see of one piece."""
        return Context(
            raw=raw,
            piece=loaded.piece,
            config=self.state.config,
            people=self.state.listed[0],
            neighbours=self.neighbours,
            beside=tuple(self._beside(loaded)),
            slug=folded(refs.slug_of(loaded)),
            template=self.template,
        )

    def _beside(self, loaded: Loaded) -> Iterator[Beside]:
        home = str(PurePosixPath(loaded.path).parent)
        inside = self.listed.assets.get(home, ()) if loaded.path.endswith("/index.md") else ()
        good = {asset.name for asset in loaded.piece.assets} if loaded.piece else set()
        for entry in inside:
            name = entry.path.removeprefix(f"{home}/")
            trouble = "" if name in good else self._trouble(entry.path)
            yield Beside(name, entry.size, trouble, partial(self._content, entry.path))

    def _trouble(self, path: str) -> str:
        """Why a file cannot be taken, "" where it can."""
        try:
            return "" if self.state.files.read(path, MAX_ASSET) is not None else "it is gone"
        except Unreadable as wrong:
            return wrong.why

    def _content(self, path: str) -> bytes:
        return self.state.files.read(path, MAX_ASSET) or b""

    def template(self, kind: str) -> str:
        """The template of a kind, as the workspace has it or as it is packaged; "" where there is none."""
        if kind not in self._templates:
            self._templates[kind] = self._template(kind) if kind.isalpha() else ""
        return self._templates[kind]

    def _template(self, kind: str) -> str:
        try:
            own = self.state.text(f"templates/{kind}.md.j2")
            return packaged(f"{kind}.md.j2") if own is None else own
        except (OSError, Unreadable):
            return ""


def _channels(workspace: Workspace, name: str) -> tuple[Channel, ...]:
    """The channels that are asked about. Raises Failure XP-CHANNEL."""
    channels = workspace.here.config.channels
    if name and name not in channels:
        what = f"there is no channel {name[:60]!r}"
        raise Failure("XP-CHANNEL", what, nearest(name, channels), exit_code=Exit.USAGE)
    return (channels[name],) if name else tuple(channels.values())


def _named(ref: str, world: World, workspace: Workspace, listed: Listing) -> str:
    """A path as the person sees it from where they stand, relative to the workspace; any other ref as it stands.

    A file beside a piece stands for that piece: a hook for commits names those too.
    """
    ref = resolved(ref, workspace, world)
    root = workspace.root
    whole = Path(os.path.normpath(world.here / ref))
    if not whole.is_relative_to(root) or not (whole.is_file() or (whole / "index.md").is_file()):
        return ref
    path = whole.relative_to(root).as_posix()
    home = next((str(up) for up in PurePosixPath(path).parents if str(up) in listed.assets), "")
    is_beside = bool(home) and any(entry.path == path for entry in listed.assets[home])
    return f"{home}/index.md" if is_beside else path


def _checked(name: str, one: Check, context: Context) -> tuple[Finding, ...]:
    """What one check finds; one that breaks is itself a finding, and the others go on."""
    found = guarded(lambda: tuple(one(context)))
    if isinstance(found, Unsure):
        what = f"the check {name} broke: {found.reason.partition(': ')[2][:200]}"
        return (context.found(0, "XP-CHECK-BROKEN", what, "ask those who make it; all others were done"),)
    return found


def _fit(state: State, piece: Piece, channel: Channel, *, named: bool) -> tuple[Finding, ...]:
    """What keeps a piece from a channel that may get it, counted as the channel counts."""
    # Loaded only where there are channels.
    from expertpost.flows.places import kept_safe
    from expertpost.flows.posts import offer

    made = kept_safe(partial(offer, state.config, state.listed[0], piece, channel))
    if isinstance(made, Failure):
        return (Finding(piece.path, 0, made.code, f"{channel.name}: {made.what}", made.cure),)
    if made.reason is None or not named:
        return made.findings
    cure = "change the audience or the channels of the piece, if it shall go there"
    return (Finding(piece.path, 0, "XP-FIT-NEVER", made.reason.says, cure, Severity.WARNING),)
