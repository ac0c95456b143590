"""The history of a ledger in a database, as steps: each write, its link to the one before, and what it wrote."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from expertpost.store.fields import NotUnderstood
from expertpost.store.ledger_history import Problem, Step
from expertpost.store.ledger_json import account_from
from expertpost.store.ledger_sql_rows import head_of, link_of
from expertpost.store.ledger_sql_schema import Kind, tables
from expertpost.store.measures import forgotten
from expertpost.store.witness import witness_from

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    key: str
    number: int
    line: bytes


def steps_of(connection: "Connection") -> Iterator[Step]:
    """Each write as a step, the oldest first."""
    from sqlalchemy import select

    writes = tables().writes
    entries = {number: list(some) for number, some in groupby(_entries(connection), key=lambda one: one.number)}
    link, expected = "", 1
    back: dict[str, bytes] = {}
    columns = select(writes.c.number, writes.c.says, writes.c.nonce, writes.c.link).order_by(writes.c.number)
    for number, says, nonce, linked in connection.execute(columns):
        found = entries.get(number, [])
        wrong = [*_illegible(found), *_unmeasured(found, back)]
        if number != expected:
            wrong.append(f"the write before it has the number {expected - 1}: {number - expected} are missing")
        if linked != link_of(link, number, nonce, says, ((one.kind, one.key, one.line) for one in found)):
            wrong.append("what it wrote, or what was written before it, is not what it was")
        rows = {one.key: one.line for one in found if one.kind == Kind.DELIVERY.value}
        yield Step(f"write {number}", rows, wrong=tuple(wrong))
        link, expected = linked, number + 1


def _entries(connection: "Connection") -> Iterator[_Entry]:
    from sqlalchemy import select

    entries = tables().entries
    columns = select(entries.c.kind, entries.c.key, entries.c.number, entries.c.line)
    for kind, key, number, line in connection.execute(columns.order_by(entries.c.number)):
        yield _Entry(kind, key, number, line.encode())


def _illegible(entries: Iterable[_Entry]) -> Iterator[str]:
    for one in entries:
        try:
            if one.kind == Kind.ACCOUNT.value:
                account_from(one.line)
            elif one.kind == Kind.SEEN.value:
                witness_from(one.line)
        except NotUnderstood as wrong:
            yield f"{one.kind} {one.key[:12]} {wrong}"


def _unmeasured(entries: Iterable[_Entry], before: dict[str, bytes]) -> Iterator[str]:
    """What is wrong with what came back. ``before``: key → line, brought up to these entries."""
    for one in entries:
        if one.kind != Kind.MEASURED.value:
            continue
        try:
            if forgotten(before.get(one.key), one.line):
                yield f"{one.kind} {one.key[:12]}: what was measured before is gone or changed"
            before[one.key] = one.line
        except NotUnderstood as wrong:
            yield f"{one.kind} {one.key[:12]} {wrong}"


def pointers(connection: "Connection") -> Iterator[Problem]:
    """Where what counts is not the newest entry, where an entry has none that points to it, and where the head lags."""
    from sqlalchemy import func, select

    rows, entries, writes = tables().rows, tables().entries, tables().writes
    newest = select(entries.c.kind, entries.c.key, func.max(entries.c.number)).group_by(entries.c.kind, entries.c.key)
    wanted = {(kind, key): number for kind, key, number in connection.execute(newest)}
    there = {
        (kind, key): number for kind, key, number in connection.execute(select(rows.c.kind, rows.c.key, rows.c.number))
    }
    for kind, key in sorted(wanted.keys() | there.keys()):
        if wanted.get((kind, key)) != there.get((kind, key)):
            yield Problem(f"{kind} {key[:12]}", "what counts is not the newest that was written")
    last, head = connection.execute(select(func.max(writes.c.number))).scalar() or 0, head_of(connection)
    if head and head.number != last:
        yield Problem("expertpost_head", f"the last write is {last}, and the head says {head.number}")


def doubtful_settings(connection: "Connection") -> Iterator[Problem]:
    """Settings of the server under which a commit may be lost that was answered."""
    if connection.dialect.name != "postgresql":
        return
    for name in ("fsync", "full_page_writes"):
        if connection.exec_driver_sql(f"SHOW {name}").scalar() == "off":
            yield Problem(f"{name} = off", "the server may lose what it has confirmed: a claim could be forgotten")
