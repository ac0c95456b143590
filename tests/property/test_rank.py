"""Laws of the ranking of people."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.rank import Expert, Query, rank

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SOURCES = ("one", "two", "three", "four")
TOPICS = {"one": ("seals",), "two": ("seals", "pumps"), "three": ("pumps",), "four": ()}
FITS = {"one": 1.0, "two": 0.4, "four": 0.9}
PEOPLE = ("ana", "ben", "cem", "dora")


def evidence() -> st.SearchStrategy[Evidence]:
    """One person's part in one of four works, up to ten years ago."""
    return st.builds(
        lambda person, source, days, weight, part: Evidence(
            person, source, TOPICS[source], NOW - timedelta(days=days), weight, source, part
        ),
        st.sampled_from(PEOPLE),
        st.sampled_from(SOURCES),
        st.integers(-3, 3650),
        st.sampled_from((0.1, 1.0, 3.0)),
        st.sampled_from(Part),
    )


queries = st.builds(
    Query,
    st.just("seals"),
    st.sampled_from([(), ("seals",), ("seals", "pumps"), ("unknown",)]),
    st.sampled_from([(), ("dora",)]),
)


def scores(found: tuple[Expert, ...]) -> dict[str, float]:
    """Person → score."""
    return {expert.person: expert.score for expert in found}


@given(queries, st.lists(evidence(), max_size=20))
def test_the_order_of_evidence_does_not_matter(query: Query, found: list[Evidence]) -> None:
    """The same evidence in another order gives the same people, scores and reasons."""
    shuffled = sorted(found, key=lambda one: (one.source, one.at, one.person, one.part, one.weight))

    assert rank(query, found, NOW, FITS) == rank(query, shuffled, NOW, FITS)


@given(queries, st.lists(evidence(), max_size=20), evidence())
def test_more_evidence_never_lowers_its_person(query: Query, found: list[Evidence], more: Evidence) -> None:
    """One more piece of work leaves a person's score as it was, or raises it, and nobody comes closer to them."""
    before, after = (scores(rank(query, each, NOW, FITS)) for each in (found, [*found, more]))

    if more.person not in query.people:
        assert before.get(more.person, 0) <= after.get(more.person, 0) + 1e-9


@given(queries, st.lists(evidence(), max_size=12), evidence(), st.integers(1, 2000))
def test_older_evidence_counts_less(query: Query, found: list[Evidence], one: Evidence, days: int) -> None:
    """The same work done earlier never counts more for who did it: the decay is monotone."""
    older = one._replace(at=one.at - timedelta(days=days))
    new, old = (scores(rank(query, [*found, each], NOW, FITS)) for each in (one, older))

    assert old.get(one.person, 0) <= new.get(one.person, 0) + 1e-9


@given(queries, st.lists(evidence(), max_size=20))
def test_the_reasons_make_the_score(query: Query, found: list[Evidence]) -> None:
    """A score is the sum of its reasons, each of them evidence about that person; who asks is never an answer."""
    for expert in rank(query, found, NOW, FITS):
        assert pytest.approx(expert.score) == sum(reason.share for reason in expert.reasons)
        assert {expert.person} == {reason.evidence.person for reason in expert.reasons}
        assert expert.person not in query.people


def test_ten_thousand_commits_do_not_drown_a_piece() -> None:
    """Each kind of part is weighed among its own: who wrote the one piece stays before who committed all day."""
    commits = [Evidence("busy", "c", ("seals",), NOW, 1, f"commit {n}", Part.COMMITTED) for n in range(10_000)]
    piece = Evidence("ana", "p", ("seals",), NOW, 1, "piece", Part.WROTE)

    assert ["ana", "busy"] == [one.person for one in rank(Query(topics=("seals",)), [*commits, piece], NOW)]


def test_a_rare_topic_weighs_as_much_as_a_common_one() -> None:
    """Of two topics asked for, the only one who knows the rare one comes before a generalist's share of the other."""
    common = [Evidence(f"p{n}", "c", ("testing",), NOW, 1, f"piece {n}") for n in range(20)]
    rare = Evidence("ana", "r", ("ethylene-oxide",), NOW, 1, "piece r")
    found = rank(Query(topics=("testing", "ethylene-oxide")), [*common, rare], NOW)

    assert "ana" == found[0].person


def test_what_is_very_old_is_no_error() -> None:
    """Evidence from before computers is a hundredth of what it was, and a question about it still finds its person."""
    old = Evidence("ana", "o", ("seals",), datetime(1, 1, 1, tzinfo=UTC), 1, "scroll")

    new = old._replace(person="ben", at=NOW)

    assert ["ana"] == [one.person for one in rank(Query(topics=("seals",)), [old], NOW)]
    assert ["ben", "ana"] == [one.person for one in rank(Query(topics=("seals",)), [old, new], NOW)]
