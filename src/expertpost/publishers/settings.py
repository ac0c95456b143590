"""A channel's settings, judged against its publisher's settings dataclass: every problem at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from expertpost.errors import Finding
from expertpost.model.channel import Channel, SecretKind, SecretName
from expertpost.model.draft import nearest
from expertpost.model.same import Same
from expertpost.publishers.base import Problem, Publisher

_FILE = "expertpost.toml"
_CODE = "XP-CONFIG"
_S = TypeVar("_S")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type that a setting may have: how to say it, and how to write it."""

    says: str
    example: str


_KINDS: Mapping[object, _Kind] = {
    str: _Kind("a text", '"…"'),
    bool: _Kind("true or false", "true"),
    int: _Kind("a whole number", "1"),
    float: _Kind("a number", "1.5"),
    SecretName: _Kind("the name of a secret", '{ env = "NAME_OF_A_VARIABLE" }'),
}
_TEXTS = _Kind("a list of texts", '["…", "…"]')
_TABLE = _Kind("a table of texts", '{ file = "…" }')


def read(publisher: type[Publisher[_S]], channel: Channel) -> tuple[_S | None, tuple[Finding, ...]]:
    """The settings of this channel as its publisher's own type, or None and everything that is wrong with them.

    Unknown keys (with a "did you mean"), missing keys, wrong types, a secret that is written out, and what the
    publisher itself finds wrong.
    """
    return _read(publisher, Same(channel))


@lru_cache(maxsize=256)
def _read(publisher: type[Publisher[_S]], same: Same[Channel]) -> tuple[_S | None, tuple[Finding, ...]]:
    """The same, once for each channel: every piece asks."""
    channel = same.value
    written: dict[str, object] = {**channel.settings, **channel.secrets}
    hints = _hints(publisher.settings_type)
    known = {field.name: field for field in fields(publisher.settings_type)}
    chosen = {key: _as_asked(value, hints[key]) for key, value in written.items() if key in known}
    problems = [*_unknown(written, known), *_missing(written, known, hints), *_of_wrong_type(chosen, hints)]
    if problems:
        return None, _findings(channel, problems)
    settings: _S = publisher.settings_type(**chosen)
    found = _findings(channel, publisher.judge(settings))
    return (None if found else settings), found


@cache
def _hints(kind: type) -> Mapping[str, object]:
    """The types of a publisher's settings, found once."""
    return get_type_hints(kind)


def _findings(channel: Channel, problems: Iterable[Problem]) -> tuple[Finding, ...]:
    return tuple(
        Finding(_FILE, channel.line, _CODE, f"channels.{channel.name}.{problem.key}: {problem.what}", problem.cure)
        for problem in problems
    )


def _unknown(written: Mapping[str, object], known: Mapping[str, object]) -> Iterator[Problem]:
    return (Problem(key, "is unknown", nearest(key, known.keys())) for key in sorted(written) if key not in known)


def _missing(
    written: Mapping[str, object], known: Mapping[str, Field[object]], hints: Mapping[str, object]
) -> Iterator[Problem]:
    for key, field in known.items():
        if key not in written and field.default is MISSING and field.default_factory is MISSING:
            yield Problem(key, "is missing", f"write {key} = {_kind(hints[key]).example}")


def _of_wrong_type(chosen: Mapping[str, object], hints: Mapping[str, object]) -> Iterator[Problem]:
    for key, value in chosen.items():
        if _fits(value, hints[key]):
            continue
        if isinstance(value, str) and _fits(SecretName(SecretKind.ENV, ""), hints[key]):
            cure = f"put it into the environment and write {key} = {_KINDS[SecretName].example}"
            yield Problem(key, "is a secret, and a secret never stands in a file that is shared", cure)
        else:
            kind = _kind(hints[key])
            guess = f"; {nearest(value, _words(hints[key]))}" if isinstance(value, str) and _words(hints[key]) else ""
            yield Problem(key, f"must be {kind.says}", f"write {key} = {kind.example}{guess}")


def _as_asked(value: object, hint: object) -> object:
    """``{ file = "…" }`` under a key that only looks like a secret's is an ordinary table again, and the reverse."""
    if isinstance(value, SecretName) and not _fits(value, hint):
        return {value.kind.value: value.name}
    if isinstance(value, Mapping) and not _fits(value, hint) and len(value) == 1:
        (kind, name), *_ = value.items()
        named = isinstance(name, str) and kind in list(SecretKind)
        return SecretName(SecretKind(kind), name) if named else value
    return value


def _options(hint: object) -> tuple[object, ...]:
    """The types among which a hint lets choose, None left out."""
    if get_origin(hint) in (Union, UnionType):
        return tuple(one for one in get_args(hint) if one is not NoneType)
    return (hint,)


def _words(hint: object) -> tuple[str, ...]:
    return tuple(str(word) for one in _options(hint) if get_origin(one) is Literal for word in get_args(one))


def _fits(value: object, hint: object) -> bool:
    return any(_fits_one(value, one) for one in _options(hint))


def _fits_one(value: object, hint: object) -> bool:
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if origin is not None:
        return isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(hint, type) and isinstance(value, hint) and (hint is bool or not isinstance(value, bool))


def _kind(hint: object) -> _Kind:
    """How to say what is asked for: "a text or a list of texts"."""
    kinds = [_kind_of_one(one) for one in _options(hint)]
    return _Kind(" or ".join(kind.says for kind in kinds), kinds[0].example)


def _kind_of_one(hint: object) -> _Kind:
    origin = get_origin(hint)
    if origin is Literal:
        words = [f'"{word}"' for word in get_args(hint)]
        return _Kind(f"one of {', '.join(words)}", words[0])
    if origin is not None:
        return _TEXTS if origin is tuple else _TABLE
    return _KINDS[hint]
