"""Where the links of a piece lead on one site: to pages and files that its readers may see, or nowhere."""

from collections.abc import Collection, Mapping
from posixpath import dirname, normpath
from urllib.parse import quote

from expertpost.render.cut import local_name
from expertpost.render.events import is_absolute
from expertpost.render.linked import linked, name_of
from expertpost.web.cards import Card


def file_path(slug: str, name: str) -> str:
    """Where a file beside a piece lies, below the site's root."""
    return f"pieces/{slug}/{name}"


def files_of(card: Card) -> list[str]:
    """The page of a piece, its social card, and the files that belong to it."""
    if not card.assets and not card.social:
        return [card.path]
    social = [f"pieces/{card.social}"] if card.social else []
    return [card.path, *social, *(file_path(card.slug, name) for name in card.assets)]


class Resolver:
    """Answers for one piece where a link or picture leads; "" where this site does not show it.

    ``slugs``: source path → slug of the pieces shown here; ``files``: the names beside the piece that the site serves.
    ``base`` stands before each local address: "" in a page, the address of ``pieces/`` in a feed. ``asked`` collects
    what the piece links to.
    """

    def __init__(
        self, source: str, slug: str, slugs: Mapping[str, str], files: Collection[str], base: str = ""
    ) -> None:
        self.asked: set[str] = set()
        self._source = source
        self._slug = slug
        self._slugs = slugs
        self._files = files
        self._base = base

    def link(self, destination: str) -> str:
        """The address for a link."""
        if destination.startswith("#"):
            return f"{self._base}{self._slug}.html{destination}" if self._base else destination
        if is_absolute(destination):
            return destination
        self.asked.add(destination)
        target = linked(self._source, destination, self._slugs)
        if target:
            _, mark, fragment = destination.partition("#")
            return f"{self._base}{self._slugs[target]}.html{mark}{fragment}"
        return self.picture(destination)

    def picture(self, destination: str) -> str:
        """The address for a picture: a file of this piece. Pictures of other hosts would tell them who reads."""
        name = local_name(destination)
        return f"{self._base}{quote(f'{self._slug}/{name}')}" if name in self._files else ""

    def names(self) -> tuple[str, ...]:
        """The names of the pieces that the links asked for so far may mean, as ``name_of`` gives them."""
        folders = {dirname(self._source), dirname(dirname(self._source))}
        targets = (normpath(f"{folder}/{local_name(asked)}") for asked in self.asked for folder in folders)
        return tuple(sorted({name_of(target) for target in targets}))
