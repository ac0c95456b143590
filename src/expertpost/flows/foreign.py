"""What a foreign Markdown text needs to be a piece: lines added to its front matter, clashing keys renamed, no more.

The body never changes by a byte, nor do comments, unknown keys and their order. A key of ours that holds something we
cannot take is kept under the name ``original_<key>``.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from expertpost.errors import Finding, Severity
from expertpost.flows.scaffold import quoted
from expertpost.flows.slugs import free_slug
from expertpost.model.config import Config
from expertpost.model.draft import ALIASES, KNOWN, MAX_TITLE, RawDraft, Value, default_slug, has_hidden, judge
from expertpost.model.identity import ID, SLUG
from expertpost.model.piece import FrontMatter
from expertpost.store.frontmatter import BadFrontMatter, Split, split

_ROUNDS = 8
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]|^ {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)
_OPENING = re.compile(r"---[ \t]*\r?\n")
_JEKYLL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}-(?=.)")


class CannotAdopt(Exception):
    """This text cannot become a piece: ``line`` counts from 1 (0: all of it), ``what`` and ``cure`` are sentences."""

    def __init__(self, line: int, what: str, cure: str, code: str = "XP-FRONT") -> None:
        super().__init__(f"line {line}: {what} – {cure}")
        self.code = code
        self.line = line
        self.what = what
        self.cure = cure


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stands in where the text says nothing.

    ``id``: for a text without one. ``name``: the file's name, for a title. ``audience``: () leaves the default.
    ``zone``: for a ``publishDate`` without one. ``free``: whether a slug or id is nobody's yet.
    """

    id: str
    name: str
    authors: Callable[[], tuple[str, ...]]
    audience: tuple[str, ...]
    zone: str
    free: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Adopted:
    """The text as a piece. ``added``: keys that are new; ``notes``: what was renamed, and why."""

    text: str
    front: FrontMatter
    added: tuple[str, ...]
    notes: tuple[Finding, ...]


@dataclass(slots=True)
class _Plan:
    """The front matter as it will be. ``renamed``: key as written → its new name; ``added``: key → value."""

    path: str
    parts: Split
    renamed: dict[str, str] = field(default_factory=dict)
    added: dict[str, Value] = field(default_factory=dict)
    notes: list[Finding] = field(default_factory=list)

    def values(self) -> dict[str, Value]:
        kept = {self.renamed.get(key, key): value for key, value in self.parts.values.items()}
        return {**self.added, **kept}

    def value(self, key: str) -> Value:
        values = self.values()
        names = (key, *(alias for alias, ours in ALIASES.items() if ours == key))
        return next((values[name] for name in names if values.get(name) not in (None, "", [])), None)

    def add(self, key: str, value: Value) -> None:
        """Add a key; one that stands there empty makes room."""
        if key in self.parts.values and key not in self.renamed:
            self.rename(key, f"{key} is empty")
        self.added[key] = value

    def rename(self, key: str, why: str) -> None:
        """Put a key out of the way, under a name that nobody has."""
        new = f"original_{key}"
        while new in self.parts.values or new in self.renamed.values():
            new = f"{new}_"
        self.renamed[key] = new
        line = self.parts.lines[key]
        cure = f"it is kept as {new}; write {key} anew where it matters"
        self.notes.append(Finding(self.path, line, "XP-IMPORT-KEY", why, cure, Severity.WARNING))

    def note(self, key: str, what: str, cure: str) -> None:
        line = self.parts.lines.get(key, 1)
        self.notes.append(Finding(self.path, line, "XP-IMPORT-NOTE", what, cure, Severity.WARNING))


def adopt(text: str, path: str, config: Config, given: Given) -> Adopted:
    """The text that stands at ``path`` once adopted; unchanged where it is a piece already. Raises CannotAdopt."""
    try:
        parts = split(text)
    except BadFrontMatter as wrong:
        raise CannotAdopt(wrong.line, wrong.what, wrong.cure) from wrong
    _no_other_format(parts)
    plan = _Plan(path, parts)
    _identify(plan, given)
    if not plan.value("audience") and given.audience:
        plan.add("audience", list(given.audience))
    _title(plan, given)
    if not plan.value("authors"):
        plan.add("authors", list(given.authors()))
    _slug(plan, given)
    front = _settle(plan, config, given)
    made = text if not plan.added and not plan.renamed else _written(text, plan)
    _prove(made, plan)
    # The lines that were added stand above all others.
    notes = tuple(replace(note, line=note.line + len(plan.added)) for note in plan.notes)
    return Adopted(made, front, tuple(plan.added), notes)


def _no_other_format(parts: Split) -> None:
    """Refuse the front matter of other tools that is not YAML: it would end up as text on the page."""
    if parts.has_front:
        return
    start = parts.body.lstrip()
    cure = "turn it into YAML, with Hugo by: hugo convert toYAML"
    if re.match(r"\+\+\+[ \t]*\r?\n", start):
        raise CannotAdopt(1, "its front matter is TOML (+++)", cure)
    if re.match(r"\{\s*\"", start):
        raise CannotAdopt(1, "its front matter is JSON", cure)


def _identify(plan: _Plan, given: Given) -> None:
    written = plan.parts.values.get("id")
    if isinstance(written, str) and ID.fullmatch(written) and given.free(written):
        return
    if "id" in plan.parts.values:
        another = isinstance(written, str) and ID.fullmatch(written)
        plan.rename("id", "its id is that of another piece" if another else "its id is not one of ours")
    plan.add("id", given.id)


def _title(plan: _Plan, given: Given) -> None:
    if not plan.value("title"):
        plan.add("title", _title_from(plan.parts.body, given.name))


def _title_from(body: str, name: str) -> str:
    """The first heading, the highest one first; else the file's name."""
    found: Iterable[str] = ()
    if _HEADING.search(body):
        from expertpost.render.markdown import headings

        found = (heading.text for heading in sorted(headings(body.replace("\r\n", "\n")), key=lambda h: h.level))
    words = next((clean for clean in map(_one_line, found) if clean), "") or _one_line(_spoken(name))
    return words or "Untitled"


def _spoken(name: str) -> str:
    """``2024-01-31-torque_without-tears`` → ``Torque without tears``."""
    words = re.sub(r"[-_]+", " ", _JEKYLL_DATE.sub("", name)).strip()
    return words[:1].upper() + words[1:]


def _one_line(text: str) -> str:
    visible = "".join(c for c in " ".join(text.split()) if not has_hidden(c))
    return visible[:MAX_TITLE].strip()


def _slug(plan: _Plan, given: Given) -> None:
    """Keep a good slug that nobody has; otherwise derive one from it, or from the path."""
    written = plan.value("slug")
    default = default_slug(plan.path)
    wanted = written if isinstance(written, str) else given.name if default == "_index" else default
    if SLUG.fullmatch(wanted) and given.free(wanted) and wanted in (written, default):
        return
    if "slug" in plan.parts.values:
        why = (
            "another piece has this slug" if SLUG.fullmatch(wanted) else f"{wanted[:60]!r} cannot be part of an address"
        )
        plan.rename("slug", why)
    plan.add("slug", free_slug(wanted, plan.path, given.free))


def _settle(plan: _Plan, config: Config, given: Given) -> FrontMatter:
    """Judge, put aside what cannot be taken, and judge again until nothing is wrong. Raises CannotAdopt."""
    front, findings = _judged(plan, config)
    for _ in range(_ROUNDS):
        if front is not None:
            return front
        for finding in findings:
            _put_aside(plan, finding, config, given)
        front, findings = _judged(plan, config)
    raise CannotAdopt(findings[0].line, findings[0].what, findings[0].cure)


def _judged(plan: _Plan, config: Config) -> tuple[FrontMatter | None, tuple[Finding, ...]]:
    return judge(RawDraft(plan.path, plan.values(), plan.parts.lines, ""), config)


def _put_aside(plan: _Plan, finding: Finding, config: Config, given: Given) -> None:
    key = finding.code.removeprefix("XP-").lower().replace("-", "_")
    key = "cover" if key == "cover_alt" and not plan.value("cover_alt") else key
    names = (key, *(alias for alias, ours in ALIASES.items() if ours == key))
    written = next((name for name in names if name in plan.parts.values and name not in plan.renamed), "")
    if not written:
        return
    if key == "publish_at" and "has no time zone" in finding.what and not plan.value("timezone"):
        plan.add("timezone", given.zone)
        plan.note(written, f"{written} has no time zone", f"it is read as {given.zone} time; change timezone if not")
        return
    value = plan.parts.values[written]
    plan.rename(written, finding.what)
    _stand_in(plan, key, value, config, given)


def _stand_in(plan: _Plan, key: str, value: Value, config: Config, given: Given) -> None:
    """What takes the place of a key that was put aside: never more readers or channels than it named."""
    if key == "title":
        plan.add("title", _title_from(plan.parts.body, given.name))
    elif key == "authors" and not plan.value("authors"):
        plan.add("authors", list(given.authors()))
    elif key == "slug":
        plan.add("slug", free_slug(str(value), plan.path, given.free))
    elif key == "channels":
        plan.add("channels", [name for name in _words(value) if name in config.channels])
    elif key == "audience":
        plan.add("audience", [name for name in _words(value) if name in config.audiences.named] or ["colleagues"])


def _words(value: Value) -> list[Value]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _written(text: str, plan: _Plan) -> str:
    """The text with the plan carried out, line by line; the body as it was."""
    parts = plan.parts
    opening = _OPENING.match(text) if parts.has_front else None
    newline = "\r\n" if "\r\n" in (opening[0] if opening else text[:2_000]) else "\n"
    lines = parts.source.splitlines(keepends=True)
    for key, new in plan.renamed.items():
        number = parts.lines[key]
        lines[number - 2] = _renamed(lines[number - 2], key, new, number)
    first = lines[min(parts.lines.values()) - 2] if parts.lines else ""
    indent = first[: len(first) - len(first.lstrip(" "))]
    added = [f"{indent}{key}: {_yaml(key, plan.added[key])}{newline}" for key in sorted(plan.added, key=KNOWN.index)]
    source = "".join((*added, *lines))
    if opening is None:
        return f"---{newline}{source}---{newline}{text}"
    return opening[0] + source + text[opening.end() + len(parts.source) :]


def _renamed(line: str, key: str, new: str, number: int) -> str:
    found = re.match(rf"(\s*)(?:{re.escape(key)}|\"{re.escape(key)}\"|'{re.escape(key)}')(\s*:)", line)
    if found is None:
        raise CannotAdopt(number, f"{key} clashes and cannot be renamed where it stands", "write it as key: value")
    return f"{found[1]}{new}{found[2]}{line[found.end() :]}"


def _yaml(key: str, value: Value) -> str:
    if isinstance(value, list):
        return f"[{quoted([str(item) for item in value])}]"
    return str(value) if key == "id" else quoted(str(value))


def _prove(made: str, plan: _Plan) -> None:
    """Read the result again: the body must be the same, and every value what was meant. Raises CannotAdopt."""
    cure = "write its front matter as key: value, one to a line"
    try:
        again = split(made)
    except BadFrontMatter as wrong:
        raise CannotAdopt(1, "its front matter is written in a way that cannot be added to", cure) from wrong
    if again.body != plan.parts.body or again.values != plan.values():
        raise CannotAdopt(1, "its front matter is written in a way that cannot be added to", cure)
