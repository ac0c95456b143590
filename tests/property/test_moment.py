"""Laws of local times, over every zone there is: exactly one instant, or a refusal with the two to choose from."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.moment import BadMoment, instant

ZONES = sorted(available_timezones())
zones = st.sampled_from(ZONES)
instants = st.integers(365 * 86_400, 67 * 365 * 86_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The instants in one year at which the clocks of a zone change, to the minute."""
    place, found = ZoneInfo(name), []
    at = datetime(2026, 1, 1, tzinfo=UTC)
    while at < datetime(2027, 1, 1, tzinfo=UTC):
        later = at + timedelta(days=5)
        if at.astimezone(place).utcoffset() != later.astimezone(place).utcoffset():
            found.append(_exactly(place, at, later))
        at = later
    return tuple(found)


def _exactly(place: ZoneInfo, at: datetime, later: datetime) -> datetime:
    while later - at > timedelta(minutes=1):
        middle = at + (later - at) // 2
        if at.astimezone(place).utcoffset() == middle.astimezone(place).utcoffset():
            at = middle
        else:
            later = middle
    return later.replace(second=0, microsecond=0)


@given(instants, zones)
def test_a_local_time_is_its_instant_or_refused(at: datetime, name: str) -> None:
    """What a clock on the wall shows is read as the instant at which it shows it, or refused; never another one."""
    wall = at.astimezone(ZoneInfo(name)).replace(tzinfo=None).isoformat()
    try:
        found = instant(wall, name)
    except BadMoment as refused:
        offered = [instant(each) for each in refused.cure.removeprefix("write ").split(" or ")]
        assert at in offered
        assert 2 == len(offered)
    else:
        assert at == found


@given(zones.filter(changes), st.data())
def test_what_clocks_skip_or_show_twice_is_refused(name: str, data: st.DataObject) -> None:
    """Around a change of the clocks: a gap and an overlap are refused with the two instants, all else is exact."""
    place, change = ZoneInfo(name), data.draw(st.sampled_from(changes(name)))
    wall = change.astimezone(place).replace(tzinfo=None) + timedelta(minutes=data.draw(st.integers(-130, 130)))
    shown = {at for at in (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
             if at.astimezone(place).replace(tzinfo=None) == wall}  # fmt: skip
    if len(shown) == 1:
        assert shown == {instant(wall.isoformat(), name).astimezone(UTC)}
        return
    with pytest.raises(BadMoment) as refused:
        instant(wall.isoformat(), name)
    offered = {instant(each).astimezone(UTC) for each in refused.value.cure.removeprefix("write ").split(" or ")}
    assert 2 == len(offered)
    assert ("twice" if shown else "skip") in refused.value.what
    assert shown <= offered


@given(instants, zones)
def test_an_offset_needs_no_zone(at: datetime, name: str) -> None:
    """A time with an offset is an instant by itself, whatever zone stands beside it."""
    assert at == instant(at.astimezone(ZoneInfo(name)).isoformat(), "Europe/Berlin")


@given(st.text(max_size=30), zones)
def test_what_is_no_time_is_refused(text: str, name: str) -> None:
    """Any text is an instant or a refusal with a cure; never anything else."""
    try:
        found: datetime | BadMoment = instant(text, name)
    except BadMoment as refused:
        found = refused

    assert (found.what and found.cure) if isinstance(found, BadMoment) else found.tzinfo


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "/etc/passwd", "Europe", "\x00"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    """A name that leads to no zone, or out of the list of zones, is refused."""
    with pytest.raises(BadMoment):
        instant("2026-12-01T09:00", name)
