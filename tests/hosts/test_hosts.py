"""Every host keeps the same promises, whatever its interface looks like."""

from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer
from tests.hosts.twin import TOKEN, GiteaTwin, Twin
from tests.hosts.twin_github import GitHubTwin
from tests.hosts.twin_gitlab import GitLabTwin

from expertpost.errors import Failure
from expertpost.hosts.base import Guard, Host, RemarkKind, Request
from expertpost.hosts.registry import host_at

COMMIT = "c" * 40


@pytest.fixture(params=[GitHubTwin, GitLabTwin, GiteaTwin], ids=["github", "gitlab", "gitea"])
def twin(request: pytest.FixtureRequest, httpserver: HTTPServer) -> Twin:
    """One host of each kind, on this machine."""
    kind: Callable[[HTTPServer], Twin] = request.param
    made = kind(httpserver)
    made.head = lambda _branch: COMMIT
    return made


@pytest.fixture
def host(twin: Twin) -> Host:
    """Our side of it."""
    return host_at(twin.place, TOKEN)


@pytest.fixture
def page(host: Host) -> Request:
    """An open request."""
    return host.open("review/torque", "main", "Review: Torque", "Words.\n\nMore.")


def test_it_knows_whose_token_it_is(host: Host) -> None:
    """The account of the token."""
    assert "anna-hub" == host.account()


def test_a_request_is_opened_found_and_edited(host: Host, twin: Twin, page: Request) -> None:
    """By its branch; a branch without one has none."""
    host.edit(page, "Review: Torques", "Other words.")
    found = host.find("review/torque")

    assert found is not None
    assert (1, "Review: Torques", "Other words.", "anna-hub") == (found.number, found.title, found.body, found.author)
    assert found.url.startswith(f"{twin.place.root}/acme/seals/")
    assert None is host.find("review/other")
    assert [] == twin.wrong


def test_labels_and_reviewers(host: Host, twin: Twin, page: Request) -> None:
    """A label is added, and somebody is asked."""
    host.label(page, ("expertpost",))
    host.invite(page, ("bob-hub",))

    assert (["expertpost"], ["bob-hub"]) == (twin.pages[0].labels, twin.pages[0].invited)
    assert [] == twin.wrong


def test_what_was_said_is_read_in_order(host: Host, twin: Twin, page: Request) -> None:
    """Comments, a comment on a line, an approval, each with its account and moment."""
    there = twin.pages[0]
    host.say(page, "Here is more.")
    twin.say(there, "COMMENTED" if twin.kind == "github" else "COMMENT", "bob-hub", "Which?", commit=COMMIT,
             path="drafts/torque.md", line=7)  # fmt: skip
    twin.me = "carol-hub"
    host.approve(page, COMMIT, "Fine.")
    found = host.remarks(page)

    assert [("anna-hub", "Here is more.")] == [(each.account, each.text) for each in found[:1]]
    assert [(COMMIT, "drafts/torque.md", 7)] == [(r.commit, r.path, r.line) for r in found if r.line]
    (approval,) = [each for each in found if each.kind is RemarkKind.APPROVE]
    assert ("carol-hub", COMMIT) == (approval.account, approval.commit)
    assert "Fine." in {each.text for each in found}
    assert len(found) == len({each.id for each in found})
    assert sorted(each.at for each in found) == [each.at for each in found]
    assert [] == twin.wrong


def test_a_refusal_has_its_status_and_no_token(host: Host, twin: Twin, page: Request) -> None:
    """The words of the host are told, the token never, even where the host repeats it."""
    twin.server.clear()
    twin.server.expect_request("/").respond_with_data("")
    with pytest.raises(Failure, match="XP-HOST") as failed:
        host_at(twin.place, "another-token").say(page, "Hm.")

    assert "another-token" not in str(failed.value)


def test_a_branch_that_is_not_there_is_not_guarded(host: Host) -> None:
    """So is one that nobody protects."""
    assert Guard(protected=False) == host.guard("expertpost-reviews")


@pytest.fixture
def github(httpserver: HTTPServer) -> GitHubTwin:
    """A GitHub."""
    return GitHubTwin(httpserver)


def test_rules_of_github_are_understood(github: GitHubTwin) -> None:
    """Rulesets tell who must approve what; everybody who may read may ask for them."""
    asked = {
        "require_last_push_approval": True,
        "dismiss_stale_reviews_on_push": True,
        "required_approving_review_count": 2,
    }
    github.rules = {"main": [{"type": "deletion"}, {"type": "pull_request", "parameters": asked}]}
    guard = host_at(github.place, TOKEN).guard("main")

    assert Guard(protected=True, by_request=True, last_push=True, drops_stale=True, approvals=2, few=False) == guard


@pytest.mark.parametrize("dates", [True, False])
def test_gitlab_binds_an_approval_to_the_newest_commit_of_its_moment(httpserver: HTTPServer, dates: bool) -> None:
    """A later push does not move it; older versions tell the moment in a note only."""
    twin = GitLabTwin(httpserver, dates=dates)
    heads = ["a" * 40, "b" * 40]
    twin.head = lambda _branch: heads[0]
    host = host_at(twin.place, TOKEN)
    page = host.open("review/torque", "main", "T", "B")
    twin.say(twin.pages[0], "APPROVED", "bob-hub")
    twin.heads.append((twin.now(), heads[1]))
    (approval,) = host.remarks(page)

    assert (RemarkKind.APPROVE, heads[0]) == (approval.kind, approval.commit)
