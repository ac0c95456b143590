"""The capability matrix: what each publisher can do, what it promises, and against what that was held."""

from collections.abc import Iterable, Iterator

from expertpost.model.channel import Guarantee
from expertpost.publishers import registry
from expertpost.publishers.base import Editable, Findable, Measurable, Retractable
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
    """A Markdown table, line by line: a row for each publisher, by its name."""
    rows = dict(sorted(_row(contract) for contract in contracts))
    return tuple(f"| {' | '.join(cells)} |" for cells in (_HEADS, ("---",) * len(_HEADS), *rows.values()))


def overview(contracts: Iterable[type[PublisherContract]]) -> tuple[str, ...]:
    """The same by what can be done: a Markdown table with the publishers that keep, or can do, each thing."""
    names = dict(sorted((next(_names(one), one.__name__), one.publisher) for one in contracts))
    rows = [(says, [n for n, one in names.items() if one.guarantee is kind]) for kind, says in _GUARANTEES.items()]
    rows += [(says, [name for name, one in names.items() if _can(one, protocol)]) for says, protocol in _CAN]
    rows.append(("carries pictures with their words", [name for name, one in names.items() if one.limits.media]))
    told = ((says, ", ".join(f"`{name}`" for name in found)) for says, found in rows)
    return tuple(f"| {says} | {found} |" for says, found in (("what", "publishers"), ("---", "---"), *told))


def _row(contract: type[PublisherContract]) -> tuple[str, tuple[str, ...]]:
    publisher, limits = contract.publisher, contract.publisher.limits
    name = next(_names(contract), publisher.__name__)
    length = "none" if limits.length is None else f"{limits.length:,} {limits.unit}"
    pictures = f"{limits.media}" if 0 < limits.media < 100 else "all" if limits.media else "–"
    verbs = ("yes" if _can(publisher, protocol) else "–" for _, protocol in _VERBS)
    return name, (f"`{name}`", publisher.guarantee.value, length, pictures, *verbs, contract.against)


def _can(publisher: type, protocol: type) -> bool:
    return issubclass(publisher, protocol)


def _names(contract: type[PublisherContract]) -> Iterator[str]:
    """Under which name the publisher is installed."""
    for name in registry.names():
        installed: object = registry.publisher(name)
        if installed is contract.publisher:
            yield name
