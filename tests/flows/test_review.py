"""Reviewing: what waits, everything about one piece, and what is said of it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.flows.organisation import Colleague, Organisation, organisation, piece
from tests.flows.reviewing import on_main, reasons, refused, resubmit, seen

from expertpost.errors import Exit, Failure, Severity
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import comment, return_, withdraw
from expertpost.flows.submit import submit
from expertpost.model.event import EventKind
from expertpost.model.policy import Why
from expertpost.store.events import read


def test_the_list_says_what_waits(anna: Colleague, bob: Colleague) -> None:
    """Who, what, for whom, where to, since when, and what it still needs."""
    (waiting,) = review_list(bob.world)

    assert ("torque", "anna", True, ("colleagues",), ("export",)) == (
        waiting.slug, waiting.by, waiting.signed, waiting.audience, waiting.channels,
    )  # fmt: skip
    assert ("in review", ("1 more approval",), False) == (waiting.state, waiting.needs, waiting.mine)
    assert review_list(anna.world)[0].mine


def test_the_life_of_a_review(anna: Colleague, bob: Colleague) -> None:
    """Comment, return, another text, approval, merge: each step is in the list and in the events."""
    comment(bob.world, "torque", "Which way?", 8)
    return_(bob.world, "torque", "Say which way.")
    assert ("returned", ("returned by bob: Say which way.", "1 more approval")) == (
        review_list(anna.world)[0].state,
        review_list(anna.world)[0].needs,
    )
    resubmit(anna, "Turn it gently, to the right.")
    shown = review_show(bob.world, "torque")
    assert ("in review", ["Which way?", "Say which way."]) == (
        shown.waiting.state,
        [e.text for e in shown.events if e.text],
    )
    assert "Turn it gently." == next(e.quote for e in shown.events if e.line)
    done = approve(bob.world, "torque", "Good.")
    assert ((), ("export",)) == (done.needs, done.channels)
    assert "approved" == review_list(bob.world)[0].state
    merged = merge(bob.world, "torque")

    assert (("torque",), False) == (merged.slugs, merged.already)
    assert (anna.clone / "drafts/torque.md").read_text() == on_main(bob)
    assert () == review_list(bob.world)
    assert "review/torque" not in bob.run("ls-remote", "origin")
    assert set() == reasons(bob, "export")
    assert {Why.AUDIENCE} == reasons(bob, "world")


def test_showing_remembers_and_shows_the_difference(anna: Colleague, bob: Colleague) -> None:
    """The first look shows the text, the next one what changed since."""
    first = review_show(bob.world, "torque")
    again = review_show(bob.world, "torque")
    resubmit(anna, "Turn it slowly.")
    later = review_show(bob.world, "torque")

    assert ("", "", True) == (first.compared, first.diff, "Turn it gently." in first.text)
    assert ("seen", "") == (again.compared, again.diff)
    assert ("-Turn it gently.\n+Turn it slowly.\n" in later.diff, "seen") == (True, later.compared)


def test_a_change_of_a_merged_piece_is_compared_with_main(anna: Colleague, bob: Colleague) -> None:
    """Who never looked sees what the review changes of what main has."""
    anna.push("By hand")
    anna.run("push", "--quiet", "origin", ":review/torque")
    resubmit(anna, "Turn it slowly.")
    shown = review_show(bob.world, "torque")

    assert ("main", True) == (shown.compared, "-Turn it gently.\n+Turn it slowly.\n" in shown.diff)


def test_showing_has_previews_and_checks(anna: Colleague, bob: Colleague) -> None:
    """Each channel's post by the function that publish uses, the reason where there is none, and the checks."""
    (anna.clone / "drafts/torque.md").unlink()
    anna.run("fetch", "--quiet", "origin", "review/torque")
    anna.run("checkout", "--quiet", "--detach", "FETCH_HEAD")
    anna.write("drafts/torque.md", piece(summary="How to turn.", body="See [that](missing.md)."))
    anna.push("Past the checks", "review/torque")
    shown = review_show(bob.world, "torque")
    made = {o.channel.name: o for o in shown.offers if not isinstance(o, Failure)}

    assert made["export"].post is not None
    assert "See that." in made["export"].post.parts[0]
    assert (None, True) == (made["world"].post, made["world"].reason is not None)
    assert [True] == ["missing.md" in f.what for f in shown.findings if f.severity is Severity.ERROR]


def test_who_is_not_listed_decides_nothing(org: Organisation) -> None:
    """Somebody without an entry may comment, and not return, approve or withdraw."""
    carol = org.clone(org.colleague("carol"))

    assert not comment(carol.world, "torque", "Nice.").signed
    for verb, more in ((return_, ("no",)), (approve, ()), (withdraw, ())):
        assert Exit.NEEDS_PERSON == refused("XP-NOT-LISTED", verb, carol.world, "torque", *more).exit_code


def test_words_are_needed(bob: Colleague) -> None:
    """A return without a reason and an empty comment are refused; so is a line that is not there."""
    refused("XP-WORDS", return_, bob.world, "torque", "  ")
    refused("XP-WORDS", comment, bob.world, "torque", "")
    refused("XP-COMMENT-LINE", comment, bob.world, "torque", "there", 99)


def test_dry_runs_record_nothing(bob: Colleague) -> None:
    """Every verb tells what it would do, and the remote stays as it was."""
    review_show(bob.world, "torque")
    before = bob.run("ls-remote", "origin")
    comment(bob.world, "torque", "x", dry_run=True)
    return_(bob.world, "torque", "x", dry_run=True)
    approve(bob.world, "torque", dry_run=True)
    assert before == bob.run("ls-remote", "origin")
    approve(bob.world, "torque")
    before = bob.run("ls-remote", "origin")
    withdraw(bob.world, "torque", dry_run=True)
    merge(bob.world, "torque", dry_run=True)
    assert before == bob.run("ls-remote", "origin")


def test_a_withdrawn_approval_does_not_count(bob: Colleague) -> None:
    """Taking it back holds the merge; approving again, having seen that, counts again."""
    refused("XP-WITHDRAW-NONE", withdraw, bob.world, "torque")
    seen(bob)
    assert ("1 more approval",) == withdraw(bob.world, "torque").needs
    refused("XP-FINDINGS", merge, bob.world, "torque")

    assert () == approve(bob.world, "torque").needs


def test_a_piece_nobody_knows_is_told(bob: Colleague) -> None:
    """A name that is close to one is guessed."""
    bob.write("drafts/torque.md", "not looked at")
    failed = refused("XP-REF-NONE", review_show, bob.world, "torqeu")

    assert Exit.USAGE == failed.exit_code


def test_a_text_whose_id_is_broken_cannot_be_spoken_of(anna: Colleague, bob: Colleague) -> None:
    """Nobody can tell which piece it is: the errors are told instead of an event without a home."""
    bob.write("drafts/odd.md", "---\nid: ../x\ntitle: Odd\n---\nHello.\n")
    bob.push("Odd", "review/odd")

    assert "has errors" == next(each.state for each in review_list(anna.world) if each.slug == "odd")
    assert "XP-ID" in {f.code for f in review_show(anna.world, "odd").findings}
    refused("XP-FINDINGS", comment, anna.world, "odd", "Which piece is this?")
    refused("XP-FINDINGS", return_, anna.world, "odd", "Mend it.")


def test_many_who_speak_at_once_are_all_heard(tmp_path: Path) -> None:
    """Comments of six people in the same moment all land, and nothing of the earlier ones is lost."""
    people = ["anna", "bob", "cara", "dan", "eve", "fay"]
    org = organisation(tmp_path, *people, keys=False)
    org.people["anna"].write("drafts/torque.md", piece())
    submit(org.people["anna"].world)
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda name: comment(org.people[name].world, "torque", f"I am {name}"), people))

    events = read(org.people["anna"].hub, org.people["anna"].listed, org.people["anna"].seen)
    assert {f"I am {name}" for name in people} == {e.text for e in events if e.kind is EventKind.COMMENT}
    assert 7 == len(events)
