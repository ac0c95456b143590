"""Laws of the fold: the order of events does not matter, and of concurrent ones the cautious one wins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model import policy
from expertpost.model.config import Config, ReviewPolicy
from expertpost.model.event import Event, EventKind, event_from
from expertpost.model.people import People, Person, SigningKey
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.review import Review, fold

ID = "01JD0000000000000000TRQ001"
PIECE = Piece(FrontMatter(id=ID, title="Torque", authors=("anna",), slug="torque"), "Gently.\n", "drafts/torque.md")
DIGESTS = (PIECE.digest, "0" * 64)
START = datetime(2026, 11, 23, tzinfo=UTC)
CONFIG = Config(name="Acme", id="W")
PEOPLE = People(
    tuple(
        Person(handle=handle, name=handle.title(), keys=(SigningKey(f"ssh-ed25519 {handle}"),))
        for handle in ("anna", "bob", "cara")
    )
)
STRANGERS = ("mallory", "eve@example.org")
KINDS = tuple(kind for kind in EventKind if kind is not EventKind.ADOPT)


@st.composite
def histories(draw: st.DrawFn, who: tuple[str, ...] = ("anna", "bob", "cara"), *, signed: bool = True) -> list[Event]:
    """Events of one piece, each by somebody who had seen some of the earlier ones; clocks may lie."""
    events: list[Event] = []
    for number in range(draw(st.integers(0, 9))):
        seen = draw(st.lists(st.sampled_from(events), unique_by=lambda e: e.id)) if events else []
        events.append(draw(event(number, who, tuple(e.id for e in seen), signed=signed)))
    return events


@st.composite
def event(draw: st.DrawFn, number: int, who: tuple[str, ...], prev: tuple[str, ...], *, signed: bool) -> Event:
    """One event that has seen ``prev``."""
    by = draw(st.sampled_from(who))
    return Event(
        kind=draw(st.sampled_from(KINDS)),
        workspace="W",
        piece=ID,
        digest=draw(st.sampled_from(DIGESTS)),
        by=by,
        at=START + timedelta(minutes=draw(st.integers(-3, 3))),
        prev=prev,
        text=str(number),
        posts={"mail": "p"} if draw(st.booleans()) else {},
        channels=draw(st.sampled_from(((), ("mail",), ("hook", "mail")))),
        editions=draw(st.sampled_from(({}, {"mail": 2}))),
        signer=by if signed else None,
    )


def answers(review: Review) -> tuple[object, ...]:
    """Everything that anybody asks a review."""
    return (
        review.heads,
        review.submitted,
        *(ask(place) for ask in (review.held, review.retracted) for place in ("", "mail", "hook")),
        review.told,
        *(review.contributors(digest) for digest in DIGESTS),
        *(review.returned(digest) for digest in DIGESTS),
        *(review.approvals(digest) for digest in DIGESTS),
        *(review.approved_by(handle) for handle in ("anna", "bob", "cara")),
    )


def ids(events: tuple[Event, ...]) -> set[str]:
    """The ids of some events."""
    return {each.id for each in events}


def needs(events: list[Event]) -> tuple[policy.Reason, ...]:
    """What the piece lacks after these events."""
    return policy.still_needs(CONFIG, PIECE, fold(events).get(ID, Review()), PEOPLE)


def is_done(events: list[Event]) -> bool:
    """Whether nothing is missing."""
    return not needs(events)


@given(histories(), st.randoms(use_true_random=False))
def test_the_fold_does_not_depend_on_order(events: list[Event], chance: Random) -> None:
    """The same events in any order, some of them twice, give the same answers."""
    shuffled = [*events, *events[:3]]
    chance.shuffle(shuffled)

    assert answers(fold(events).get(ID, Review())) == answers(fold(shuffled).get(ID, Review()))
    assert needs(events) == needs(shuffled)


@given(
    histories(), st.sampled_from((EventKind.RETURN, EventKind.HOLD, EventKind.WITHDRAW, EventKind.RETRACT)), st.data()
)
def test_a_cautious_event_that_nobody_saw_never_helps(
    events: list[Event], kind: EventKind, data: st.DataObject
) -> None:
    """A return, hold, withdrawal or retraction that nobody answered gives no approval and makes no piece ready."""
    review = fold(events).get(ID, Review())
    new = data.draw(event(99, ("anna", "bob", "cara"), review.heads, signed=True))
    after = fold([*events, replace(new, kind=kind)])[ID]

    for digest in DIGESTS:
        assert ids(after.approvals(digest)) <= ids(review.approvals(digest))
    for place in ("", "mail", "hook"):
        assert bool(review.held(place)) <= bool(after.held(place))
        assert bool(review.retracted(place)) <= bool(after.retracted(place))
    assert is_done(events) or not is_done([*events, replace(new, kind=kind)])


@given(histories())
def test_who_approves_has_seen_every_return_and_every_own_withdrawal(events: list[Event]) -> None:
    """An approval stands only against what its author knew."""
    review = Review(tuple(events))
    for digest in DIGESTS:
        for approval in review.approvals(digest):
            against = [
                e
                for e in events
                if (e.kind is EventKind.RETURN and e.digest == digest)
                or (e.kind is EventKind.WITHDRAW and e.by == approval.by and e.digest in (digest, ""))
            ]
            assert all(review.saw(approval, other) for other in against)


@given(histories())
def test_a_concurrent_withdrawal_wins(events: list[Event]) -> None:
    """Whoever withdraws without having seen their own later approval has withdrawn that, too."""
    review = Review(tuple(events))
    for approval in review.approvals(DIGESTS[0]):
        back = replace(approval, kind=EventKind.WITHDRAW, prev=(), posts={}, digest="", text="back")
        assert approval not in Review((*events, back)).approvals(DIGESTS[0])


@given(histories(), histories(STRANGERS, signed=False))
def test_strangers_never_make_a_piece_ready(events: list[Event], more: list[Event]) -> None:
    """Whatever somebody unlisted writes, it approves and releases nothing."""
    before = {r.why for r in needs(events)} - {policy.Why.NOT_SUBMITTED}
    after = needs([*events, *more])

    assert not before or after


@given(histories(), histories(signed=False), st.booleans())
def test_a_forged_name_never_makes_a_piece_ready(events: list[Event], forged: list[Event], sees: bool) -> None:
    """Unsigned events in the name of people with keys approve, release and submit nothing."""
    heads = fold(events).get(ID, Review()).heads if sees else ()
    forged = [replace(each, prev=(*each.prev, *heads)) for each in forged]

    assert is_done(events) or not is_done([*events, *forged])


@given(histories(), histories(signed=False))
def test_a_forged_event_cuts_nobody_off(events: list[Event], forged: list[Event]) -> None:
    """Who answered a forged event has seen what it had seen: honest approvals behind it still count."""
    permits = (EventKind.SUBMIT, EventKind.APPROVE, EventKind.RELEASE)
    forged = [replace(each, kind=permits[n % 3], prev=()) for n, each in enumerate(forged)]
    last = forged[-1:] and [replace(forged[-1], prev=fold(events).get(ID, Review()).heads)]
    known = Review(tuple(events)).heads
    honest = Event(
        kind=EventKind.APPROVE, workspace="W", piece=ID, digest=PIECE.digest, by="bob", at=START, signer="bob"
    )
    direct = [*events, replace(honest, prev=known)]
    through = [*events, *last, replace(honest, prev=tuple(e.id for e in last) or known)]

    assert is_done(direct) == is_done(through)


@given(histories(), st.sampled_from(("bob", "cara")))
def test_a_contributor_never_approves(events: list[Event], handle: str) -> None:
    """Once somebody is named as contributor of a text, their approval of it counts nowhere."""
    number = count(100)
    named = Event(
        kind=EventKind.SUBMIT, workspace="W", piece=ID, digest=PIECE.digest, by="anna", at=START,
        contributors=("anna", handle), text=str(next(number)), signer="anna",
    )  # fmt: skip
    review = fold([*events, named])[ID]

    assert handle not in {e.by for e in policy.tally(CONFIG, PIECE, review, PEOPLE, "").counted}


@given(histories())
def test_an_unsigned_workspace_counts_only_the_listed(events: list[Event]) -> None:
    """Where nobody has a key, unsigned approvals count if the settings say so; else not from the second person on."""
    bare = People(tuple(replace(person, keys=()) for person in PEOPLE.listed))
    unsigned = [replace(each, signer=None) for each in events]
    asked, free = (replace(CONFIG, review=ReviewPolicy(signed=signed)) for signed in (True, False))

    assert policy.tally(free, PIECE, Review(tuple(unsigned)), bare, "").counted == tuple(
        replace(e, signer=None) for e in policy.tally(CONFIG, PIECE, Review(tuple(events)), PEOPLE, "").counted
    )
    for signed in (CONFIG, asked):
        assert () == policy.tally(signed, PIECE, Review(tuple(unsigned)), bare, "").counted


@given(histories())
def test_an_event_survives_its_statement(events: list[Event]) -> None:
    """Reading a statement gives the event that wrote it, and the same id."""
    for each in events:
        again = event_from(each.statement, each.signer)
        assert (each.id, each.statement) == (again.id, again.statement)


@given(histories(), st.sampled_from(("mail", "hook")))
def test_what_stops_a_whole_piece_stops_it_at_every_channel(events: list[Event], place: str) -> None:
    """A stop that names no channel stands everywhere until somebody who saw it releases it there."""
    review = Review(tuple(events))
    releases = [each for each in review.of(EventKind.RELEASE) if not each.channels or place in each.channels]
    stops = [each for each in review.of(EventKind.HOLD) if not each.channels or place in each.channels]

    assert bool(review.held(place)) is any(not any(review.saw(r, stop) for r in releases) for stop in stops)
