"""What ``site build`` does and says, however its command line was read."""

from collections import Counter
from pathlib import Path

from expertpost.cli.output import note, print_json, say, world
from expertpost.flows.site import Built
from expertpost.flows.site import build as make
from expertpost.model.canonical import Json

TELLING = {"not-yet": "waiting for their time", "audience": "for other readers", "not-approved": "not approved"}
"""What a line says of many pieces that stay away for one reason; other reasons are told one by one."""


def build(*names: str, out: Path | None = None, at: str = "", draft: bool = False, as_json: bool = False) -> None:
    """Build sites and tell what was written; see ``flows.site``."""
    built = make(world(), names, out=out, at=at, draft=draft)
    if as_json:
        print_json("expertpost.site/1", {"sites": [_value(one) for one in built]})
        return
    for one in built:
        _tell(one)


def _tell(built: Built) -> None:
    pieces = "1 piece" if built.pages == 1 else f"{built.pages:,} pieces"
    files = "1 file" if built.changed == 1 else f"{built.changed:,} files"
    removed = f", {built.removed:,} removed" if built.removed else ""
    say(f"{built.site}: {pieces}, {files} written{removed}")
    say(f"  {built.folder / 'index.html'}")
    for line in built.notes:
        note(f"  {line}")
    for why, count in sorted(Counter(one.why for one in built.away if one.why in TELLING).items()):
        say(f"  {TELLING[why]}: {count:,}")
    for one in built.away:
        if one.why not in TELLING:
            note(f"{one.path}: not on {built.site}: {one.says}")


def _value(built: Built) -> dict[str, Json]:
    away: list[Json] = [{"path": one.path, "why": one.why, "says": one.says} for one in built.away]
    return {
        "name": built.site,
        "folder": str(built.folder),
        "commit": built.commit,
        "pages": built.pages,
        "written": built.changed,
        "removed": built.removed,
        "away": away,
        "notes": list(built.notes),
    }
