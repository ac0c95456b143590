"""The rules of permanent ids."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.identity import ID, moment_of, new_id


@given(st.integers(min_value=0, max_value=4_102_444_800_000), st.binary(min_size=10, max_size=10))
def test_an_id_tells_when_it_was_made(milliseconds: int, entropy: bytes) -> None:
    """An id has the one form, and holds the millisecond in which it was made."""
    made = new_id(milliseconds, entropy)

    assert ID.fullmatch(made)
    assert datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds) == moment_of(made)


def test_an_id_beyond_all_calendars() -> None:
    """The largest id lies after the last moment that a calendar has, and is that moment."""
    assert datetime.max.replace(tzinfo=UTC) == moment_of("7" + "Z" * 25)
