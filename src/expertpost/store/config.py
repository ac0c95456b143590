"""``expertpost.toml``: read, judged whole, every error with its line."""

import re
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import quote

from expertpost.model import config as model
from expertpost.model.audience import BUILT_IN, Audience, Audiences
from expertpost.model.channel import Channel, SecretKind, SecretName, Setting, Site
from expertpost.model.config import Brakes, Branches, Config, LedgerSettings, ReviewPolicy, Rule
from expertpost.model.draft import nearest
from expertpost.model.fast_lane import MAX_LANE
from expertpost.model.moment import BadMoment, zone
from expertpost.model.piece import Kind
from expertpost.store.freshness import freshness_in
from expertpost.store.toml import Table as _Table
from expertpost.store.toml import broken, read_toml

NAME = "expertpost.toml"
_CAMPAIGN = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def read_config(content: bytes) -> Config:
    """The settings in the bytes of ``expertpost.toml``. Raises Problems with every finding."""
    top = read_toml(content, NAME)
    config = _config(top)
    if top.found:
        raise broken(top.found, NAME)
    return config


def _config(top: _Table) -> Config:
    workspace = top.table("workspace")
    audiences = _audiences(top.table("audiences"))
    channels = {name: _channel(name, t, audiences) for name, t in top.table("channels").tables()}
    main = workspace.text("main", "main")
    config = Config(
        name=workspace.text("name", required=True),
        id=workspace.text("id", required=True),
        timezone=_zone(workspace),
        branches=Branches(main=main),
        audiences=audiences,
        sites={name: _site(name, t, audiences) for name, t in top.table("sites").tables()},
        channels=channels,
        review=_review(top.table("review"), audiences, channels),
        brakes=_brakes(top.table("publish")),
        ledger=_ledger(top.table("ledger")),
        host=_host(top.table("host")),
        freshness=freshness_in(top.table("freshness")),
    )
    for both in config.sites.keys() & config.channels.keys():
        top.table("channels").table(both).complain("", "is a site and a channel", "give them different names")
    _reminders(top.table("review"), config)
    workspace.finish()
    top.finish()
    return config


def _reminders(table: _Table, config: Config) -> None:
    """Reminders name what nobody approved yet: only colleagues may read the channel that they go through."""
    name = config.review.reminders
    if name and name not in config.channels:
        table.complain("reminders", f"no channel is called {name!r}", nearest(name, config.channels))
    elif name and not config.audiences.may_read(config.channels[name].readers, ("colleagues",)):
        table.complain("reminders", f"{name} is not read by colleagues only", 'name one with readers = ["colleagues"]')


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
    ask = table.text("ask")
    if ask and not re.fullmatch(r"https?://[^\s<>\"']+|mailto:[^\s<>\"'?#@]+@[^\s<>\"'?#@]+", ask):
        table.complain("ask", "is no address", 'write ask = "mailto:experts@example.org", or https://…')
    readers, title = _readers(table, audiences), table.text("title")
    site = Site(name, readers, base_url, title, table.line(), table.flag("cards"), table.flag("search"), ask)
    table.finish()
    return site


def _channel(name: str, table: _Table, audiences: Audiences) -> Channel:
    publisher = table.text("publisher", required=True)
    readers = _readers(table, audiences)
    if "readers" not in table.values:
        _misspelt(table, publisher)
    settings: dict[str, Setting] = {}
    secrets: dict[str, SecretName] = {}
    burst, same_text = (_own_brake(table, key) for key in ("burst", "same_text"))
    for key in table.values.keys() - {"publisher", "readers", "utm", "canonical", "burst", "same_text"}:
        table.asked.add(key)
        value = table.values[key]
        secret = _secret(key, value)
        if secret:
            secrets[key] = secret
        else:
            settings[key] = _setting(value)
    utm = _utm(table, name, publisher)
    canonical = table.flag("canonical")
    table.finish()
    return Channel(name, publisher, readers, settings, secrets, table.line(), burst, same_text, utm, canonical)


def _misspelt(table: _Table, publisher: str) -> None:
    """What else is wrong where a channel names no readers: its publisher, which judges the rest, is not asked then."""
    import difflib
    from importlib.metadata import entry_points

    for key in difflib.get_close_matches("readers", table.values, cutoff=0.7):
        table.complain(key, "is unknown", "did you mean readers?")
    if publisher:
        table.known("publisher", (publisher,), {entry.name for entry in entry_points(group="expertpost.publishers")})


def _utm(table: _Table, name: str, publisher: str) -> str:
    """What a channel adds to addresses: where a visit came from, and with a text also of which campaign it is."""
    table.asked.add("utm")
    wanted = table.values.get("utm", False)
    if not isinstance(wanted, bool) and not _CAMPAIGN.fullmatch(wanted if isinstance(wanted, str) else ""):
        table.complain("utm", "is neither true nor the name of a campaign", 'write utm = true, or utm = "autumn-2026"')
        return ""
    if not wanted:
        return ""
    campaign = f"&utm_campaign={wanted}" if isinstance(wanted, str) else ""
    return f"utm_source={name}&utm_medium={quote(publisher)}{campaign}"


def _own_brake(table: _Table, key: str) -> int:
    """A channel's own brake, 0 where it sets none."""
    return table.within(key, 1, 1, 10_000) if key in table.values else 0


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


def _review(table: _Table, audiences: Audiences, channels: Collection[str]) -> ReviewPolicy:
    signed = table.take("signed", bool, False, "true or false") if "signed" in table.values else None
    table.asked.add("signed")
    alone = table.take("alone", bool, False, "true or false")
    rules = tuple(_rule(one, audiences, channels) for one in table.list_of("rules"))
    host = table.known("host_approvals", (table.text("host_approvals"),), ["", *model.HostApprovals])
    approvals = model.HostApprovals(host[0]) if any(host) else None
    policy = ReviewPolicy(alone, signed, rules, approvals, table.text("reminders"))
    table.finish()
    return policy


def _rule(table: _Table, audiences: Audiences, channels: Collection[str]) -> Rule:
    """One rule. A word in it that nothing can ever match would make it silently milder, so it is an error."""
    rule = Rule(
        approvals=table.within("approvals", 1, 1, 20),
        roles=table.texts("roles"),
        experts=table.take("experts", bool, False, "true or false"),
        fast_lane=table.within("fast_lane", 0, 0, MAX_LANE),
        due_days=table.within("due_days", 0, 0, 365),
        escalate=table.texts("escalate"),
        number=int(table.path[-1]),
        audience=table.known("audience", table.texts("audience"), audiences.named),
        channel=table.known("channel", table.texts("channel"), channels),
        kind=table.known("kind", table.texts("kind"), [kind.value for kind in Kind]),
        topic=table.texts("topic"),
        author=table.texts("author"),
    )
    if rule.escalate and not rule.due_days:
        table.complain("escalate", "is asked after due_days, which are not set", "write due_days = 5")
    table.finish()
    return rule


def _brakes(table: _Table) -> Brakes:
    days = table.take("max_lateness_days", int, 7, "a number of days")
    burst = table.take("burst", int, 5, "a number of pieces")
    same_text = table.within("same_text", 1, 1, 10_000)
    first = table.within("inside_first_days", 0, 0, 365)
    _at_least(table, "max_lateness_days", days, 0)
    _at_least(table, "burst", burst, 1)
    table.finish()
    return Brakes(timedelta(days=max(days, 0)), burst, same_text, timedelta(days=first))


def _at_least(table: _Table, key: str, value: int, least: int) -> None:
    if value < least:
        table.complain(key, f"must be {least} or more", f"write {key} = {least}")


def _ledger(table: _Table) -> LedgerSettings:
    engine = table.values.get("engine", "git")
    table.asked.add("engine")
    url = _secret("engine_secret", engine) if isinstance(engine, dict) else None
    if url is None and engine != "git":
        table.complain("engine", "is unknown", 'write engine = "git"')
    pace = table.within("pushes_per_minute", 0, 0, 1_000)
    settings = LedgerSettings("git" if url is None else "sql", url, table.text("id"), table.text("remote"), pace)
    table.finish()
    return settings


def _host(table: _Table) -> model.HostSettings:
    kind = table.known("kind", (table.text("kind"),), ["", "github", "gitlab", "gitea", "forgejo"])
    named = _secret("token", table.values.get("token"))
    table.asked.add("token")
    if named is None and "token" in table.values:
        table.complain("token", "must name a secret, never hold it", 'write token = { env = "EXPERTPOST_HOST_TOKEN" }')
    settings = model.HostSettings("".join(kind), table.text("base_url").rstrip("/"), named)
    table.finish()
    return settings
