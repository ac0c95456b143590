"""Taking a piece back from review: the text stays, and nobody's words are lost."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, Colleague, Organisation, organisation, piece
from tests.flows.submitting import LONG, branches, by_hand, shared

from expertpost.errors import Failure
from expertpost.flows.review import review_list
from expertpost.flows.submit import submit
from expertpost.flows.unsubmit import unsubmit
from expertpost.model.event import EventKind
from expertpost.store.events import read


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna writes, Bob helps and reviews."""
    return organisation(tmp_path)


@pytest.fixture
def anna(org: Organisation) -> Colleague:
    """The expert, with one new draft."""
    org.people["anna"].write("drafts/torque.md", piece(body=LONG))
    return org.people["anna"]


def test_unsubmit_takes_the_branch_away_and_leaves_the_text(anna: Colleague) -> None:
    """The review is gone, the event says so, the file stays, and it can be submitted again."""
    submit(anna.world)
    before = anna.state()
    done = unsubmit(anna.world, "torque", "not yet")

    assert (True, before) == (done.removed, anna.state())
    assert {"main", "expertpost-reviews"} == branches(anna)
    assert () == review_list(anna.world)
    assert {EventKind.SUBMIT, EventKind.UNSUBMIT} == {e.kind for e in read(anna.hub, anna.listed, anna.seen)}
    (again,) = submit(anna.world)
    assert (False, piece(body=LONG)) == (again.unchanged, shared(anna))


def test_unsubmit_never_loses_anothers_words(anna: Colleague, bob: Colleague) -> None:
    """What Bob wrote lies on the review branch only: it is not thrown away."""
    submit(anna.world)
    by_hand(bob, "Paragraph 8", "Bob's paragraph 8")

    with pytest.raises(Failure, match="XP-UNSUBMIT-OTHERS"):
        unsubmit(anna.world, "torque")
    assert "Bob's paragraph 8" in shared(anna)


def test_unsubmit_of_one_of_several_leaves_the_others(anna: Colleague) -> None:
    """A review of two pieces goes on with the other one."""
    anna.write("drafts/seals.md", piece(SEALS, "Seals"))
    submit(anna.world, name="spring")
    done = unsubmit(anna.world, "seals")

    assert (False, "review/spring") == (done.removed, done.branch)
    assert ["torque"] == [each.slug for each in review_list(anna.world)]


def test_a_dry_run_takes_nothing_back(anna: Colleague) -> None:
    """It tells what would be removed, and the review stays."""
    submit(anna.world)
    told = unsubmit(anna.world, "torque", dry_run=True)

    assert (True, True) == (told.removed, "review/torque" in branches(anna))


def test_what_is_not_under_review_is_not_taken_back(anna: Colleague) -> None:
    """A piece that main has is told to be no review."""
    anna.push()
    with pytest.raises(Failure, match="XP-REVIEW-NONE"):
        unsubmit(anna.world, "torque")


def test_a_branch_one_stands_on_is_not_removed(tmp_path: Path) -> None:
    """Without a remote the review branch may be checked out: it says to go back first."""
    anna = organisation(tmp_path, "anna").people["anna"]
    anna.run("remote", "remove", "origin")
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    (anna.clone / "drafts/torque.md").unlink()
    anna.run("switch", "--quiet", "review/torque")
    with pytest.raises(Failure, match="XP-UNSUBMIT-HERE"):
        unsubmit(anna.world, "torque")

    anna.write("drafts/torque.md", piece(body="More."))
    submit(anna.world)
    assert "" == anna.run("status", "--short")


def test_a_review_that_moves_at_the_same_moment_is_not_taken_back(anna: Colleague, bob: Colleague) -> None:
    """Bob's words come in between the look and the push: they stay, and so does the review."""
    submit(anna.world)

    def clock() -> datetime:
        if "Bob's" not in shared(anna):
            by_hand(bob, "Paragraph 8", "Bob's paragraph 8")
        return anna.clock()

    with pytest.raises(Failure, match="XP-UNSUBMIT-MOVED"):
        unsubmit(replace(anna.world, now=clock), "torque")
    assert "Bob's paragraph 8" in shared(anna)
