"""The doctor looks at everything and says what is wrong and how to cure it; channels shows what is configured."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expertpost.errors import Failure
from expertpost.flows.channels import channels
from expertpost.flows.context import World
from expertpost.flows.doctor import Health, doctor

CONFIG = """
[workspace]
name = "Acme"
id = "01JD0000000000000000000000"

[channels.hook]
publisher = "webhook"
readers = ["suppliers"]
url = "https://partner.example/hook"
secret = { env = "HOOK_SECRET" }

[channels.typo]
publisher = "webhok"
readers = ["suppliers"]
"""
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def git(folder: Path, *args: str) -> None:
    """Plain git, as Ana."""
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", "-C", str(folder), *who, *args], check=True, capture_output=True)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Ana's workspace with a remote that has its main."""
    home = tmp_path / "w"
    (home / "people").mkdir(parents=True)
    (home / "expertpost.toml").write_text(CONFIG)
    (home / "people" / "ana.md").write_text("---\nname: Ana\nemails: [ana@example.org]\n---\n")
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(home, "init", "-q", "-b", "main")
    git(home, "config", "user.name", "Ana")
    git(home, "config", "user.email", "ana@example.org")
    git(home, "add", ".")
    git(home, "commit", "-q", "-m", "start", "--date", "2026-11-23T10:00:00Z")
    git(home, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(home, "push", "-q", "origin", "main")
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return World(here=home, now=lambda: datetime.now(UTC), env=env)


def health(world: World, name: str) -> list[tuple[Health, str]]:
    """What the doctor says of one thing."""
    return [(line.health, line.says) for line in doctor(world) if line.name == name]


def test_a_good_workspace_is_well(world: World) -> None:
    """Git, identity, settings, the shared repository, the clock and the ledger are looked at."""
    found = {line.name: line.health for line in doctor(world)}

    assert Health.OK is found["git"]
    assert [Health.OK, Health.OK] == [h for h, _ in health(world, "shared repository")]
    assert (Health.OK, "Ana <ana@example.org> is ana") == health(world, "identity")[0]
    assert {Health.OK} == {found["settings"], found["clock"], found["ledger"]}
    assert Health.NOTE is found["main"]


def test_a_remote_that_takes_nothing_is_told(world: World, tmp_path: Path) -> None:
    """A remote that is gone is one bad line, and all other things are still looked at."""
    (tmp_path / "remote.git").rename(tmp_path / "moved.git")

    assert [Health.BAD] == [h for h, _ in health(world, "shared repository")]
    assert [Health.OK] == [h for h, _ in health(world, "ledger")]


def test_a_clock_that_is_behind_is_told(world: World) -> None:
    """A shared repository whose newest commit lies ahead of our clock means that the clock is wrong."""
    behind = World(here=world.here, now=lambda: datetime(2020, 1, 1, tzinfo=UTC), env=world.env)

    assert [Health.BAD] == [h for h, _ in health(behind, "clock")]


def test_channels_say_what_is_missing(world: World) -> None:
    """A channel without its secret, and one whose publisher nobody offers, say so with the cure."""
    hook, typo = channels(world)

    assert (("env:HOOK_SECRET",), ()) == (hook.missing, hook.findings)
    assert [("XP-PLUGIN-UNKNOWN", "did you mean webhook?")] == [(f.code, f.cure) for f in typo.findings]
    with_secret = World(here=world.here, env={**world.env, "HOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    assert () == channels(with_secret)[0].missing


def test_broken_settings_are_told_once(world: World) -> None:
    """They stop most looks, and are one thing to mend."""
    (world.here / "expertpost.toml").write_text(CONFIG.replace("readers", "readrs", 1))
    bad = [line.says for line in doctor(world) if line.health is Health.BAD]

    assert [] != bad
    assert sorted(set(bad)) == sorted(bad)


def test_outside_a_workspace_the_doctor_says_so(tmp_path: Path) -> None:
    """Where there is no workspace there is nothing to look at."""
    with pytest.raises(Failure, match="XP-WORKSPACE-NONE"):
        doctor(World(here=tmp_path))
