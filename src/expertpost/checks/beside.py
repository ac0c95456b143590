"""The files in a piece's folder: what cannot be taken, what no site serves, and drawings that can run something."""

from collections.abc import Iterator

from expertpost.checks.context import Beside, Context
from expertpost.errors import Finding, Severity
from expertpost.render.pictures import Unfit, is_picture, judge
from expertpost.render.served import SERVED, is_harmless, is_served

_CURES = {"XP-PICTURE-LARGE": "make it smaller", "XP-PICTURE-BROKEN": "save it anew as JPEG or PNG"}


def unfit_files(context: Context) -> Iterator[Finding]:
    """Links, devices, files that are too large, texts that are swallowed, and what readers would never get."""
    for beside in context.beside:
        yield from _unfit(context, beside)


def _unfit(context: Context, beside: Beside) -> Iterator[Finding]:
    path = f"{context.folder}/{beside.name}"
    if beside.trouble:
        yield Finding(path, 0, "XP-BESIDE-FILE", f"cannot be taken: {beside.trouble}", "put an ordinary file there")
    elif beside.name.lower().endswith(".md"):
        what = f"it belongs to the piece {context.path} and is no piece of its own"
        cure = "move it elsewhere, or rename index.md to _index.md"
        yield Finding(path, 0, "XP-BESIDE-TEXT", what, cure, Severity.WARNING)
    elif not is_served(beside.name):
        what = "files of this kind are given to nobody: a browser might run them, or not know them"
        cure = f"take it away, or save it as one of {', '.join(sorted(SERVED)[:8])} …"
        yield Finding(path, 0, "XP-BESIDE-KIND", what, cure, Severity.WARNING)
    elif beside.name.lower().endswith(".svg") and not is_harmless(beside.name, beside.read()):
        what = "the drawing holds a script or loads something"
        yield Finding(path, 0, "XP-BESIDE-SCRIPT", what, "export it anew as plain SVG, or as PNG")
    elif is_picture(beside.name):
        try:
            judge(beside.read())
        except Unfit as unfit:
            yield Finding(path, 0, unfit.code, f"no reader would get it: {unfit}", _CURES[unfit.code])
