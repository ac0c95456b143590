"""Commits into a repository behind a server: faster people, lost answers, tokens, and whatever the size of it."""

import os
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.git_server import TOKEN, GitTwin, add, bare_repository, git
from tests.unit.test_git_pages import AT, KEY, OTHER_KEY, PAGE, WITH_PICTURES, history, publisher, sending, site

from expertpost.flows.committing import Git
from expertpost.model.outcome import Because, Busy, Receipt, Refused, Unsure
from expertpost.publishers.base import Probe
from expertpost.publishers.git import GitSettings
from expertpost.testing.twin import Answer, Fault, Request

__all__ = ["site"]


class Busybody(GitTwin):
    """A server at which somebody else commits just before our push comes in, so many times."""

    times = 0

    def take(self, request: Request) -> Answer:
        """See GitTwin."""
        if self.times:
            self.times -= 1
            add(self.bare, f"content/theirs-{self.times}.md", b"x\n")
        return super().take(request)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Busybody]:
    """A repository behind HTTP."""
    git(tmp_path, "init", "-q", "--template=", "ws")
    with closing(Busybody(bare_repository(tmp_path / "site.git"))) as twin:
        yield twin


def by_http(twin: GitTwin, token: str = TOKEN) -> Git:
    """A publisher into it, by a token."""
    return Git(GitSettings(twin.repository, directory="content"), {"token": token}, twin.bare.parent / "ws")


def test_a_branch_that_moved(served: Busybody) -> None:
    """Whoever was faster keeps their commit, and ours is made again on top of it."""
    served.times = 2

    assert PAGE == by_http(served).send(sending(by_http(served)))
    assert ["Add: Look both ways", "Ours: content/theirs-0.md", "Ours: content/theirs-1.md", "Ours: README.md"] == (
        history(served.bare)
    )


def test_a_branch_that_never_rests(served: Busybody, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few tries the next run has to go on; nothing of ours is there."""
    served.times = 100
    monkeypatch.setattr("expertpost.publishers.git.ROUNDS", 2)

    assert isinstance(by_http(served).send(sending(by_http(served))), Busy)
    assert "Add: Look both ways" not in history(served.bare)


def test_a_lost_answer_and_a_repeat(served: Busybody) -> None:
    """Where the answer to the push is lost nobody knows; the repeat finds the page and adds nothing."""
    served.fail(Fault.ANSWER_LOST)
    ours = by_http(served)

    assert [Unsure, Receipt] == [type(ours.send(sending(ours))) for _ in range(2)]
    assert ["Add: Look both ways", "Ours: README.md"] == history(served.bare)


def test_a_huge_repository_stays_where_it_is(served: Busybody) -> None:
    """Neither history nor the content of other files is fetched to add a page and to search for one."""
    for number in range(3):
        add(served.bare, f"videos/{number}.bin", os.urandom(2_000_000))
    ours = by_http(served)
    ours.send(sending(ours))
    told = served.told

    assert PAGE == ours.find(KEY)
    assert 50_000 > told
    assert 50_000 > served.told


def test_another_repositorys_credentials_stay_away(served: Busybody) -> None:
    """What a clone in CI sends to the same host for its own repository does not go along with our token."""
    ws = served.bare.parent / "ws"
    git(ws, "config", f"http.{served.url}/.extraheader", "Authorization: Basic c2VjcmV0OnRva2Vu")
    ours = by_http(served)

    assert isinstance(ours.probe(AT), Probe)
    assert {"c2VjcmV0OnRva2Vu"} & {one.headers.get("authorization", "").split()[-1] for one in served.requests} == set()


def test_a_token_that_is_wrong(served: Busybody) -> None:
    """A wrong token concerns every post, and no person, helper or other token is asked."""
    ours = by_http(served, "ghs_wrong-wrong-wrong")
    outcome = ours.send(sending(ours))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because
    assert isinstance(ours.probe(AT), Refused)


class Daemon(socketserver.ThreadingTCPServer):
    """``git daemon`` on a free port of this machine."""

    daemon_threads = True

    def __init__(self, base: Path) -> None:
        class Talk(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                argv = ["git", "daemon", "--inetd", "--export-all", "--enable=receive-pack", f"--base-path={base}"]
                end = self.request.fileno()
                subprocess.run(argv, stdin=end, stdout=end, stderr=subprocess.DEVNULL, check=False)

        super().__init__(("127.0.0.1", 0), Talk)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()


def test_gits_own_server(site: Path) -> None:
    """The same against git daemon; once it has stopped, nothing was sent."""
    daemon = Daemon(site.parent)
    ours = publisher(site, repository=f"git://127.0.0.1:{daemon.server_address[1]}/site.git")
    first = ours.send(sending(ours)), ours.find(KEY)
    daemon.shutdown()
    daemon.server_close()

    assert (PAGE, PAGE) == first
    assert isinstance(ours.update(PAGE, sending(ours, WITH_PICTURES)), Busy)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for ssh is a shell script")
def test_ssh_is_called_as_git_calls_it(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address of ssh works by git's own means; keys that are refused concern every post."""
    ssh = site.parent / "ssh"
    ours = publisher(site, repository=f"git@site.example:{site}")
    monkeypatch.setenv("GIT_SSH", str(ssh))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    ssh.write_text('#!/bin/sh\nexec sh -c "$2"\n')
    ssh.chmod(0o700)
    first = ours.send(sending(ours))
    ssh.write_text("#!/bin/sh\necho 'git@site.example: Permission denied (publickey).' >&2\nexit 255\n")
    second = publisher(site, repository=f"git@site.example:{site}").send(sending(ours, key=OTHER_KEY))

    assert PAGE == first
    assert isinstance(second, Refused)
    assert Because.ACCOUNT is second.because
