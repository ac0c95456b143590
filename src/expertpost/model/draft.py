"""From what an expert wrote to a valid piece: read leniently, judged strictly, every problem at once."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias, TypeVar

from expertpost.errors import Finding
from expertpost.model.config import Config
from expertpost.model.identity import ID, SLUG
from expertpost.model.moment import BadMoment, day, instant, zone
from expertpost.model.piece import MAX_EDITION, FrontMatter, Kind

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
_T = TypeVar("_T")

ALIASES = {
    "description": "summary",
    "author": "authors",
    "tags": "topics",
    "publishDate": "publish_at",
    "lang": "language",
}
"""Names other tools use (Hugo, Jekyll, Obsidian) for keys of ours; ours wins where both stand."""

KNOWN = (
    "id", "title", "summary", "authors", "audience", "channels", "topics", "kind", "publish_at", "timezone", "slug",
    "canonical_url", "cover", "cover_alt", "editions", "review_by", "posts", "thread", "language",
    "question",
)  # fmt: skip

MAX_TITLE = 300
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = frozenset("\u200c\u200d\ufe0f")


@dataclass(frozen=True, slots=True)
class RawDraft:
    """A file as written. ``values``: front matter; ``lines``: the file's line of each key; ``body``: everything after.

    ``path`` is relative to the workspace with forward slashes.
    """

    path: str
    values: Mapping[str, Value]
    lines: Mapping[str, int]
    body: str
    body_line: int = 1


MAX_NAMED = 20
"""So many words are listed where none is close."""


def nearest(word: str, words: Collection[str]) -> str:
    """`` – did you mean …?`` for a word that is close to one of ``words``, otherwise a list of them."""
    import difflib

    close = difflib.get_close_matches(word, words, n=1)
    if close:
        return f"did you mean {close[0]}?"
    few = sorted(words)[:MAX_NAMED]
    return f"one of: {', '.join(few) or 'none exist'}{' …' if len(words) > len(few) else ''}"


def default_slug(path: str) -> str:
    """The slug a path stands for: the file's name, or its folder's for ``index.md``."""
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[2] if name == "index.md" else name.removesuffix(".md")


def has_hidden(text: str) -> bool:
    """Whether a line of text holds control, formatting or private-use characters (terminal escapes, bidi overrides)."""
    if text.isascii():
        return not text.isprintable()
    return any(unicodedata.category(c) in _HIDDEN and c not in _JOINERS for c in text)


@dataclass(slots=True)
class _Judge:
    """Takes one key after the other and keeps what is wrong with it."""

    raw: RawDraft
    config: Config
    found: list[Finding] = field(default_factory=list)
    named: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        values = self.raw.values
        self.named = {ours: values[alias] for alias, ours in ALIASES.items() if alias in values} | dict(values)

    def complain(self, key: str, what: str, cure: str) -> None:
        written = next(
            (k for k in (key, *(a for a, ours in ALIASES.items() if ours == key)) if k in self.raw.lines), ""
        )
        code = f"XP-{key.upper().replace('_', '-')}"
        self.found.append(Finding(self.raw.path, self.raw.lines.get(written, 1), code, what, cure))

    def value(self, key: str) -> Value:
        return self.named.get(key)

    def text(self, key: str, limit: int = 2_000) -> str:
        value = self.value(key)
        if value is None:
            return ""
        if isinstance(value, (list, dict, bool)):
            self.complain(key, f"{key} must be a text", f"write {key}: some words")
            return ""
        found = str(value).strip()
        if len(found) > limit:
            self.complain(key, f"{key} has {len(found):,} characters, more than {limit:,}", "shorten it")
        if has_hidden(found.replace("\n", " ").replace("\t", " ")):
            self.complain(key, f"{key} holds invisible or control characters", "type it anew without them")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.value(key)
        items = value if isinstance(value, list) else [] if value in (None, "") else [value]
        if any(isinstance(item, (list, dict, bool)) or item is None for item in items):
            self.complain(key, f"{key} must be a list of words", f"write {key}: [one, two]")
            return ()
        found = tuple(dict.fromkeys(str(item).strip() for item in items))
        if any(has_hidden(item) or not item or len(item) > 200 for item in found):
            self.complain(key, f"{key} holds an empty, overlong or invisible word", "remove it")
            return ()
        return found

    def among(self, key: str, words: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
        for word in words:
            if word not in known:
                self.complain(key, f"{key} {word!r} is unknown", nearest(word, known))
        return tuple(word for word in words if word in known)

    def parsed(self, key: str, parse: Callable[[str], _T]) -> _T | None:
        text = self.text(key)
        try:
            return parse(text) if text else None
        except BadMoment as wrong:
            self.complain(key, wrong.what, wrong.cure)
            return None

    def mapping(self, key: str) -> Mapping[str, Value]:
        value = self.value(key)
        if value is not None and not isinstance(value, dict):
            self.complain(key, f"{key} must be a map", f"write {key}: {{channel: …}}")
        return value if isinstance(value, dict) else {}


def judge(raw: RawDraft, config: Config) -> tuple[FrontMatter | None, tuple[Finding, ...]]:
    """The front matter of a draft, or None, and every problem in it. None exactly when there are problems."""
    asked = _Judge(raw, config)
    cover, cover_alt = _cover(asked)
    front = FrontMatter(
        id=_id(asked),
        title=_title(asked),
        authors=_authors(asked),
        slug=_slug(asked),
        kind=_kind(asked),
        summary=asked.text("summary", 1_000),
        audience=asked.among("audience", asked.texts("audience"), config.audiences.named) or ("colleagues",),
        channels=_channels(asked),
        topics=asked.texts("topics"),
        publish_at=_publish_at(asked),
        timezone=asked.text("timezone"),
        review_by=_day(asked),
        canonical_url=_canonical(asked),
        cover=cover,
        cover_alt=cover_alt,
        language=_language(asked),
        editions=_editions(asked),
        posts=_posts(asked),
        thread=_thread(asked),
        question=_question(asked),
        unknown=tuple(key for key in raw.values if key not in KNOWN and key not in ALIASES),
    )
    return (None if asked.found else front), tuple(asked.found)


def _id(asked: _Judge) -> str:
    text = asked.text("id")
    if not text:
        asked.complain("id", "the piece has no id", "expertpost new makes one; expertpost import adds one")
    elif not ID.fullmatch(text):
        asked.complain("id", f"{text[:40]!r} is no id", "put back the id that expertpost wrote; never change it")
    return text


def _question(asked: _Judge) -> str:
    text = asked.text("question").upper()
    if text and not ID.fullmatch(text):
        cure = "expertpost ask answer writes it; or remove the line"
        asked.complain("question", f"{text[:40]!r} is no question", cure)
    return text


def _title(asked: _Judge) -> str:
    text = asked.text("title", MAX_TITLE)
    if not text and not any(f.code == "XP-TITLE" for f in asked.found):
        asked.complain("title", "the piece has no title", "add title: What it is about")
    return text


def _authors(asked: _Judge) -> tuple[str, ...]:
    found = asked.texts("authors")
    if not found and not any(f.code == "XP-AUTHORS" for f in asked.found):
        asked.complain("authors", "the piece has no author", "add authors: [your-handle]")
    return found


def _slug(asked: _Judge) -> str:
    text = asked.text("slug") or default_slug(asked.raw.path)
    if not SLUG.fullmatch(text):
        cure = "use small letters, digits and hyphens, at most 80: slug: torque-without-tears"
        asked.complain("slug", f"{text[:60]!r} cannot be part of an address", cure)
    return text


def _kind(asked: _Judge) -> Kind:
    text = asked.text("kind")
    try:
        return Kind(text or Kind.ARTICLE)
    except ValueError:
        asked.complain("kind", f"kind {text[:40]!r} is unknown", nearest(text, [kind.value for kind in Kind]))
        return Kind.ARTICLE


def _channels(asked: _Judge) -> tuple[str, ...] | None:
    if asked.value("channels") is None:
        return None
    return asked.among("channels", asked.texts("channels"), asked.config.channels)


def _publish_at(asked: _Judge) -> datetime | None:
    name = asked.text("timezone")
    known = asked.parsed("timezone", zone)
    if name and known is None:
        return None
    return asked.parsed("publish_at", lambda text: instant(text, name))


def _day(asked: _Judge) -> date | None:
    return asked.parsed("review_by", day)


def _canonical(asked: _Judge) -> str:
    text = asked.text("canonical_url")
    if text and not re.fullmatch(r"https?://[^\s<>\"\\]+", text):
        asked.complain("canonical_url", f"{text[:80]!r} is no web address", "write https://…")
    return text


def _cover(asked: _Judge) -> tuple[str, str]:
    cover, alt = asked.text("cover"), asked.text("cover_alt", 1_500)
    if cover and (cover.startswith("/") or ".." in cover.split("/") or ":" in cover or "\\" in cover):
        asked.complain("cover", f"{cover[:80]!r} is not a file beside the piece", "write cover: picture.png")
    if cover and not alt:
        asked.complain("cover_alt", "the cover has no text for those who cannot see it", "add cover_alt: What it shows")
    return cover, alt


def _language(asked: _Judge) -> str:
    text = asked.text("language")
    if text and not _LANGUAGE.fullmatch(text):
        asked.complain("language", f"{text[:40]!r} is no language tag", "write one like en or de-CH")
    return text


def _editions(asked: _Judge) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value in asked.mapping("editions").items():
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_EDITION:
            found[name] = value
        else:
            asked.complain(
                "editions", f"edition of {name} is no number from 1 to {MAX_EDITION}", f"write editions: {{{name}: 2}}"
            )
    asked.among("editions", tuple(found), asked.config.channels)
    return found


def _posts(asked: _Judge) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in asked.mapping("posts").items():
        if isinstance(value, str) and not has_hidden(value.replace("\n", " ").replace("\t", " ")):
            found[name] = value
        else:
            asked.complain("posts", f"the post for {name} is no plain text", f"write posts: {{{name}: some words}}")
    asked.among("posts", tuple(found), asked.config.channels)
    return found


def _thread(asked: _Judge) -> bool:
    value = asked.value("thread")
    if value not in (None, True, False):
        asked.complain("thread", "thread must be true or false", "write thread: true")
    return value is True
