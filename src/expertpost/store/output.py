"""A folder that is built: every file appears whole, only what changed is written, nothing foreign is removed."""

import contextlib
import json
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.model.canonical import Json
from expertpost.store.tree import safe_path


class Output:
    """The folder that holds what one build makes. Paths are relative to it, with forward slashes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._made: set[str] = set()

    def claim(self, mark: str) -> bytes | None:
        """The bytes of the file ``mark`` that an earlier build left; None for a new or empty folder.

        Raises Failure XP-SITE-FOLDER for a folder that holds other things.
        """
        left = self.read(mark)
        if left is None and (not self.root.is_dir() or _holds(self.root)) and self.root.exists():
            raise taken(self.root, "the folder holds something that no site build made")
        return left

    def write(self, path: str, content: bytes) -> bool:
        """Put a file there, whole or not at all; False where the same bytes lie there already."""
        target = f"{self.root}/{path}"
        # Most files are new, and asking is cheaper than failing to open them.
        if os.access(target, os.F_OK) and _read(target) == content:
            return False
        folder = target.rpartition("/")[0]
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        part = f"{folder}/.{os.getpid()}.part"
        try:
            _put(part, content)
            os.replace(part, target)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise
        return True

    def has(self, path: str) -> bool:
        """Whether a file is there."""
        return os.access(f"{self.root}/{path}", os.F_OK)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where there is none."""
        return _read(f"{self.root}/{path}")

    def files(self, *folders: str) -> frozenset[str]:
        """The paths of all files in the root itself and anywhere below the given folders."""
        found = {entry.name for entry in _entries(self.root) if not entry.is_dir(follow_symlinks=False)}
        waiting = list(folders)
        while waiting:
            folder = waiting.pop()
            for entry in _entries(self.root / folder):
                path = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                else:
                    found.add(path)
        return frozenset(found)

    def remove(self, paths: Collection[str]) -> int:
        """Remove files, and folders that are empty then; how many files there were. Unsafe paths are left alone."""
        folders: set[Path] = set()
        removed = 0
        for path in filter(safe_path, paths):
            target = self.root / path
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
                target.unlink()
                removed += 1
                folders.add(target.parent)
        for folder in sorted(folders, reverse=True):
            with contextlib.suppress(OSError):
                if folder != self.root:
                    folder.rmdir()
        return removed


class Notes:
    """What was done last time, one JSON value in each line: disposable, never trusted to be there or to be whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[Json]:
        """Every line, oldest first; none where there is nothing that can be read."""
        try:
            # JSON writes the line ends of texts as \n, so each one here stands between two values.
            lines = self._path.read_bytes().rstrip().replace(b"\n", b",")
            found: list[Json] = json.loads(b"[" + lines + b"]")
        except (OSError, ValueError, RecursionError):
            return []
        return found

    def save(self, values: Iterable[Json], *, add: bool) -> None:
        """Note these values, behind those of before or instead of them.

        Where the folder cannot be written the next build has more to do, and that is all.
        """
        content = "".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n" for value in values)
        with contextlib.suppress(OSError):
            if add:
                with self._path.open("ab") as file:
                    file.write(content.encode("utf-8", "replace"))
                return
            part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content.encode("utf-8", "replace"))
            part.replace(self._path)


def taken(folder: Path, what: str) -> Failure:
    """The failure for a folder that must not be built into."""
    cure = "name an empty or new folder with --out"
    return Failure("XP-SITE-FOLDER", what, cure, where=str(folder), exit_code=Exit.GUARD)


def _holds(folder: Path) -> bool:
    with os.scandir(folder) as inside:
        return any(True for _ in inside)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as inside:
            return list(inside)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _put(path: str, content: bytes) -> None:
    """Write a file that is not looked at yet, by the system's own calls: there are ten thousand of them."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
    try:
        written = os.write(handle, content)
        while written < len(content):
            written += os.write(handle, content[written:])
    finally:
        os.close(handle)


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
