"""What came of sends, kept on this machine until the ledger has it: a push may fail, a machine may stop."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from expertpost.model.canonical import Json
from expertpost.model.evidence import (
    Absent,
    Accepted,
    Changed,
    Doubted,
    Expired,
    Held,
    OfClaim,
    Postponed,
    Rejected,
    Released,
    Report,
    Resolved,
    Ruling,
    Started,
)
from expertpost.store.fields import (
    Fields,
    NotUnderstood,
    dumps,
    inner,
    iso,
    loads,
    moment,
    moment_or_none,
    slim,
    text,
    texts,
)
from expertpost.store.ledger import Told
from expertpost.store.ledger_json import key_from, key_json, receipt_from, receipt_json

_OF_CLAIM: Mapping[str, type[OfClaim]] = {
    "started": Started,
    "released": Released,
    "accepted": Accepted,
    "postponed": Postponed,
    "rejected": Rejected,
    "doubted": Doubted,
    "absent": Absent,
    "held": Held,
    "expired": Expired,
}
_RESOLVED = "resolved"
_CHANGED = "changed"
_CLAIMED = "claimed"


def told_line(told: Told) -> bytes:
    """Reports about one delivery as one line, for the runner's own journal."""
    return dumps({"key": key_json(told.key), "facts": [_report_json(fact) for fact in told.facts]})


def told_from(line: bytes, workspace: str) -> Told:
    """The reports a line holds. Raises NotUnderstood."""
    fields = loads(line)
    facts = fields.get("facts", [])
    if not isinstance(facts, list):
        raise NotUnderstood("facts is no list")
    try:
        return Told(key_from(inner(fields, "key"), workspace), tuple(_report_from(fact) for fact in facts))
    except (KeyError, TypeError, ValueError) as wrong:
        raise NotUnderstood(f"is no report: {wrong}") from wrong


def _report_json(fact: Report) -> Fields:
    if isinstance(fact, Resolved):
        said: Fields = {"event": fact.event, "by": fact.by, "ruling": fact.ruling.value, "says": fact.says}
        return slim({"fact": _RESOLVED, "at": iso(fact.at), **said})
    if isinstance(fact, Changed):
        said = {"event": fact.event, "digest": fact.digest, "content": fact.content, "commit": fact.commit}
        return slim({"fact": _CHANGED, "at": iso(fact.at), **said, **receipt_json(fact.receipt)})
    name = next(name for name, kind in _OF_CLAIM.items() if type(fact) is kind)
    more: dict[str, Json] = {}
    if isinstance(fact, Accepted):
        more = receipt_json(fact.receipt)
    elif isinstance(fact, _WITH_REASON):
        more = {"reason": fact.reason}
    if isinstance(fact, Postponed):
        more["not_before"] = iso(fact.not_before)
    return slim({"fact": name, "nonce": fact.nonce, "at": iso(fact.at), **more})


_WITH_REASON = (Postponed, Rejected, Doubted, Held, Expired)


def _report_from(fields: Json) -> Report:
    if not isinstance(fields, Mapping):
        raise NotUnderstood("a report is no JSON object")
    name, at = text(fields, "fact"), moment(fields, "at")
    if name == _RESOLVED:
        ruling = Ruling(text(fields, "ruling"))
        return Resolved(text(fields, "event"), at, text(fields, "by"), ruling, text(fields, "says"))
    if name == _CHANGED:
        event, digest, content, commit = (text(fields, one) for one in ("event", "digest", "content", "commit"))
        return Changed(event, at, digest, content, commit, receipt_from(fields))
    kind, nonce = _OF_CLAIM[name], text(fields, "nonce")
    if issubclass(kind, Accepted):
        return kind(nonce, at, receipt_from(fields))
    if issubclass(kind, Postponed):
        return kind(nonce, at, text(fields, "reason"), moment_or_none(fields, "not_before"))
    if issubclass(kind, (Rejected, Doubted, Held, Expired)):
        return kind(nonce, at, text(fields, "reason"))
    return kind(nonce, at)


@dataclass(frozen=True, slots=True)
class Leftover:
    """What an earlier run could not bring to the ledger. ``size``: bytes read, so that a later line is not lost.

    ``claimed``: the nonces of its claims; that a send begins is on the disk before its first byte.
    """

    path: Path
    size: int
    told: tuple[Told, ...]
    claimed: frozenset[str] = frozenset()

    @property
    def unstarted(self) -> frozenset[str]:
        """The nonces of claims of which no byte was ever sent."""
        return self.claimed - {
            fact.nonce for one in self.told for fact in one.facts if not isinstance(fact, (Resolved, Changed))
        }

    def forget(self) -> None:
        """Remove the file, now that the ledger has it, unless its runner has written more since."""
        if self.path.exists() and self.path.stat().st_size == self.size:
            self.path.unlink()


@dataclass(frozen=True, slots=True)
class Journal:
    """One runner's notes about one ledger (``ledger`` is its id). Each line is on the disk before the next send."""

    folder: Path
    ledger: str
    owner: str

    @property
    def path(self) -> Path:
        """The file of this runner."""
        return self.folder / f"{self.ledger}-{self.owner}.jsonl"

    def begin(self, nonces: Iterable[str]) -> None:
        """Write down which claims are this runner's, before the first of them is sent."""
        self._write(dumps({_CLAIMED: list(nonces)}))

    def keep(self, told: Told) -> None:
        """Write down what came of one send, or that it begins."""
        self._write(told_line(told))

    def _write(self, line: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def clear(self) -> None:
        """Forget this runner's notes: the ledger has them."""
        self.path.unlink(missing_ok=True)

    def leftovers(self, workspace: str) -> tuple[Leftover, ...]:
        """The notes of runners that stopped, this one left out. A line cut off by a crash proves nothing."""
        files = sorted(self.folder.glob(f"{self.ledger}-*.jsonl")) if self.folder.is_dir() else []
        return tuple(_leftover(path, workspace) for path in files if path != self.path)


def _leftover(path: Path, workspace: str) -> Leftover:
    content = path.read_bytes()
    told, claimed = [], set[str]()
    for line in content.splitlines():
        try:
            if nonces := texts(loads(line), _CLAIMED):
                claimed.update(nonces)
            else:
                told.append(told_from(line, workspace))
        except NotUnderstood:
            continue
    return Leftover(path, len(content), tuple(told), frozenset(claimed))
