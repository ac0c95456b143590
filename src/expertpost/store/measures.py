"""What came back of posts, as the ledger keeps it: one line for each delivery, which only ever grows."""

from collections.abc import Iterable, Mapping

from expertpost.model.measure import Measure, Measured, counted, grown
from expertpost.store.fields import Fields, NotUnderstood, dumps, inner, iso, loads, moment, text
from expertpost.store.lines import Lines, everything, picked

MEASURED = "measured"
"""The folder of the ledger that tells what came back."""


def measured_segment(key: str) -> str:
    """The file that tells what came back of a delivery."""
    return f"{MEASURED}/{key[:2]}.jsonl"


def measured_line(measured: Measured) -> bytes:
    """What came back of one delivery as one line, without its end; the id of its key stands first."""
    return dumps({"key": measured.key, "measures": [{"at": iso(o.at), **dict(o.counts)} for o in measured.measures]})


def measured_from(line: bytes) -> Measured:
    """What came back, from a line. Raises NotUnderstood."""
    fields = loads(line)
    found = fields.get("measures")
    if not isinstance(found, list):
        raise NotUnderstood("has no measures")
    return Measured(text(fields, "key"), tuple(_measure(inner({"measure": one}, "measure")) for one in found))


def _measure(fields: Fields) -> Measure:
    return Measure(moment(fields, "at"), counted(fields))


def find_measured(segments: Mapping[str, Lines], keys: Iterable[str]) -> dict[str, Measured]:
    """What the segments say of these deliveries. Raises NotUnderstood where a line is damaged or stands there twice."""
    return picked(segments, keys, measured_segment, measured_from)


def every_measured(segments: Mapping[str, Lines]) -> dict[str, Measured]:
    """Everything that the segments say. Raises NotUnderstood."""
    return everything(segments, lambda measured: measured.key, measured_from)


def news(known: Mapping[str, Measured], measured: Iterable[Measured]) -> dict[str, Measured]:
    """What these deliveries have after it, by key; nothing for those of which it says nothing new."""
    after: dict[str, Measured] = {}
    for one in measured:
        after[one.key] = grown(after.get(one.key) or known.get(one.key), one)
    return {key: one for key, one in sorted(after.items()) if one != known.get(key)}


def forgotten(before: bytes | None, after: bytes | None) -> bool:
    """Whether a line lost or changed a measure that another one had before it. Raises NotUnderstood."""
    had = set(measured_from(before).measures) if before else set()
    return not had <= (set(measured_from(after).measures) if after else set())
