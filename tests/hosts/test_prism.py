"""What we ask of GitHub, held against GitHub's own description of its interface, by a server that knows nothing else.

It proves the shape of each request; what becomes of them the twins show. ``make hosts`` installs it and runs this file.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from expertpost.errors import Failure
from expertpost.hosts.base import Place, Request
from expertpost.hosts.github import GitHub
from expertpost.publishers.http import Answer, call

ROOT = Path(__file__).parents[2]
PRISM = ROOT / "build" / "hosts" / "node_modules" / ".bin" / "prism"
DESCRIPTION = Path(__file__).parent / "prism" / "api.github.com.json"
COMMIT = "ecdd80bb57125d7ba9641ffaa4d7d2c19d3f3091"
PAGE = Request(number=1347, url="")

pytestmark = pytest.mark.skipif(
    not PRISM.exists() or shutil.which("node") is None, reason="needs node and npm's Prism: make hosts installs it"
)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that answers with the description's own examples, and 422 to anything else."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    text = DESCRIPTION.read_text(encoding="utf-8").replace("https://api.github.com/", f"{address}/api/v3/")
    described = json.loads(text)
    described["paths"] = {f"/api/v3{path}": item for path, item in described["paths"].items()}
    file = tmp_path_factory.mktemp("prism") / "github.json"
    file.write_text(json.dumps(described), encoding="utf-8")
    command = [str(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), str(file)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < until:
        if isinstance(call("GET", f"{address}/api/v3/user"), Answer):
            return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.fixture
def github(root: str) -> GitHub:
    """Our side."""
    return GitHub(Place("github", root, "octocat/Hello-World"), "token")


def test_everything_that_we_ask_is_described(github: GitHub) -> None:
    """Each request is one that GitHub describes: path, parameters and body."""
    opened = github.open("new-topic", "main", "Review: Torque", "Words.")
    github.edit(PAGE, "Review: Torques", "Other words.")
    github.label(PAGE, ("expertpost",))
    github.invite(PAGE, ("bob-hub",))
    github.say(PAGE, "Which wrench?")
    github.approve(PAGE, COMMIT, "Fine.")

    assert 1347 == opened.number
    assert opened.url.startswith("https://github.com/octocat/Hello-World/pull")
    assert "octocat" == github.account()


def test_its_answers_are_understood(github: GitHub) -> None:
    """Those that the description gives as examples: a request, remarks with account, moment and commit, and guards."""
    found = github.find("new-topic")
    remarks = github.remarks(PAGE)

    assert found is not None
    assert ("Amazing new feature", "octocat") == (found.title, found.author)
    assert {"comment", "review", "line"} == {each.id.split()[0] for each in remarks}
    assert all(each.at.tzinfo and each.account for each in remarks)
    assert [COMMIT] == [each.commit for each in remarks if each.id.startswith("review")]
    assert github.guard("main").protected
    assert github.closed("expertpost") is True


def test_what_is_not_described_is_refused(root: str) -> None:
    """The server does look: without a head there is no pull request."""
    answer = call(
        "POST",
        f"{root}/api/v3/repos/octocat/Hello-World/pulls",
        headers={"authorization": "token x", "content-type": "application/json"},
        body=b'{"base": "main"}',
    )

    assert isinstance(answer, Answer)
    assert 422 == answer.status


def test_another_repository_is_no_other_shape(root: str) -> None:
    """A path that GitHub does not describe is a failure of ours, told as one."""
    with pytest.raises(Failure, match="XP-HOST"):
        GitHub(Place("github", root, "octocat/Hello-World/more"), "token").open("a", "main", "T", "B")
