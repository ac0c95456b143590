"""Talking about a piece: lines that move, threads, what is for reviewers only, what changed since, and the log."""

from pathlib import Path

import pytest
from tests.flows.organisation import SETTINGS, Colleague, Organisation, organisation, piece
from tests.flows.reviewing import CHANNELS, refused, resubmit, seen

from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_log import Signature, review_log
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import comment, resolve, return_
from expertpost.flows.since import Since
from expertpost.flows.submit import submit
from expertpost.model.anchor import Place
from expertpost.model.event import EventKind


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna has submitted a piece; Bob and Cara review."""
    made = organisation(tmp_path, "anna", "bob", "cara", settings=SETTINGS + CHANNELS)
    anna = made.people["anna"]
    anna.write("drafts/torque.md", piece(summary="How to turn.", body="First.\n\nUse the blue wrench.\n\nLast."))
    submit(anna.world)
    return made


def places(person: Colleague) -> list[tuple[str, Place | None]]:
    """What each thread began with, and where it stands."""
    return [(talk.thread.first.text, talk.place) for talk in review_show(person.world, "torque").talks]


def test_a_comment_follows_its_line_through_edits(anna: Colleague, bob: Colleague) -> None:
    """The line moves, is edited, and goes: the comment says so each time, and keeps the old quote."""
    comment(bob.world, "torque", "Which size?", 10)
    assert [("Which size?", Place(10))] == places(anna)
    resubmit(anna, "New.\n\nNew too.\n\nFirst.\n\nUse the blue wrench.\n\nLast.")
    assert [("Which size?", Place(14))] == places(anna)
    resubmit(anna, "First.\n\nUse the large blue wrench.\n\nLast.")
    assert [("Which size?", Place(10, edited=True))] == places(anna)
    resubmit(anna, "Everything is said otherwise.")

    assert [("Which size?", Place())] == places(anna)
    assert "Use the blue wrench." == review_show(anna.world, "torque").talks[0].thread.first.quote


def test_an_answer_and_an_end(anna: Colleague, bob: Colleague) -> None:
    """An answer joins the thread, the end settles it, another answer opens it again; the list counts what is open."""
    first = comment(bob.world, "torque", "Which size?", 10).event
    answer = comment(anna.world, "torque", "The large one.", reply=first[:8]).event
    assert [["Which size?", "The large one."]] == [
        [event.text for event in talk.thread.comments] for talk in review_show(bob.world, "torque").talks
    ]
    assert 1 == review_list(bob.world)[0].open_comments
    resolve(bob.world, "torque", answer[:6], "Thanks.")
    assert 0 == review_list(bob.world)[0].open_comments
    comment(anna.world, "torque", "No, the small one.", reply=first[:8])

    assert 1 == review_list(bob.world)[0].open_comments


def test_a_comment_that_nobody_made_cannot_be_answered(bob: Colleague) -> None:
    """An unknown id, and one too short to mean anything, are refused."""
    first = comment(bob.world, "torque", "Hm.").event

    assert "no comment" in refused("XP-COMMENT-NONE", comment, bob.world, "torque", "Yes.", reply="0" * 12).what
    refused("XP-COMMENT-NONE", resolve, bob.world, "torque", first[:3])


def test_private_notes_are_for_reviewers(org: Organisation, anna: Colleague, bob: Colleague) -> None:
    """Reviewers see them, contributors do not: not in the show, the list, the log, or as something to answer."""
    note = comment(bob.world, "torque", "Does legal know?", 10, private=True).event
    answer = comment(org.people["cara"].world, "torque", "They do.", reply=note[:8])

    assert answer.private
    assert ["Does legal know?"] == [text for text, _ in places(bob)]
    assert [] == places(anna)
    assert [EventKind.SUBMIT] == [event.kind for event in review_show(anna.world, "torque").events]
    assert [EventKind.SUBMIT] == [line.event.kind for line in review_log(anna.world, "torque").lines]
    assert (1, 0) == (review_list(bob.world)[0].open_comments, review_list(anna.world)[0].open_comments)
    refused("XP-COMMENT-NONE", comment, anna.world, "torque", "What?", reply=note[:8])
    refused("XP-COMMENT-PRIVATE", comment, anna.world, "torque", "Me too.", private=True)


def test_the_difference_begins_where_the_person_spoke_last(org: Organisation, anna: Colleague, bob: Colleague) -> None:
    """On another machine nothing was shown yet: what the person returned or commented tells what they know."""
    return_(bob.world, "torque", "Say which.")
    resubmit(anna, "First.\n\nUse the large wrench.\n\nLast.")
    elsewhere = Colleague("bob", bob.home, org.folder / "clones" / "bob-at-home", bob.clock)
    org.clone(elsewhere)
    shown = review_show(elsewhere.world, "torque")

    assert "said" == shown.compared
    assert "-Use the blue wrench.\n+Use the large wrench." in shown.diff
    assert ("seen", "") == (lambda again: (again.compared, again.diff))(review_show(elsewhere.world, "torque"))
    assert "" == review_show(elsewhere.world, "torque", Since.MAIN).compared


def test_since_main_shows_all_that_the_review_changes(anna: Colleague, bob: Colleague) -> None:
    """Looked at or not: against main everything is shown that an approval would bring in."""
    seen(bob)
    merge(bob.world, "torque")
    (anna.clone / "drafts/torque.md").unlink()
    anna.run("pull", "--quiet")
    resubmit(anna, "First.\n\nUse the blue wrench.\n\nLast, and new.")
    review_show(bob.world, "torque")
    shown = review_show(bob.world, "torque", Since.MAIN)

    assert ("main", True) == (shown.compared, "+Last, and new." in shown.diff)


def test_the_log_tells_who_did_what_and_whether_it_is_signed(org: Organisation, bob: Colleague) -> None:
    """Everything in order, each with its signature; also by the whole id, once the piece is nowhere any more."""
    comment(bob.world, "torque", "Hm.")
    seen(bob)
    log = review_log(bob.world, "torque")

    assert [(EventKind.SUBMIT, "anna"), (EventKind.COMMENT, "bob"), (EventKind.APPROVE, "bob")] == [
        (line.event.kind, line.event.by) for line in log.lines
    ]
    assert {(Signature.GOOD, True)} == {(line.signature, line.counts) for line in log.lines}
    bob.run("push", "--quiet", "origin", "--delete", "review/torque")
    assert 3 == len(review_log(bob.world, log.id).lines)
    refused("XP-REF-NONE", review_log, bob.world, "torque")


def test_resolving_needs_an_entry(org: Organisation, bob: Colleague) -> None:
    """Anybody may answer; settling is for people who are listed."""
    first = comment(bob.world, "torque", "Hm.").event
    dora = org.clone(org.colleague("dora"))
    comment(dora.world, "torque", "Well.", reply=first[:8])

    refused("XP-NOT-LISTED", resolve, dora.world, "torque", first[:8])
