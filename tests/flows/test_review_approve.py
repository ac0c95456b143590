"""Approving: exactly the text that was seen, by somebody who did not write it, for the channels that are named."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.flows.organisation import SEALS, SETTINGS, Colleague, organisation, piece
from tests.flows.reviewing import refused, resubmit, seen

from expertpost.errors import Exit
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import Said, comment
from expertpost.flows.submit import submit
from expertpost.model.event import EventKind
from expertpost.store.events import read


def test_what_was_not_shown_is_not_approved(anna: Colleague, bob: Colleague) -> None:
    """Without a look there is no approval, unless one names the text; after a change one looks again."""
    failed = refused("XP-APPROVE-UNSEEN", approve, bob.world, "torque")
    digest = review_list(bob.world)[0].digest
    assert (Exit.NEEDS_PERSON, True) == (failed.exit_code, digest[:12] in failed.cure)
    refused("XP-APPROVE-MOVED", approve, bob.world, "torque", digest="0" * 12)
    refused("XP-APPROVE-MOVED", approve, bob.world, "torque", digest=digest[:4])
    review_show(bob.world, "torque")
    resubmit(anna, "Turn it slowly.")
    refused("XP-APPROVE-MOVED", approve, bob.world, "torque")
    refused("XP-APPROVE-MOVED", approve, bob.world, "torque", digest=digest[:12])

    assert EventKind.APPROVE not in {e.kind for e in read(bob.hub, bob.listed, bob.seen)}
    assert () == approve(bob.world, "torque", digest=review_list(bob.world)[0].digest[:12]).needs


def test_a_change_of_something_else_on_the_branch_needs_no_new_look(anna: Colleague, bob: Colleague) -> None:
    """The branch moved, this piece did not: what was seen is what is approved."""
    anna.write("drafts/seals.md", piece(SEALS, "Seals"))
    submit(anna.world, ["seals"], name="spring")
    review_show(bob.world, "seals")
    anna.write("drafts/other.md", piece("01JD0000000000000000THR003", "Other"))
    submit(anna.world, ["other"], name="spring")

    assert () == approve(bob.world, "seals").needs


def test_nobody_approves_their_own_words(anna: Colleague, bob: Colleague) -> None:
    """The author, the submitter, and whoever changed it on the branch are contributors."""
    review_show(anna.world, "torque")
    assert Exit.NEEDS_PERSON == refused("XP-APPROVE-OWN", approve, anna.world, "torque").exit_code
    bob.run("fetch", "--quiet", "origin")
    bob.run("switch", "--quiet", "--create", "review/torque", "origin/review/torque")
    bob.write("drafts/torque.md", piece(summary="How to turn.", body="Turn it gently.\n\nAnd slowly, says Bob."))
    bob.push("A sentence", "review/torque")
    review_show(bob.world, "torque")
    refused("XP-APPROVE-UNSUBMITTED", approve, bob.world, "torque")
    submit(anna.world)
    submit(bob.world, ["torque"])
    review_show(bob.world, "torque")

    refused("XP-APPROVE-OWN", approve, bob.world, "torque")


def test_a_co_author_named_in_a_commit_is_a_contributor(anna: Colleague, bob: Colleague) -> None:
    """A Co-authored-by line bars its person from approving."""
    (anna.clone / "drafts/torque.md").unlink()
    anna.run("fetch", "--quiet", "origin", "review/torque")
    anna.run("checkout", "--quiet", "--detach", "FETCH_HEAD")
    anna.write("drafts/torque.md", piece(summary="How to turn.", body="Together."))
    anna.run("commit", "--quiet", "--all", "--message", "Both\n\nCo-authored-by: Bob <bob@acme.example>")
    anna.run("push", "--quiet", "origin", "HEAD:review/torque")
    submit(anna.world, ["torque"])
    review_show(bob.world, "torque")

    refused("XP-APPROVE-OWN", approve, bob.world, "torque")


def test_alone_may_publish_alone(tmp_path: Path) -> None:
    """One listed person may approve their own work where the settings say so; a second person ends that."""
    anna = organisation(tmp_path, "anna", settings=SETTINGS + "[review]\nalone = true\n").people["anna"]
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    review_show(anna.world, "torque")

    assert () == approve(anna.world, "torque").needs
    assert not merge(anna.world, "torque").already


def test_without_the_key_an_approval_is_refused_and_a_comment_unsigned(bob: Colleague) -> None:
    """An approval that could not count is not given; a comment says that it is unsigned."""
    (bob.home / ".ssh" / "id_ed25519").unlink()
    review_show(bob.world, "torque")

    refused("XP-KEY", approve, bob.world, "torque")
    assert not comment(bob.world, "torque", "Hm.").signed


def test_people_without_keys_review_unsigned(tmp_path: Path) -> None:
    """Where nobody lists a key, approvals count by name, and are shown as unsigned."""
    org = organisation(tmp_path, keys=False)
    org.people["anna"].write("drafts/torque.md", piece())
    submit(org.people["anna"].world)
    done = seen(org.people["bob"])

    assert ((), False) == (done.needs, done.signed)
    assert not merge(org.people["bob"].world, "torque").already


def test_only_the_named_channels_are_approved(bob: Colleague) -> None:
    """A channel that an approval does not name is never offered; one that it can never reach is refused."""
    review_show(bob.world, "torque")
    failed = refused("XP-CHANNEL", approve, bob.world, "torque", channels=["exprt"])
    assert "did you mean export?" in failed.cure
    refused("XP-APPROVE-CHANNEL", approve, bob.world, "torque", channels=["world"])
    done = approve(bob.world, "torque", channels=["export"])
    assert (("export",), ["world"]) == (done.channels, [name for name, _ in done.left_out])


def test_a_confirmation_that_is_denied_records_nothing(bob: Colleague) -> None:
    """Whoever says no at the question has approved nothing; the question says what would be approved."""
    review_show(bob.world, "torque")
    told: list[Said] = []

    def no(said: Said) -> bool:
        told.append(said)
        return False

    failed = refused("XP-APPROVE-NO", approve, bob.world, "torque", confirm=no)

    assert (Exit.NEEDS_PERSON, "Torque without tears", ()) == (failed.exit_code, told[0].title, told[0].needs)
    assert EventKind.APPROVE not in {e.kind for e in read(bob.hub, bob.listed, bob.seen)}


def test_rules_ask_for_more(tmp_path: Path) -> None:
    """A rule's number and roles are what a merge needs."""
    rules = '[[review.rules]]\naudience = ["public"]\napprovals = 2\nroles = ["editor"]\n'
    org = organisation(tmp_path, "anna", "bob", "cara", "dan", settings=SETTINGS + rules)
    anna, bob, cara, dan = (org.people[name] for name in ("anna", "bob", "cara", "dan"))
    for person in (bob, cara):
        path = f"people/{person.handle}.md"
        anna.write(path, (anna.clone / path).read_text().replace("name:", "roles: [editor]\nname:"))
    anna.push("Editors")
    anna.write("drafts/torque.md", piece(audience="[public]"))
    submit(anna.world)

    assert ("2 more approvals by somebody who is editor",) == seen(dan).needs
    assert ("1 more approval by somebody who is editor",) == seen(bob).needs
    refused("XP-FINDINGS", merge, bob.world, "torque")
    assert () == seen(cara).needs
    assert not merge(bob.world, "torque").already


def test_a_text_that_changes_during_the_approval_is_not_approved(anna: Colleague, bob: Colleague) -> None:
    """Another text lands between the look and the push: nothing is recorded; another piece's move does not matter."""
    review_show(bob.world, "torque")
    told: list[str] = []

    def clock() -> datetime:
        if not told:
            told.append("once")
            resubmit(anna, "Another text.")
        return bob.clock()

    refused("XP-APPROVE-MOVED", approve, replace(bob.world, now=clock), "torque")
    assert EventKind.APPROVE not in {e.kind for e in read(bob.hub, bob.listed, bob.seen)}


def test_another_piece_may_move_during_the_approval(anna: Colleague, bob: Colleague) -> None:
    """The branch moves between the look and the push, this piece does not: the approval lands."""
    anna.write("drafts/seals.md", piece(SEALS, "Seals"))
    submit(anna.world, ["seals"], name="spring")
    review_show(bob.world, "seals")
    told: list[str] = []

    def clock() -> datetime:
        if not told:
            told.append("once")
            anna.write("drafts/other.md", piece("01JD0000000000000000THR003", "Other"))
            submit(anna.world, ["other"], name="spring")
        return bob.clock()

    assert () == approve(replace(bob.world, now=clock), "seals").needs
