"""Laws of judging: fewer approvals never allow more, order does not matter, and slips are small."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.channel import Channel
from expertpost.model.config import Brakes, Config, ReviewPolicy, Rule
from expertpost.model.event import Event, EventKind, event_from
from expertpost.model.fast_lane import MAX_LANE, change, characters, skeleton
from expertpost.model.people import People, Person
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.policy import judge, still_needs, tally
from expertpost.model.review import Review, fold
from expertpost.model.rules import is_milder

ID = "01JD0000000000000000TRQ001"
FRONT = FrontMatter(
    id=ID, title="Torque", authors=("anna",), slug="torque", audience=("public",), topics=("seals",), channels=None
)
OLD = Piece(FRONT, "Turn it gentyl.\n", "drafts/torque.md")
NEW = Piece(FRONT, "Turn it gently.\n", "drafts/torque.md")
START = datetime(2026, 11, 23, tzinfo=UTC)
PEOPLE = People(
    (
        Person(handle="anna", name="Anna"),
        Person(handle="bob", name="Bob", roles=("editor",)),
        Person(handle="cara", name="Cara", topics=("Seals",)),
        Person(handle="dan", name="Dan", roles=("editor", "legal")),
    )
)
HANDLES = ("anna", "bob", "cara", "dan")
RULES = st.builds(
    Rule,
    approvals=st.integers(1, 3),
    roles=st.sampled_from([(), ("editor",), ("legal",)]),
    experts=st.booleans(),
    fast_lane=st.sampled_from([0, 1, 2, 20]),
)


def config(rule: Rule) -> Config:
    """A workspace with one channel and one rule, and no brake on what is late."""
    review = ReviewPolicy(rules=(rule,))
    channels = {"mail": Channel("mail", "email", ("public",))}
    return Config(name="Acme", id="W", channels=channels, review=review, brakes=Brakes(timedelta(days=9999)))


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Submissions of an old and a new text, and what people say of them, each knowing some of what was before."""
    events = [
        Event(
            kind=EventKind.SUBMIT, workspace="W", piece=ID, digest=each.digest, by="anna", at=START,
            contributors=("anna",),
        )
        for each in (OLD, NEW)
    ]  # fmt: skip
    for number in range(draw(st.integers(0, 7))):
        kind = draw(st.sampled_from([EventKind.APPROVE] * 4 + [EventKind.WITHDRAW, EventKind.RETURN]))
        about = draw(st.sampled_from((OLD, NEW)))
        lane = kind is EventKind.APPROVE and about is NEW and draw(st.booleans())
        seen = draw(st.lists(st.sampled_from(events), unique_by=lambda e: e.id))
        made = Event(
            kind=kind,
            workspace="W",
            piece=ID,
            digest=about.digest,
            by=draw(st.sampled_from(HANDLES)),
            at=START + timedelta(minutes=draw(st.integers(0, 9))),
            prev=tuple(e.id for e in seen),
            posts=draw(st.sampled_from([{}, {"mail": "p"}, {"mail": "q"}])) if kind is EventKind.APPROVE else {},
            text=str(number),
            since=OLD.digest if lane else "",
            changed=draw(st.integers(0, 3)) if lane else 0,
            before=OLD.content if lane and draw(st.booleans()) else None,
        )
        events.append(made)
    return events


def allowed(rule: Rule, events: list[Event]) -> tuple[bool, bool]:
    """Whether the new text may go to the channel a day later, and whether its review is done."""
    settings, review = config(rule), fold(events).get(ID, Review())
    verdict = judge(settings, NEW, review, PEOPLE, "mail", "p", START + timedelta(days=1))
    return verdict.allowed, not tally(settings, NEW, review, PEOPLE, "").missing


@given(RULES, histories(), st.data())
def test_removing_an_approval_never_allows_more(rule: Rule, events: list[Event], data: st.DataObject) -> None:
    """What was held with an approval is held without it, at the channel and at the sites."""
    approvals = [event for event in events if event.kind is EventKind.APPROVE]
    gone = data.draw(st.sampled_from(approvals)) if approvals else None
    less = [event for event in events if event is not gone]

    assert all(now <= before for now, before in zip(allowed(rule, less), allowed(rule, events), strict=True))


@given(RULES, histories(), st.sampled_from(HANDLES), st.sampled_from((OLD, NEW)))
def test_withdrawing_never_allows_more(rule: Rule, events: list[Event], who: str, about: Piece) -> None:
    """A withdrawal takes away and never gives, whatever the approval said of others' hands in the text."""
    named = [
        replace(event, contributors=("cara",)) if event.kind is EventKind.APPROVE and event.by == who else event
        for event in events
    ]
    back = Event(
        kind=EventKind.WITHDRAW, workspace="W", piece=ID, digest=about.digest, by=who, at=START,
        prev=Review(tuple(named)).heads,
    )  # fmt: skip

    assert all(now <= before for now, before in zip(allowed(rule, [*named, back]), allowed(rule, named), strict=True))


@given(RULES, histories(), st.randoms(use_true_random=False))
def test_the_verdict_does_not_depend_on_order(rule: Rule, events: list[Event], chance: Random) -> None:
    """The same events in any order, some of them twice, give the same verdict and miss the same."""
    shuffled = [*events, *events[:2]]
    chance.shuffle(shuffled)
    one, other = (fold(each).get(ID, Review()) for each in (events, shuffled))
    now = START + timedelta(days=1)

    assert judge(config(rule), NEW, one, PEOPLE, "mail", "p", now) == judge(
        config(rule), NEW, other, PEOPLE, "mail", "p", now
    )
    assert still_needs(config(rule), NEW, one, PEOPLE) == still_needs(config(rule), NEW, other, PEOPLE)


@given(RULES, histories())
def test_a_slip_needs_the_full_approvals_of_what_it_corrects(rule: Rule, events: list[Event]) -> None:
    """Where fewer approvals than the rule's were enough, the old text has them all, and two characters are allowed."""
    found = tally(config(rule), NEW, fold(events).get(ID, Review()), PEOPLE, "")
    if found.missing or len(found.counted) >= rule.approvals:
        return
    without = tally(config(replace(rule, fast_lane=0)), OLD, fold(events)[ID], PEOPLE, "")

    assert (0, True) == (without.missing, rule.fast_lane >= 2)


@given(RULES, histories(), RULES)
def test_a_rule_that_is_not_milder_never_allows_more(before: Rule, events: list[Event], now: Rule) -> None:
    """Where a change of rules is not told as milder, nothing passes that would have been stopped."""
    if not is_milder(now, before):
        assert all(new <= old for new, old in zip(allowed(now, events), allowed(before, events), strict=True))


@given(histories())
def test_an_approval_of_a_slip_survives_its_statement(events: list[Event]) -> None:
    """What an approval corrects, and by how much, is signed with it; an event without it reads as it always did."""
    for each in events:
        again = event_from(each.statement)
        assert (each.id, each.since, each.changed) == (again.id, again.since, again.changed)
        assert bool(each.since) == ("since" in each.statement)


WORDS = st.text(st.sampled_from("ab 1.[]()<:\n"), max_size=12)


@given(WORDS, WORDS, st.integers(0, 9))
def test_characters_out_and_in_are_counted_alike_both_ways(one: str, other: str, limit: int) -> None:
    """The count is symmetric, never less than the difference in length, and zero for the same text only."""
    count = characters(one, other, limit)

    assert count == characters(other, one, limit)
    assert (count == 0) == (one == other)
    assert min(abs(len(one) - len(other)), limit + 1) <= count <= min(len(one) + len(other), limit + 1)


@given(st.lists(WORDS, min_size=2, max_size=5))
def test_many_small_edits_are_one_large_one(texts: list[str]) -> None:
    """However small each step is, the way from the first text to the last is no longer than all of them together."""
    bodies = [replace(OLD, body=text) for text in texts]
    steps = [change(a.content, b.content, MAX_LANE).count for a, b in pairwise(bodies)]
    whole = change(bodies[0].content, bodies[-1].content, MAX_LANE)

    assert whole.count <= sum(steps)
    if not whole.against:
        assert skeleton(texts[0]) == skeleton(texts[-1])
