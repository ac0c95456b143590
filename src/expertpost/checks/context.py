"""What a check gets to see: one piece, and what it needs to know of all the others. No check reads a file."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from expertpost.errors import Finding, Severity
from expertpost.model.config import Config
from expertpost.model.draft import RawDraft
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.render.cut import Block, UnclosedBlock, blocks
from expertpost.render.markdown import Link, links


@dataclass(frozen=True, slots=True)
class Beside:
    """A file in a piece's own folder. ``name``: relative to that folder; ``size`` in bytes.

    ``trouble``: why it cannot be taken, "" where it can; ``read`` gives its bytes.
    """

    name: str
    size: int
    trouble: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """All pieces and files of the workspace.

    ``audience_of``: path → audience, for every text under ``drafts/`` (None where it is no valid piece). ``files``: the
    paths of all other files there, to be asked for with ``in``. ``by_id``, ``by_slug``, ``by_path``, ``by_name``: the
    paths that have an id, a slug, a path or a last part of a path; the last three folded (letter case and ways of
    writing ignored). ``kept``: id or folded slug → the path that had it first, by the shared main; only for what
    several have.
    """

    audience_of: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    files: Container[str] = frozenset()
    by_id: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_slug: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


def _no_template(_kind: str) -> str:
    return ""


@dataclass(frozen=True)
class Context:
    """One piece under check. ``piece`` is None where its front matter is wrong; the body is checked all the same.

    ``slug``: its folded slug; ``template``: the text of the template of a kind.
    """

    raw: RawDraft
    piece: Piece | None
    config: Config
    people: People = field(default_factory=People)
    neighbours: Neighbours = field(default_factory=Neighbours)
    beside: tuple[Beside, ...] = ()
    slug: str = ""
    template: Callable[[str], str] = _no_template

    @property
    def path(self) -> str:
        """Where the piece lies, relative to the workspace."""
        return self.raw.path

    @property
    def folder(self) -> str:
        """The folder it lies in."""
        return self.raw.path.rpartition("/")[0]

    @property
    def has_own_folder(self) -> bool:
        """Whether it is an ``index.md``, so that the files beside it belong to it."""
        return self.raw.path.endswith("/index.md")

    @cached_property
    def names_beside(self) -> frozenset[str]:
        """The names of the files in its own folder."""
        return frozenset(beside.name for beside in self.beside)

    @cached_property
    def body(self) -> str:
        """The Markdown text with LF line ends."""
        return self.raw.body.replace("\r\n", "\n")

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link and picture of the body; lines count from 1 in the body."""
        return links(self.body) if "]" in self.body or "<" in self.body else ()

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The audience blocks of the body; none where they cannot be decided."""
        try:
            return blocks(self.body) if ":::" in self.body else ()
        except UnclosedBlock:
            return ()

    def text(self, key: str) -> str:
        """A text of the front matter as written, "" where there is none."""
        value = self.raw.values.get(key)
        return value if isinstance(value, str) else ""

    def found(
        self, line: int, code: str, what: str, cure: str, severity: Severity = Severity.ERROR, *, key: str = ""
    ) -> Finding:
        """A finding at a line of the body (from 1), at a key of the front matter, or (0) about the whole file."""
        in_body = self.raw.body_line + line - 1 if line else 0
        place = self.raw.lines.get(key, 1) if key else in_body
        return Finding(self.path, place, code, what, cure, severity)


Check: TypeAlias = Callable[[Context], Iterable[Finding]]
"""Looks at one piece and tells what is wrong. Pure: no clock, no file, no network."""
