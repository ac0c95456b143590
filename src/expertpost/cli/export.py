"""Where ``review export`` puts its file."""

import sys

from expertpost.cli.output import inert, note, print_json, say, world
from expertpost.flows.review_export import review_export
from expertpost.web.review_page import review_page


def export(ref: str, out: str, *, as_json: bool) -> None:
    """Write the page of a review to a file, or to standard output for ``-``."""
    here = world()
    sheet = review_export(here, ref)
    page = review_page(sheet)
    if out == "-":
        sys.stdout.write(inert(page))
        return
    file = here.here / (out or f"review-{sheet.slug}.html")
    file.write_text(page, encoding="utf-8", newline="\n")
    if as_json:
        print_json("expertpost.review-export/1", {"file": str(file), "slug": sheet.slug, "bytes": len(page.encode())})
        return
    say(str(file))
    note("It holds everything that is under review: mail it to reviewers only. Private notes are not in it.")
    note("It stays there until you remove it, and belongs in no commit.")
