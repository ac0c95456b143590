"""What people did, in words."""

from datetime import UTC, datetime

import pytest

from expertpost.model.event import Event, EventKind
from expertpost.model.freshness import Verdict
from expertpost.render.sheet import deed


@pytest.mark.parametrize(
    ("verdict", "says"),
    [(Verdict.TRUE, "looked whether it is still true"), (Verdict.WRONG, "said that something in it is not true")],
)
def test_who_doubts_a_text_did_not_only_look(verdict: Verdict, says: str) -> None:
    """Somebody who confirms a text and somebody who says that it is wrong did not do the same."""
    event = Event(
        kind=EventKind.CONFIRM,
        workspace="w",
        piece="p",
        digest="",
        by="anna",
        at=datetime(2026, 11, 23, tzinfo=UTC),
        verdict=verdict.value,
    )

    assert says == deed(event)
