"""Laws of calendars: an iCalendar file says what went in, whoever reads it, and keeps to the form of RFC 5545."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from expertpost.model.calendar import NEAR, Entry, Mark, collisions
from expertpost.render.ics import ics

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
words = st.text(max_size=120)
readable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120)
entries = st.builds(
    lambda minutes, place, piece, title, mark, says: Entry(
        at=START + timedelta(minutes=minutes), place=place, piece=piece, slug=piece.lower(), title=title, mark=mark,
        says=says, url="https://a.example/ä b?x=1,2;3",
    ),
    st.integers(0, 500_000), st.sampled_from(("mail", "hook")), st.sampled_from(("A", "B", "C")), readable,
    st.sampled_from(Mark), readable,
)  # fmt: skip


def read(text: str) -> list[dict[str, str]]:
    """The events of a file as the icalendar library reads them."""
    found = Calendar.from_ical(text.encode())
    assert isinstance(found, Calendar)
    return [
        {
            "uid": str(event["UID"]),
            "summary": str(event["SUMMARY"]),
            "says": str(event["DESCRIPTION"]),
            "status": str(event["STATUS"]),
            "at": event.decoded("DTSTART").isoformat(),
        }
        for event in found.walk("VEVENT")
    ]


@given(st.lists(entries, max_size=5), readable)
def test_what_goes_in_comes_out(made: list[Entry], name: str) -> None:
    """Another program reads every entry as it was meant, signs, line ends and foreign letters included."""
    expected = [
        {
            "uid": f"{one.uid}@W",
            "summary": f"{one.place}: {one.title}",
            "says": "\n".join(part for part in (one.mark.value, one.says) if part),
            "status": "TENTATIVE" if one.mark is Mark.HELD else "CONFIRMED",
            "at": one.at.isoformat(),
        }
        for one in made
    ]

    assert expected == read(ics(made, name, "W", START))


@given(words, words)
def test_a_file_keeps_to_the_form(title: str, says: str) -> None:
    """Every line ends with CRLF and has at most 75 octets, and nothing in a text begins a line of its own."""
    one = Entry(at=START, place="mail", piece="A", slug="a", title=title, mark=Mark.PLANNED, says=says)
    text = ics([one], title, "W", START)

    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert 1 == len(read(text))


@given(st.lists(entries, max_size=6))
def test_what_collides_is_near(made: list[Entry]) -> None:
    """A collision holds different pieces at one channel, each less than an hour after the one before; pages none."""
    for found in collisions(made):
        times = [one.at for one in found.entries]
        assert {found.place} == {one.place for one in found.entries}
        assert Mark.PAGE not in {one.mark for one in found.entries}
        assert 1 < len({one.piece for one in found.entries})
        assert all(timedelta(0) <= b - a < NEAR for a, b in pairwise(times))


@given(st.lists(entries, max_size=6))
def test_every_near_pair_is_in_a_collision(made: list[Entry]) -> None:
    """Of any two pieces at one channel in less than an hour, a collision tells."""
    told = [{id(one) for one in found.entries} for found in collisions(made)]
    posts = [one for one in made if one.mark is not Mark.PAGE]
    for one in posts:
        for other in posts:
            if one.place == other.place and one.piece != other.piece and abs(one.at - other.at) < NEAR:
                assert any({id(one), id(other)} <= run for run in told)


def test_an_entry_keeps_its_name() -> None:
    """Another time or title changes an entry, and makes no second one."""
    one = Entry(at=START, place="mail", piece="A", slug="a", title="Old", mark=Mark.PLANNED)
    other = Entry(at=START + NEAR, place="mail", piece="A", slug="b", title="New", mark=Mark.SENT)

    assert one.uid == other.uid
