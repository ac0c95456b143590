"""What services say in headers about how much they still take."""

from datetime import UTC, datetime, timedelta

import pytest

from expertpost.publishers.quiet import quiet_until

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
IN_A_MINUTE = str(int(AT.timestamp()) + 60)


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-23T09:05:00Z"}, AT + timedelta(minutes=5)),
        (
            {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(AT.timestamp()) + 60)},
            AT + timedelta(minutes=1),
        ),
        ({"ratelimit-remaining": " 0 ", "ratelimit-reset": "30"}, AT + timedelta(seconds=30)),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "99999999"}, AT + DAY),
        ({"ratelimit-remaining": "1", "ratelimit-reset": "30"}, None),
        ({"ratelimit-remaining": "0"}, None),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "soon"}, None),
        ({"ratelimit-remaining": "0", "x-ratelimit-reset": "2020-01-01T00:00:00Z"}, None),
        ({"ratelimit-reset": "30"}, None),
        ({}, None),
    ],
)
def test_a_service_is_left_in_peace_as_long_as_it_says(headers: dict[str, str], until: datetime | None) -> None:
    """Nothing left, and a moment ahead: until then, a day at most; whatever else is said, on it goes."""
    assert until == quiet_until(headers, AT, DAY)
