"""Packages that somebody else makes: built, installed, found by their entry point, and kept to their own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.flows.plugin_new import plugin_new

PIGEON = Path(__file__).parent / "pigeon"
SETTINGS = """[workspace]
name = "Acme"
id = "acme-1"

[channels.loft]
publisher = "pigeon"
readers = ["public"]
loft = "roof"
seed = { env = "SEED" }

[channels.hook]
publisher = "webhook"
readers = ["public"]
url = "https://partner.example/hook"
secret = { env = "HOOK_SECRET" }
"""
SECRETS = {"SEED": "sunflower-and-corn", "HOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}


def install(source: Path, site: Path) -> None:
    """Build a package and unpack its wheel, which is what an installation does."""
    out = site.with_name(f"{site.name}-dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    subprocess.run(command, capture_output=True, timeout=110, check=True)
    for wheel in out.glob("*.whl"):
        ZipFile(wheel).extractall(site)


@dataclass(frozen=True)
class Office:
    """A workspace with two channels, and a folder with what is installed besides expertpost."""

    at: Path
    site: Path

    def call(self, *argv: str) -> dict[str, object]:
        """What expertpost answers, as JSON."""
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.site), "HOME": str(self.at), **SECRETS}
        done = subprocess.run(
            [sys.executable, "-m", "expertpost", *argv, "--json"], cwd=self.at, env=env, capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr
        told: dict[str, object] = json.loads(done.stdout)
        return told


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pigeons, installed."""
    folder = tmp_path_factory.mktemp("pigeons")
    shutil.copytree(PIGEON, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    install(folder / "source", folder / "site")
    return folder / "site"


@pytest.fixture
def office(tmp_path: Path, built: Path) -> Office:
    """The workspace, and a copy of what is installed."""
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "expertpost.toml").write_text(SETTINGS)
    subprocess.run(["git", "init", "-q", str(tmp_path / "w")], check=True)
    shutil.copytree(built, tmp_path / "site")
    return Office(tmp_path / "w", tmp_path / "site")


def test_a_package_of_somebody_else_is_found(office: Office) -> None:
    """To install it is all that is needed: its publisher is a channel's like any other."""
    channels = office.call("channels", "list")["channels"]

    assert isinstance(channels, list)
    assert [("a carrier pigeon", "blind", []), ("keyed", [])] == [
        (channels[0]["says"], channels[0]["guarantee"], channels[0]["findings"]),
        (channels[1]["guarantee"], channels[1]["findings"]),
    ]


def test_it_gets_the_secrets_of_its_own_channel_only(office: Office) -> None:
    """A publisher is given what its own channel names, and even that is hidden where it tells it on."""
    channels = office.call("channels", "probe", "loft")["channels"]

    assert isinstance(channels, list)
    assert "['seed'] ['•••']" == channels[0]["account"]


def test_a_second_package_with_the_same_name_stops_both(office: Office) -> None:
    """Nobody is asked which of two is meant: neither gets the secret, and the other channels go on."""
    (info,) = office.site.glob("acme_pigeons-*.dist-info")
    copy = office.site / "better_pigeons-1.0.dist-info"
    shutil.copytree(info, copy)
    (copy / "METADATA").write_text("Metadata-Version: 2.1\nName: better-pigeons\nVersion: 1.0\n")
    found = office.call("channels", "probe")["channels"]

    assert isinstance(found, list)
    assert [("loft", False), ("hook", False)] == [(one["channel"], one["well"]) for one in found]
    assert "acme-pigeons and better-pigeons both claim 'pigeon'" == found[0]["says"]
    assert "SEED" not in json.dumps(found)


def test_a_new_package_passes_as_it_is_made(tmp_path: Path) -> None:
    """It builds, its wheel holds the publisher and the line, and it keeps every promise of the contract."""
    made = plugin_new(World(tmp_path), "acme-board")
    install(made.folder, tmp_path / "site")
    (entries,) = (tmp_path / "site").glob("*.dist-info/entry_points.txt")
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]

    assert "acme-board = expertpost_acme_board:AcmeBoard" in entries.read_text()
    assert (tmp_path / "site" / "expertpost_acme_board.py").is_file()
    done = subprocess.run(tests, cwd=made.folder, capture_output=True, text=True, timeout=110, check=False)
    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("name", ["", "Acme", "../x", "a--b", "1st", "x" * 41, "webhook", "-x"])
def test_a_name_that_cannot_be(tmp_path: Path, name: str) -> None:
    """What is no plain name, or is taken, makes nothing."""
    with pytest.raises(Failure) as failed:
        plugin_new(World(tmp_path), name)

    assert "XP-PLUGIN-NAME" == failed.value.code
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_there_stays(tmp_path: Path) -> None:
    """Nothing is written over."""
    (tmp_path / "expertpost-acme-board").mkdir()
    with pytest.raises(Failure) as failed:
        plugin_new(World(tmp_path), "acme-board")

    assert "XP-PLUGIN-THERE" == failed.value.code
    assert [] == list((tmp_path / "expertpost-acme-board").iterdir())
