"""A piece: what an expert wrote, valid by construction, with the digest that approvals name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from expertpost.model.canonical import Json, digest_of

MAX_EDITION = 1_000
"""More editions of one text nobody sends; without an end one number would keep a runner counting for ever."""


class Kind(StrEnum):
    """What sort of text a piece is; each has a template."""

    ARTICLE = "article"
    NOTE = "note"
    ANSWER = "answer"
    CASE = "case"
    ANNOUNCEMENT = "announcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The judged front matter of a piece; the names are Hugo's where the meaning is the same.

    ``publish_at`` is an aware datetime; ``timezone`` the IANA zone it was written in.
    ``channels`` is None when the piece does not narrow them. ``question``: the id of the question that it answers.
    ``unknown`` holds keys nobody here reads, in their order.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    slug: str
    kind: Kind = Kind.ARTICLE
    summary: str = ""
    audience: tuple[str, ...] = ("colleagues",)
    channels: tuple[str, ...] | None = None
    topics: tuple[str, ...] = ()
    publish_at: datetime | None = None
    timezone: str = ""
    review_by: date | None = None
    canonical_url: str = ""
    cover: str = ""
    cover_alt: str = ""
    language: str = ""
    editions: Mapping[str, int] = field(default_factory=dict)
    posts: Mapping[str, str] = field(default_factory=dict)
    thread: bool = False
    question: str = ""
    unknown: tuple[str, ...] = ()

    def read_by_us(self) -> dict[str, Json]:
        """Every key that rendering, policy or channels read, as JSON; unknown keys are left out (protocol §3).

        What came later is there only where it says something: the digests of what was approved before stay.
        """
        later: dict[str, Json] = {"question": self.question} if self.question else {}
        return {
            **later,
            "id": self.id,
            "title": self.title,
            "authors": list(self.authors),
            "slug": self.slug,
            "kind": self.kind.value,
            "summary": self.summary,
            "audience": sorted(self.audience),
            "channels": None if self.channels is None else sorted(self.channels),
            "topics": list(self.topics),
            "publish_at": self.publish_at.isoformat() if self.publish_at else None,
            "timezone": self.timezone,
            "review_by": self.review_by.isoformat() if self.review_by else None,
            "canonical_url": self.canonical_url,
            "cover": self.cover,
            "cover_alt": self.cover_alt,
            "language": self.language,
            "editions": dict(self.editions),
            "posts": dict(self.posts),
            "thread": self.thread,
        }


@dataclass(frozen=True, slots=True)
class Asset:
    """A file beside a piece. ``name`` is relative to the piece's folder; ``blob`` the git blob id of its bytes."""

    name: str
    blob: str
    size: int


@dataclass(frozen=True)
class Piece:
    """Front matter, Markdown body (LF line ends), where it lies, and the files beside it.

    ``path`` is relative to the workspace, with forward slashes. ``body_line`` is the file's line where the body begins.
    """

    front: FrontMatter
    body: str
    path: str
    assets: tuple[Asset, ...] = ()
    body_line: int = 1

    @property
    def id(self) -> str:
        """The permanent id."""
        return self.front.id

    @cached_property
    def digest(self) -> str:
        """The content digest (protocol §3): line ends and key order do not matter, nor do unknown keys or the path."""
        return digest_of(self.content)

    @property
    def content(self) -> dict[str, Json]:
        """What the digest is taken of: everything in the piece that rendering, policy or channels read."""
        return {
            "v": 1,
            "front": self.front.read_by_us(),
            "body": self.body.replace("\r\n", "\n"),
            "assets": {asset.name: asset.blob for asset in self.assets},
        }
