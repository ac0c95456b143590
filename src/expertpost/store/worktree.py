"""What git says of the person's own files: which of them differ from what is checked out. Quick to import."""

from dataclasses import dataclass

from expertpost.store.git import Git, Running

DRAFTS = "drafts"
_HEAD = "# branch.oid "


@dataclass(frozen=True, slots=True)
class Changed:
    """Paths that differ from what is checked out. ``gone``: those of them that are not on the disk.

    ``head``: the commit that is checked out, None where there is none yet.
    """

    paths: frozenset[str]
    gone: frozenset[str]
    head: str | None = None


def start_status(git: Git) -> Running:
    """Ask git which files of the workspace differ from what is checked out; ``changed_in`` reads the answer."""
    options = ("--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all")
    return git.start("status", *options, "--", DRAFTS, "people", "templates", "expertpost.toml")


def changed_in(status: bytes) -> Changed:
    """What ``git status --porcelain=v2 -z`` told (git-status documentation)."""
    paths: set[str] = set()
    gone: set[str] = set()
    head = None
    for line in status.decode("utf-8", "surrogateescape").split("\0"):
        fields = {"1": 8, "u": 10, "?": 1}.get(line[:1])
        if fields:
            path = line.split(" ", fields)[fields]
            paths.add(path)
            if line[0] == "1" and line[3] == "D":
                gone.add(path)
        elif line.startswith(_HEAD):
            head = line.removeprefix(_HEAD) if line != f"{_HEAD}(initial)" else None
    return Changed(frozenset(paths), frozenset(gone), head)
