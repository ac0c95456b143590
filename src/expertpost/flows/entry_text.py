"""The text of somebody's entry with some lines changed; other keys, their order, comments and the bio stay."""

from collections.abc import Mapping
from datetime import datetime

from expertpost.flows.scaffold import quoted
from expertpost.model.people import SigningKey
from expertpost.store.frontmatter import Value, split


def new_entry(name: str, values: Mapping[str, tuple[str, ...]], key: SigningKey | None) -> str:
    """The text of a new entry; ``values``: lists by the name of their key, empty ones are left out."""
    lists = "".join(f"{name}: [{quoted(items)}]\n" for name, items in values.items() if items)
    keys = "".join(f"{line}\n" for line in _block([_item(key)])) if key else ""
    return f"---\nname: {quoted(name)}\n{lists}{keys}---\n"


def with_key(text: str, key: SigningKey) -> str:
    """The entry with one more key."""
    return _put(text, "keys", _block([*_keys(text), _item(key)]))


def with_times(text: str, public: frozenset[str], *, before: datetime | None = None, revoked: bool = False) -> str:
    """The entry with these of its keys ended (not later than they end anyway), or revoked."""
    items = [_ended(item, before, revoked) if _public(item) in public else item for item in _keys(text)]
    return _put(text, "keys", _block(items)) if items else text


def with_line(text: str, name: str, value: str) -> str:
    """The entry with one value, in the place of the one that was there or at the end of its front matter."""
    return _put(text, name, [f"{name}: {value}"])


def with_more(text: str, name: str, more: tuple[str, ...]) -> str:
    """The entry with more items in a list."""
    there = split(text).values.get(name)
    known = [str(item) for item in (there if isinstance(there, list) else [there] if there else [])]
    every = tuple(dict.fromkeys((*known, *more)))
    return with_line(text, name, f"[{quoted(every)}]") if more else text


def _keys(text: str) -> list[Value]:
    value = split(text).values.get("keys")
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _public(item: Value) -> str:
    written = item.get("key") if isinstance(item, dict) else item
    return " ".join(str(written).split()[:2])


def _item(key: SigningKey) -> Value:
    return {"key": key.key, "proof": key.proof} if key.proof else key.key


def _ended(item: Value, before: datetime | None, revoked: bool) -> Value:
    made: dict[str, Value] = dict(item) if isinstance(item, dict) else {"key": item}
    if before is not None:
        made["valid_before"] = before.isoformat()
    return {**made, "revoked": True} if revoked else made


def _block(items: list[Value]) -> list[str]:
    lines = ["keys:"]
    for item in items:
        pairs = [(name, _word(value)) for name, value in item.items()] if isinstance(item, dict) else []
        lines += [f"  {'-' if n == 0 else ' '} {name}: {value}" for n, (name, value) in enumerate(pairs)]
        lines += [] if pairs else [f"  - {_word(item)}"]
    return lines


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else quoted(str(value))


def _put(text: str, name: str, lines: list[str]) -> str:
    """The text with the block of one top-level key replaced, or added at the end of the front matter."""
    parts = split(text)
    end = "\r\n" if text.startswith("---\r\n") else "\n"
    every = text.split(end)
    close = 1 + parts.source.count(end)
    first = parts.lines[name] - 1 if name in parts.lines else close
    last = first + 1 if name in parts.lines else close
    while last < close and (not every[last].strip() or every[last][0] in " \t-#"):
        last += 1
    while last > first + 1 and (not every[last - 1].strip() or every[last - 1][0] == "#"):
        last -= 1
    return end.join((*every[:first], *lines, *every[last:]))
