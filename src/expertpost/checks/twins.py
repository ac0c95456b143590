"""What only one piece may have: an id, a slug, a place on everybody's disk."""

from collections.abc import Iterator

from expertpost.checks.context import Context
from expertpost.errors import Finding
from expertpost.model.identity import folded


def same_id(context: Context) -> Iterator[Finding]:
    """Two pieces with one id: most likely somebody copied a file. The one that main has keeps it."""
    id_ = context.text("id")
    others = _others(context, context.neighbours.by_id.get(id_, ()), id_)
    if id_ and others:
        what = f"the id is that of {others}"
        cure = f"take the line out, then: expertpost import {context.path}"
        yield context.found(0, "XP-ID-TWICE", what, cure, key="id")


def same_slug(context: Context) -> Iterator[Finding]:
    """Two pieces whose pages would have one address, letter case and ways of writing ignored."""
    others = _others(context, context.neighbours.by_slug.get(context.slug, ()), context.slug)
    if context.slug and others:
        what = f"its address {context.slug!r} is also that of {others}"
        yield context.found(0, "XP-SLUG-TWICE", what, "write another slug: …", key="slug")


def same_path(context: Context) -> Iterator[Finding]:
    """Two files that are one on a disk that ignores letter case or ways of writing (macOS, Windows)."""
    same = context.neighbours.by_path.get(folded(context.path), ())
    others = ", ".join(path for path in same if path != context.path)
    if others:
        yield context.found(0, "XP-PATH-TWICE", f"on many disks this file and {others} are one", "rename one of them")


def _others(context: Context, paths: tuple[str, ...], word: str) -> str:
    """The other pieces that have it, as words; "" where there is none or this piece had it first."""
    if len(paths) < 2 or context.neighbours.kept.get(word) == context.path:
        return ""
    return ", ".join(path for path in paths if path != context.path)
