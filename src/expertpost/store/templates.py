"""Where the packaged templates lie: inside the installed package, or at the top of the source tree."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

POSTS = "templates/post"
"""The folder of a workspace with its templates of posts, each named for a channel or a publisher."""
_ENDING = ".j2"


@cache
def folder() -> Path:
    """The folder ``templates/`` that came with this expertpost."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent.parent / "templates"


def packaged(name: str) -> str:
    """The text of a packaged template, by its path below ``templates/``."""
    return (folder() / name).read_text(encoding="utf-8")


def of_posts(there: Mapping[str, object]) -> dict[str, str]:
    """The templates of posts by name: those that came with this expertpost, and over them what is ``there``, by path.

    What cannot be read is no template.
    """
    found = dict(_packaged_posts())
    for path, content in there.items():
        name = path.removeprefix(f"{POSTS}/")
        if isinstance(content, bytes) and name.endswith(_ENDING):
            found[name.removesuffix(_ENDING)] = content.decode("utf-8", "replace")
    return found


@cache
def _packaged_posts() -> tuple[tuple[str, str], ...]:
    files = sorted((folder() / "post").glob(f"*{_ENDING}"))
    return tuple((file.name.removesuffix(_ENDING), file.read_text(encoding="utf-8")) for file in files)
