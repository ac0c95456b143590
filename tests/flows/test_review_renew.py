"""Renewing: posts that changed by a setting, the text being the approved one, are shown and approved in one go."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.test_review import call, value
from tests.flows.organisation import SEALS, SETTINGS, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import CHANNELS, reasons, refused, seen

from expertpost.errors import Exit
from expertpost.flows.publish import publish
from expertpost.flows.report import Result
from expertpost.flows.review_merge import merge
from expertpost.flows.review_renew import renew
from expertpost.flows.review_say import withdraw
from expertpost.flows.submit import submit
from expertpost.model.policy import Why


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Two pieces that Bob approved and merged; then Anna's name in people/ changed, and with it what goes out."""
    made = organisation(tmp_path, "anna", "bob", "cara", settings=SETTINGS + CHANNELS)
    anna, bob = made.people["anna"], made.people["bob"]
    anna.write("drafts/torque.md", piece(summary="How."))
    anna.write("drafts/seals.md", piece(SEALS, "Seals", summary="Which."))
    submit(anna.world)
    for ref in ("torque", "seals"):
        seen(bob, ref)
        merge(bob.world, ref)
    return made


def renamed(org: Organisation) -> Colleague:
    """Bob, after somebody changed how Anna is called."""
    anna, cara, bob = org.people["anna"], org.people["cara"], org.people["bob"]
    cara.run("pull", "--quiet")
    cara.write("people/anna.md", entry(anna).replace("name: Anna", "name: Anna Berg"))
    cara.push("Her whole name")
    return bob


def test_changed_posts_are_shown_and_approved_in_one_go(org: Organisation) -> None:
    """The dry run shows each post's difference and names the batch; who names it approves all of it, in one push."""
    assert () == renew(org.people["bob"].world, dry_run=True).pieces
    bob = renamed(org)
    assert {Why.CHANGED} == reasons(bob, "export")
    looked = renew(bob.world, dry_run=True)
    assert [("seals", ["export"]), ("torque", ["export"])] == [
        (each.slug, [change.channel for change in each.changes]) for each in looked.pieces
    ]
    assert all('-authors: ["Anna"]\n+authors: ["Anna Berg"]' in each.changes[0].diff for each in looked.pieces)
    assert Exit.NEEDS_PERSON == refused("XP-RENEW-UNSEEN", renew, bob.world).exit_code
    refused("XP-RENEW-MOVED", renew, bob.world, "0" * 12)
    refused("XP-APPROVE-NO", renew, bob.world, "", lambda _: False)
    assert {Why.CHANGED} == reasons(bob, "export")

    done = renew(bob.world, looked.digest[:12])
    assert (looked.digest, True, set()) == (done.digest, done.signed, reasons(bob, "export"))
    assert () == renew(bob.world, dry_run=True).pieces


def test_who_wrote_it_does_not_renew_it(org: Organisation) -> None:
    """The author sees what changed, and that somebody else has to approve it."""
    renamed(org)
    anna = org.people["anna"]
    found = renew(anna.world, dry_run=True)

    assert (("you wrote some of it",) * 2, ()) == (tuple(each.against for each in found.pieces), found.open)
    assert {Why.CHANGED} == reasons(anna, "export")


def test_what_is_out_is_not_renewed(org: Organisation) -> None:
    """A delivered post needs no new approval, whatever the channel would get now."""
    anna = org.people["anna"]
    anna.clock.at += timedelta(hours=1)
    (anna.clone / "out").mkdir()
    assert {Result.SENT} == {line.result for line in publish(anna.world).lines}
    bob = renamed(org)

    assert () == renew(bob.world, dry_run=True).pieces


def test_a_channel_that_nobody_approved_is_not_renewed(org: Organisation) -> None:
    """Renewing adds no channel to an approval, and gives nothing back that was withdrawn."""
    bob = renamed(org)
    withdraw(bob.world, "torque")
    bob.run("pull", "--quiet")
    settings = bob.clone / "expertpost.toml"
    settings.write_text(settings.read_text() + CHANNELS.replace("export", "second").split("[channels.world]")[0])
    bob.push("A second channel")
    found = renew(bob.world, dry_run=True)

    assert [("seals", ["export"])] == [(each.slug, [c.channel for c in each.changes]) for each in found.pieces]


def test_somebody_else_may_renew(org: Organisation) -> None:
    """An approval by another entitled person is as good as one by who approved before."""
    renamed(org)
    cara = org.people["cara"]
    renew(cara.world, "", lambda _: True)

    assert set() == reasons(cara, "export")


def test_renewing_in_words_and_for_programs(org: Organisation) -> None:
    """The batch as lines and as one document; without a look the exit code says that a person is needed."""
    bob = renamed(org)
    told = call(bob, "review", "renew", "--dry-run")[0]
    assert '+authors: ["Anna Berg"]' in told
    assert "XP-RENEW-UNSEEN" in call(bob, "review", "renew", "--no-input", code=3)[1]
    answer = value(bob, "review", "renew", "--dry-run")
    assert ("expertpost.review-renew/1", True) == (answer["schema"], answer["dry_run"])

    assert "Approved again: 2 pieces." in call(bob, "review", "renew", "--digest", str(answer["digest"]))[0]
    assert "Nothing to approve again.\n" == call(bob, "review", "renew")[0]
