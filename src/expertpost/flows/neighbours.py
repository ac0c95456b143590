"""What a check of one piece has to know of all the others."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from expertpost.checks.context import Neighbours
from expertpost.flows.refs import id_of, outlined, slug_of
from expertpost.model.config import Config
from expertpost.model.identity import folded
from expertpost.render.linked import name_of
from expertpost.store.files import Files
from expertpost.store.index import Text
from expertpost.store.pieces import DRAFTS, Loaded
from expertpost.store.roll import Roll

_T = TypeVar("_T")


class _Asked(Mapping[str, _T]):
    """Answers that are looked for only when somebody asks. ``ask`` raises KeyError; ``every`` gives them all."""

    def __init__(self, ask: Callable[[str], _T], every: Callable[[], Mapping[str, _T]]) -> None:
        self._ask, self._every = ask, every

    def __getitem__(self, key: str) -> _T:
        return self._ask(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._every())

    def __len__(self) -> int:
        return len(self._every())


@dataclass(frozen=True, slots=True)
class _Files:
    """The files below ``drafts/`` that are no texts: looked for only when somebody asks."""

    files: Files
    texts: Container[str]

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str) or not path.startswith(f"{DRAFTS}/") or path in self.texts:
            return False
        return any(entry.path == path for entry in self.files.below(path))


def neighbours_on(
    roll: Roll, files: Files, config: Config, merged: Callable[[list[str]], Iterable[Loaded]]
) -> Neighbours:
    """The neighbours on a roll, each looked for only when a check asks for it; see ``neighbours_of``."""

    @cache
    def every() -> Neighbours:
        paths = [entry.path for entry in files.below(DRAFTS)]
        return neighbours_of([outlined(text) for text in roll.every()], paths, config, merged)

    def audience(path: str) -> tuple[str, ...] | None:
        return _audience(outlined(_first(roll.where("path", path))), config)

    def kept(word: str) -> str:
        same = {text.path for column in ("id", "folded_slug") for text in roll.where(column, word)}
        there = merged(sorted(same)) if len(same) > 1 else ()
        return _first(tuple(each.path for each in there if word in (id_of(each), folded(slug_of(each)))))

    def by(column: str) -> Callable[[str], tuple[str, ...]]:
        return lambda value: _paths(roll.where(column, value) if value else ())

    audience_of = _Asked(audience, lambda: every().audience_of)
    return Neighbours(
        audience_of=audience_of,
        files=_Files(files, audience_of),
        by_id=_Asked(by("id"), lambda: every().by_id),
        by_slug=_Asked(by("folded_slug"), lambda: every().by_slug),
        by_path=_Asked(by("folded_path"), lambda: every().by_path),
        by_name=_Asked(by("folded_name"), lambda: every().by_name),
        kept=_Asked(kept, lambda: every().kept),
    )


def _paths(texts: Iterable[Text]) -> tuple[str, ...]:
    """The paths of texts. Raises KeyError where there is none."""
    paths = tuple(text.path for text in texts)
    if not paths:
        raise KeyError
    return paths


def _first(found: Sequence[_T]) -> _T:
    """The first of what was found. Raises KeyError where there is nothing."""
    if not found:
        raise KeyError
    return found[0]


def neighbours_of(
    every: Sequence[Loaded], paths: Collection[str], config: Config, merged: Callable[[list[str]], Iterable[Loaded]]
) -> Neighbours:
    """The neighbours, from all texts of one state. ``paths``: of all files below ``drafts/``.

    ``merged`` gives what the shared main has at some paths.
    """
    by_id = _grouped((id_of(each), each.path) for each in every)
    by_slug = _grouped((folded(slug_of(each)), each.path) for each in every)
    twins = {path for same in (*by_id.values(), *by_slug.values()) if len(same) > 1 for path in same}
    kept: dict[str, str] = {}
    for each in merged(sorted(twins)) if twins else ():
        kept.setdefault(id_of(each), each.path)
        kept.setdefault(folded(slug_of(each)), each.path)
    return Neighbours(
        audience_of={each.path: _audience(each, config) for each in every},
        files=frozenset(paths).difference(each.path for each in every),
        by_id=by_id,
        by_slug=by_slug,
        by_path=_grouped((folded(each.path), each.path) for each in every),
        by_name=_grouped((folded(name_of(each.path)), each.path) for each in every),
        kept=kept,
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, path in pairs:
        if key:
            found.setdefault(key, []).append(path)
    return {key: tuple(paths) for key, paths in found.items()}


def _audience(loaded: Loaded, config: Config) -> tuple[str, ...] | None:
    """Who may read a text; None where that cannot be told."""
    if loaded.piece:
        return loaded.piece.front.audience
    written = loaded.raw.values.get("audience") if loaded.raw else None
    names = tuple(str(name) for name in written) if isinstance(written, list) else ()
    known = all(name in config.audiences.named for name in names)
    return (names or ("colleagues",)) if known and loaded.raw else None
