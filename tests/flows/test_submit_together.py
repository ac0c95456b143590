"""Submitting what others write, too: both sides' words are kept, and a clash is shown instead of decided."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, Colleague, Organisation, organisation, piece
from tests.flows.submitting import LONG, branches, by_hand, shared

from expertpost.errors import Exit, Problems
from expertpost.flows.submit import submit
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


def test_anothers_words_on_the_review_are_joined(anna: Colleague, bob: Colleague) -> None:
    """Bob changed one paragraph on the review branch, Anna another one here: the review gets both, her file stays."""
    submit(anna.world)
    by_hand(bob, "Paragraph 8", "Bob's paragraph 8")
    mine = piece(body=LONG.replace("Paragraph 0", "Anna's paragraph 0"))
    anna.write("drafts/torque.md", mine)
    (sent,) = submit(anna.world)

    assert sent.joined
    assert mine == (anna.clone / "drafts/torque.md").read_text()
    assert piece(
        body=LONG.replace("Paragraph 0", "Anna's paragraph 0").replace("Paragraph 8", "Bob's paragraph 8")
    ) == (shared(anna))
    events = read(anna.hub, anna.listed, anna.seen)
    assert {"anna", "bob"} == set(next(e for e in events if e.digest == sent.digest).contributors)


def test_joined_words_are_not_lost_by_the_next_submission(anna: Colleague, bob: Colleague) -> None:
    """Anna's file never had Bob's words; submitting it again, changed or not, does not take them out."""
    submit(anna.world)
    by_hand(bob, "Paragraph 8", "Bob's paragraph 8")
    for number in (0, 4):
        text = (anna.clone / "drafts/torque.md").read_text()
        anna.write("drafts/torque.md", text.replace(f"Paragraph {number}", f"Anna's paragraph {number}"))
        submit(anna.world)
        (idle,) = submit(anna.world)
        assert idle.unchanged
    text = (anna.clone / "drafts/torque.md").read_text()
    anna.write("drafts/torque.md", text.replace("Anna's paragraph 4", "Paragraph 4"))
    submit(anna.world)

    assert piece(
        body=LONG.replace("Paragraph 0", "Anna's paragraph 0").replace("Paragraph 8", "Bob's paragraph 8")
    ) == (shared(anna))


def test_a_clash_shows_both_and_sends_nothing(anna: Colleague, bob: Colleague) -> None:
    """The same line changed by both is shown with both versions; a submission that has seen it goes through."""
    submit(anna.world)
    by_hand(bob, "Paragraph 4 says", "Bob says of 4")
    anna.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 4 says", "Anna says of 4")))
    tip = anna.run("ls-remote", "origin")
    before = anna.state()
    with pytest.raises(Problems, match="Bob changed the same lines") as clash:
        submit(anna.world)

    assert (tip, before, Exit.NEEDS_PERSON) == (anna.run("ls-remote", "origin"), anna.state(), clash.value.exit_code)
    (finding,) = clash.value.findings
    assert ("drafts/torque.md", 15) == (finding.path, finding.line)
    assert "Anna says of 4" in finding.what
    assert "Bob says of 4" in finding.what
    seen = clash.value.cure.rpartition(" ")[2]
    anna.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 4 says", "Anna and Bob say of 4")))
    submit(anna.world, ["torque"], having_seen=seen)
    assert "Anna and Bob say of 4" in shared(anna)


def test_having_seen_something_older_is_not_enough(anna: Colleague, bob: Colleague) -> None:
    """A version that was seen before somebody wrote once more does not count as having seen that."""
    (first,) = submit(anna.world)
    by_hand(bob, "Paragraph 4 says", "Bob says of 4")
    anna.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 4 says", "Anna says of 4")))

    with pytest.raises(Problems, match="Bob changed the same lines"):
        submit(anna.world, ["torque"], having_seen=first.commit[:10])


def test_two_clones_of_one_author_do_not_overwrite_each_other(org: Organisation, anna: Colleague) -> None:
    """A second machine that knows nothing of the first one's submission clashes instead of winning."""
    submit(anna.world)
    other = Colleague("anna", anna.home, org.folder / "clones" / "laptop")
    org.clone(other)
    other.write("drafts/torque.md", piece(body="Written anew on the train."))

    with pytest.raises(Problems, match="same lines"):
        submit(other.world)
    assert piece(body=LONG) == shared(anna)


def test_what_main_has_meanwhile_comes_into_the_review(anna: Colleague, bob: Colleague) -> None:
    """A piece that main changed while it was in review takes that over with the next submission."""
    anna.push("The first edition")
    bob.run("pull", "--quiet")
    anna.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 0", "Anna's paragraph 0")))
    submit(anna.world)
    bob.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 8", "Main's paragraph 8")))
    bob.write("drafts/seals.md", piece(SEALS, "Seals"))
    main = bob.push("A hot fix on main")
    mine = LONG.replace("Paragraph 0", "Anna's paragraph 0").replace("Paragraph 4", "More. Paragraph 4")
    anna.write("drafts/torque.md", piece(body=mine))
    (sent,) = submit(anna.world)

    text = shared(anna)
    assert all(words in text for words in ("Anna's paragraph 0", "Main's paragraph 8", "More."))
    assert (True, main) == (sent.joined, anna.run("merge-base", "origin/main", sent.commit).strip())
    assert ["drafts/torque.md"] == anna.run("diff", "--name-only", "origin/main", sent.commit).split()


def test_after_a_squash_the_next_edit_is_a_new_review(anna: Colleague, bob: Colleague) -> None:
    """The host squashed the review and others went on on main: the next submission joins with what is there."""
    submit(anna.world)
    bob.run("fetch", "--quiet", "origin")
    bob.run("merge", "--squash", "--quiet", "origin/review/torque")
    bob.push("Squashed (#1)")
    bob.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 8", "Bob's paragraph 8")))
    bob.push("After that")
    bob.run("push", "--quiet", "origin", ":review/torque")
    anna.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 0", "Anna's paragraph 0")))
    (sent,) = submit(anna.world)

    text = shared(anna)
    assert ("Anna's paragraph 0" in text, "Bob's paragraph 8" in text, sent.again) == (True, True, False)


def test_a_branch_that_somebody_removed_loses_nothing(anna: Colleague, bob: Colleague) -> None:
    """A review branch deleted on the host is made anew by the next submission, with everything in it."""
    submit(anna.world)
    bob.run("push", "--quiet", "origin", ":review/torque")
    (sent,) = submit(anna.world)

    assert (False, False, piece(body=LONG)) == (sent.unchanged, sent.again, shared(anna))


def test_a_race_is_built_anew(anna: Colleague, bob: Colleague) -> None:
    """Bob's event and his words land while Anna submits: both are there afterwards."""
    submit(anna.world)
    bob.write("drafts/seals.md", piece(SEALS, "Seals"))
    anna.write("drafts/torque.md", piece(body=LONG + "\n\nMore."))
    told: list[str] = []

    def clock() -> datetime:
        """Read after the branches were looked at: somebody else acts first."""
        if not told:
            told.append("once")
            submit(bob.world)
            by_hand(bob, "Paragraph 0", "Bob's paragraph 0")
        return anna.clock()

    submit(replace(anna.world, now=clock))

    text = shared(anna)
    assert ("More." in text, "Bob's paragraph 0" in text) == (True, True)
    assert {"main", "review/torque", "review/seals", "expertpost-reviews"} == branches(anna)


def test_a_file_that_one_side_removed_and_the_other_changed_is_a_clash(anna: Colleague, bob: Colleague) -> None:
    """Neither a removal nor a change of a whole file is decided for anybody, and pictures are never mixed."""
    anna.write("drafts/seals/index.md", piece(SEALS, "Seals"))
    anna.write("drafts/seals/cut.pdf", "a drawing")
    submit(anna.world, ["seals"])
    bob.run("fetch", "--quiet", "origin")
    bob.run("checkout", "--quiet", "-B", "review/seals", "origin/review/seals")
    bob.write("drafts/seals/cut.pdf", "Bob's drawing\0")
    bob.push("Another picture", "review/seals")
    for mine in ("Anna's drawing\0", None):
        file = anna.write("drafts/seals/cut.pdf", mine or "")
        file.unlink() if mine is None else None
        with pytest.raises(Problems) as clash:
            submit(anna.world, ["seals"])
        assert ["drafts/seals/cut.pdf"] == [f.path for f in clash.value.findings]
    bob.run("rm", "--quiet", "drafts/seals/cut.pdf")
    bob.push("No picture", "review/seals")
    anna.write("drafts/seals/cut.pdf", "Anna's drawing\0")

    with pytest.raises(Problems, match="Bob changed"):
        submit(anna.world, ["seals"])


def test_main_changed_another_piece_of_the_same_review(anna: Colleague, bob: Colleague) -> None:
    """A review of two pieces joins main for both, or says which one has to come along."""
    anna.write("drafts/seals.md", piece(SEALS, "Seals"))
    anna.push("First editions")
    bob.run("pull", "--quiet")
    anna.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 0", "Anna's paragraph 0")))
    anna.write("drafts/seals.md", piece(SEALS, "Seals", body=LONG.replace("Paragraph 0", "Anna's paragraph 0")))
    submit(anna.world, name="spring")
    bob.write("drafts/seals.md", piece(SEALS, "Seals, anew"))
    bob.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 8", "Main's paragraph 8")))
    bob.push("Meanwhile")
    anna.write("drafts/torque.md", piece(body=LONG.replace("Paragraph 0", "Anna's first paragraph")))
    with pytest.raises(Problems, match="the review holds more pieces") as both:
        submit(anna.world, ["torque"])

    assert ["drafts/seals.md"] == [f.path for f in both.value.findings]


def test_a_join_that_makes_a_bad_text_is_not_sent(anna: Colleague, bob: Colleague) -> None:
    """Two good texts that make a piece with errors together are told, not submitted."""
    front = {"summary": "One.", "kind": "note", "topics": "[a]", "language": "en"}
    anna.write("drafts/torque.md", piece(body=LONG, **front))
    submit(anna.world)
    by_hand(bob, "authors: [anna]\n", "authors: [anna]\nthread: maybe\n")
    anna.write("drafts/torque.md", piece(body=LONG + "\n\nMore.", **front))
    tip = anna.run("ls-remote", "origin")
    with pytest.raises(Problems, match="joined with what others wrote") as wrong:
        submit(anna.world)

    assert ({"XP-THREAD"}, tip) == ({f.code for f in wrong.value.findings}, anna.run("ls-remote", "origin"))
    submit(anna.world, ["torque"], having_seen=wrong.value.cure.rpartition(" ")[2])
    assert piece(body=LONG + "\n\nMore.", **front) == shared(anna)


def test_what_nobody_can_approve_is_said_at_once(anna: Colleague, bob: Colleague, tmp_path: Path) -> None:
    """With a reviewer nothing is said; where everybody wrote some of it, or one person is alone, it is, with a cure."""
    (sent,) = submit(anna.world)
    bob.run("fetch", "--quiet", "origin")
    bob.run("switch", "--quiet", "--create", "mine", "origin/review/torque")
    bob.write("drafts/torque.md", piece(body=LONG + "\n\nBob's words."))
    (together,) = submit(bob.world)
    one = organisation(tmp_path / "one", "anna").people["anna"]
    one.write("drafts/torque.md", piece())
    (alone,) = submit(one.world)
    (again,) = submit(one.world, ["torque"])

    assert "" == sent.stuck
    assert "anna and bob had a hand in it, so nobody is left to approve it: let somebody else join" == together.stuck
    assert "set [review] alone = true" in alone.stuck
    assert (True, alone.stuck) == (again.unchanged, again.stuck)
