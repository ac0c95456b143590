"""Submitting: what lies on the disk goes to review, whatever state the tree is in, and nobody's words are lost."""

from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, SETTINGS, TORQUE, Colleague, Organisation, organisation, piece
from tests.flows.submitting import LONG, branches, shared

from expertpost.errors import Exit, Failure, Problems
from expertpost.flows.review import review_list, review_show
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


def test_a_new_draft_goes_to_review_and_nothing_here_is_touched(anna: Colleague) -> None:
    """Submitting without a name sends what is new; index, branch, status and files stay as they are."""
    before = anna.state()
    (sent,) = submit(anna.world, message="please look")

    assert before == anna.state()
    assert ("review/torque", False, False, True) == (sent.branch, sent.again, sent.unchanged, sent.signed)
    assert piece(body=LONG) == shared(anna)
    assert {"main", "review/torque", "expertpost-reviews"} == branches(anna)
    (event,) = read(anna.hub, anna.listed, anna.seen)
    assert (EventKind.SUBMIT, "anna", "anna", ("anna",), sent.digest, "please look") == (
        event.kind, event.by, event.signer, event.contributors, event.digest, event.text,
    )  # fmt: skip


def test_a_dry_run_sends_nothing(anna: Colleague) -> None:
    """A dry run tells what would go, and the remote stays as it was."""
    (told,) = submit(anna.world, dry_run=True)

    assert ("review/torque", {"main"}) == (told.branch, branches(anna))


def test_submitting_again_without_a_change_sends_nothing(anna: Colleague) -> None:
    """The same text a second time is told to be there already, and adds no event."""
    submit(anna.world)
    tip = anna.run("ls-remote", "origin")
    (again,) = submit(anna.world, ["torque"])

    assert (True, tip) == (again.unchanged, anna.run("ls-remote", "origin"))


def test_a_change_goes_on_top_of_the_review(anna: Colleague) -> None:
    """A second submission is a commit on the review branch, with a new digest."""
    (first,) = submit(anna.world)
    anna.write("drafts/torque.md", piece(body=LONG + "\n\nMore."))
    (second,) = submit(anna.world)

    assert (True, first.branch) == (second.again, second.branch)
    assert first.digest != second.digest
    assert first.commit in anna.run("rev-list", second.commit).split()


def test_only_what_changed_is_submitted(anna: Colleague, bob: Colleague) -> None:
    """Pieces that main has just so, and changes of others that were not pulled yet, are not sent back."""
    bob.write("drafts/old.md", piece(SEALS, "Old"))
    bob.push()
    (sent,) = submit(anna.world)

    assert "torque" == sent.slug
    with pytest.raises(Failure, match="XP-REF-NONE"):
        submit(anna.world, ["old"])


def test_several_pieces_get_a_branch_each_or_one_together(anna: Colleague) -> None:
    """One branch per piece, in one push; with a name, one branch for all."""
    anna.write("drafts/seals/index.md", piece(SEALS, "Seals"))
    anna.write("drafts/seals/cut.pdf", "a drawing")
    both = submit(anna.world)

    assert ["review/seals", "review/torque"] == [each.branch for each in both]
    assert "a drawing" == shared(anna, "review/seals", "drafts/seals/cut.pdf")
    with pytest.raises(Failure, match="XP-SUBMIT-ELSEWHERE"):
        submit(anna.world, name="spring")
    for ref in ("seals", "torque"):
        unsubmit(anna.world, ref)
    assert {"review/spring"} == {each.branch for each in submit(anna.world, name="spring")}
    assert {"main", "review/spring", "expertpost-reviews"} == branches(anna)


def test_a_file_that_is_removed_goes_from_the_review(anna: Colleague) -> None:
    """What lay beside a piece and was taken away here is taken away there."""
    anna.write("drafts/seals/index.md", piece(SEALS, "Seals"))
    file = anna.write("drafts/seals/cut.pdf", "a drawing")
    submit(anna.world, ["seals"])
    file.unlink()
    submit(anna.world, ["seals"])

    assert "drafts/seals/cut.pdf" not in anna.run("ls-tree", "-r", "--name-only", "refs/expertpost/hub/review/seals")


@pytest.mark.parametrize("how", ["detached", "other branch", "staged", "merging", "unborn", "dirty"])
def test_the_state_of_the_tree_does_not_matter(anna: Colleague, how: str) -> None:
    """Detached, on another branch, in the middle of a merge, with staged changes: it works and touches nothing."""
    if how == "detached":
        anna.run("checkout", "--quiet", "--detach")
    elif how == "other branch":
        anna.run("switch", "--quiet", "--create", "mine")
        anna.write("drafts/other.md", piece(SEALS, "Other"))
        anna.run("add", "drafts/other.md")
        anna.run("commit", "--quiet", "--message", "mine")
    elif how == "staged":
        anna.run("add", "--all")
        anna.write("drafts/torque.md", piece(body=LONG + "\n\nUnstaged."))
    elif how == "merging":
        for side in ("left", "right"):
            anna.run("switch", "--quiet", "--create", side, "main")
            anna.write("notes.txt", side)
            anna.run("add", "notes.txt")
            anna.run("commit", "--quiet", "--message", side)
        with pytest.raises(AssertionError):
            anna.run("merge", "left")
    elif how == "unborn":
        anna.run("switch", "--quiet", "--orphan", "nothing")
        anna.run("checkout", "--quiet", "main", "--", "expertpost.toml")
        anna.write("drafts/torque.md", piece(body=LONG))
    else:
        anna.write("expertpost.toml", SETTINGS + "\n# mine\n")
    before = anna.state()
    (sent,) = submit(anna.world, ["torque"])

    assert before == anna.state()
    assert (anna.clone / "drafts/torque.md").read_text() == shared(anna)
    assert ["drafts/torque.md"] == anna.run("diff", "--name-only", "origin/main", sent.commit).split()


def test_windows_line_ends_are_no_change(anna: Colleague) -> None:
    """A file with CRLF is shared with LF, and is not new text when only its line ends differ."""
    submit(anna.world)
    anna.write("drafts/torque.md", piece(body=LONG).replace("\n", "\r\n"))
    (again,) = submit(anna.world)

    assert again.unchanged
    assert "\r" not in shared(anna)


def test_a_merged_piece_has_nothing_to_submit(anna: Colleague) -> None:
    """A text that came to main past any review waits for one once its author says so; then there is nothing new."""
    anna.push()

    assert () == submit(anna.world)
    (told,) = submit(anna.world, ["torque"])
    assert (False, "", {"main", "expertpost-reviews"}) == (told.unchanged, told.branch, branches(anna))
    (event,) = read(anna.hub, anna.listed, anna.seen)
    assert (EventKind.SUBMIT, told.digest, ("anna",)) == (event.kind, event.digest, event.contributors)
    assert submit(anna.world, ["torque"])[0].unchanged


def test_a_moved_piece_moves_in_the_review(anna: Colleague) -> None:
    """A file with another name and the same id takes its old place away with it."""
    anna.push()
    (anna.clone / "drafts/torque.md").rename(anna.clone / "drafts/gently.md")
    (sent,) = submit(anna.world)

    assert "review/gently" == sent.branch
    changes = anna.run("diff", "--name-status", "--no-renames", "origin/main", sent.commit).split()
    assert ["A", "drafts/gently.md", "D", "drafts/torque.md"] == changes


def test_all_errors_are_told_at_once_and_nothing_is_sent(anna: Colleague) -> None:
    """A draft with errors, and another one, are reported together with their lines."""
    anna.write("drafts/bad.md", "---\nid: nonsense\ntitle: ''\naudience: [everybody]\n---\nHello.\n")
    with pytest.raises(Problems) as wrong:
        submit(anna.world)

    assert Exit.FINDINGS == wrong.value.exit_code
    assert {"XP-ID", "XP-TITLE", "XP-AUTHORS", "XP-AUDIENCE"} <= {f.code for f in wrong.value.findings}
    assert {"main"} == branches(anna)


def test_an_unfinished_merge_is_not_submitted(anna: Colleague) -> None:
    """Marks that git left in the text stop it, while a text about git may show them."""
    anna.write("drafts/git.md", piece(SEALS, "About git", body="```\n<<<<<<< yours\n=======\n>>>>>>> theirs\n```"))
    assert "git" == submit(anna.world, ["git"])[0].slug
    anna.push()
    for side in ("left", "right"):
        anna.run("switch", "--quiet", "--create", side, "main")
        anna.write("drafts/torque.md", piece(body=side))
        anna.run("commit", "--quiet", "--all", "--message", side)
    with pytest.raises(AssertionError):
        anna.run("merge", "left")

    with pytest.raises(Problems) as wrong:
        submit(anna.world, ["torque"])
    assert "XP-SUBMIT-MARKS" in {f.code for f in wrong.value.findings}


def test_who_is_not_listed_may_submit(org: Organisation) -> None:
    """Somebody without an entry submits under their mail address, unsigned."""
    carol = org.clone(org.colleague("carol"))
    carol.write("drafts/torque.md", piece())
    (sent,) = submit(carol.world)

    assert not sent.signed
    (event,) = read(carol.hub, carol.listed, carol.seen)
    assert ("carol@acme.example", ("anna", "carol@acme.example")) == (event.by, event.contributors)


def test_a_listed_key_that_cannot_sign_is_told(anna: Colleague) -> None:
    """Somebody whose key is elsewhere learns that before anything is sent: unsigned it would count for nothing."""
    (anna.home / ".ssh" / "id_ed25519").unlink()

    with pytest.raises(Failure, match="XP-KEY"):
        submit(anna.world)
    assert {"main"} == branches(anna)


def test_a_slug_that_another_review_has_gets_its_own_branch(anna: Colleague, bob: Colleague) -> None:
    """A branch of the same name that holds another piece is left alone."""
    bob.write("drafts/elsewhere/torque.md", piece(SEALS, "Another", slug="torque"))
    submit(bob.world)
    (sent,) = submit(anna.world)

    assert f"review/torque-{TORQUE[-6:].lower()}" == sent.branch
    assert {"drafts/torque.md", "drafts/elsewhere/torque.md"} == {each.path for each in review_list(anna.world)}


def test_without_a_remote_everything_is_local(tmp_path: Path) -> None:
    """In a workspace that nobody shares the review is a local branch, and nothing else moves."""
    anna = organisation(tmp_path, "anna").people["anna"]
    anna.run("remote", "remove", "origin")
    anna.write("drafts/torque.md", piece())
    before = anna.state()
    submit(anna.world)

    assert before == anna.state()
    assert {"main", "review/torque", "expertpost-reviews"} == set(
        anna.run("branch", "--format=%(refname:short)").split()
    )


def test_a_name_that_could_be_an_option_or_a_path_is_refused(anna: Colleague) -> None:
    """``--as`` takes a plain word only."""
    for name in ("../main", "-x", "a b", "A", "x" * 200):
        with pytest.raises(Failure, match="XP-SUBMIT-NAME"):
            submit(anna.world, name=name)
    assert {"main"} == branches(anna)


def test_a_host_that_refuses_the_branch_is_told(org: Organisation, anna: Colleague) -> None:
    """No right to push is said in the host's words, with exit 3, and nothing is half done."""
    hook = org.remote / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in refs/heads/review/*) echo no rights >&2; exit 1;; esac\n')
    hook.chmod(0o755)

    with pytest.raises(Failure, match="XP-DENIED") as refused:
        submit(anna.world)
    assert (Exit.NEEDS_PERSON, {"main"}) == (refused.value.exit_code, branches(anna))


def test_an_unreachable_remote_changes_nothing(org: Organisation, anna: Colleague) -> None:
    """Without the network there is an error with a cure, and the draft stays."""
    before = anna.state()
    org.remote.rename(org.folder / "away")

    with pytest.raises(Failure, match="XP-REMOTE"):
        submit(anna.world)
    assert before == anna.state()


def test_the_reviewer_sees_what_was_submitted(anna: Colleague, bob: Colleague) -> None:
    """What the reviewer is shown is the text on the branch."""
    submit(anna.world)

    assert piece(body=LONG) == review_show(bob.world, "torque").text


def test_a_file_with_a_name_that_no_tree_may_have_is_told(anna: Colleague) -> None:
    """A colon in a file's name works on one system only: the draft is named with the reason, nothing is sent."""
    anna.write("drafts/a:b.md", piece(SEALS, "Seals", slug="seals"))
    with pytest.raises(Problems) as wrong:
        submit(anna.world)

    assert "not allowed" in wrong.value.findings[0].what
    assert {"main"} == branches(anna)
