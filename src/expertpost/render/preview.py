"""What each place would get of a piece, as values that a terminal or a page can show. Pure."""

import json
from dataclasses import dataclass

from expertpost.errors import Finding
from expertpost.model.canonical import Json
from expertpost.model.post import THUMBNAIL, Media
from expertpost.render.social import Words


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

    @property
    def thumbnail(self) -> Words | None:
        """What stands on the social card that goes along, None where none does."""
        try:
            lines: Json = json.loads(dict(self.fields).get(THUMBNAIL, "null"))
        except ValueError:
            return None
        return Words(*map(str, lines)) if isinstance(lines, list) and len(lines) == len(Words._fields) else None


@dataclass(frozen=True, slots=True)
class Preview:
    """One piece at every place."""

    title: str
    slug: str
    path: str
    audience: tuple[str, ...]
    views: tuple[View, ...]
