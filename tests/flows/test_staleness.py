"""Review show says what exactly made an approval stale: which key, which lines, which file, which channel's post."""

from pathlib import Path

import pytest
from tests.cli.test_review import call, value
from tests.flows.organisation import SETTINGS, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import CHANNELS, seen

from expertpost.flows.review import review_show
from expertpost.flows.staleness import Stale
from expertpost.flows.submit import submit

RULES = """
[[review.rules]]
kind = ["case"]
approvals = 2
roles = ["editor"]
"""


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """A piece with a picture that Bob approved."""
    made = organisation(tmp_path, settings=SETTINGS + CHANNELS + RULES)
    anna = made.people["anna"]
    anna.write("drafts/torque/index.md", piece(summary="How to turn.", body="One.\n\nTwo.\n\nThree."))
    anna.write("drafts/torque/a.txt", "a")
    submit(anna.world)
    seen(made.people["bob"])
    return made


def found(person: Colleague) -> tuple[Stale, ...]:
    """The approvals that became stale."""
    return review_show(person.world, "torque").stale


def test_nothing_is_stale_that_did_not_change(org: Organisation) -> None:
    """An approval of what is there is not told of."""
    assert () == found(org.people["bob"])


def test_each_thing_that_changed_is_named(org: Organisation) -> None:
    """The key of the front matter, the lines of the text, the files beside it, and the channels' posts."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("drafts/torque/index.md", piece(summary="How to twist.", body="One.\n\nTwo!\n\nThree."))
    anna.write("drafts/torque/a.txt", "b")
    anna.write("drafts/torque/c.txt", "c")
    submit(anna.world)
    (one,) = found(bob)

    assert ("bob", ["front", "body", "asset", "asset", "post"]) == (one.by, [each.kind for each in one.differences])
    assert [
        "summary was “How to turn.”, is “How to twist.”",
        "the text: line 10",
        "a.txt has other bytes",
        "c.txt is new",
        "export would get another post",
    ] == [each.says for each in one.differences]
    assert "-Two.\n+Two!" in one.differences[1].diff
    assert "-Two.\n" in one.differences[4].diff


def test_a_post_that_the_settings_changed_is_named(org: Organisation) -> None:
    """The text is the approved one, and what one channel would get is not."""
    anna, bob = org.people["anna"], org.people["bob"]
    bob.run("pull", "--quiet")
    bob.write("people/anna.md", entry(anna).replace("name: Anna", "name: Anna Berg"))
    bob.push("Her whole name")
    (one,) = found(bob)

    assert [("post", "export")] == [(each.kind, each.name) for each in one.differences]
    assert "Anna Berg" in one.differences[0].diff


def test_a_withdrawn_approval_is_not_stale(org: Organisation) -> None:
    """What somebody took back themselves needs no explanation."""
    from expertpost.flows.review_say import withdraw

    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("drafts/torque/index.md", piece(summary="Another."))
    submit(anna.world)
    assert 1 == len(found(bob))
    withdraw(bob.world, "torque")

    assert () == found(bob)


def test_a_milder_rule_than_on_main_is_told(org: Organisation) -> None:
    """A kind that asked for two editors, changed into one that asks for less: the reviewer is told which and why."""
    anna, bob = org.people["anna"], org.people["bob"]
    assert () == review_show(bob.world, "torque").tiers
    anna.write("drafts/torque/index.md", piece(kind="case"))
    submit(anna.world)
    assert () == review_show(bob.world, "torque").tiers
    anna.write("drafts/torque/index.md", piece(kind="note"))
    submit(anna.world)
    (tier,) = review_show(bob.world, "torque").tiers

    told = call(bob, "review", "show", "torque")[0]
    assert "! the sites, export: kind changed, and with it who has to approve." in told
    assert "came under rule 1 (2 approvals by somebody who is editor), this one under no rule (1 approval)" in told
    assert "bob approved" in told
    answer = value(bob, "review", "show", "torque")
    assert (1, 1) == (len(list(answer["tiers"])), len(list(answer["stale"])))  # type: ignore[call-overload]
    assert (2, 1, ("kind",)) == (tier.before.approvals, tier.now.approvals, tier.changed)
    assert tier.earlier.startswith("submitted by anna on 2026-11-23")
