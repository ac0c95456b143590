"""What many branches have changed since each left main, by the same few git processes however many there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from expertpost.store.changes import Change
from expertpost.store.files import MAX_PIECE
from expertpost.store.git import Git
from expertpost.store.tree import is_regular, safe_path


@dataclass(frozen=True, slots=True)
class Grown:
    """One tip. ``base``: where it left main, None for a history that has nothing in common with it."""

    tip: str
    base: str | None
    changes: tuple[Change, ...] = ()


def grown(git: Git, main: str, tips: Iterable[str]) -> dict[str, Grown]:
    """Tip → what it changes against main."""
    wanted = list(dict.fromkeys(tips))
    bases = _bases(git, main, wanted) if wanted else {}
    moved = {tip: base for tip, base in bases.items() if base and base != tip}
    changes = _changes(git, moved)
    return {tip: Grown(tip, base, tuple(changes.get(tip, ()))) for tip, base in bases.items()}


def _bases(git: Git, main: str, tips: list[str]) -> dict[str, str | None]:
    """For each tip what ``git merge-base`` says of it and main."""
    asked = "".join(f"{name}\n" for name in (*tips, f"^{main}"))
    lines = git.run("rev-list", "--parents", "--stdin", stdin=asked.encode()).decode().splitlines()
    parents = {commit: others for commit, *others in map(str.split, lines)}
    found: dict[str, str | None] = {}
    for tip in tips:
        left = _left_at(tip, parents)
        # Where a branch took main over in between, git decides which of several is the newest.
        found[tip] = git.merge_base(main, tip) if len(left) > 1 else next(iter(left), None)
    return found


def _left_at(tip: str, parents: Mapping[str, list[str]]) -> set[str]:
    """The commits of main that a tip has grown from, by the parents of everything that main does not have."""
    left: set[str] = set()
    seen: set[str] = set()
    waiting = [tip]
    while waiting:
        commit = waiting.pop()
        if commit not in parents:
            left.add(commit)
        elif commit not in seen:
            seen.add(commit)
            waiting.extend(parents[commit])
    return left


def _changes(git: Git, moved: Mapping[str, str]) -> dict[str, list[Change]]:
    """Tip → what differs between its base and it, as ``changes.between`` has it; git compares all of them at once."""
    if not moved:
        return {}
    # A list of commits is compared as if the others were the first one's parents (git-diff-tree, --stdin).
    asked = "".join(f"{tip} {base}\n" for tip, base in moved.items())
    options = ("--stdin", "-r", "-z", "--raw", "--full-index", "--no-renames")
    fields = iter(git.run("diff-tree", *options, stdin=asked.encode()).decode("utf-8", "surrogateescape").split("\0"))
    found: dict[str, list[Change]] = {}
    here: list[Change] = []
    for field in fields:
        if field.startswith(":"):
            here.append(_change(field, next(fields)))
        elif field:
            here = found.setdefault(field, [])
    return found


def _change(head: str, path: str) -> Change:
    """The change in one line of git's raw format, ``:100644 100644 0123… 4567… M``, and the path that follows it."""
    _, mode, was, blob, status = head.split()
    regular = safe_path(path) if status == "D" else is_regular(mode, path)
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return Change(shown, "" if status == "A" else was, "" if status == "D" else blob, regular)


def contents(git: Git, blobs: Iterable[str]) -> dict[str, bytes]:
    """Blob id → its bytes; without those larger than ``MAX_PIECE``, which are never read."""
    about = git.objects.about(dict.fromkeys(blobs))
    fit = [each.id for each in about if each and each.kind == "blob" and each.size <= MAX_PIECE]
    return dict(zip(fit, git.blobs(fit), strict=True))


def present(git: Git, wanted: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those of the (commit, path) pairs at which there is something."""
    by_commit: dict[str, set[str]] = {}
    for commit, path in wanted:
        by_commit.setdefault(commit, set()).add(path)
    return frozenset((commit, path) for commit, paths in by_commit.items() for path in blobs_at(git, commit, paths))


def blobs_at(git: Git, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """Path → the id of what a commit has there; without the paths at which it has nothing."""
    wanted = list(dict.fromkeys(paths))
    about = git.objects.about(f"{commit}:{path}" for path in wanted)
    return {path: found.id for path, found in zip(wanted, about, strict=True) if found}
