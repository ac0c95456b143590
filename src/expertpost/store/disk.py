"""Writing files into the user's own folders: whole or not at all, and never over something that is there."""

import contextlib
import os
import shutil
from contextlib import ExitStack
from pathlib import Path


def put_new(path: Path, content: bytes, undo: ExitStack) -> None:
    """Write a file that must not exist yet, and the folders it lies in.

    It appears under its name only when it is complete. ``undo`` takes away again, when it is unwound, whatever was
    made here. Raises FileExistsError and any other OSError; then nothing was made.
    """
    make_folder(path.parent, undo)
    draft = path.with_name(f".{path.name[:40]}.{os.getpid()}.part")
    try:
        _write(draft, content)
        _move(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    undo.callback(path.unlink, missing_ok=True)


def put_instead(path: Path, content: bytes) -> None:
    """Put new content in the place of a file that is there; it is whole at every moment. Raises OSError."""
    draft = path.with_name(f".{path.name[:40]}.{os.getpid()}.part")
    try:
        _write(draft, content)
        draft.chmod(path.stat().st_mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def make_folder(folder: Path, undo: ExitStack) -> None:
    """Make a folder and its parents where they are missing; ``undo`` removes those that are empty again."""
    if folder.is_dir():
        return
    make_folder(folder.parent, undo)
    folder.mkdir(exist_ok=True)
    undo.callback(_remove_empty, folder)


def remove_tree(folder: Path) -> None:
    """Remove a folder that was made a moment ago, with everything in it; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _move(draft: Path, path: Path) -> None:
    """Give the file its name, unless that is taken: a hard link never replaces anything."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links.
        if os.path.lexists(path):
            raise FileExistsError(17, "File exists", str(path)) from None
        draft.rename(path)


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
