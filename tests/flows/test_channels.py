"""``channels probe``: what each service says of us, with nothing posted."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.contract.test_mastodon import MastodonTwin
from tests.contract.web_twin import TOKEN

from expertpost.errors import Failure
from expertpost.flows.channels_probe import ending, probe
from expertpost.flows.context import World

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
TOML = """[workspace]
name = "Acme"
id = "acme-1"
main = "main"

[channels.social]
publisher = "mastodon"
readers = ["public"]
server = "{url}"
user = "acme"
token = {{ env = "SOCIAL_TOKEN" }}

[channels.blog]
publisher = "folder"
readers = ["public"]
path = "site"
"""


@pytest.fixture
def twin() -> Iterator[MastodonTwin]:
    """A server."""
    with closing(MastodonTwin()) as twin:
        yield twin


@pytest.fixture
def world(tmp_path: Path, twin: MastodonTwin) -> World:
    """A workspace with a channel at the server and one that is a folder."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "expertpost.toml").write_text(TOML.format(url=twin.url))
    (tmp_path / "site").mkdir()
    return World(tmp_path, now=lambda: NOW, env={"SOCIAL_TOKEN": TOKEN})


def test_a_probe_tells_whose_account_it_is(world: World, twin: MastodonTwin) -> None:
    """Each service is asked once who we are, and gets no post."""
    found = probe(world)

    assert ["social", "blog"] == [one.channel for one in found]
    assert ["@acme", "hugo:site"] == [one.account for one in found]
    assert all(one.well for one in found)
    assert () == twin.arrived()


def test_a_probe_of_one_channel_leaves_the_others_alone(world: World, twin: MastodonTwin) -> None:
    """Only the service that is named is asked; a name that is none is told with the nearest one."""
    assert ["blog"] == [one.channel for one in probe(world, ("blog",))]
    assert [] == twin.requests
    with pytest.raises(Failure, match="blogs") as failed:
        probe(world, ("blogs",))
    assert "XP-CHANNEL" == failed.value.code


def test_what_is_in_the_way_is_told(world: World, twin: MastodonTwin) -> None:
    """A secret that is not here and a service that is down are lines with a cure, never an end."""
    (without,) = probe(replace(world, env={}), ("social",))
    twin.close()
    (down,) = probe(world, ("social",))

    assert (False, False) == (without.well, down.well)
    assert "SOCIAL_TOKEN" in without.says
    assert "not reachable" in down.says


def test_what_the_service_does_not_tell_the_log_in_knew(world: World) -> None:
    """Until when the credentials hold stands in channels.lock; there is a cure two weeks ahead, and a no afterwards."""
    told = []
    for ends in ("2026-12-31T08:00:00Z", "2026-12-10T08:00:00Z", "2026-11-30T08:00:00Z"):
        (world.here / "channels.lock").write_text(f"[social]\nread = 2026-11-01\nexpires = {ends}\n")
        (one,) = probe(world, ("social",))
        told.append((one.well, bool(one.cure)))

    assert [(True, False), (True, True), (False, True)] == told


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (timedelta(days=9, hours=1), "end in 9 days (2026-12-10)"),
        (timedelta(days=1, hours=1), "end in 1 day (2026-12-02)"),
        (timedelta(hours=3), "end today (2026-12-01T11:00:00+00:00)"),
        (-timedelta(hours=9), "ended on 2026-11-30"),
    ],
)
def test_when_credentials_end(left: timedelta, says: str) -> None:
    """The day is told as people count days."""
    assert says == ending(NOW + left, NOW)
