"""Where the packaged templates lie: inside the installed package, or at the top of the source tree."""

from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """The folder ``templates/`` that came with this expertpost."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent.parent / "templates"


def packaged(name: str) -> str:
    """The text of a packaged template, by its path below ``templates/``."""
    return (folder() / name).read_text(encoding="utf-8")
