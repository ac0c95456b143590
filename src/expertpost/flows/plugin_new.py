"""``plugin new``: a package with a publisher of one's own, which passes the contract as it is made."""

import re
from dataclasses import dataclass
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.scaffold import fill_packaged
from expertpost.publishers import registry

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class MadePlugin:
    """Where the package lies, and its files relative to that."""

    folder: Path
    files: tuple[str, ...]


def plugin_new(world: World, name: str) -> MadePlugin:
    """Write the package ``expertpost-<name>`` into a new folder where the person stands; no workspace is needed.

    Raises Failure XP-PLUGIN-NAME for a name that cannot be or is taken, XP-PLUGIN-THERE for a folder that is there.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        cure = f"use small letters, digits and single hyphens, at most {_LONGEST}: acme-board"
        raise Failure("XP-PLUGIN-NAME", f"{name[:60]!r} cannot name a publisher", cure, exit_code=Exit.USAGE)
    if name in registry.names():
        cure = "two packages with one name are both refused: take another"
        raise Failure("XP-PLUGIN-NAME", f"a publisher {name!r} is installed already", cure, exit_code=Exit.USAGE)
    folder = world.here / f"expertpost-{name}"
    if folder.exists():
        cure = "take another name, or move the folder away"
        raise Failure("XP-PLUGIN-THERE", f"{folder.name} is there already", cure, exit_code=Exit.USAGE)
    module = f"expertpost_{name.replace('-', '_')}"
    files = {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        f"src/{module}.py": "publisher.py",
        f"tests/test_{module}.py": "test_publisher.py",
    }
    title = "".join(word.capitalize() for word in name.split("-"))
    given = {"name": name, "module": module, "title": title, "env": name.replace("-", "_").upper()}
    for path, template in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fill_packaged(f"plugin/{template}", given), encoding="utf-8", newline="\n")
    return MadePlugin(folder, tuple(files))
