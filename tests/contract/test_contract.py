"""The contract itself: it sees a publisher's faults, and it cannot be switched off."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from expertpost.testing.contract import PublisherContract

ROOT = Path(__file__).parents[2]


BREAKS = (
    "test_render_is_pure[plain]",
    "test_render_is_the_same_everywhere",
    "test_account_is_stable_and_public",
    "test_key_names_the_post",
    "test_a_repeat_is_taken_once",
    "test_a_keyed_service_says_how_long_it_remembers",
    "test_an_outcome_never_lies[accepts, then the connection ends]",
    "test_an_outcome_never_lies[accepts, then says that it broke]",
    "test_a_lost_answer_is_unsure",
    "test_not_reachable_is_busy",
    "test_wrong_credentials_stop_the_account",
    "test_too_many_requests_wait",
    "test_a_slow_service_is_left_in_time",
    "test_no_secret_leaves",
    "test_hostile_text_does_no_harm[in full]",
    "test_a_probe_posts_nothing",
    "test_a_removal_of_what_is_not_ours_removes_nothing",
)
"""What a sloppy publisher does not keep."""
KEEPS = ("test_targets_need_no_secret", "test_every_placeholder_gets_a_value[plain]")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names of the contract's tests that a sloppy publisher fails."""
    report = tmp_path_factory.mktemp("kit") / "report.xml"
    options = [
        "-q",
        "--noconftest",
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_timeout",
        "-o",
        "python_classes=SloppyContract",
    ]
    wanted = [f"tests/contract/sloppy.py::SloppyContract::{promise}" for promise in (*BREAKS, *KEEPS)]
    command = [sys.executable, "-m", "pytest", *options, f"--junit-xml={report}", *wanted]
    # Plug-ins of this repository's tests take longer to load than the contract takes to run.
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=110, check=False)
    cases = ElementTree.parse(report).iter("testcase")
    outcomes = {case.attrib["name"]: case.find("failure") is not None for case in cases}
    assert {*BREAKS, *KEEPS} == outcomes.keys()
    return frozenset(name for name, failed in outcomes.items() if failed)


@pytest.mark.parametrize("promise", BREAKS)
def test_a_sloppy_publisher_fails(broken: frozenset[str], promise: str) -> None:
    """Each of the usual faults breaks a promise that the contract checks."""
    assert promise in broken


def test_a_sloppy_publisher_keeps_what_it_keeps(broken: frozenset[str]) -> None:
    """The contract fails a publisher for its faults only."""
    assert not {*KEEPS} & broken


class Silencer:
    """A base class that would win over the contract."""

    def test_a_lost_answer_is_unsure(self) -> None:
        """This rule is not checked."""


@pytest.mark.parametrize(
    ("bases", "body"),
    [
        ((PublisherContract,), {"test_one_sending_arrives_once": lambda _: None}),
        ((PublisherContract,), {"test_one_sending_arrives_once": None}),
        ((Silencer, PublisherContract), {}),
        ((PublisherContract,), {"twin": None}),
        ((PublisherContract,), {"send_into": lambda *_: None}),
        ((PublisherContract,), {"pytestmark": pytest.mark.skip}),
        ((PublisherContract,), {"__test__": False}),
    ],
)
def test_the_contract_cannot_be_silenced(bases: tuple[type, ...], body: dict[str, object]) -> None:
    """To replace, skip or mark a test of the contract is an error when the class is made."""
    with pytest.raises(TypeError, match="changes what the contract checks"):
        type("TestMine", bases, body)


def test_a_publisher_may_have_tests_of_its_own() -> None:
    """The hooks and further tests are the author's."""
    made = type("TestMine", (PublisherContract,), {"secrets": {}, "settings": None, "test_of_my_own": lambda _: None})

    assert issubclass(made, PublisherContract)
