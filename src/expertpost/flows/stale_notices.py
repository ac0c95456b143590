"""Who is told by the runner that a text of theirs is old or doubted: once a week each, by slugs alone."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from expertpost.flows.cases import Case, Stand
from expertpost.flows.notices import Notice, Post, case_of, sent_lately
from expertpost.model.duties import deciders
from expertpost.model.freshness import Fresh, fresh, owners
from expertpost.model.people import Person
from expertpost.model.piece import Piece
from expertpost.model.policy import credible
from expertpost.model.review import Review, fold
from expertpost.store import events
from expertpost.store.spotted import doubted

WEEK = timedelta(days=7)
_OUT = frozenset({Stand.DONE, Stand.CORRECTED})


def stale_notices(post: Post, cases: Iterable[Case]) -> tuple[Case, ...]:
    """One notice for everybody who owns something that is out and past its day or doubted, and was not told this week.

    Where the authors of a piece are not there any more, whoever decides is told.
    """
    waiting: dict[str, list[tuple[Piece, Fresh]]] = {}
    for piece, found in _stale(post, cases):
        there = [person.handle for person in owners(post.state.people, piece)]
        for handle in there or deciders(post.state.people):
            waiting.setdefault(handle, []).append((piece, found))
    made = (_case(post, person, waiting[person.handle]) for person in _present(post) if person.handle in waiting)
    return tuple(case for case in made if case)


def _present(post: Post) -> Iterator[Person]:
    today = _today(post)
    return (one for one in post.state.people.listed if not (one.away_until and one.away_until >= today))


def _stale(post: Post, cases: Iterable[Case]) -> Iterator[tuple[Piece, Fresh]]:
    """What went out and is past its day, or of which somebody says that something is wrong.

    Approvals and confirmations only move a day on, so what is fresh and undoubted without them is not looked up at all.
    """
    rules, people, today = post.config.freshness, post.state.people, _today(post)
    out = {case.piece.id: case.piece for case in cases if case.stand in _OUT}
    wrong = doubted(post.hub) if out else frozenset()
    may_be = {
        id_: piece
        for id_, piece in out.items()
        if id_ in wrong or fresh(rules, people, piece, Review()).is_stale(today)
    }
    said: Mapping[str, Review] = {}
    if may_be:
        said = fold(events.read(post.hub, people, post.seen, post.config.id, only=frozenset(may_be)))
    for id_, piece in sorted(may_be.items()):
        review = credible(post.config, people, said.get(id_, Review()))
        found = fresh(rules, people, piece, review)
        if found.is_stale(today):
            yield piece, found


def _case(post: Post, person: Person, waiting: list[tuple[Piece, Fresh]]) -> Case | None:
    if sent_lately(post, person, _id(person.handle, post.now - WEEK), WEEK):
        return None
    most = post.config.freshness.reminded
    ordered = sorted(waiting, key=lambda each: (each[1].doubt is None, str(each[1].due), each[0].id))
    lines = [_line(post, *each) for each in ordered[:most]]
    if len(ordered) > most:
        lines.append(f"- and {len(ordered) - most} more")
    head, end = f"Is it still true, {person.name}?", "All of them: `expertpost stale --mine`"
    title = f"{len(waiting)} piece{'s'[: len(waiting) > 1]} for {person.name} to look at again"
    notice = Notice(
        _id(person.handle, post.now), f"stale-{person.handle}", title, (head, "", *lines, "", end), post.now
    )
    return case_of(post, person, notice)


def _line(post: Post, piece: Piece, found: Fresh) -> str:
    why = f"due {found.due}" if found.doubt is None else "somebody says that something in it is wrong"
    if post.may_name(piece.front.slug, piece.front.audience):
        return f"- `expertpost confirm {piece.front.slug}` ({why})"
    return "- a piece that not everybody here may read"


def _id(handle: str, at: datetime) -> str:
    """What stands for a piece's id in the ledger's keys: one a person and week."""
    year, week, _ = at.astimezone(UTC).isocalendar()
    return f"stale/{handle}/{year}-W{week:02}"


def _today(post: Post) -> date:
    return post.now.astimezone(UTC).date()
