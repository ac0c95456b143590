"""What must hold of counts, for any order in which runs are made and records arrive."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.measure import COUNTS, LARGEST, Measure, Measured, counted, grown, is_due
from expertpost.store.fields import NotUnderstood
from expertpost.store.measures import forgotten, measured_from, measured_line

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOURS = st.integers(0, 24 * 400).map(lambda hours: START + timedelta(hours=hours))
COUNTED = st.dictionaries(st.sampled_from(COUNTS), st.integers(0, LARGEST), max_size=3)
MEASURES = st.lists(st.builds(Measure, HOURS, COUNTED.map(counted)), max_size=8).map(tuple)


@given(st.lists(HOURS, max_size=300))
def test_however_often_runs_are_made_a_post_is_asked_about_fifteen_times(runs: list[datetime]) -> None:
    """At most seven times in the first week, eight in the eight weeks after it, never twice a day, and then never."""
    asked: list[Measure] = []
    for now in sorted(runs):
        if is_due(START, asked, now):
            asked.append(Measure(now))

    days = [one.at.date() for one in asked]
    assert len(days) == len(set(days)) <= 7 + 8
    assert all(timedelta(0) < one.at - START < timedelta(weeks=9) for one in asked)


def test_an_hourly_run_asks_as_often_as_it_may() -> None:
    """With a run each hour it is daily for a week, and weekly for eight."""
    asked: list[Measure] = []
    for hour in range(24 * 100):
        if is_due(START, asked, now := START + timedelta(hours=hour)):
            asked.append(Measure(now))

    assert [1, 2, 3, 4, 5, 6, 7, *range(14, 64, 7)] == [(one.at.date() - START.date()).days for one in asked]


@given(MEASURES, MEASURES)
def test_records_add_up(first: tuple[Measure, ...], second: tuple[Measure, ...]) -> None:
    """What is there stays, days are in order and there once, and the same record a second time changes nothing."""
    before = grown(None, Measured("k", first))
    after = grown(before, Measured("k", second))

    days = [one.at.date() for one in after.measures]
    assert set(before.measures) <= set(after.measures)
    assert sorted(set(days)) == days
    assert after == grown(after, Measured("k", second))


@given(st.dictionaries(st.sampled_from((*COUNTS, "names")), st.one_of(st.integers(), st.booleans(), st.just("3"))))
def test_only_counts_are_kept(found: dict[str, int | bool | str]) -> None:
    """Whatever a service answers, known names with whole numbers that can be counts are what is kept."""
    kept = dict(counted(found))

    assert kept.keys() <= set(COUNTS)
    assert all(type(number) is int and 0 <= number <= LARGEST for number in kept.values())


@given(MEASURES)
def test_what_is_written_is_read(measures: tuple[Measure, ...]) -> None:
    """A line of the ledger says what was measured, and forgets nothing of what an earlier line of it said."""
    one = grown(None, Measured("k", measures))
    line = measured_line(one)

    assert one == measured_from(line)
    assert not forgotten(measured_line(Measured("k", one.measures[:-1])), line)
    assert forgotten(line, None) is forgotten(line, measured_line(Measured("k", one.measures[:-1]))) is bool(measures)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["2026-11-23T09:00:00", "at", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["at", "views", "x"]), inner),
    max_leaves=6,
)


@given(st.one_of(JSON, st.fixed_dictionaries({"key": JSON, "measures": JSON})))
def test_whatever_somebody_wrote_there_is_refused_or_counts(said: object) -> None:
    """A line by somebody else is what it should be, or is told as not understood; nothing else happens."""
    try:
        found = measured_from(json.dumps(said).encode())
    except NotUnderstood:
        return
    assert all(one.at.tzinfo and counted(dict(one.counts)) == one.counts for one in found.measures)
