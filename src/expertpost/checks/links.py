"""Links that lead nowhere: relative ones, those from the root of a site, refused ones, missing headings."""

import re
from collections.abc import Iterator
from posixpath import basename, normpath, relpath
from urllib.parse import unquote

from expertpost.checks.context import Context
from expertpost.errors import Finding, Severity
from expertpost.model.identity import folded
from expertpost.render.cut import local_name
from expertpost.render.events import is_absolute, safe_address
from expertpost.render.linked import linked, name_of
from expertpost.render.markdown import Link, headings

_WARNING = Severity.WARNING
_OLD_ANCHOR = re.compile(r"<a\s+(?:name|id)\s*=\s*[\"']?([A-Za-z][\w.-]*)", re.IGNORECASE)


def leading_nowhere(context: Context) -> Iterator[Finding]:
    """Relative links to what is not there, addresses that are never linked, and those from the root of a site."""
    for link in context.links:
        if not link.is_image and not link.destination.startswith("#"):
            yield from _link(context, link)


def _link(context: Context, link: Link) -> Iterator[Finding]:
    address = link.destination
    if not address:
        what, cure = f"the link {link.text[:40]!r} has no address", "write one, or take the link away"
        yield context.found(link.line, "XP-LINK-NONE", what, cure)
    elif not safe_address(address):
        what = f"an address of this kind is never linked: {address[:60]}"
        yield context.found(
            link.line, "XP-LINK-REFUSED", what, "link with https, mailto, or to a file beside the piece"
        )
    elif address.startswith("/"):
        what = f"{address[:80]} counts from the root of a site, and ours may lie elsewhere"
        cure = "link to the piece's file, like ../pumps/seals.md, or write the whole address"
        yield context.found(link.line, "XP-LINK-ROOT", what, cure, _WARNING)
    elif not is_absolute(address) and not _is_there(context, address):
        what = f"the link to {address[:80]} leads nowhere"
        yield context.found(link.line, "XP-LINK-NONE", what, _cure(context, address))


def _is_there(context: Context, address: str) -> bool:
    name = local_name(address)
    if not name or linked(context.path, address, context.neighbours.audience_of):
        return True
    return context.has_own_folder and name in context.names_beside


def _cure(context: Context, address: str) -> str:
    """The likeliest file that was meant: the same name in other letters, or elsewhere."""
    name = local_name(address)
    target = normpath(f"{context.folder}/{name}")
    near = context.neighbours
    if target in near.files:
        return f"only the files in a piece's own folder go along: put {basename(name)} beside an index.md"
    likely = near.by_path.get(folded(target)) or near.by_name.get(folded(name_of(target)), ())
    if likely:
        return f"did you mean {relpath(likely[0], context.folder)}?"
    return "correct it, or link to the whole address"


def missing_headings(context: Context) -> Iterator[Finding]:
    """Links within the page to a heading that it does not have."""
    within = [link for link in context.links if link.destination.startswith("#") and len(link.destination) > 1]
    if not within:
        return
    known = {heading.anchor for heading in headings(context.body)} | set(_OLD_ANCHOR.findall(context.body))
    for link in within:
        if unquote(link.destination[1:]) not in known:
            what = f"the page has no heading {link.destination[:60]}"
            cure = "write the heading's words in small letters with hyphens, like #what-we-found"
            yield context.found(link.line, "XP-LINK-HEADING", what, cure, _WARNING)
