"""Commits into somebody else's repository: theirs stays, ours is there once, and what is proven is what is said."""

import stat
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.git_server import TOKEN, add, bare_repository, git, pages

from expertpost.flows.committing import Git
from expertpost.model.outcome import Because, Busy, Receipt, Refused
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending, Unreadable
from expertpost.publishers.git import GitSettings
from expertpost.render.shown import Shown
from expertpost.testing.samples import MEDIA, PLAIN, SAMPLES

AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
KEY, OTHER_KEY = "0b5e" * 16, "f00d" * 16
WITH_PICTURES = next(sample.shown for sample in SAMPLES if sample.name == "pictures")
PAGE = Receipt("look-both-ways/index.md")
PATH = "content/look-both-ways/index.md"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The site's repository, beside a workspace."""
    git(tmp_path, "init", "-q", "--template=", "ws")
    return bare_repository(tmp_path / "site.git")


def publisher(site: Path, **changes: object) -> Git:
    """A publisher into it, by its path from the workspace."""
    chosen = replace(GitSettings("../site.git", directory="content"), **changes)  # type: ignore[arg-type] # a test's own
    return Git(chosen, {"token": TOKEN} if chosen.token else {}, site.parent / "ws")


def sending(ours: Git, shown: Shown = PLAIN, key: str = KEY) -> Sending:
    """One delivery."""
    post = bind(ours.render(shown, ours.settings), ours.values(Address(), key, AT, ""))
    return Sending(post, key, Address(), AT, {media.source: MEDIA[media.source] for media in post.media})


def history(site: Path) -> list[str]:
    """The titles of all commits, newest first."""
    return git(site, "log", "--format=%s", "main").splitlines()


def test_one_commit_for_everything(site: Path) -> None:
    """Page and picture come in one commit that says which delivery it is; what others have stays."""
    assert replace(PAGE, url="https://x.example/look-both-ways/") == publisher(
        site, url="https://x.example/{slug}/", author="Acme", email="web@acme.example"
    ).send(sending(publisher(site), WITH_PICTURES))

    assert ["Add: With pictures", "Ours: README.md"] == history(site)
    assert f"Acme <web@acme.example> 2026-12-01T08:00:00+00:00\nExpertpost-Key: {KEY}\n\n" == (
        git(site, "log", "-1", "--format=%an <%ae> %aI%n%(trailers)", "main")
    )
    assert [PATH, "content/look-both-ways/seal.png"] == git(site, "show", "--format=", "--name-only").splitlines()
    assert (
        MEDIA["seal.png"]
        == subprocess.run(
            ["git", "-C", site, "show", "main:content/look-both-ways/seal.png"], capture_output=True, check=True
        ).stdout
    )


def test_the_same_change_twice_is_one_commit(site: Path) -> None:
    """A repeated delivery, change or removal adds nothing to the branch."""
    ours = publisher(site)
    ours.send(sending(ours))
    for _ in range(2):
        ours.send(sending(ours))
        assert PAGE == ours.update(PAGE, sending(ours, WITH_PICTURES))
    for _ in range(2):
        assert PAGE == ours.take_back(PAGE, KEY, AT)

    assert ["Remove: look-both-ways/index.md", "Change: With pictures", "Add: Look both ways", "Ours: README.md"] == (
        history(site)
    )
    assert ["README.md"] == git(site, "ls-tree", "-r", "--name-only", "main").split()


@pytest.mark.parametrize("mode", ["theirs", "another key"])
def test_what_is_not_ours_is_left_alone(site: Path, mode: str) -> None:
    """A page that somebody else made, or another delivery, is never written over, changed or removed."""
    ours = publisher(site)
    if mode == "theirs":
        add(site, PATH, b"Mine.\n")
    else:
        ours.send(sending(ours, key=OTHER_KEY))
    before = pages(site)

    assert isinstance(ours.send(sending(ours)), Refused)
    assert isinstance(ours.update(PAGE, sending(ours)), Refused)
    assert isinstance(ours.take_back(PAGE, KEY, AT), Refused)
    assert before == pages(site)


def test_another_picture_of_that_name_stays(site: Path) -> None:
    """A file that is there with other content is not ours, and then nothing at all is committed."""
    add(site, "content/look-both-ways/seal.png", b"theirs")

    assert isinstance(publisher(site).send(sending(publisher(site), WITH_PICTURES)), Refused)
    assert "Ours: content/look-both-ways/seal.png" == history(site)[0]


@pytest.mark.parametrize(
    ("path", "mode"),
    [("content", "120000"), ("content/look-both-ways", "120000"), (PATH, "120000"), ("content", "100644")],
)
def test_no_way_through_a_link(site: Path, path: str, mode: str) -> None:
    """Where a link or a file stands in the way, nothing is committed behind it or in its place."""
    add(site, path, b"/etc", mode)

    assert isinstance(publisher(site).send(sending(publisher(site))), Refused)
    assert f"Ours: {path}" == history(site)[0]


def test_nothing_of_their_repository_runs_here(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attributes that name a filter of this clone change no byte, and no file of theirs is written to this machine."""
    ws = site.parent / "ws"
    add(site, ".gitattributes", b"* filter=trap text eol=crlf\n")
    add(site, ".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% trap\n')
    for key, value in (("clean", "touch trap; cat"), ("smudge", "touch trap; cat"), ("process", "touch trap")):
        git(ws, "config", f"filter.trap.{key}", value)
    monkeypatch.chdir(ws)
    before = {file for file in ws.rglob("*") if ".git" not in file.relative_to(ws).parts}
    ours = publisher(site)
    ours.send(sending(ours, WITH_PICTURES))

    assert sending(ours, WITH_PICTURES).post.parts[0] == pages(site)["look-both-ways/index.md"]
    assert before == {file for file in ws.rglob("*") if ".git" not in file.relative_to(ws).parts}
    assert [] == list(site.parent.rglob("trap"))


def test_a_search_reads_the_branch(site: Path) -> None:
    """A page is found by its key wherever the builder's convention puts pages, also where somebody has moved it."""
    ours = publisher(site)
    add(site, "content/a/index.md", b"---\ntitle: x\n---\n" + f'expertpost: {{"id": "x", "key": "{KEY}"}}\n'.encode())
    assert ours.find(KEY) is None
    ours.send(sending(ours))
    text = pages(site)["look-both-ways/index.md"]
    add(site, PATH, None)
    add(site, "content/moved/index.md", text.encode())

    assert Receipt("moved/index.md") == ours.find(KEY)
    assert publisher(site, directory="").find(KEY) is None
    strange = publisher(site, directory="content[x]")
    strange.send(sending(strange, key=OTHER_KEY))
    assert PAGE == strange.find(OTHER_KEY)


def test_a_repository_that_is_gone(site: Path) -> None:
    """Where there is no repository, or no such branch, nothing was sent, and a search finds nothing out."""
    for ours in (publisher(site, repository="../other.git"), publisher(site, branch="gone")):
        assert isinstance(ours.send(sending(ours)), Busy)
        assert isinstance(ours.probe(AT), Busy)
        with pytest.raises(Unreadable):
            ours.find(KEY)


def hook(site: Path, script: str) -> None:
    """Let the repository run this before it takes a push."""
    (site / "hooks").mkdir(exist_ok=True)
    file = site / "hooks" / "pre-receive"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_a_protected_branch(site: Path) -> None:
    """A branch that the host protects is told with the host's words; it concerns every post."""
    hook(site, "echo 'main is protected' >&2; exit 1")
    outcome = publisher(site).send(sending(publisher(site)))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because
    assert "main is protected" in outcome.reason
    assert ["Ours: README.md"] == history(site)


def test_a_repository_without_room(site: Path) -> None:
    """A repository that cannot store what we push has not taken it, and may later."""
    git(site, "config", "receive.maxInputSize", "10")

    assert isinstance(publisher(site).send(sending(publisher(site))), Busy)
    assert ["Ours: README.md"] == history(site)


def test_no_room_on_this_machine(site: Path) -> None:
    """Where nothing can be written here, nothing was sent."""
    (site.parent / "ws" / ".git" / "expertpost").write_text("in the way")

    assert isinstance(publisher(site).send(sending(publisher(site))), Busy)


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({}, []),
        ({"repository": "git@github.com:acme/site.git"}, []),
        ({"repository": "ssh://git@git.example.org:2222/site.git"}, []),
        ({"repository": "git://127.0.0.1/site.git"}, []),
        ({"branch": "gh-pages", "directory": "content/posts/"}, []),
        ({"repository": ""}, ["repository"]),
        ({"repository": "--upload-pack=x"}, ["repository"]),
        ({"repository": "ext::sh -c x"}, ["repository"]),
        ({"repository": "git://git.example.org/site.git"}, ["repository"]),
        ({"repository": "http://git.example.org/site.git"}, ["repository"]),
        ({"repository": "https://anna:secret@git.example.org/site.git"}, ["repository"]),
        ({"repository": "ssh://git:secret@git.example.org/site.git"}, ["repository"]),
        ({"repository": "ftp://git.example.org/site.git"}, ["repository"]),
        ({"branch": "a..b"}, ["branch"]),
        ({"branch": "-f"}, ["branch"]),
        ({"branch": "main:other"}, ["branch"]),
        ({"directory": "../up"}, ["directory"]),
        ({"directory": ".git/hooks"}, ["directory"]),
        ({"url": "https://x.example/"}, ["url"]),
    ],
)
def test_settings_that_cannot_be(settings: Mapping[str, str], wrong: list[str]) -> None:
    """What git would take for an option, a program or a password is told before anything runs."""
    chosen = replace(GitSettings("../x.git"), **settings)  # type: ignore[arg-type] # a test's own

    assert wrong == [one.key for one in Git.judge(chosen)]
