"""Publish judges what lies on main at the moment of sending, from fetches of depth 1, whatever way it came there."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, SETTINGS, Colleague, Organisation, organisation, piece
from tests.flows.reviewing import seen

from expertpost.flows.publish import publish
from expertpost.flows.report import Result
from expertpost.flows.submit import submit
from expertpost.model.policy import Why

WORLD = '\n[channels.world]\npublisher = "folder"\nreaders = ["public"]\npath = "world"\n'
RULE = '\n[[review.rules]]\naudience = ["public"]\napprovals = 2\nfast_lane = 2\n'
WAYS = ("merge", "squash", "rebase", "cherry-pick", "mirror")


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """A public piece of two commits, with two signed approvals; main has gone on elsewhere."""
    made = organisation(tmp_path, "anna", "bob", "cara", settings=SETTINGS + WORLD + RULE)
    anna, bob = made.people["anna"], made.people["bob"]
    for body in ("Turn it.", "Turn it gently."):
        anna.write("drafts/torque.md", piece(body=body, audience="[public]", summary="How."))
        submit(anna.world)
    seen(bob)
    seen(made.people["cara"])
    bob.write("notes.md", "Something else.\n")
    bob.push("Main goes on")
    return made


def brought(bob: Colleague, how: str) -> None:
    """What the buttons of a host do."""
    bob.run("fetch", "--quiet", "origin")
    bob.run("checkout", "--quiet", "-B", "host", "origin/main")
    match how:
        case "merge" | "mirror":
            bob.run("merge", "--quiet", "--no-ff", "--message", "Merge pull request #1", "origin/review/torque")
        case "squash":
            bob.run("merge", "--quiet", "--squash", "origin/review/torque")
            bob.run("commit", "--quiet", "--message", "Torque (#1)")
        case "rebase":
            bob.run("checkout", "--quiet", "-B", "onto", "origin/review/torque")
            bob.run("rebase", "--quiet", "origin/main")
            bob.run("branch", "--force", "host", "HEAD")
        case _:
            bob.run("cherry-pick", "-x", "origin/main..origin/review/torque")
    bob.run("push", "--quiet", "origin", "host:main", ":review/torque")
    bob.run("checkout", "--quiet", "host")


def runner_of(org: Organisation, remote: Path) -> Colleague:
    """Somebody without a key, with a clone of depth 1."""
    runner = org.colleague("runner", key=False)
    argv = ["git", "clone", "--quiet", "--depth=1", f"file://{remote}", str(runner.clone)]
    subprocess.run(argv, env=runner.env, check=True, timeout=60, capture_output=True)
    (runner.clone / "world").mkdir()
    runner.clock.at += timedelta(hours=1)
    return runner


@pytest.mark.parametrize("how", WAYS)
def test_what_was_approved_is_sent_whatever_way_it_was_merged(org: Organisation, how: str) -> None:
    """One changed byte on main holds it, with what to do; put back, it goes out."""
    bob = org.people["bob"]
    brought(bob, how)
    remote = org.remote
    if how == "mirror":
        remote = org.folder / "mirror.git"
        argv = ["git", "clone", "--quiet", "--mirror", str(org.remote), str(remote)]
        subprocess.run(argv, env=bob.env, check=True, timeout=60, capture_output=True)
        bob.run("remote", "set-url", "origin", str(remote))
    approved = (bob.clone / "drafts/torque.md").read_text()
    bob.write("drafts/torque.md", approved.replace("gently", "Gently"))
    bob.push("One byte")
    runner = runner_of(org, remote)
    (held,) = publish(runner.world).lines
    assert (Result.HELD, (Why.NOT_SUBMITTED,)) == (held.result, held.whys)
    assert "reads otherwise than what bob and cara approved: anna has to submit it (expertpost submit" in held.says[0]
    assert [] == list((runner.clone / "world").rglob("*.md"))
    bob.write("drafts/torque.md", approved)
    bob.push("Put back")
    (sent,) = publish(runner.world).lines

    assert Result.SENT == sent.result, sent.says
    (page,) = (runner.clone / "world").rglob("*.md")
    assert "Turn it gently." in page.read_text()


def test_a_slip_is_measured_by_the_runner_itself(org: Organisation) -> None:
    """One approval of a mended word is enough for publish, which has both texts; one letter more, and it is held."""
    anna, bob, cara = (org.people[name] for name in ("anna", "bob", "cara"))
    brought(bob, "squash")
    anna.write("drafts/torque.md", piece(body="Turn it gentle.", audience="[public]", summary="How."))
    submit(anna.world)
    seen(bob)
    brought(bob, "rebase")
    anna.write("drafts/seals.md", piece(SEALS, "Seals", body="Seal them well.", audience="[public]", summary="Which."))
    submit(anna.world, ["seals"])
    seen(bob, "seals")
    seen(cara, "seals")
    anna.write("drafts/seals.md", piece(SEALS, "Seals", body="Seal them wells.", audience="[public]", summary="Whose."))
    submit(anna.world, ["seals"])
    seen(bob, "seals")
    bob.run("fetch", "--quiet", "origin")
    bob.run("merge", "--quiet", "--squash", "origin/review/seals")
    bob.push("Seals")
    runner = runner_of(org, org.remote)
    found = {line.slug: line for line in publish(runner.world).lines}

    assert (Result.SENT, Result.HELD) == (found["torque"].result, found["seals"].result)
    assert (Why.NOT_APPROVED,) == found["seals"].whys
