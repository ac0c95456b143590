"""status: every piece and where it stands, told from the disk, the shared branches, events and the ledger."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.looking import rows, stage
from tests.flows.mailroom import SECRET, Trap, hook
from tests.flows.organisation import (
    SEALS,
    Colleague,
    Organisation,
    organisation,
    piece,
)

from expertpost.flows.publish import publish
from expertpost.flows.review import review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import return_, withdraw
from expertpost.flows.submit import submit
from expertpost.flows.unsubmit import unsubmit


@pytest.fixture
def acme(tmp_path: Path) -> Organisation:
    """Anna and Bob with a shared repository."""
    return organisation(tmp_path)


@pytest.fixture
def anna(acme: Organisation) -> Colleague:
    """Anna, with a draft on the disk."""
    acme.people["anna"].write("drafts/torque.md", piece())
    return acme.people["anna"]


@pytest.fixture
def bob(acme: Organisation) -> Colleague:
    """Bob, who reviews."""
    return acme.people["bob"]


def agree(person: Colleague, slug: str = "torque") -> None:
    """Look at a piece and approve it."""
    review_show(person.world, slug)
    approve(person.world, slug)


def test_the_life_of_a_piece(anna: Colleague, bob: Colleague) -> None:
    """Draft, in review, returned, submitted anew, approved, merged: both see the same, and what to do next."""
    assert ("draft", "") == (stage(anna), stage(bob))
    submit(anna.world, ["torque"])
    assert ("in review", "in review") == (stage(anna), stage(bob))
    assert "1 more approval" in rows(bob)["torque"].says

    return_(bob.world, "torque", "Which torque?")
    assert "Which torque?" in rows(anna)["torque"].says
    assert ("returned", "expertpost submit torque") == (stage(anna), rows(anna)["torque"].next)

    anna.write("drafts/torque.md", piece(body="Turn it with 5 Nm."))
    assert "reads otherwise" in rows(anna)["torque"].note
    submit(anna.world, ["torque"])
    agree(bob)
    assert ("approved", "expertpost review merge torque") == (stage(bob), rows(bob)["torque"].next)

    merge(bob.world, "torque")
    assert ("published", "the sites") == (stage(anna), rows(anna)["torque"].says)


def test_unsubmitted_is_a_draft_again(anna: Colleague) -> None:
    """What was taken back lies only with its author."""
    submit(anna.world, ["torque"])
    unsubmit(anna.world, "torque")

    assert "draft" == stage(anna)


def test_changes_to_what_is_published(anna: Colleague, bob: Colleague) -> None:
    """Work on a merged piece is a draft, told as a change; what others have not pulled yet is not."""
    submit(anna.world, ["torque"])
    agree(bob)
    merge(bob.world, "torque")
    anna.write("drafts/torque.md", piece(body="Better words."))

    assert ("draft", "changes what main has") == (stage(anna), rows(anna)["torque"].note)
    assert "published" == stage(bob)


def test_somebody_elses_newer_text_is_no_draft(acme: Organisation, anna: Colleague, bob: Colleague) -> None:
    """A clone that is behind shows what main has, not that its old files are changes."""
    anna.push()
    bob.run("pull", "--quiet")
    anna.write("drafts/torque.md", piece(title="Newer"))
    anna.push()

    assert ("merged", "") == (rows(bob)["torque"].stage, rows(bob)["torque"].note)


def test_merged_without_a_review(anna: Colleague) -> None:
    """A text that came to main by itself is told as not approved, and the cure is to submit it."""
    anna.push()

    assert ("merged", "expertpost submit torque") == (stage(anna), rows(anna)["torque"].next)


def test_errors_are_told_with_the_draft(anna: Colleague) -> None:
    """A draft that cannot be submitted yet says how much is to be mended, and how to see it."""
    anna.write("drafts/torque.md", piece(audience="[colleages]", kind="artcle"))
    row = rows(anna)["torque"]

    assert row.says.startswith("2 things to mend")
    assert "expertpost check torque" == row.next


@pytest.mark.parametrize(
    "content", [b"", b"\0binary", b"\xff\xfe", b"---\ntitle: x\n", b"no front matter", b"\xef\xbb\xbf---\n"]
)
def test_unreadable_files_are_drafts_to_mend(anna: Colleague, content: bytes) -> None:
    """A file that is no piece at all is shown with what is wrong."""
    (anna.clone / "drafts/bad.md").write_bytes(content)
    row = rows(anna)["bad"]

    assert "draft" == row.stage
    assert row.says.startswith("1 thing to mend")


def test_links_are_never_followed(anna: Colleague, tmp_path: Path) -> None:
    """A symbolic link is told as one; nothing behind it is read."""
    (tmp_path / "secret.md").write_text(piece(SEALS, "Secret"))
    (anna.clone / "drafts/link.md").symlink_to(tmp_path / "secret.md")

    assert "Secret" not in {row.title for row in rows(anna).values()}
    assert "symbolic link" in rows(anna)["link"].says


def test_planned_and_published(acme: Organisation, anna: Colleague, bob: Colleague, receiver: Trap) -> None:
    """A piece with a time ahead is planned until it comes, goes out with the next run, and is published after it."""
    settings = anna.clone / "expertpost.toml"
    settings.write_text(settings.read_text() + "\n" + hook(receiver, "partner"))
    anna.run("add", "expertpost.toml")
    anna.run("commit", "--quiet", "--message", "A channel")
    anna.run("push", "--quiet", "origin", "HEAD:main")
    anna.write("drafts/torque.md", piece(audience="[suppliers]", publish_at='"2026-11-24T09:00+00:00"'))
    submit(anna.world, ["torque"])
    agree(bob)
    merge(bob.world, "torque")
    planned = rows(anna)["torque"]
    assert ("planned", "2026-11-24T09:00:00+00:00", "partner") == (planned.stage, planned.at, planned.says)

    env = {**bob.env, "HOOK_SECRET": SECRET}
    bob.clock.at += timedelta(days=1, hours=1)
    anna.clock.at += timedelta(days=1, hours=1)
    assert "publishing" == stage(anna)
    publish(replace(bob.world, env=env))
    assert ("published", "partner") == (stage(anna), rows(anna)["torque"].says)
    withdraw(bob.world, "torque")
    assert "merged" == stage(anna)
    assert "what went out stays there (partner): expertpost retract takes it back" in rows(anna)["torque"].says


def test_too_late_waits_for_a_person(acme: Organisation, anna: Colleague, bob: Colleague, receiver: Trap) -> None:
    """What should have gone long ago is held back, and told."""
    settings = anna.clone / "expertpost.toml"
    settings.write_text(settings.read_text() + "\n" + hook(receiver, "partner"))
    anna.write("drafts/torque.md", piece(audience="[suppliers]"))
    anna.run("add", "expertpost.toml")
    anna.run("commit", "--quiet", "--message", "A channel")
    anna.run("push", "--quiet", "origin", "HEAD:main")
    submit(anna.world, ["torque"])
    agree(bob)
    merge(bob.world, "torque")
    anna.clock.at += timedelta(days=9)

    assert "held" == stage(anna)
    assert "max_lateness" in rows(anna)["torque"].says


def test_due_to_be_looked_at_again(anna: Colleague, bob: Colleague) -> None:
    """A published piece whose day of review has come is stale from that day on, by itself."""
    anna.write("drafts/torque.md", piece(review_by='"2026-12-01"'))
    submit(anna.world, ["torque"])
    agree(bob)
    merge(bob.world, "torque")
    assert "published" == stage(anna)
    anna.clock.at += timedelta(days=9)

    assert "stale" == stage(anna)
