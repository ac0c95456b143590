"""The gate is a check for the host: closed until everything that a branch would bring is approved as it lies there."""

from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, Organisation, organisation, piece
from tests.flows.reviewing import refused, resubmit, seen

from expertpost.flows.gate import gate
from expertpost.flows.submit import submit


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna has submitted."""
    made = organisation(tmp_path)
    anna = made.people["anna"]
    anna.write("drafts/torque.md", piece(summary="How to turn."))
    submit(anna.world)
    return made


def test_it_is_closed_until_policy_is_met(org: Organisation) -> None:
    """It names what is missing, then opens; one changed word closes it again."""
    anna, bob = org.people["anna"], org.people["bob"]
    before = gate(bob.world, "torque")
    seen(bob)
    between = gate(bob.world, branch="review/torque")
    resubmit(anna, "Turn it hard.")
    after = gate(bob.world, "torque")

    assert [False, True, False] == [each.is_open for each in (before, between, after)]
    assert ["drafts/torque.md: XP-GATE 1 more approval – expertpost review show torque"] == [
        str(finding) for finding in before.missing
    ]


def test_what_is_checked_out_is_judged(org: Organisation) -> None:
    """Without a name: as a job has it, where the host has merged the request with main."""
    bob = org.people["bob"]
    bob.run("fetch", "--quiet", "origin")
    bob.run("checkout", "--quiet", "--detach", "origin/main")
    nothing = gate(bob.world)
    bob.run("merge", "--quiet", "--no-ff", "-m", "Merge", "origin/review/torque")
    closed = gate(bob.world)
    seen(bob)

    assert ((), True) == (nothing.slugs, nothing.is_open)
    assert (("torque",), False) == (tuple(slug[:6] for slug in closed.slugs), closed.is_open)
    assert gate(bob.world).is_open


def test_another_name_does_not_pass_by(org: Organisation) -> None:
    """A piece on a branch that is no review branch is a piece all the same; so is one with errors."""
    anna, bob = org.people["anna"], org.people["bob"]
    bob.run("checkout", "--quiet", "-b", "typo", "origin/main")
    bob.write("drafts/seals.md", piece(SEALS, "Seals"))
    bob.write("drafts/broken.md", "---\nid: nothing\n---\n")
    bob.push("Only a typo", "typo")
    found = gate(anna.world, branch="typo")

    assert {"drafts/broken.md", "drafts/seals.md"} == {each.path for each in found.missing}


def test_what_no_approval_covers_is_told(org: Organisation) -> None:
    """Settings alone are for whoever keeps main to judge; beside an approved piece they would slip in with it."""
    anna, bob = org.people["anna"], org.people["bob"]
    seen(bob)
    starts = {"rules": "origin/main", "typo": "origin/review/torque", "review/torque": "origin/review/torque"}
    for branch, start in starts.items():
        bob.run("fetch", "--quiet", "origin")
        bob.run("checkout", "--quiet", "-B", branch.replace("/", "-"), start)
        bob.write("expertpost.toml", (bob.clone / "expertpost.toml").read_text() + "\n[review]\nalone = true\n")
        bob.push("Rules", branch)
    alone, beside = gate(anna.world, branch="rules"), gate(anna.world, branch="typo")
    reviewed = gate(anna.world, "torque")

    assert (True, ("expertpost.toml",)) == (alone.is_open, alone.also)
    assert ["it changes expertpost.toml too, which no approval covers"] == [each.what for each in beside.missing]
    assert ["expertpost.toml"] == [each.path for each in reviewed.missing]


@pytest.mark.parametrize("name", ["nowhere", "--upload-pack=touch x", "a..b", "refs/heads/main:refs/heads/x"])
def test_a_branch_that_is_not_there(org: Organisation, name: str) -> None:
    """A name that is none, or an option in disguise, is a matter of usage."""
    assert 2 == refused("XP-GATE-BRANCH", gate, org.people["bob"].world, branch=name).exit_code
