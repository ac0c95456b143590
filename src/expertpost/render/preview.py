"""What each place would get of a piece, as values that a terminal or a page can show. Pure."""

from dataclasses import dataclass

from expertpost.errors import Finding
from expertpost.model.post import Media


@dataclass(frozen=True, slots=True)
class Part:
    """One message: its text and its length as the service counts it. ``limit`` None: there is none."""

    text: str
    count: int
    limit: int | None
    unit: str

    @property
    def too_long(self) -> bool:
        """Whether the service would refuse it."""
        return self.limit is not None and self.count > self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one place would get. ``goes``: anything at all; where not, ``why`` says it.

    ``kind`` is ``site`` or the name of a publisher. ``parts``: the messages; of a site the Markdown after the cut;
    ``fields``: other named texts; ``media``: the pictures; ``digest``: what an approval names.
    """

    name: str
    kind: str
    readers: tuple[str, ...]
    goes: bool
    why: str = ""
    parts: tuple[Part, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    media: tuple[Media, ...] = ()
    link: str = ""
    digest: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """One piece at every place."""

    title: str
    slug: str
    path: str
    audience: tuple[str, ...]
    views: tuple[View, ...]
