"""The history of a ledger branch, as steps: each commit against the one before it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from expertpost.store.fields import NotUnderstood
from expertpost.store.git import Git
from expertpost.store.ledger import Terms
from expertpost.store.ledger_files import ACCOUNTS, OPEN, SETTLED, TERMS
from expertpost.store.ledger_history import Step
from expertpost.store.ledger_json import account_from, terms_from
from expertpost.store.lines import Lines, key_of
from expertpost.store.measures import MEASURED, forgotten
from expertpost.store.witness import SEEN

_HEAD = re.compile(r"commit ([0-9a-f]{40,64})((?: [0-9a-f]{40,64})*)")
_CHANGE = re.compile(r":\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) \w+\t(.+)")


@dataclass(slots=True)
class Commit:
    """One commit of the branch: its parents, and its changed files, path → (blob before, blob after; "" for none)."""

    id: str
    parents: tuple[str, ...]
    files: dict[str, tuple[str, str]] = field(default_factory=dict)


def commits_of(git: Git, tip: str) -> Iterator[Commit]:
    """The commits that lead to a tip, the oldest first."""
    options = ("--no-ext-diff", "--no-show-signature", "--no-renames", "--no-abbrev", "--raw", "--root", "-m")
    out = git.run("log", "--reverse", "--topo-order", *options, "--format=commit %H %P", "--end-of-options", tip)
    found: Commit | None = None
    for line in out.decode("utf-8", "replace").splitlines():
        if head := _HEAD.match(line):
            if found:
                yield found
            found = Commit(head[1], tuple(head[2].split()))
        elif found and (change := _CHANGE.match(line)):
            found.files[change[3]] = _blob(change[1]), _blob(change[2])
    if found:
        yield found


def _blob(oid: str) -> str:
    return oid.strip("0") and oid


def steps_of(git: Git, tip: str) -> Iterator[Step]:
    """Each commit as a step. A commit with two parents, or a second beginning, is told as wrong."""
    terms: Terms | None = None
    last = ""
    for commit in commits_of(git, tip):
        step = _step(git, commit)
        wrong = list(step.wrong)
        if commit.parents != ((last,) if last else ()):
            wrong.append("does not follow the commit before it alone: the branch is not linear")
        if TERMS in commit.files or terms is None:
            after, says = _terms(git, commit)
            wrong += [says] if says else []
            if terms and after and replace(after, sealed="") != replace(terms, sealed=""):
                wrong.append(f"{TERMS} says something else than before")
            terms = after or terms
        last = commit.id
        yield replace(step, wrong=tuple(wrong))


def _terms(git: Git, commit: Commit) -> tuple[Terms | None, str]:
    _, blob = commit.files.get(TERMS, ("", ""))
    try:
        return terms_from(next(git.blobs([blob])) if blob else b""), ""
    except NotUnderstood as wrong:
        return None, f"{TERMS} {wrong}"


def _step(git: Git, commit: Commit) -> Step:
    sides = [_contents(git, commit, side) for side in (0, 1)]
    before, after = (_rows(side) for side in sides)
    rows = {key: line for key, line in after.items() if before.get(key) != line}
    wrong = (*_unsound(sides[1]), *_unseen(*sides), *_unmeasured(*sides), *_accounts(*sides))
    return Step(commit.id[:12], rows, frozenset(before.keys() - after.keys()), wrong)


def _contents(git: Git, commit: Commit, side: int) -> dict[str, bytes]:
    blobs = {path: oids[side] for path, oids in commit.files.items()}
    there = [path for path, oid in blobs.items() if oid]
    return dict.fromkeys(blobs, b"") | dict(zip(there, git.blobs(blobs[path] for path in there), strict=True))


def _rows(files: Mapping[str, bytes]) -> dict[str, bytes]:
    lines = (line for path, content in files.items() if _holds_rows(path) for line in Lines(content).every())
    return {key: line for line in lines if (key := key_of(line))}


def _holds_rows(path: str) -> bool:
    return path == OPEN or path.startswith(f"{SETTLED}/")


def _unsound(files: Mapping[str, bytes]) -> Iterable[str]:
    for path, content in files.items():
        if (_holds_rows(path) or path.startswith((f"{SEEN}/", f"{MEASURED}/"))) and not Lines(content).sound:
            yield f"{path}: a line shows no key"


def _unseen(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterable[str]:
    for path, content in before.items():
        if path.startswith(f"{SEEN}/") and not set(Lines(content).every()) <= set(Lines(after[path]).every()):
            yield f"{path}: what was seen before is gone or changed"


def _unmeasured(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterable[str]:
    for path in after:
        if not path.startswith(f"{MEASURED}/"):
            continue
        had, has = ({key_of(line): line for line in Lines(side[path]).every()} for side in (before, after))
        try:
            if any(forgotten(had.get(key), has.get(key)) for key in had.keys() | has.keys()):
                yield f"{path}: what was measured before is gone or changed"
        except NotUnderstood as wrong:
            yield f"{path} {wrong}"


def _accounts(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterable[str]:
    for path, content in after.items():
        if not path.startswith(f"{ACCOUNTS}/"):
            continue
        try:
            epoch = account_from(content).epoch
            if before[path] and account_from(before[path]).epoch > epoch:
                yield f"{path}: an older epoch than before"
        except NotUnderstood as wrong:
            yield f"{path} {wrong}"
