"""The calendar: what went, what goes and what is held, in local time and UTC; and the file that calendars read."""

from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar as File
from tests.flows.mailroom import Mailroom, Trap, hook, mailroom
from tests.flows.organisation import START

from expertpost.errors import Exit, Failure
from expertpost.flows.calendar import calendar
from expertpost.model.calendar import Mark
from expertpost.render.ics import ics

SITE = 'timezone = "Europe/Berlin"\n\n[sites.hub]\nreaders = ["colleagues"]\nbase_url = "https://hub.example/"'
DAY = timedelta(days=1)


@pytest.fixture
def room(tmp_path: Path, receiver: Trap) -> Mailroom:
    """A webhook for suppliers and a site for colleagues, in Berlin: one piece is out, two are planned."""
    made = mailroom(tmp_path, hook(receiver), more=SITE)
    made.merge(1)
    made.approve()
    made.publish()
    for number, minutes in ((2, 0), (3, 30)):
        at = (START + DAY + timedelta(minutes=minutes)).isoformat()
        made.merge(number, f"Text {number}.", publish_at=f"'{at}'")
    made.approve("01JD0000000000000000PCE002", "01JD0000000000000000PCE003")
    made.merge(4, "Nobody approved it.", publish_at=f"'{(START + 2 * DAY).isoformat()}'")
    return made


def test_the_calendar_tells_what_goes_where_and_when(room: Mailroom) -> None:
    """What went, what is planned, what is held and which pages appear, by time."""
    found = calendar(room.runner.world)

    assert [
        ("piece-1", "hook", Mark.SENT),
        ("piece-2", "hook", Mark.PLANNED),
        ("piece-2", "hub", Mark.PAGE),
        ("piece-3", "hook", Mark.PLANNED),
        ("piece-3", "hub", Mark.PAGE),
        ("piece-4", "hook", Mark.HELD),
    ] == [(one.slug, one.place, one.mark) for one in found.entries]
    assert [("hook", ["piece-2", "piece-3"])] == [
        (one.place, [entry.slug for entry in one.entries]) for one in found.collisions
    ]
    assert "never submitted" in found.entries[-1].says


def test_a_day_is_a_day_where_the_workspace_is(room: Mailroom) -> None:
    """From and to are days in the workspace's zone; the end is no longer in it."""
    found = calendar(room.runner.world, start="2026-11-24", end="2026-11-25")

    assert ("2026-11-24T00:00:00+01:00", "2026-11-25T00:00:00+01:00") == (
        found.start.isoformat(),
        found.end.isoformat(),
    )
    assert {"piece-2", "piece-3"} == {one.slug for one in found.entries}
    with pytest.raises(Failure) as wrong:
        calendar(room.runner.world, start="soon")
    with pytest.raises(Failure, match="XP-TIME") as refused:
        calendar(room.runner.world, start="2026-11-25", end="2026-11-24")
    assert (Exit.USAGE, "let --to be later than --from") == (refused.value.exit_code, refused.value.cure)
    assert "XP-TIME" == wrong.value.code


def test_the_file_says_the_same(room: Mailroom) -> None:
    """What another program reads from the file is what the calendar tells, in UTC; built twice it names the same."""
    found = calendar(room.runner.world)
    read = File.from_ical(ics(found.entries, found.name, found.workspace, found.made).encode())
    events = list(read.walk("VEVENT"))

    assert [one.at for one in found.entries] == [event.decoded("DTSTART") for event in events]
    assert [f"{one.place}: {one.title}" for one in found.entries] == [str(event["SUMMARY"]) for event in events]
    assert [one.uid for one in found.entries] == [one.uid for one in calendar(room.runner.world).entries]
