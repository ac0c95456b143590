"""``expertpost.toml``: read, judged whole, every error with its line."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TypeVar

from expertpost.errors import Exit, Finding, Problems
from expertpost.model.audience import BUILT_IN, Audience, Audiences
from expertpost.model.channel import Channel, SecretKind, SecretName, Setting, Site
from expertpost.model.config import Brakes, Branches, Config, LedgerSettings, ReviewPolicy, Rule
from expertpost.model.draft import nearest
from expertpost.model.moment import BadMoment, zone

NAME = "expertpost.toml"
_NAMED = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HEADER = re.compile(r"\s*\[\[?\s*([^\]#]+?)\s*\]\]?")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*(?:=|\.)""")
_MISSING = object()
_T = TypeVar("_T")


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Path of keys → the line it is written on. Enough for TOML as people write it: tables, dotted headers, keys."""
    found: dict[tuple[str, ...], int] = {}
    here: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            here = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            found.setdefault(here, number)
        elif key := _KEY.match(line):
            found.setdefault((*here, key[1] or key[2] or key[3]), number)
    return found


@dataclass(slots=True)
class _Table:
    """One table of the file, and the findings of the whole file."""

    values: Mapping[str, object]
    path: tuple[str, ...]
    lines: Mapping[tuple[str, ...], int]
    found: list[Finding]
    asked: set[str] = field(default_factory=set)

    def line(self, key: str = "") -> int:
        wanted = (*self.path, key) if key else self.path
        return self.lines.get(wanted) or self.lines.get(self.path) or 1

    def complain(self, key: str, what: str, cure: str) -> None:
        place = ".".join((*self.path, key) if key else self.path)
        self.found.append(Finding(NAME, self.line(key), "XP-CONFIG", f"{place}: {what}", cure))

    def take(self, key: str, kind: type[_T], default: _T, says: str) -> _T:
        self.asked.add(key)
        value = self.values.get(key, _MISSING)
        if value is _MISSING:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.complain(key, f"must be {says}", f"write {key} = {_EXAMPLE.get(kind, '…')}")
            return default
        return value

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        if required and key not in self.values:
            self.asked.add(key)
            self.complain(key, "is missing", f'write {key} = "…"')
        return self.take(key, str, default, "a text")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key, list, [], "a list of texts")
        if not all(isinstance(item, str) for item in value):
            self.complain(key, "must be a list of texts", f'write {key} = ["one", "two"]')
            return ()
        return tuple(value)

    def table(self, key: str) -> "_Table":
        value = self.take(key, dict, {}, "a table")
        return _Table(value, (*self.path, key), self.lines, self.found)

    def tables(self) -> list[tuple[str, "_Table"]]:
        """The named tables inside this one, those with a good name."""
        inside = []
        for name in self.values:
            table = self.table(name)
            if _NAMED.fullmatch(name):
                inside.append((name, table))
            else:
                table.complain("", "is no good name", "use small letters, digits and hyphens")
        return inside

    def known(self, key: str, words: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
        for word in words:
            if word not in known:
                self.complain(key, f"{word!r} is unknown", nearest(word, known))
        return tuple(word for word in words if word in known)

    def finish(self) -> None:
        """Complain of every key nobody asked for."""
        for key in self.values:
            if key not in self.asked:
                self.complain(key, "is unknown", nearest(key, self.asked))


_EXAMPLE: Mapping[type, str] = {str: '"…"', bool: "true", int: "2", list: '["…"]', dict: "{ … }"}


def read_config(content: bytes) -> Config:
    """The settings in the bytes of ``expertpost.toml``. Raises Problems with every finding."""
    found: list[Finding] = []
    try:
        text = content.decode()
    except UnicodeDecodeError as wrong:
        raise _broken([Finding(NAME, 1, "XP-CONFIG", "is not UTF-8", "save it as UTF-8")]) from wrong
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        at = re.search(r"at line (\d+)", str(wrong))
        finding = Finding(NAME, int(at[1]) if at else text.count("\n") + 1, "XP-CONFIG", f"is not valid TOML: {wrong}",
                          "see https://toml.io for how to write it")  # fmt: skip
        raise _broken([finding]) from wrong
    top = _Table(values, (), _lines(text), found)
    config = _config(top)
    if found:
        raise _broken(found)
    return config


def _broken(found: list[Finding]) -> Problems:
    cure = f"mend {NAME}; nothing was done"
    return Problems(
        found, what=f"{NAME} has {len(found)} error{'s'[: len(found) > 1]}", cure=cure, exit_code=Exit.USAGE
    )


def _config(top: _Table) -> Config:
    workspace = top.table("workspace")
    audiences = _audiences(top.table("audiences"))
    main = workspace.text("main", "main")
    config = Config(
        name=workspace.text("name", required=True),
        id=workspace.text("id", required=True),
        timezone=_zone(workspace),
        branches=Branches(main=main),
        audiences=audiences,
        sites={name: _site(name, t, audiences) for name, t in top.table("sites").tables()},
        channels={name: _channel(name, t, audiences) for name, t in top.table("channels").tables()},
        review=_review(top.table("review")),
        brakes=_brakes(top.table("publish")),
        ledger=_ledger(top.table("ledger")),
    )
    for both in config.sites.keys() & config.channels.keys():
        top.table("channels").table(both).complain("", "is a site and a channel", "give them different names")
    workspace.finish()
    top.finish()
    return config


def _zone(table: _Table) -> str:
    name = table.text("timezone", "UTC")
    try:
        zone(name)
    except BadMoment as wrong:
        table.complain("timezone", wrong.what, wrong.cure)
        return "UTC"
    return name


def _audiences(table: _Table) -> Audiences:
    named = {a.name: a for a in BUILT_IN}
    for name, inner in table.tables():
        default = named.get(name, Audience(name, name))
        includes = inner.take("includes_colleagues", bool, default.includes_colleagues, "true or false")
        if name in ("public", "colleagues") and not includes:
            inner.complain("includes_colleagues", f"{name} always includes colleagues", "remove the line")
        named[name] = Audience(name, inner.text("says", default.says), includes)
        inner.finish()
    return Audiences(named)


def _readers(table: _Table, audiences: Audiences) -> tuple[str, ...]:
    if not table.values.get("readers"):
        table.asked.add("readers")
        table.complain("readers", "is missing: who reads what goes there?", 'write readers = ["colleagues"]')
    return table.known("readers", table.texts("readers"), audiences.named)


def _site(name: str, table: _Table, audiences: Audiences) -> Site:
    url = table.text("base_url")
    if url and not re.fullmatch(r"https?://[^\s<>\"'?#]+", url):
        table.complain("base_url", "is no web address", 'write base_url = "https://hub.example.org/"')
    base_url = url.rstrip("/") + "/" if url else ""
    site = Site(name, _readers(table, audiences), base_url, table.text("title"), table.line())
    table.finish()
    return site


def _channel(name: str, table: _Table, audiences: Audiences) -> Channel:
    publisher = table.text("publisher", required=True)
    readers = _readers(table, audiences)
    settings: dict[str, Setting] = {}
    secrets: dict[str, SecretName] = {}
    for key in table.values.keys() - {"publisher", "readers"}:
        table.asked.add(key)
        value = table.values[key]
        secret = _secret(key, value)
        if secret:
            secrets[key] = secret
        else:
            settings[key] = _setting(value)
    table.finish()
    return Channel(name, publisher, readers, settings, secrets, table.line())


def _secret(key: str, value: object) -> SecretName | None:
    """``{ env = "NAME" }`` and its kin; ``{ file = … }`` names a secret only under a key that speaks of one."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    (kind, name), *_ = value.items()
    speaks = re.search(r"password|secret|token|key|credential", key) is not None
    if not isinstance(name, str) or kind not in list(SecretKind) or (kind == SecretKind.FILE and not speaks):
        return None
    return SecretName(SecretKind(kind), name)


def _setting(value: object) -> Setting:
    if isinstance(value, list):
        return tuple(_setting(item) for item in value)
    if isinstance(value, dict):
        return {str(key): _setting(item) for key, item in value.items()}
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _review(table: _Table) -> ReviewPolicy:
    signed = table.take("signed", bool, False, "true or false") if "signed" in table.values else None
    table.asked.add("signed")
    alone = table.take("alone", bool, False, "true or false")
    rules = table.take("rules", list, [], "[[review.rules]] tables")
    inner = [_Table(r, ("review", "rules"), table.lines, table.found) for r in rules if isinstance(r, dict)]
    policy = ReviewPolicy(alone, signed, tuple(_rule(one) for one in inner))
    table.finish()
    return policy


def _rule(table: _Table) -> Rule:
    approvals = table.take("approvals", int, 1, "a number")
    if not 1 <= approvals <= 20:
        table.complain("approvals", "must be from 1 to 20", "write approvals = 2")
    filters = {f.name: table.texts(f.name) for f in fields(Rule) if f.name != "approvals"}
    table.finish()
    return Rule(approvals=approvals, **filters)


def _brakes(table: _Table) -> Brakes:
    days = table.take("max_lateness_days", int, 7, "a number of days")
    burst = table.take("burst", int, 5, "a number of pieces")
    _at_least(table, "max_lateness_days", days, 0)
    _at_least(table, "burst", burst, 1)
    table.finish()
    return Brakes(timedelta(days=max(days, 0)), burst)


def _at_least(table: _Table, key: str, value: int, least: int) -> None:
    if value < least:
        table.complain(key, f"must be {least} or more", f"write {key} = {least}")


def _ledger(table: _Table) -> LedgerSettings:
    engine = table.values.get("engine", "git")
    table.asked.add("engine")
    url = _secret("engine_secret", engine) if isinstance(engine, dict) else None
    if url is None and engine != "git":
        table.complain("engine", "is unknown", 'write engine = "git"')
    settings = LedgerSettings("git" if url is None else "sql", url, table.text("id"), table.text("remote"))
    table.finish()
    return settings
