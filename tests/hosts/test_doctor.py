"""The doctor asks the host for its settings, and names those that fight the workflow."""

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from tests.hosts.people import Hosted, hosted
from tests.hosts.twin import GiteaTwin
from tests.hosts.twin_github import GitHubTwin

from expertpost.flows.doctor import Health, doctor


@pytest.fixture
def twin(httpserver: HTTPServer) -> GiteaTwin:
    """A Gitea of this machine."""
    return GiteaTwin(httpserver)


@pytest.fixture
def acme(tmp_path: Path, twin: GiteaTwin) -> Hosted:
    """Anna has a token."""
    return hosted(tmp_path, twin)


def lines(acme: Hosted, token: str | None = None) -> list[tuple[Health, str]]:
    """What the doctor says of the host."""
    world = acme.world("anna", token) if token else acme.world("anna")
    return [(line.health, line.says) for line in doctor(world) if line.name == "host"]


def test_settings_that_fight_the_workflow_are_named(acme: Hosted, twin: GiteaTwin) -> None:
    """Approvals that every push takes away, more than one approval of the host's own, branches nobody can push to."""
    twin.guarded = {
        "main": {"dismiss_stale_approvals": True, "required_approvals": 2},
        "expertpost-reviews": {},
        "expertpost-ledger": {"user_can_push": True, "enable_push_whitelist": True},
    }

    assert [
        (Health.NOTE, "main takes approvals away with every push"),
        (Health.NOTE, "main asks for 2 approvals of the host's own"),
        (
            Health.NOTE,
            "expertpost-reviews changes by pull request only, so everybody who reviews cannot write there",
        ),
    ] == lines(acme)


def test_main_that_nobody_protects_is_named(acme: Hosted, twin: GiteaTwin) -> None:
    """Who can write main can change people and policy."""
    twin.guarded = {"main": {"protected": False}}

    assert [(Health.NOTE, "main is not protected: whoever can push changes people and policy")] == lines(acme)


def test_good_settings_are_well(acme: Hosted, twin: GiteaTwin) -> None:
    """A protected main and branches that people can push to."""
    twin.guarded = {"main": {}, "expertpost-reviews": {"user_can_push": True}}

    assert [(Health.OK, f"{twin.place.host}: nothing there is in the way")] == lines(acme)


def test_a_host_that_does_not_answer_is_a_note(acme: Hosted) -> None:
    """Nothing here depends on it."""
    (found,) = lines(acme, "another")

    assert Health.NOTE is found[0]
    assert "answered 401" in found[1]


def test_without_a_token_it_says_so(acme: Hosted) -> None:
    """And that it is no harm."""
    (found,) = [line for line in doctor(acme["anna"].world) if line.name == "host"]

    assert (Health.OK, True) == (found.health, found.says.startswith("no token for"))


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"user_can_push": True}, True),
        ({"user_can_push": True, "protected": False}, True),
        ({"user_can_push": True, "enable_push_whitelist": True}, False),
        ({"enable_push_whitelist": True}, False),
        (None, False),
    ],
    ids=["everybody", "no rule", "a few, and I", "a few, not I", "no such branch"],
)
def test_a_ledger_that_everybody_writes_is_named(
    acme: Hosted, twin: GiteaTwin, rule: dict[str, object] | None, named: bool
) -> None:
    """Who writes the ledger tells the runner what was sent, and under which id: that is the scheduled job's alone."""
    twin.guarded = {"main": {}, "expertpost-reviews": {"user_can_push": True}}
    if rule is not None:
        twin.guarded = {**twin.guarded, "expertpost-ledger": rule}
    found = [says for health, says in lines(acme) if "expertpost-ledger" in says and health is Health.NOTE]

    assert named is bool(found)
    assert all("open to everybody who can push" in says for says in found)


@pytest.mark.parametrize(
    ("rules", "named"),
    [([], True), ([{"type": "non_fast_forward"}], True), ([{"type": "update"}], False)],
    ids=["no rule", "no force", "a few"],
)
def test_github_tells_who_writes_the_ledger(
    tmp_path: Path, httpserver: HTTPServer, rules: list[dict[str, object]], named: bool
) -> None:
    """A ruleset that restricts updates leaves the branch to whoever may pass it by: the job."""
    twin = GitHubTwin(httpserver)
    twin.rules = {"main": [{"type": "deletion"}], "expertpost-ledger": rules}
    found = [says for _, says in lines(hosted(tmp_path, twin)) if says.startswith("expertpost-ledger")]

    assert named is bool(found)


@pytest.mark.parametrize(
    ("policy", "named"),
    [({"expertpost": None}, True), ({"expertpost": {"protected_branches": True}}, False), ({}, False)],
)
def test_an_environment_that_every_branch_may_use_is_named(
    tmp_path: Path, httpserver: HTTPServer, policy: dict[str, dict[str, object] | None], named: bool
) -> None:
    """Whoever can push a branch could read the channels' secrets there; a closed one, or none, is no trouble."""
    twin = GitHubTwin(httpserver)
    twin.environments = policy
    twin.rules = {"main": [{"type": "deletion"}]}
    found = lines(hosted(tmp_path, twin))

    assert named is any("every branch may use the environment expertpost" in says for _, says in found)
