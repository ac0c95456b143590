"""The capability matrix: what each publisher can do, what it promises, and against what that was held."""

from collections.abc import Iterable
from typing import Any

from expertpost.model.channel import Guarantee
from expertpost.publishers import registry
from expertpost.publishers.base import Editable, Findable, Measurable, Publisher, Retractable
from expertpost.testing.contract import PublisherContract

_GUARANTEES = {
    Guarantee.KEYED: "keyed: once, as the service takes the same delivery once",
    Guarantee.SEARCHABLE: "searchable: at most once; after a lost answer the service is searched",
    Guarantee.BLIND: "blind: at most once; where an answer is lost, a person decides",
}
_CAN = (
    ("a post can be changed", Editable),
    ("a post can be removed", Retractable),
    ("tells how a post is received", Measurable),
)
_VERBS = (("search", Findable), ("change", Editable), ("remove", Retractable), ("count", Measurable))
_HEADS = ("publisher", "guarantee", "longest post", "pictures", *(verb for verb, _ in _VERBS), "tested against")


def matrix(contracts: Iterable[type[PublisherContract]]) -> tuple[str, ...]:
    """A Markdown table, line by line: a row for each publisher, by its name, with all that it is tested against."""
    against: dict[type[Publisher[Any]], set[str]] = {}
    for one in contracts:
        against.setdefault(one.publisher, set()).add(one.against)
    rows = dict(sorted(_row(publisher, services) for publisher, services in against.items()))
    return tuple(f"| {' | '.join(cells)} |" for cells in (_HEADS, ("---",) * len(_HEADS), *rows.values()))


def overview(contracts: Iterable[type[PublisherContract]]) -> tuple[str, ...]:
    """The same by what can be done: a Markdown table with the publishers that keep, or can do, each thing."""
    publishers = {one.publisher for one in contracts}
    names = dict(sorted((_name(one), one) for one in publishers))
    rows = [(says, [n for n, one in names.items() if one.guarantee is kind]) for kind, says in _GUARANTEES.items()]
    rows += [(says, [name for name, one in names.items() if _can(one, protocol)]) for says, protocol in _CAN]
    rows.append(("carries pictures with their words", [name for name, one in names.items() if one.limits.media]))
    told = ((says, ", ".join(f"`{name}`" for name in found)) for says, found in rows)
    return tuple(f"| {says} | {found} |" for says, found in (("what", "publishers"), ("---", "---"), *told))


def _row(publisher: type[Publisher[Any]], against: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    name, limits = _name(publisher), publisher.limits
    length = "none" if limits.length is None else f"{limits.length:,} {limits.unit}"
    pictures = f"{limits.media}" if 0 < limits.media < 100 else "all" if limits.media else "–"
    verbs = ("yes" if _can(publisher, protocol) else "–" for _, protocol in _VERBS)
    services = "; ".join(sorted(against, key=lambda one: (one.startswith("twin"), one)))
    return name, (f"`{name}`", publisher.guarantee.value, length, pictures, *verbs, services)


def _can(publisher: type, protocol: type) -> bool:
    return issubclass(publisher, protocol)


def _name(publisher: type) -> str:
    """Under which name the publisher is installed; its own where it is not."""
    return next((name for name in registry.names() if registry.publisher(name) == publisher), publisher.__name__)
