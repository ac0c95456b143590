"""Where a repository lies, and where the token for it is found."""

from pathlib import Path

import pytest

from expertpost.hosts.base import Place
from expertpost.hosts.github import api_of
from expertpost.hosts.registry import place_of
from expertpost.hosts.token import token_for
from expertpost.model.channel import SecretKind, SecretName
from expertpost.model.config import HostSettings


@pytest.mark.parametrize(
    ("address", "settings", "place"),
    [
        ("git@github.com:acme/seals.git", HostSettings(), Place("github", "https://github.com", "acme/seals")),
        ("https://me:pw@github.com/acme/seals", HostSettings(), Place("github", "https://github.com", "acme/seals")),
        (
            "ssh://git@gitlab.acme.example:2222/a/b/c.git",
            HostSettings(),
            Place("gitlab", "https://gitlab.acme.example", "a/b/c"),
        ),
        ("https://codeberg.org/acme/seals", HostSettings(), Place("forgejo", "https://codeberg.org", "acme/seals")),
        (
            "https://git.acme.example:3000/a/b",
            HostSettings("gitea"),
            Place("gitea", "https://git.acme.example:3000", "a/b"),
        ),
        (
            "git@ssh.git.acme.example:a/b",
            HostSettings("gitlab", "https://git.acme.example/lab"),
            Place("gitlab", "https://git.acme.example/lab", "a/b"),
        ),
        ("http://127.0.0.1:3000/a/b", HostSettings("gitea"), Place("gitea", "http://127.0.0.1:3000", "a/b")),
        ("http://git.acme.example/a/b", HostSettings("gitea"), Place("gitea", "https://git.acme.example", "a/b")),
    ],
)
def test_a_place_is_told_from_the_address(address: str, settings: HostSettings, place: Place) -> None:
    """Kind, host and path; encrypted, but for this very machine."""
    assert place == place_of(address, settings)


@pytest.mark.parametrize(
    "address", ["/srv/git/seals.git", "../seals.git", "https://git.acme.example/a/b", "ext::sh -c x"]
)
def test_elsewhere_there_is_no_interface(address: str) -> None:
    """A folder, and a host of which nobody says what it is."""
    assert None is place_of(address, HostSettings())


@pytest.mark.parametrize(
    ("root", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://github.acme.example", "https://github.acme.example/api/v3"),
    ],
)
def test_each_github_has_its_interface(root: str, api: str) -> None:
    """The public one, those with an address of their own, and Enterprise Server."""
    assert api == api_of(root)


GITEA = Place("gitea", "https://git.acme.example", "a/b")


@pytest.mark.parametrize("kind", [SecretKind.ENV, SecretKind.FILE])
def test_a_named_token_is_found(tmp_path: Path, kind: SecretKind) -> None:
    """In a variable made for expertpost, the file that such a variable names, or a file in the person's own folder."""
    folder = tmp_path / "config" / "expertpost"
    folder.mkdir(parents=True)
    (folder / "EXPERTPOST_GIT").write_text("tok\n")
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "EXPERTPOST_GIT_FILE": str(folder / "EXPERTPOST_GIT")}

    assert "tok" == token_for(GITEA, SecretName(kind, "EXPERTPOST_GIT"), env, tmp_path)


def test_without_a_name_the_host_of_a_job_is_known(tmp_path: Path) -> None:
    """A job tells which host it runs on: its token is for that one."""
    place = Place("github", "https://github.acme.example", "a/b")
    env = {"GITHUB_TOKEN": "tok", "GITHUB_SERVER_URL": "https://github.acme.example", "PATH": ""}

    assert "tok" == token_for(place, None, env, tmp_path)
    assert None is token_for(place, None, {**env, "GITHUB_SERVER_URL": "https://github.com"}, tmp_path)


@pytest.mark.parametrize(("code", "token"), [(0, "gho_x"), (1, None)])
def test_githubs_own_command_is_asked_for_its_host(tmp_path: Path, code: int, token: str | None) -> None:
    """``gh auth token`` keeps one for each host; where it has none there is none."""
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\necho "$*" > "{tmp_path}/asked"\necho gho_x\nexit {code}\n')
    gh.chmod(0o755)

    assert token == token_for(Place("github", "https://github.com", "a/b"), None, {"PATH": str(tmp_path)}, tmp_path)
    assert "auth token --hostname github.com\n" == (tmp_path / "asked").read_text()
