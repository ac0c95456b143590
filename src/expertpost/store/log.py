"""The history of any repository as a stream of commits: never held whole, and nothing in it is believed.

Merges are left out: they say who pressed a button.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.model.commit import Commit
from expertpost.store.git import Git, GitFailed, Running

_MAIL = re.compile(r"<([^\s<>@]{1,64}@[^\s<>@]{1,190})>")
_ANY_MAIL = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,190}")
_WROTE = ("Co-authored-by", "Co-developed-by")
_REVIEWED = ("Reviewed-by", "Acked-by", "Approved-by", "Tested-by")
_LARGEST = 200_000
"""Bytes of one commit (message and names of files) that are looked at."""
_PATHS = 200
_OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
_RULES = 2_000


def repository(folder: Path, env: Mapping[str, str]) -> Git:
    """The repository in a folder, bare or not. Raises Failure XP-EXPERTS-REPO."""
    git = Git(folder, env)
    if not folder.is_dir() or git.answer("rev-parse", "--git-dir")[0] != 0:
        what, cure = "there is no git repository", "name the folder of a clone; of a URL, make a clone first"
        raise Failure("XP-EXPERTS-REPO", what, cure, where=str(folder), exit_code=Exit.USAGE)
    # What such a clone lacks is fetched on the way, by whatever program its configuration names.
    settings = git.answer("config", "--local", "--list", "--name-only", "-z")[1].decode("utf-8", "replace").lower()
    if ".promisor\0" in settings or "extensions.partialclone\0" in settings:
        what, cure = "it is a partial clone, which would fetch while it is read", "make a whole clone, and scan that"
        raise Failure("XP-EXPERTS-REPO", what, cure, where=str(folder), exit_code=Exit.USAGE)
    return git


def commits(git: Git, tip: str, marker: str, *, seen: str = "", most: int) -> Iterator[Commit]:
    """The newest commits that led to ``tip`` and not to ``seen``, at most ``most``; those without an author left out.

    ``marker``: text that nobody can have written into a message: it divides the commits.
    """
    trailers = "%x00".join(
        f"%(trailers:{','.join(f'key={key}' for key in keys)},valueonly,unfold,separator=%x20)"
        for keys in (_WROTE, _REVIEWED)
    )
    form = f"--format={marker}%H%x00%at%x00%aE%x00%s%x00%b%x00{trailers}%x00"
    options = ("--no-merges", "--no-ext-diff", "--no-show-signature", "--no-renames", "--name-only", "-z")
    span = f"{seen}..{tip}" if seen else tip
    running = git.start("log", *options, f"--max-count={most}", form, "--end-of-options", span, "--")
    for record in _records(_chunks(running), marker.encode()):
        found = _commit(record.decode("utf-8", "replace"))
        if found:
            yield found


def _chunks(running: Running) -> Iterator[bytes]:
    """What a git command says, as it comes; whoever stops reading ends it. Raises GitFailed at its end."""
    with running.process as process:
        while chunk := process.stdout.read(1 << 20) if process.stdout else b"":
            yield chunk
    if process.returncode:
        raise GitFailed(running.args, process.returncode, "")


def _records(chunks: Iterable[bytes], marker: bytes) -> Iterator[bytes]:
    """What stands between the markers, each cut to a size that fits."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(marker)
        yield from whole
        # A marker may be cut in two; what is too long is of no use, however long it goes on.
        rest = rest if len(rest) <= _LARGEST else rest[: _LARGEST - len(marker)] + rest[-len(marker) :]
    yield rest


def _commit(record: str) -> Commit | None:
    fields = record.split("\0")
    if len(fields) < 7:
        return None
    oid, seconds, author, subject, body, wrote, reviewed = fields[:7]
    if not _ANY_MAIL.fullmatch(author):
        return None
    return Commit(
        id=oid,
        at=_moment(seconds),
        author=author.casefold(),
        subject=subject,
        body=body,
        wrote=_mails(wrote),
        reviewed=_mails(reviewed),
        paths=tuple(path for path in fields[7 : 7 + _PATHS] if path.strip()),
    )


def _mails(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mail.casefold() for mail in _MAIL.findall(text)))


def _moment(seconds: str) -> datetime:
    """The instant of a commit; what no clock can show is as old as can be."""
    with suppress(ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(seconds))
    return datetime.fromtimestamp(0, UTC)


def owners(git: Git, tip: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each rule of the repository's CODEOWNERS: the pattern and the owners, mail addresses or @names."""
    content = next(filter(None, (git.blob_at(tip, path) for path in _OWNERS)), b"")
    for line in content[: _RULES * 200].decode("utf-8", "replace").splitlines()[:_RULES]:
        pattern, *named = line.partition("#")[0].split()[:50] or [""]
        if pattern and named:
            yield pattern, tuple(name.casefold() for name in named)


def stamp(git: Git, tip: str) -> str:
    """What changes whenever commits would be read otherwise than before: the mailmap of the repository."""
    found: Iterable[str] = (entry.blob for entry in git.tree(tip, ".mailmap"))
    return " ".join(found)


def removed(git: Git, tip: str, folder: str) -> frozenset[str]:
    """The files below a folder that the history of ``tip`` took away at some time, whatever came later."""
    options = ("--no-ext-diff", "--no-show-signature", "--no-renames", "--diff-filter=D", "--name-only", "-z")
    out = git.run("log", *options, "--format=", "--end-of-options", tip, "--", folder)
    return frozenset(out.decode("utf-8", "replace").split("\0")) - {""}
