"""Reading and writing the fields of one JSON object whose content nobody vouches for."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from expertpost.model.canonical import Json

Fields: TypeAlias = Mapping[str, Json]


class NotUnderstood(ValueError):
    """A line or file of the ledger that is not what it should be."""


def dumps(value: Fields) -> bytes:
    """One line of JSON, without its end, keys in the order given."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def loads(line: bytes) -> Fields:
    """The JSON object in a line. Raises NotUnderstood."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise NotUnderstood("is not JSON") from wrong
    if not isinstance(found, dict):
        raise NotUnderstood("is no JSON object")
    return found


def slim(value: Fields) -> Fields:
    """Without what says nothing; what is absent reads as the default."""
    return {key: item for key, item in value.items() if item not in (None, "", 0, False) and item != []}


def text(fields: Fields, name: str) -> str:
    """The text under a name, "" where there is none. Raises NotUnderstood."""
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise NotUnderstood(f"{name} is no text")
    return value


def number(fields: Fields, name: str) -> int:
    """The whole number under a name, 0 where there is none. Raises NotUnderstood."""
    value = fields.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotUnderstood(f"{name} is no number")
    return value


def texts(fields: Fields, name: str) -> tuple[str, ...]:
    """The list of texts under a name, empty where there is none. Raises NotUnderstood."""
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise NotUnderstood(f"{name} is no list of texts")
    return tuple(str(item) for item in value)


def inner(fields: Fields, name: str) -> Fields:
    """The object under a name, empty where there is none. Raises NotUnderstood."""
    value = fields.get(name, {})
    if not isinstance(value, Mapping):
        raise NotUnderstood(f"{name} is no JSON object")
    return value


def moment(fields: Fields, name: str) -> datetime:
    """The instant under a name. Raises NotUnderstood."""
    try:
        found = datetime.fromisoformat(text(fields, name))
    except ValueError as wrong:
        raise NotUnderstood(f"{name} is no time") from wrong
    if found.tzinfo is None:
        raise NotUnderstood(f"{name} has no time zone")
    return found


def moments(fields: Fields, name: str) -> tuple[datetime, ...]:
    """The list of instants under a name, empty where there is none. Raises NotUnderstood."""
    return tuple(moment({name: said}, name) for said in texts(fields, name))


def moment_or_none(fields: Fields, name: str) -> datetime | None:
    """The instant under a name, None where there is none. Raises NotUnderstood."""
    return moment(fields, name) if fields.get(name) else None


def iso(at: datetime | None) -> str:
    """An instant as ISO 8601, "" for none."""
    return at.isoformat() if at else ""
