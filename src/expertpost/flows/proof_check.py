"""``prove --check``: a bundle read back, judged anew as ``publish`` would, and compared byte by byte."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from expertpost.errors import Exit, Failure, Finding
from expertpost.flows.context import World
from expertpost.flows.proof import SUMS, Evidence, pack
from expertpost.model.canonical import blob_id, sha256
from expertpost.model.event import EventKind
from expertpost.store.events import ADOPTED, written_in
from expertpost.store.files import MAX_ASSET, Unreadable, WorkFiles
from expertpost.store.ledger_json import row_from
from expertpost.store.tree import Entry
from expertpost.store.witness import witness_from
from expertpost.store.workspace import State

CURE = "ask for the bundle again, and for its checksum by another way"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a bundle proves. ``findings``: where it contradicts itself; then nothing in it is to be believed."""

    folder: Path
    piece: str = ""
    title: str = ""
    digest: str = ""
    approved_by: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unsigned: int = 0
    checksum: str = ""
    findings: tuple[Finding, ...] = ()


def check(world: World, folder: str) -> Checked:
    """Check a bundle. Raises Failure XP-PROVE-NONE where there is none."""
    root = world.here / folder
    if not (root / SUMS).is_file():
        raise Failure("XP-PROVE-NONE", "there is no bundle", "name its folder", where=str(root), exit_code=Exit.USAGE)
    there, findings = _read(root)
    findings += _against_sums(there)
    if findings:
        return Checked(root, findings=tuple(findings))
    try:
        evidence = _unpack(root, there)
        rebuilt = pack(evidence)
    except (Failure, ValueError, KeyError, RecursionError) as wrong:
        says = wrong.what if isinstance(wrong, Failure) else str(wrong)
        return Checked(root, findings=(_finding(SUMS, f"it cannot be read back: {says[:200]}"),))
    findings = [_finding(path, "is not what the rest of the bundle says") for path in _differing(there, rebuilt)]
    counted = {event.id: event for place in evidence.places for event in evidence.counting(place)}
    return Checked(
        folder=root,
        piece=evidence.piece.id,
        title=evidence.piece.front.title,
        digest=evidence.piece.digest,
        approved_by=tuple(sorted({event.by for event in counted.values()})),
        missing=evidence.missing,
        unsigned=sum(event.signer is None for event in counted.values()),
        checksum=sha256(there[SUMS]),
        findings=tuple(findings),
    )


def _finding(path: str, what: str) -> Finding:
    return Finding(path, 0, "XP-PROVE-WRONG", what, CURE)


def _read(root: Path) -> tuple[dict[str, bytes], list[Finding]]:
    """Every file of the bundle, and what is there and cannot be read: a link, a device, something huge."""
    files = WorkFiles(root)
    entries = files.below("")
    found: dict[str, bytes] = {}
    findings = []
    for entry, content in zip(entries, files.read_all(entries, MAX_ASSET), strict=True):
        if isinstance(content, Unreadable):
            findings.append(_finding(entry.path, content.why))
        else:
            found[entry.path] = content
    return found, findings


def _against_sums(there: dict[str, bytes]) -> Iterator[Finding]:
    lines = there.get(SUMS, b"").decode("utf-8", "replace").splitlines()
    listed = {line[68:]: line[:64] for line in lines}
    for path in sorted((listed.keys() | there.keys()) - {SUMS}):
        if path not in there:
            yield _finding(path, "is missing")
        elif path not in listed:
            yield _finding(path, "does not belong to the bundle")
        elif sha256(there[path]) != listed[path]:
            yield _finding(path, "is not what it was when it was packed")


def _differing(there: dict[str, bytes], rebuilt: dict[str, bytes]) -> Iterator[str]:
    return (path for path in sorted(there.keys() | rebuilt.keys()) if there.get(path) != rebuilt.get(path))


def _unpack(root: Path, there: dict[str, bytes]) -> Evidence:
    """The evidence in a bundle. Raises Failure or ValueError for anything that is not one."""
    state = State(WorkFiles(root))
    facts = dict(line.split("\t", 1) for line in there["facts.tsv"].decode().splitlines())
    (loaded,) = state.loaded([facts["path"]])
    if loaded.piece is None:
        raise ValueError(f"{facts['path']} is no valid piece")
    events = [_event(path, content, loaded.piece.id) for path, content in there.items() if path.startswith("events/")
              and path.endswith(".md")]  # fmt: skip
    told = [written_in(entry.path, content).event for entry, content in events]
    named = {post for event in told if event.kind is EventKind.APPROVE for post in event.posts.values()}
    posts = {Path(path).stem: post for path, post in there.items() if path.startswith("posts/")}
    seen = [witness_from(line) for line in there["ledger/seen.jsonl"].splitlines()]
    roots = ("drafts/", "people/", "expertpost.toml")
    return Evidence(
        config=state.config,
        people=state.people,
        piece=loaded.piece,
        state={path: content for path, content in there.items() if path.startswith(roots)},
        posts={name: post for name, post in posts.items() if sha256(post) in named},
        events=events,
        kept={sha256(text): json.loads(text) for path, text in there.items() if path.startswith("kept/")},
        seen={witness.event: witness for witness in seen},
        rows=[row_from(line, state.config.id) for line in there["ledger/deliveries.jsonl"].splitlines()],
        made=datetime.strptime(facts["made"], "%Y%m%d%H%M%S").replace(tzinfo=UTC),
        commits={name.removeprefix("commit "): text for name, text in facts.items() if name.startswith("commit ")},
    )


def _event(path: str, content: bytes, piece: str) -> tuple[Entry, bytes]:
    """An event's file under the name that it has on the reviews branch."""
    name = path.removeprefix("events/")
    folder = ADOPTED if b'"kind":"adopt"' in content and f'"piece":"{piece}"'.encode() not in content else piece
    return Entry(f"{folder}/{name}", blob_id(content), len(content)), content
