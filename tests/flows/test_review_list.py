"""The list of what waits: all branches read together say what each says alone, and what is kept says what is there."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, SETTINGS, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import seen

from expertpost.flows.desk import open_desk
from expertpost.flows.proposals import is_merged, open_proposals, proposal_of, proposals
from expertpost.flows.review import review_list as looked_up
from expertpost.flows.review_list import review_list
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import comment
from expertpost.flows.submit import submit
from expertpost.store.files import MAX_PIECE

RULES = '\n[[review.rules]]\nkind = ["article"]\ndue_days = 3\nescalate = ["editor"]\n'


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Two people and a rule with a time."""
    return organisation(tmp_path, "anna", "bob", settings=SETTINGS + RULES)


def branch(anna: Colleague, name: str, *files: tuple[str, str | None]) -> None:
    """A review branch by plain git, with files written or (None) removed."""
    anna.run("checkout", "--quiet", "-B", f"review/{name}", "origin/main")
    for path, text in files:
        if text is None:
            (anna.clone / path).unlink()
        else:
            anna.write(path, text)
    anna.push(name, f"review/{name}")
    anna.run("checkout", "--quiet", "main")


def test_many_branches_read_together_say_what_each_says_alone(org: Organisation) -> None:
    """Texts, folder pieces, files beside one, removed, hidden, foreign, huge and broken files, links, strangers."""
    anna = org.people["anna"]
    anna.write("drafts/old.md", piece("01JD0000000000000000OLD001", "Old"))
    anna.write("drafts/folder/index.md", piece("01JD0000000000000000FLD001", "Folder", slug="folder"))
    anna.push("Some pieces")
    branch(anna, "new", ("drafts/new.md", piece()), ("drafts/deep/er/second.md", piece(SEALS, "Seals")))
    branch(anna, "changed", ("drafts/old.md", piece("01JD0000000000000000OLD001", "Old", body="Changed.")))
    branch(anna, "same", ("drafts/old.md", piece("01JD0000000000000000OLD001", "Old").replace("\n", "\r\n")))
    branch(anna, "beside", ("drafts/folder/note.md", "just a file"))
    branch(anna, "bundle", ("drafts/torque/index.md", piece(slug="torque")), ("drafts/torque/more.md", "more"))
    branch(anna, "gone", ("drafts/old.md", None))
    branch(anna, "hidden", ("drafts/.secret.md", piece()), ("drafts/x.md", piece()))
    branch(anna, "foreign", ("README.md", "Hello"), ("drafts/x.md", piece()))
    branch(anna, "person", ("people/cara.md", entry(anna).replace("anna", "cara")))
    branch(anna, "broken", ("drafts/x.md", "---\nid: [\n---\n"))
    branch(anna, "huge", ("drafts/x.md", piece(body="x" * (MAX_PIECE + 1))))
    anna.run("checkout", "--quiet", "-B", "review/link", "origin/main")
    (anna.clone / "drafts/link.md").symlink_to("/etc/passwd")
    anna.push("link", "review/link")
    anna.run("checkout", "--quiet", "--orphan", "review/orphan")
    anna.push("orphan", "review/orphan")
    anna.run("push", "--quiet", "origin", "origin/main:refs/heads/review/nothing")
    desk = open_desk(org.people["bob"].world)
    alone = [proposal_of(desk, name, tip) for name, tip in sorted(desk.tips.items()) if name.startswith("review/")]

    assert 14 == len(alone)
    assert alone == list(proposals(desk))
    assert [each for each in alone if not is_merged(desk, each)] == list(open_proposals(desk))


def test_a_branch_that_took_main_over_is_compared_with_the_newest_main(org: Organisation) -> None:
    """With several commits of main in its history the newest counts, as for git merge-base."""
    anna = org.people["anna"]
    branch(anna, "new", ("drafts/new.md", piece()))
    anna.write("drafts/other.md", piece(SEALS, "Seals"))
    anna.push("Main goes on")
    anna.run("checkout", "--quiet", "review/new")
    anna.run("merge", "--quiet", "--no-edit", "main")
    anna.run("push", "--quiet", "origin", "HEAD:refs/heads/review/new")
    desk = open_desk(org.people["bob"].world)
    (found,) = proposals(desk)

    assert (desk.main.commit, ["drafts/new.md"]) == (found.base, [each.path for each in found.pieces])


def test_what_is_kept_says_what_is_there(org: Organisation) -> None:
    """After every step the quick list is the one that is looked up, also when it is asked for twice."""
    anna, bob = org.people["anna"], org.people["bob"]

    def same() -> None:
        for person in (anna, bob):
            for mine in (False, True):
                assert looked_up(person.world, mine=mine) == review_list(person.world, mine=mine)
                assert looked_up(person.world, mine=mine) == review_list(person.world, mine=mine)

    same()
    anna.write("drafts/torque.md", piece(audience="[public]"))
    submit(anna.world)
    same()
    comment(bob.world, "torque", "Hm…")
    same()
    assert 1 == review_list(bob.world)[0].open_comments
    seen(bob)
    same()
    merge(bob.world, "torque")
    same()
    assert () == review_list(bob.world)


def test_what_becomes_late_is_seen_without_any_change(org: Organisation) -> None:
    """What is kept holds until the next day on which something is due."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("people/anna.md", entry(anna, roles="[editor]"))
    anna.push("Anna is editor")
    bob.write("drafts/torque.md", piece(authors="[bob]"))
    submit(bob.world)
    assert [("anna",)] == [each.asked for each in review_list(bob.world)]
    org_due = review_list(bob.world)[0].due
    assert org_due
    bob.clock.at = org_due - timedelta(minutes=1)
    assert [org_due] == [each.due for each in review_list(bob.world)]
    bob.clock.at = org_due + timedelta(minutes=1)

    assert looked_up(bob.world) == review_list(bob.world)


def test_the_list_is_each_persons_own(org: Organisation) -> None:
    """Another identity in the same clone gets its own list."""
    anna = org.people["anna"]
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    assert [True] == [each.mine for each in review_list(anna.world)]
    anna.run("config", "user.email", "bob@acme.example")

    assert [False] == [each.mine for each in review_list(anna.world)]
