"""``channels lock``: what services say of themselves is written down once, and holds for everybody."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.contract.test_mastodon import MastodonTwin
from tests.contract.test_mattermost import CHANNEL, MattermostTwin

from expertpost.errors import Problems
from expertpost.flows.channels import channels as listed
from expertpost.flows.channels_lock import hints, lock, stale
from expertpost.flows.context import World
from expertpost.model.channel import Channel, Locked
from expertpost.model.guarded import Guard, guard_of
from expertpost.publishers import registry, settings
from expertpost.render.counts import mastodon
from expertpost.store.lock import read_lock, with_locks, written
from expertpost.store.workspace import find
from expertpost.testing.samples import SAMPLES

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
TOML = """[workspace]
name = "Acme"
id = "acme-1"

[channels.social]
publisher = "mastodon"
readers = ["public"]
server = "{social}"
user = "acme"
token = {{ env = "SOCIAL_TOKEN" }}

[channels.chat]
publisher = "mattermost"
readers = ["colleagues"]
server = "{chat}"
channel = "{channel}"
token = {{ env = "CHAT_TOKEN" }}

[channels.blog]
publisher = "folder"
readers = ["public"]
path = "site"
"""


@pytest.fixture
def social() -> Iterator[MastodonTwin]:
    """A server that takes more than others of its kin."""
    with closing(MastodonTwin()) as twin:
        twin.most = 5_000
        yield twin


@pytest.fixture
def chat() -> Iterator[MattermostTwin]:
    """A chat."""
    with closing(MattermostTwin()) as twin:
        yield twin


@pytest.fixture
def world(tmp_path: Path, social: MastodonTwin, chat: MattermostTwin) -> World:
    """A workspace with three channels, and nobody's secrets."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "expertpost.toml").write_text(TOML.format(social=social.url, chat=chat.url, channel=CHANNEL))
    return World(tmp_path, now=lambda: NOW, env={})


def channels(world: World) -> Mapping[str, Channel]:
    """The channels as every verb reads them."""
    return find(world.here, world.env).here.config.channels


def test_limits_are_asked_once_and_hold_for_everybody(world: World) -> None:
    """What the server says is in the file, and posts are cut to it; no secret is needed, and nothing else changes."""
    lock(world)
    channel = channels(world)["social"]
    publisher = registry.publisher("mastodon")
    chosen, found = settings.read(publisher, channel)
    long = next(sample.shown for sample in SAMPLES if sample.name == "long")

    assert Locked(date(2026, 12, 1), {"length": 5_000, "pictures": 6}) == channel.lock
    assert () == found
    assert 500 < mastodon(publisher.render(replace(long, has_page=False), chosen).parts[0]) <= 5_000
    assert (5_000, 4) == (publisher.limits_by(chosen).length, publisher.limits_by(chosen).media)
    assert {"length": 16_383} == getattr(channels(world)["chat"].lock, "values", None)
    assert channels(world)["blog"].lock is None


def test_a_second_look_changes_nothing(world: World) -> None:
    """The file is written anew only where a service says something else; a server that is down changes nothing."""
    lock(world)
    first = (world.here / "channels.lock").read_bytes()
    second = lock(replace(world, now=lambda: NOW + timedelta(days=9)))

    assert all(one.now == one.before for one in second)
    assert first == (world.here / "channels.lock").read_bytes()


def test_a_service_that_does_not_answer_keeps_its_line(world: World, social: MastodonTwin) -> None:
    """What was known stays, and why nothing newer is known is told."""
    lock(world)
    first = (world.here / "channels.lock").read_bytes()
    social.close()
    (asked,) = lock(world, ("social",))

    assert asked.now is None
    assert asked.trouble.startswith("not reachable")
    assert first == (world.here / "channels.lock").read_bytes()


def test_a_dry_run_writes_nothing(world: World) -> None:
    """It tells what it would write."""
    found = lock(world, dry_run=True)

    assert [True, True, False] == [one.now is not None for one in found]
    assert not (world.here / "channels.lock").exists()


def test_what_is_written_by_hand_wins() -> None:
    """A value in expertpost.toml is what somebody decided."""
    channel = Channel("social", "mastodon", ("public",), {"length": 300})

    told = with_locks({"social": channel}, {"social": Locked(NOW.date(), {"length": 5_000, "pictures": 2})})
    assert {"length": 300, "pictures": 2} == told["social"].settings


@pytest.mark.parametrize(
    "line",
    [
        'server = "https://evil.example"',
        "length = 0",
        "length = true",
        'expires = "soon"',
        'read = "x"',
        "x = {}",
        "read = 2026-11-25T08:00:00Z",
    ],
)
def test_nothing_but_numbers_is_taken_from_the_lock(line: str) -> None:
    """No address, name or secret can come from there, and so no channel can be led elsewhere."""
    with pytest.raises(Problems):
        read_lock(f"[social]\n{line}\n".encode())


def test_a_change_of_the_lock_is_one_of_the_settings() -> None:
    """Whoever reviews sees it as such, and an admin approves it."""
    assert Guard.SETTINGS is guard_of("channels.lock", ())


def test_the_file_reads_as_it_was_written() -> None:
    """Nothing is lost on the way, and the same values are the same file."""
    locks = {"b": Locked(NOW.date(), {"length": 7}, NOW), "a": Locked(NOW.date())}

    assert locks == read_lock(written(locks).encode())
    assert written(locks) == written(dict(reversed(locks.items())))


@pytest.mark.parametrize(("left", "told"), [(13, 1), (15, 0), (-1, 1)])
def test_two_weeks_before_credentials_end(left: int, told: int) -> None:
    """Plan and doctor say so, without a look at the service."""
    ends = Locked(NOW.date(), {}, NOW + timedelta(days=left))
    found = list(hints({"in": Channel("in", "linkedin", ("public",), lock=ends)}, NOW))

    assert told == len(found)
    assert all("channels login in" in one.cure for one in found)


@pytest.mark.parametrize(("days", "says"), [(1, False), (90, True)])
def test_old_limits_are_worth_another_look(days: int, says: bool) -> None:
    """After a quarter, and where nobody ever asked; channels whose limits never change are left in peace."""
    read = Locked(NOW.date() - timedelta(days=days), {"length": 500})

    assert says is bool(stale(Channel("social", "mastodon", ("public",), lock=read), NOW))
    assert stale(Channel("social", "mastodon", ("public",)), NOW)
    assert not stale(Channel("blog", "folder", ("public",)), NOW)


@pytest.mark.parametrize("expires", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_an_instant_that_no_calendar_has_is_a_finding(expires: str) -> None:
    """Beyond the first and the last year there is nothing to reckon with: its line and a cure, never a traceback."""
    with pytest.raises(Problems) as refused:
        read_lock(f"[social]\nread = 2026-11-25\nexpires = {expires}\n".encode())

    (finding,) = refused.value.findings
    assert ("channels.lock", 3, "XP-CONFIG") == (finding.path, finding.line, finding.code)
    assert "channels lock" in finding.cure


@pytest.mark.parametrize("expires", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00"])
def test_the_first_and_the_last_instant_are_read(expires: str) -> None:
    """They are told like any other end, and the file can be written anew."""
    locks = read_lock(f"[social]\nread = 2026-11-25\nexpires = {expires}\n".encode())
    channel = replace(Channel("social", "mastodon", ("public",), {}, {}, 1), lock=locks["social"])

    assert locks == read_lock(written(locks).encode())
    assert len(list(hints({"social": channel}, NOW))) == (expires < "2026")


def test_the_list_of_channels_says_what_ends(world: World) -> None:
    """Whoever looks at the channels sees there whose credentials end soon, and how to renew them."""
    days = {"social": "12-10", "chat": "12-30"}
    lines = [f"[{name}]\nread = 2026-11-25\nexpires = 2026-{day}T08:00:00Z\n" for name, day in days.items()]
    (world.here / "channels.lock").write_text("\n".join(lines))
    (ends,) = (view.ends for view in listed(world) if view.ends)

    assert "social" == ends.channel
    assert "end in 9 days" in ends.what
    assert "channels login social" in ends.cure
