"""What we ask of GitHub, held against GitHub's own description, by a server that knows nothing else."""

from collections.abc import Iterator

import pytest
from tests.hosts.mocking import described, needed

from expertpost.errors import Failure
from expertpost.hosts.base import Place, Request
from expertpost.hosts.github import GitHub
from expertpost.publishers.http import Answer, call

COMMIT = "ecdd80bb57125d7ba9641ffaa4d7d2c19d3f3091"
PAGE = Request(number=1347, url="")

pytestmark = needed


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that answers with the description's own examples, and 422 to anything else."""
    folder = tmp_path_factory.mktemp("prism")
    below = "/api/v3"
    with described(
        "api.github.com.json", folder, f"{below}/user", home="https://api.github.com", below=below
    ) as address:
        yield address


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
