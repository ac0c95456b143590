"""Whoever can push a review branch can put anything on it: nothing but reviewed pieces ever comes from it."""

from pathlib import Path

import pytest
from tests.attacks.forging import no_merge, push_tree
from tests.flows.organisation import (
    SEALS,
    SETTINGS,
    START,
    Colleague,
    Organisation,
    entry,
    piece,
)

from expertpost.errors import Exit, Failure, Problems
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.submit import submit
from expertpost.store.writing import commit_tree, write_commit


def test_a_review_branch_cannot_bring_settings_or_people(bob: Colleague, mallory: Colleague) -> None:
    """Files beside the pieces under review are named, and never merged, however well the piece is approved."""
    review_show(bob.world, "torque")
    approve(bob.world, "torque")
    mallory.run("fetch", "--quiet", "origin")
    mallory.run("switch", "--quiet", "--create", "evil", "origin/review/torque")
    mallory.write("expertpost.toml", SETTINGS + "[review]\nalone = true\n")
    mallory.write(".github/workflows/steal.yml", "on: push\n")
    mallory.write("templates/note.md.j2", "evil")
    mallory.push("Sneak", "review/torque")
    waiting, settings = review_list(bob.world)

    assert {".github/workflows/steal.yml", "expertpost.toml", "templates/note.md.j2"} == set(waiting.also)
    assert ("settings/torque", ("CI", "settings", "templates")) == (settings.slug, settings.guards)
    assert Exit.NEEDS_PERSON == no_merge(mallory).exit_code


def test_settings_on_a_review_branch_judge_nothing(bob: Colleague, mallory: Colleague) -> None:
    """Broken or friendly settings and a people/ entry on the branch change neither list nor show."""
    mallory.run("fetch", "--quiet", "origin")
    mallory.run("switch", "--quiet", "--create", "evil", "origin/review/torque")
    mallory.write("expertpost.toml", "[[[ broken")
    mallory.write("people/eve.md", entry(mallory).replace("mallory", "eve"))
    mallory.push("Sneak", "review/torque")

    assert {"torque", "eve", "settings/torque"} == {each.slug for each in review_list(bob.world)}
    assert ("expertpost.toml",) == review_show(bob.world, "torque").waiting.also
    no_merge(mallory, "torque")


def test_a_link_in_a_review_is_never_followed(bob: Colleague, mallory: Colleague) -> None:
    """drafts/evil.md → /etc/passwd is named as something that is not allowed, and cannot be merged."""
    blob = mallory.git.run("hash-object", "-w", "--stdin", stdin=b"/etc/passwd").decode().strip()
    inner = mallory.git.run("mktree", stdin=f"120000 blob {blob}\tevil.md\n".encode()).decode().strip()
    keep = mallory.git.run("mktree", stdin=b"").decode().strip()
    push_tree(mallory, "review/evil", f"040000 tree {inner}\tlinked\n".encode())

    found = [each for each in review_list(bob.world) if "passwd" in each.title]
    assert ([], 40) == (found, len(keep))
    assert Exit.GUARD == no_merge(mallory, "review/evil", "XP-MERGE-MORE").exit_code


def test_a_link_in_the_place_of_a_piece_is_not_a_piece(bob: Colleague, mallory: Colleague) -> None:
    """A link under drafts/ is no text to review."""
    git = mallory.git
    mallory.hub.fetch()
    main = mallory.hub.tips()["main"]
    blob = git.run("hash-object", "-w", "--stdin", stdin=b"/etc/passwd").decode().strip()
    inner = git.run("mktree", stdin=f"120000 blob {blob}\tevil.md\n".encode()).decode().strip()
    rest = b"".join(line + b"\n" for line in git.run("ls-tree", main).splitlines() if not line.endswith(b"\tdrafts"))
    tree = git.run("mktree", stdin=rest + f"040000 tree {inner}\tdrafts\n".encode()).decode().strip()
    made = commit_tree(git, tree, [main], "evil", git.identity(), START)
    mallory.run("push", "--quiet", "origin", f"{made}:refs/heads/review/evil")

    assert ["torque"] == [each.slug for each in review_list(bob.world)]
    no_merge(mallory, "review/evil", "XP-MERGE-MORE")


def test_a_tree_entry_named_dot_dot_is_refused(bob: Colleague, mallory: Colleague) -> None:
    """Git accepts a folder called .. in a tree; nothing of it is read or merged."""
    git = mallory.git
    blob = git.run("hash-object", "-w", "--stdin", stdin=piece(SEALS).encode()).decode().strip()
    inner = git.run("mktree", stdin=f"100644 blob {blob}\tevil.md\n".encode()).decode().strip()
    push_tree(mallory, "review/evil", f"040000 tree {inner}\t..\n".encode())

    assert ["torque"] == [each.slug for each in review_list(bob.world)]
    no_merge(mallory, "review/evil", "XP-MERGE-MORE")


def test_a_submodule_is_neither_fetched_nor_merged(bob: Colleague, mallory: Colleague, tmp_path: Path) -> None:
    """A submodule whose settings run a program, on a review branch: nobody recurses into it, and nobody merges it."""
    mark, git = tmp_path / "ran", mallory.git
    told = f'[submodule "x"]\n\tpath = evil\n\turl = ext::sh -c "touch {mark}"\n\tupdate = !touch {mark}\n'
    blob = git.run("hash-object", "-w", "--stdin", stdin=told.encode()).decode().strip()
    entries = f"100644 blob {blob}\t.gitmodules\n160000 commit {git.text('rev-parse', 'HEAD')}\tevil\n"
    push_tree(mallory, "review/evil", entries.encode())
    for name, value in {"submodule.recurse": "true", "fetch.recurseSubmodules": "true"}.items():
        bob.run("config", name, value)

    assert ["torque"] == [each.slug for each in review_list(bob.world)]
    assert Exit.GUARD == no_merge(bob, "review/evil", "XP-MERGE-MORE").exit_code
    assert not mark.exists()


@pytest.mark.parametrize(
    "branch", ["review/-x", "review/$(touch${IFS}pwned)", "review/é\u202e", "review/a'b\"c", "review/--all"]
)
def test_the_name_of_a_branch_is_only_a_name(
    org: Organisation, bob: Colleague, mallory: Colleague, branch: str
) -> None:
    """Whatever a review branch is called, it is listed, shown and merged like any other."""
    mallory.write("drafts/seals.md", piece(SEALS, "Seals", authors="[mallory]"))
    commit = mallory.push("Named oddly", branch)
    (waiting,) = [each for each in review_list(bob.world) if each.slug == "seals"]
    review_show(bob.world, "seals")

    assert (branch, commit) == (waiting.branch, waiting.commit)
    no_merge(bob, "seals")
    assert [] == list(org.folder.rglob("pwned*"))


def test_a_branch_named_like_a_piece_is_not_taken_for_it(bob: Colleague, mallory: Colleague) -> None:
    """review/torque with another piece on it does not stand for the piece called torque."""
    mallory.run("fetch", "--quiet", "origin")
    mallory.run("push", "--quiet", "origin", "origin/review/torque:refs/heads/review/elsewhere")
    mallory.write("drafts/evil.md", piece(SEALS, "Evil"))
    mallory.run("push", "--quiet", "origin", ":review/torque")
    mallory.push("In its place", "review/torque")

    assert ("drafts/torque.md", "review/elsewhere") == (
        review_show(bob.world, "torque").waiting.path,
        review_show(bob.world, "torque").waiting.branch,
    )


def test_a_branch_without_common_history_is_not_merged(bob: Colleague, mallory: Colleague) -> None:
    """A branch that never was part of this workspace is named, and cannot be merged."""
    made = write_commit(
        mallory.git, {"drafts/x.md": piece(SEALS).encode()}, "m", mallory.git.identity(), START, base=None
    )
    mallory.run("push", "--quiet", "origin", f"{made}:refs/heads/review/alien")

    assert ["torque"] == [each.slug for each in review_list(bob.world)]
    no_merge(mallory, "review/alien", "XP-MERGE-MORE")


def test_a_piece_that_the_branch_takes_away_is_not_merged(bob: Colleague, mallory: Colleague) -> None:
    """An approved piece does not smuggle the removal of another one in."""
    mallory.write("drafts/old.md", piece("01JD0000000000000000THR003", "Old"))
    mallory.push("Old")
    mallory.run("checkout", "--quiet", "--detach")
    mallory.run("rm", "--quiet", "drafts/old.md")
    mallory.write("drafts/seals.md", piece(SEALS, "Seals", authors="[mallory]"))
    mallory.push("Two things", "review/seals")
    (waiting,) = [each for each in review_list(bob.world) if each.slug == "seals"]

    assert ("drafts/old.md",) == waiting.also
    no_merge(mallory, "seals", "XP-MERGE-MORE")


def test_a_poisoned_draft_tree_is_not_submitted(org: Organisation, bob: Colleague) -> None:
    """A link on the author's own disk, to a secret, is never read into a review."""
    anna = org.people["anna"]
    secret = org.folder / "secret"
    secret.write_text(piece(SEALS, "Secret"))
    (anna.clone / "drafts/evil.md").symlink_to(secret)
    with pytest.raises(Failure):
        submit(anna.world, ["evil"])
    with pytest.raises(Problems):
        submit(anna.world)

    assert "Secret" not in "".join(each.title for each in review_list(bob.world))
