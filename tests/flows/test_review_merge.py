"""Merging: exactly what was approved becomes part of main, however the host merges it."""

from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, SETTINGS, Colleague, Organisation, organisation, piece
from tests.flows.reviewing import on_main, reasons, refused, resubmit, seen

from expertpost.errors import Exit, Problems
from expertpost.flows.review import review_list
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import return_
from expertpost.flows.submit import submit
from expertpost.model.policy import Why


def test_nothing_unapproved_is_merged(anna: Colleague, bob: Colleague) -> None:
    """Without approval, after a return, and after a change there is no merge; it says what is missing."""
    failed = refused("XP-FINDINGS", merge, bob.world, "torque")
    assert isinstance(failed, Problems)
    assert (Exit.NEEDS_PERSON, ["1 more approval"]) == (failed.exit_code, [f.what for f in failed.findings])
    seen(bob)
    return_(bob.world, "torque", "On second thought.")
    refused("XP-FINDINGS", merge, bob.world, "torque")
    approve(bob.world, "torque")
    resubmit(anna, "Another text.")

    refused("XP-FINDINGS", merge, bob.world, "torque")
    assert on_main(bob) is None


@pytest.mark.parametrize("how", ["merge", "squash", "rebase", "fast-forward"])
@pytest.mark.parametrize("removed", [True, False])
def test_a_merge_on_the_host_is_just_as_good(anna: Colleague, bob: Colleague, how: str, removed: bool) -> None:
    """The merge, squash and rebase buttons leave the same piece, as approved, whether or not the branch stays."""
    seen(bob)
    bob.write("notes.md", "Something else on main.\n")
    if how != "fast-forward":
        bob.push("Something else")
    bob.run("fetch", "--quiet", "origin")
    bob.run("checkout", "--quiet", "-B", "host", "origin/main")
    match how:
        case "merge":
            bob.run("merge", "--quiet", "--no-ff", "--message", "Merge pull request #1", "origin/review/torque")
        case "squash":
            bob.run("merge", "--quiet", "--squash", "origin/review/torque")
            bob.run("commit", "--quiet", "--message", "Torque (#1)")
        case "rebase":
            bob.run("cherry-pick", "origin/main..origin/review/torque")
        case _:
            bob.run("merge", "--quiet", "--ff-only", "origin/review/torque")
    bob.run("push", "--quiet", "origin", "host:main")
    if removed:
        bob.run("push", "--quiet", "origin", ":review/torque")

    assert () == review_list(bob.world)
    assert set() == reasons(bob, "export")
    assert () == submit(anna.world)
    if not removed:
        assert merge(bob.world, "torque").already
        assert "review/torque" not in bob.run("ls-remote", "origin")


def test_a_host_merge_without_approval_can_be_approved_afterwards(anna: Colleague, bob: Colleague) -> None:
    """What somebody merged on the host is held until a reviewer approves it as it lies on main."""
    bob.run("fetch", "--quiet", "origin")
    bob.run("push", "--quiet", "origin", "origin/review/torque:main", ":review/torque")
    assert {Why.NOT_APPROVED} == reasons(bob, "export")
    done = seen(bob)

    assert ((), set()) == (done.needs, reasons(bob, "export"))


def test_main_went_on_elsewhere(anna: Colleague, bob: Colleague) -> None:
    """Other changes on main do not disturb: a real merge keeps both sides."""
    seen(bob)
    bob.write("drafts/seals.md", piece(SEALS, "Seals"))
    bob.push("Another piece")
    done = merge(bob.world, "torque")

    assert None not in (on_main(bob), on_main(bob, "drafts/seals.md"))
    assert 3 == len(bob.run("rev-list", "--parents", "-1", done.commit).split())


def test_main_changed_the_same_piece(anna: Colleague, bob: Colleague) -> None:
    """A text that would come out otherwise than approved is not merged; submitting joins it for a new approval."""
    long = "\n\n".join(f"Paragraph {n}." for n in range(9))
    anna.write("drafts/torque.md", piece(summary="How to turn.", body=long))
    anna.push("First edition")
    anna.run("push", "--quiet", "origin", ":review/torque")
    resubmit(anna, long.replace("Paragraph 0", "Anna's paragraph 0"))
    seen(bob)
    bob.run("pull", "--quiet")
    bob.write("drafts/torque.md", piece(summary="How to turn.", body=long.replace("Paragraph 8", "Main's paragraph 8")))
    bob.push("Meanwhile")
    assert Exit.NEEDS_PERSON == refused("XP-MERGE-CLASH", merge, bob.world, "torque").exit_code
    submit(anna.world, ["torque"])
    refused("XP-FINDINGS", merge, bob.world, "torque")
    seen(bob)
    merge(bob.world, "torque")

    text = on_main(bob) or ""
    assert ("Anna's paragraph 0" in text, "Main's paragraph 8" in text) == (True, True)


def test_the_same_lines_on_main_are_a_clash(anna: Colleague, bob: Colleague) -> None:
    """Main changed the very lines: the merge is refused and names the file."""
    anna.push("First edition")
    anna.run("push", "--quiet", "origin", ":review/torque")
    resubmit(anna, "Turn it slowly.")
    seen(bob)
    bob.run("pull", "--quiet")
    bob.write("drafts/torque.md", piece(summary="How to turn.", body="Turn it fast."))
    bob.push("Meanwhile")

    assert "drafts/torque.md" in refused("XP-MERGE-CLASH", merge, bob.world, "torque").what


def test_a_protected_main_is_told_with_the_page_to_go_to(org: Organisation, bob: Colleague) -> None:
    """Where the host lets nobody push to main, exit 3 names the pull request; nothing moved."""
    seen(bob)
    hook = org.remote / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in refs/heads/main) echo GH006: protected >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    before = bob.run("ls-remote", "origin")
    failed = refused("XP-MERGE-PROTECTED", merge, bob.world, "torque")

    assert (Exit.NEEDS_PERSON, before) == (failed.exit_code, bob.run("ls-remote", "origin"))
    assert ("review/torque" in failed.cure, "GH006" in failed.what) == (True, True)


def test_a_race_for_main_is_run_again(org: Organisation, anna: Colleague, bob: Colleague) -> None:
    """Main moved between the look and the push: the merge is built anew and lands."""
    seen(bob)
    hook = org.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nunset GIT_QUARANTINE_PATH\nif [ ! -e once ]; then touch once; "
        "new=$(git commit-tree -p main -m other main^{tree}); git update-ref refs/heads/main $new; fi\n"
    )
    hook.chmod(0o755)
    (org.remote / "config").write_text(
        (org.remote / "config").read_text() + "[user]\n\tname = host\n\temail = h@acme.example\n"
    )
    done = merge(bob.world, "torque")

    assert on_main(bob) is not None
    assert "other" in bob.run("log", "--format=%s", done.commit)


def test_after_a_merge_a_pull_is_not_blocked(anna: Colleague, bob: Colleague) -> None:
    """The author's untracked draft that main has just so now is told to their index; their files stay."""
    seen(bob)
    merge(bob.world, "torque")
    files = anna.state()[3]
    review_list(anna.world)

    assert (files, "A  drafts/torque.md\n") == (anna.state()[3], anna.run("status", "--short"))
    anna.run("pull", "--quiet", "--ff-only")
    assert "" == anna.run("status", "--short")


def test_a_draft_that_went_on_is_not_adopted(anna: Colleague, bob: Colleague) -> None:
    """A file that reads otherwise than main stays untracked: nothing of it is staged or lost."""
    seen(bob)
    merge(bob.world, "torque")
    anna.write("drafts/torque.md", piece(body="I went on."))
    before = anna.state()
    review_list(anna.world)

    assert before == anna.state()


def test_on_a_branch_of_ones_own_nothing_is_adopted(anna: Colleague, bob: Colleague) -> None:
    """Whoever works on another branch, or is in the middle of a merge, keeps their index as it is."""
    seen(bob)
    merge(bob.world, "torque")
    anna.run("switch", "--quiet", "--create", "mine")
    before = anna.state()
    review_list(anna.world)

    assert before == anna.state()


def test_without_a_remote_the_index_follows_the_merge(tmp_path: Path) -> None:
    """In a workspace of one's own, main moves under one's feet: git status is clean afterwards, files untouched."""
    org = organisation(tmp_path, "anna", settings=SETTINGS + "[review]\nalone = true\n")
    anna = org.people["anna"]
    anna.run("remote", "remove", "origin")
    anna.write("drafts/torque.md", piece())
    anna.write("drafts/mine.md", piece(SEALS, "Mine"))
    submit(anna.world, ["torque"])
    seen(anna)
    files = anna.state()[3]
    assert merge(anna.world, "torque").index_ready

    assert (files, "?? drafts/mine.md\n") == (anna.state()[3], anna.run("status", "--short"))
    assert {"main", "expertpost-reviews"} == set(anna.run("branch", "--format=%(refname:short)").split())


def test_a_review_branch_that_is_checked_out_without_a_remote_is_not_removed(tmp_path: Path) -> None:
    """Merging would take the branch from under the person's feet: it says to go back first."""
    anna = organisation(tmp_path, "anna", settings=SETTINGS + "[review]\nalone = true\n").people["anna"]
    anna.run("remote", "remove", "origin")
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    seen(anna)
    (anna.clone / "drafts/torque.md").unlink()
    anna.run("switch", "--quiet", "review/torque")

    refused("XP-MERGE-HERE", merge, anna.world, "torque")


def test_several_pieces_on_one_branch_are_all_needed(anna: Colleague, bob: Colleague) -> None:
    """A branch with two pieces is merged when both are approved, not before."""
    anna.write("drafts/seals.md", piece(SEALS, "Seals"))
    anna.write("drafts/other.md", piece("01JD0000000000000000THR003", "Other"))
    submit(anna.world, ["seals", "other"], name="spring")
    seen(bob, "seals")
    failed = refused("XP-FINDINGS", merge, bob.world, "spring")
    assert isinstance(failed, Problems)
    assert ["drafts/other.md"] == [f.path for f in failed.findings]
    seen(bob, "other")

    assert {"seals", "other"} == set(merge(bob.world, "spring").slugs)
