"""What the runner has seen of people's events, as the ledger keeps it: one line each, written once, never changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from expertpost.model.witness import Seen, Witness
from expertpost.store.fields import NotUnderstood, dumps, iso, loads, moment, text
from expertpost.store.git import Git
from expertpost.store.hub import Hub
from expertpost.store.lines import Lines, everything, picked

SEEN = "seen"
"""The folder of the ledger that tells when events were first seen."""


def seen_segment(event: str) -> str:
    """The file that tells when an event was first seen."""
    return f"{SEEN}/{event[:2]}.jsonl"


def witness_line(witness: Witness) -> bytes:
    """A witness as one line, without its end; the event's id stands first."""
    return dumps({"key": witness.event, "at": iso(witness.at), "blob": witness.blob})


def witness_from(line: bytes) -> Witness:
    """The witness in a line. Raises NotUnderstood."""
    fields = loads(line)
    return Witness(text(fields, "key"), moment(fields, "at"), text(fields, "blob"))


def by_segment(witnesses: Iterable[Witness]) -> dict[str, dict[str, bytes | None]]:
    """Each file that gets new lines, with the lines by the id of their event."""
    found: dict[str, dict[str, bytes | None]] = {}
    for witness in witnesses:
        found.setdefault(seen_segment(witness.event), {})[witness.event] = witness_line(witness)
    return found


def find_in(segments: Mapping[str, Lines], events: Iterable[str]) -> dict[str, Witness]:
    """What the segments say of these events. Raises NotUnderstood where a line is damaged or stands there twice."""
    return picked(segments, events, seen_segment, witness_from)


def every_in(segments: Mapping[str, Lines]) -> dict[str, Witness]:
    """Everything that the segments say. Raises NotUnderstood."""
    return everything(segments, lambda witness: witness.event, witness_from)


def seen_on(hub: Hub, now: datetime) -> Seen:
    """As people's machines judge: by what the ledger branch says, as last fetched; a damaged line says nothing."""
    branch = _Branch(hub.git, hub.tip(hub.branches.ledger))
    return Seen(now, branch.find)


class _Branch:
    """The segments of one commit of the ledger, each read when first asked for."""

    def __init__(self, git: Git, tip: str | None) -> None:
        self._git, self._tip = git, tip
        self._read: dict[str, Lines] = {}

    def find(self, events: Iterable[str]) -> Mapping[str, Witness]:
        """What is known of these events."""
        wanted = list(events)
        self._load({seen_segment(event) for event in wanted} - self._read.keys())
        found: dict[str, Witness] = {}
        for event in wanted:
            try:
                found |= find_in(self._read, (event,))
            except NotUnderstood:
                continue
        return found

    def _load(self, paths: set[str]) -> None:
        entries = self._git.tree(self._tip, *sorted(paths)) if self._tip and paths else []
        self._read |= dict.fromkeys(paths, Lines())
        contents = self._git.blobs(entry.blob for entry in entries)
        self._read |= {entry.path: Lines(content) for entry, content in zip(entries, contents, strict=True)}
