"""The lexicons of Bluesky as schemas: what of a record they would refuse."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from expertpost.render.counts import graphemes
from expertpost.render.families.atproto import is_at_uri, is_handle, is_language, is_record_key

HERE = Path(__file__).with_name("atproto")
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_DATETIME = re.compile(
    r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(?:\.\d{1,20})?(?:Z|(?!-00:00)[+-][0-2]\d:[0-5]\d)"
)
_URI = re.compile(r"[a-z][a-z.-]{0,80}:[^\s]{1,8000}")


def is_tid(text: str) -> bool:
    """Whether a text is a moment as record keys have it."""
    return bool(_TID.fullmatch(text))


def is_datetime(text: str) -> bool:
    """Whether a text is a moment."""
    if not text.isascii() or not _DATETIME.fullmatch(text):
        return False
    try:
        # Python begins with the year 1, and knows six digits of a second.
        whole = re.sub(r"(\.\d{1,6})\d*", r"\1", re.sub("^0000", "0001", text))
        return datetime.fromisoformat(whole).utctimetuple().tm_year > 0
    except (ValueError, OverflowError):
        return False


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "tid": is_tid,
    "datetime": is_datetime,
    "language": is_language,
    "handle": is_handle,
    "at-uri": is_at_uri,
    "record-key": is_record_key,
    "uri": lambda text: bool(_URI.fullmatch(text)),
}
"""Each format of texts that a lexicon may ask for and our records have."""


@cache
def _definition(name: str) -> dict[str, Any]:
    lexicon, _, part = name.partition("#")
    found: dict[str, Any] = json.loads((HERE / f"{lexicon}.json").read_text(encoding="utf-8"))["defs"][part or "main"]
    return found


def problems(value: object, name: str, at: str = "") -> Iterator[str]:
    """What is wrong with a value by the definition of this name; ``at``: where in the record it stands."""
    found = _definition(name)
    yield from _problems(value, found["record"] if found["type"] == "record" else found, name.partition("#")[0], at)


def _problems(value: object, wanted: dict[str, Any], lexicon: str, at: str) -> Iterator[str]:
    match wanted["type"]:
        case "object":
            yield from _of_object(value, wanted, lexicon, at)
        case "array":
            if not isinstance(value, list) or len(value) > wanted.get("maxLength", len(value)):
                yield f"{at}: no list, or too long"
                return
            for number, item in enumerate(value):
                yield from _problems(item, wanted["items"], lexicon, f"{at}[{number}]")
        case "ref":
            yield from problems(value, _whole(wanted["ref"], lexicon), at)
        case "union":
            refs = {_whole(ref, lexicon) for ref in wanted["refs"]}
            kind = value.get("$type") if isinstance(value, dict) else None
            yield from problems(value, str(kind), at) if kind in refs else [f"{at}: {kind} is none of {sorted(refs)}"]
        case "string":
            yield from _of_text(value, wanted, at)
        case "integer":
            if not isinstance(value, int) or value < wanted.get("minimum", value):
                yield f"{at}: no such number"
        case "blob":
            if (
                not isinstance(value, dict)
                or value["$type"] != "blob"
                or value["size"] > wanted.get("maxSize", 1 << 40)
            ):
                yield f"{at}: no blob, or too large"
        case kind:
            yield f"{at}: nobody checks {kind}"


def _of_object(value: object, wanted: dict[str, Any], lexicon: str, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: no object"
        return
    yield from (f"{at}.{key} is missing" for key in wanted.get("required", ()) if key not in value)
    for key, inside in value.items():
        if key in wanted["properties"]:
            yield from _problems(inside, wanted["properties"][key], lexicon, f"{at}.{key}")
        elif key != "$type":
            yield f"{at}.{key} is unknown"


def _of_text(value: object, wanted: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{at}: no text"
        return
    if len(value.encode()) > wanted.get("maxLength", 1_000_000):
        yield f"{at}: too many bytes"
    if graphemes(value) > wanted.get("maxGraphemes", 1_000_000):
        yield f"{at}: too many characters"
    if "format" in wanted and not FORMATS[wanted["format"]](value):
        yield f"{at}: {value[:60]!r} is no {wanted['format']}"


def _whole(ref: str, lexicon: str) -> str:
    return f"{lexicon}{ref}" if ref.startswith("#") else ref
