"""``[freshness]`` of ``expertpost.toml``: after how long pieces are to be looked at again."""

from expertpost.model.config import Freshness, Term
from expertpost.model.piece import Kind
from expertpost.store.toml import Table

_MOST = 36_500


def freshness_in(table: Table) -> Freshness:
    """The table, with its rules."""
    found = Freshness(
        days=table.within("days", 0, 0, _MOST),
        terms=tuple(map(_term, table.list_of("rules"))),
        reminded=table.within("reminded", 5, 1, 50),
    )
    table.finish()
    return found


def _term(table: Table) -> Term:
    if "days" not in table.values:
        table.complain("days", "is missing: after how long?", "write days = 180")
    term = Term(
        days=table.within("days", 1, 1, _MOST),
        topic=table.texts("topic"),
        kind=table.known("kind", table.texts("kind"), [kind.value for kind in Kind]),
    )
    table.finish()
    return term
