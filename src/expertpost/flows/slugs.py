"""Slugs made from words of any language, and such as nobody has yet."""

import unicodedata
from collections.abc import Callable
from pathlib import PurePosixPath

from expertpost.model.identity import SLUG

MAX_SLUG = 80
_SPOKEN = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"), ("ß", "ss"))


def slug_from(words: str) -> str:
    """A slug from words of any language, at most ``MAX_SLUG`` characters, "" where no letter or digit is left."""
    from slugify import slugify

    return slugify(unicodedata.normalize("NFC", words), max_length=MAX_SLUG, replacements=_SPOKEN).strip("-")


def free_slug(words: str, path: str, free: Callable[[str], bool]) -> str:
    """A slug nobody has for the piece at ``path``: from the words, then with the folders around it, then numbered."""
    folders = [part for part in PurePosixPath(path).parent.parts[1:] if part != words]
    base = slug_from(words) or slug_from(" ".join(folders)) or "piece"
    longer = (slug_from(" ".join((*folders[-n:], words))) for n in range(1, len(folders) + 1))
    tried = [slug for slug in (base, *longer) if SLUG.fullmatch(slug)]
    return next((slug for slug in tried if free(slug)), "") or _numbered(tried[-1], free)


def _numbered(slug: str, free: Callable[[str], bool]) -> str:
    stem, number = slug[: MAX_SLUG - 7].rstrip("-"), 2
    while not free(f"{stem}-{number}"):
        number += 1
    return f"{stem}-{number}"
