"""Times as people write them name one instant, or are refused with the instants to choose from."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from expertpost.model.moment import BadMoment, day, instant


def test_a_local_time_with_a_zone_is_one_instant() -> None:
    """A local time takes its offset from the IANA zone."""
    assert datetime(2026, 12, 1, 8, 0, tzinfo=UTC) == instant("2026-12-01T09:00", "Europe/Berlin")


def test_an_offset_of_its_own_wins() -> None:
    """A time with an offset needs no zone and ignores one."""
    expected = datetime(2026, 12, 1, 9, 0, tzinfo=timezone(timedelta(hours=-5)))

    assert expected == instant("2026-12-01T09:00-05:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "zone", "cure"),
    [
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T02:30:00+01:00 or 2026-10-25T02:30:00+02:00"),
        ("2026-12-01T09:00", "", "+01:00 with your offset"),
        ("2026-12-01T09:00", "Europe/Berln", "IANA"),
        ("2024-13-45", "", "2026-12-01T09:00+01:00"),
        ("tomorrow", "Europe/Berlin", "2026-12-01T09:00+01:00"),
    ],
)
def test_what_names_no_single_instant_is_refused(text: str, zone: str, cure: str) -> None:
    """Gaps, overlaps, missing zones and nonsense are refused with a cure."""
    with pytest.raises(BadMoment) as refused:
        instant(text, zone)

    assert cure in refused.value.cure


def test_a_day_is_an_iso_date() -> None:
    """A date is written year-month-day; nothing else is guessed."""
    assert 2026 == day("2026-12-01").year
    with pytest.raises(BadMoment):
        day("01/12/2026")
