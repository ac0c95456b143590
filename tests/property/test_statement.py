"""Laws of what is signed: a statement comes back as it was, no two have one encoding, and no other encoding counts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from expertpost.model.canonical import canonical_json
from expertpost.model.event import Event, EventKind, event_from
from expertpost.store.events import Written, text_of, written_in

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.dictionaries(st.text("abc-", min_size=1, max_size=3), st.text("01ab", min_size=1, max_size=4), max_size=2)
START = datetime(2026, 11, 23, tzinfo=UTC)
EVENTS = st.builds(
    Event,
    kind=st.sampled_from([kind for kind in EventKind if kind is not EventKind.ADOPT]),
    workspace=TEXTS,
    piece=st.just("01JD0000000000000000TRQ001"),
    digest=TEXTS,
    by=st.sampled_from(["anna", "bob", "eve@example.org"]),
    at=st.integers(0, 10**6).map(lambda seconds: START + timedelta(seconds=seconds)),
    prev=st.lists(TEXTS, max_size=2, unique=True).map(lambda found: tuple(sorted(found))),
    slug=TEXTS,
    audience=st.lists(TEXTS, max_size=2, unique=True).map(lambda found: tuple(sorted(found))),
    contributors=st.lists(TEXTS, max_size=2, unique=True).map(lambda found: tuple(sorted(found))),
    posts=NAMES,
    editions=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 9), max_size=2),
    not_before=st.none() | st.just(START),
    text=TEXTS,
    line=st.integers(0, 9),
    quote=TEXTS,
)


@given(EVENTS)
def test_a_statement_comes_back_as_it_was(event: Event) -> None:
    """Whatever stands in an event, its statement, read from its own bytes, is that event again."""
    again = event_from(json.loads(canonical_json(event.statement)))

    assert (event, event.id) == (again, again.id)


@given(EVENTS, EVENTS)
def test_no_two_statements_have_one_encoding(one: Event, other: Event) -> None:
    """Two events have the same bytes, and so one signature, only when they say the same."""
    same = canonical_json(one.statement) == canonical_json(other.statement)

    assert same is (one == other)
    assert same is (one.id == other.id)


@given(EVENTS, EVENTS, st.data())
def test_one_word_taken_from_another_makes_another_statement(one: Event, other: Event, data: st.DataObject) -> None:
    """No field can be exchanged for another's without another encoding."""
    name = data.draw(st.sampled_from(["workspace", "digest", "by", "at", "posts", "editions", "text", "not_before"]))
    assume(getattr(one, name) != getattr(other, name))

    assert canonical_json(one.statement) != canonical_json(replace(one, **{name: getattr(other, name)}).statement)


@given(EVENTS, st.sampled_from(["indent", "order", "more", "twice"]))
def test_another_encoding_of_a_statement_counts_for_nothing(event: Event, how: str) -> None:
    """Spaces, another order, one more field or a field twice: the file is no event, whatever it would mean."""
    written = Written(event)
    statement = canonical_json(event.statement).decode()
    value = json.loads(statement)
    other = {
        "indent": json.dumps(value, ensure_ascii=False, sort_keys=True),
        "order": json.dumps(dict(reversed(value.items())), ensure_ascii=False, separators=(",", ":")),
        "more": canonical_json({**value, "zz": 1}).decode(),
        "twice": statement[:-1] + ',"workspace":' + json.dumps(event.workspace, ensure_ascii=False) + "}",
    }[how]
    content = text_of(written).replace(f"\n```json\n{statement}\n".encode(), f"\n```json\n{other}\n".encode())

    assert written == written_in(written.path, text_of(written))
    with pytest.raises(ValueError, match=r"\bits?\b"):
        written_in(written.path, content)
