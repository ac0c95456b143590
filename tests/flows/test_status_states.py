"""status in every state of a work tree, an index, a remote and a clock: shown without a complaint, touching nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.flows.looking import look, rows, stage
from tests.flows.organisation import SEALS, SETTINGS, TORQUE, Colleague, Organisation, organisation, piece

from expertpost.errors import Failure, Problems
from expertpost.flows.status import status
from expertpost.store.index import Index


@pytest.fixture
def acme(tmp_path: Path) -> Organisation:
    """Anna and Bob with a shared repository."""
    return organisation(tmp_path)


@pytest.fixture
def anna(acme: Organisation) -> Colleague:
    """Anna, with a draft on the disk."""
    acme.people["anna"].write("drafts/torque.md", piece())
    return acme.people["anna"]


def test_mine(anna: Colleague) -> None:
    """Only what the person who asks wrote: by handle, mail address or name."""
    anna.write("drafts/two.md", piece(SEALS, "Two", authors="[Anna]"))
    anna.write("drafts/three.md", piece("01JD00000000000000000000X3", "Three", authors="[bob@acme.example]"))

    assert {"torque", "two"} == {*rows(anna, mine=True)}
    assert {"torque", "two", "three"} == {*rows(anna)}


def test_groups_are_short_unless_all_are_asked_for(anna: Colleague) -> None:
    """A group shows ten pieces and counts all of them."""
    for number in range(12):
        anna.write(f"drafts/p{number}.md", piece(f"01JD00000000000000000000{number + 10}", f"Piece {number}"))
    few = status(anna.world).groups[0]

    assert (13, 10) == (few.count, len(few.rows))
    assert 13 == len(look(anna).groups[0].rows)


def test_two_files_with_one_id(anna: Colleague) -> None:
    """A copied file hides nothing: both are shown."""
    anna.write("drafts/copy.md", piece())

    assert {"torque", "copy"} == {*rows(anna)}


def test_folder_pieces_and_their_files(anna: Colleague) -> None:
    """A folder with an index.md is one piece, whatever Markdown lies beside it; hidden folders hold none."""
    anna.write("drafts/seals/index.md", piece(SEALS, "Seals"))
    anna.write("drafts/seals/notes.md", "not a piece")
    anna.write("drafts/.obsidian/x.md", "not a piece")

    assert {"torque", "seals"} == {*rows(anna)}


def test_the_same_question_is_answered_from_memory(anna: Colleague) -> None:
    """Nothing changed, nothing is read anew; the smallest change is seen, whatever the clock says of it."""
    first = look(anna)
    index = Index(anna.clone / ".git")
    assert [TORQUE] == [fact.id for fact in index.facts().values()]
    index.close()

    assert first.groups == look(anna).groups
    anna.write("drafts/torque.md", piece(title="Torque without fears"))
    assert "Torque without fears" == rows(anna)["torque"].title


@pytest.mark.parametrize("damage", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 500])
def test_the_index_may_be_damaged_or_gone(anna: Colleague, damage: bytes) -> None:
    """The index only saves time."""
    first = look(anna)
    file = anna.clone / ".git/expertpost/index.sqlite"
    file.write_bytes(damage)

    assert first.groups == look(anna).groups
    file.unlink()
    assert first.groups == look(anna).groups


def test_the_remote_does_not_answer(acme: Organisation, anna: Colleague) -> None:
    """A shared repository that is gone is a note; what is known is shown, and nobody waits for it twice in a minute."""
    look(anna)
    acme.remote.rename(acme.remote.with_name("gone.git"))
    found = look(anna)

    assert ["draft"] == [group.stage for group in found.groups]
    assert "does not answer" in found.notes[0]
    assert found.notes == status(anna.world).notes


def test_no_look_at_the_remote(acme: Organisation, anna: Colleague) -> None:
    """Whoever wants no fetch gets none."""
    acme.remote.rename(acme.remote.with_name("gone.git"))

    assert () == look(anna, fetch=False).notes


def test_without_a_remote(tmp_path: Path) -> None:
    """One person alone: the local main is the shared one, and nobody is asked for anything."""
    person = Organisation(tmp_path).colleague("anna", key=False)
    person.clone.mkdir(parents=True)
    person.run("init", "--quiet", "--initial-branch=main")
    person.write("expertpost.toml", SETTINGS)
    person.write("drafts/torque.md", piece())
    assert "draft" == stage(person)
    person.run("add", "--all")
    person.run("commit", "--quiet", "--message", "All")

    assert "merged" == stage(person)


def test_odd_states_of_the_work_tree(anna: Colleague) -> None:
    """A detached HEAD, another branch, a deleted file and a merge under way are all shown without a complaint."""
    anna.push()
    anna.run("checkout", "--quiet", "--detach")
    assert "merged" == stage(anna)
    anna.run("checkout", "--quiet", "-b", "elsewhere")
    anna.write("drafts/torque.md", piece(title="On a branch"))
    anna.run("commit", "--quiet", "--all", "--message", "Mine")
    assert ("draft", "On a branch") == (stage(anna), rows(anna)["torque"].title)
    (anna.clone / "drafts/torque.md").unlink()
    assert "merged" == stage(anna)


def test_nobody_else_is_touched(anna: Colleague) -> None:
    """Looking changes neither index nor files nor branches."""
    before = anna.state()
    look(anna)

    assert before == anna.state()


def test_broken_settings_and_people(anna: Colleague) -> None:
    """Errors of expertpost.toml are all told; an error in people/ only keeps reviews from being read."""
    anna.write("people/bob.md", "---\nnam: Bob\n---\n")
    anna.push()
    submitted = rows(anna)
    assert {"torque"} == {*submitted}
    anna.write("expertpost.toml", "[workspace]\nnam = 1\n")
    with pytest.raises(Problems) as broken:
        look(anna)

    assert 3 == len(broken.value.findings)


def test_outside_a_workspace(tmp_path: Path, anna: Colleague) -> None:
    """Where there is none, that is said."""
    with pytest.raises(Failure, match="XP-WORKSPACE-NONE"):
        status(replace(anna.world, here=tmp_path))
