"""Getting past the rules with the right to push: a milder rule, many small edits, one's own approval, one more byte."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.attacks.forging import approval, no_merge, signature, write
from tests.flows.organisation import SEALS, SETTINGS, TORQUE, Colleague, Organisation, organisation, piece
from tests.flows.reviewing import CHANNELS, on_main, reasons, refused, seen
from tests.flows.test_fast_lane import BODY, RULE, sent

from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.submit import submit
from expertpost.model.canonical import canonical_json
from expertpost.model.event import Event, EventKind
from expertpost.model.policy import Why
from expertpost.store.events import Written, append, read
from expertpost.store.writing import write_commit

SAFETY = """
[[review.rules]]
topic = ["safety"]
approvals = 2

[[review.rules]]
audience = ["public"]
author = ["anna"]
kind = ["announcement"]
approvals = 2
"""


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """A workspace with the fast lane, and one with rules by topic, kind and author; nothing submitted yet."""
    return organisation(tmp_path, "anna", "bob", "cara", "dan", settings=SETTINGS + CHANNELS + RULE + SAFETY)


def told(person: Colleague) -> tuple[Event, ...]:
    """Every event there is."""
    person.hub.fetch()
    return read(person.hub, person.listed, person.seen)


def test_stale_by_one_byte(org: Organisation) -> None:
    """One more byte in the merged text, and every approval of it is for another text: publish holds it."""
    anna, bob, cara = (org.people[name] for name in ("anna", "bob", "cara"))
    sent(anna, BODY)
    seen(bob)
    seen(cara)
    merge(bob.world, "torque")
    assert set() == reasons(bob, "world")
    cara.run("pull", "--quiet")
    text = (cara.clone / "drafts/torque.md").read_bytes()
    (cara.clone / "drafts/torque.md").write_bytes(text + b".")
    cara.push("One byte")

    assert {Why.NOT_SUBMITTED} == reasons(bob, "world")


def test_a_dropped_topic_does_not_lower_the_tier_unseen(org: Organisation) -> None:
    """Approvals under the strict rule say nothing of the text without the topic, and the drop is told."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("drafts/torque.md", piece(topics="[Safety]"))
    submit(anna.world)
    seen(bob)
    assert ("1 more approval",) == review_list(bob.world)[0].needs
    anna.write("drafts/torque.md", piece(topics="[torque]"))
    submit(anna.world)

    assert ("1 more approval",) == review_list(bob.world)[0].needs
    no_merge(anna)
    (tier,) = review_show(bob.world, "torque").tiers
    assert (("the sites", "export"), 2, 1, ("topics",)) == (
        tier.places, tier.before.approvals, tier.now.approvals, tier.changed,
    )  # fmt: skip


@pytest.mark.parametrize("spelling", ["[SAFETY]", "[' safety ']", "[x, Safety]"])
def test_another_spelling_does_not_lower_the_tier(org: Organisation, spelling: str) -> None:
    """A topic in other letters is the same topic."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("drafts/torque.md", piece(topics=spelling))
    submit(anna.world)
    seen(bob)

    assert ("1 more approval",) == review_list(bob.world)[0].needs


@pytest.mark.parametrize("spelling", ["[Anna]", "[anna@acme.example]"])
def test_an_author_under_another_name_does_not_lower_the_tier(org: Organisation, spelling: str) -> None:
    """A rule for an author finds her by name and mail address, too."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("drafts/torque.md", piece(kind="announcement", audience="[customers]", authors=spelling))
    text = (bob.clone / "expertpost.toml").read_text().replace('audience = ["public"]\nauthor', "author")
    bob.write("expertpost.toml", text)
    bob.push("A rule for anna")
    submit(anna.world)
    seen(bob)

    assert ("1 more approval",) == review_list(bob.world)[0].needs


def test_salami_slices_do_not_add_up(org: Organisation) -> None:
    """Many small edits, each approved by one: they are counted together from the last text that all approved."""
    anna, dan = org.people["anna"], org.people["dan"]
    sent(anna, BODY)
    seen(org.people["bob"])
    seen(org.people["cara"])
    merge(dan.world, "torque")
    slices = [("gentyl", "gently"), ("always", "mostly"), ("described", "describe"), ("never", "even")]
    body, counts = BODY, []
    for old, new in slices:
        body = body.replace(old, new)
        sent(anna, body)
        counts.append((seen(dan).changed, len(review_list(dan.world)[0].needs)))
        if not counts[-1][1]:
            merge(dan.world, "torque")

    assert [(2, 0), (0, 1), (0, 1), (0, 1)] == counts
    assert "gently, always" in (on_main(dan) or "")


def test_a_slip_that_lies_about_its_size_is_held(org: Organisation) -> None:
    """An approval in the fast lane that names another text, or too few characters, is only one of two."""
    anna, bob, cara, dan = (org.people[name] for name in ("anna", "bob", "cara", "dan"))
    sent(anna, BODY)
    seen(bob)
    seen(cara)
    approved = review_list(bob.world)[0].digest
    merge(bob.world, "torque")
    sent(anna, BODY.replace("gentyl", "gently"))
    digest = review_list(dan.world)[0].digest
    lies: list[dict[str, object]] = [
        {"since": approved, "changed": 1},
        {"since": approved, "changed": -5},
        {"since": "1" * 64, "changed": 2},
        {"since": digest, "changed": 2},
        {"since": "../../../etc/passwd", "changed": 2},
    ]
    for number, lie in enumerate(lies):
        event = approval(digest, "dan", text=str(number), **lie)
        write(dan, event, signature(dan, event))
        assert ("1 more approval",) == review_list(bob.world)[0].needs
    honest = approval(digest, "dan", since=approved, changed=2, prev=())
    write(dan, honest, signature(dan, honest))
    assert {True, False} == {event.before is not None for event in told(bob) if event.since}
    no_merge(anna, "nothing-of-this-name")


def test_a_kept_text_that_was_forged_is_not_there(org: Organisation) -> None:
    """A file beside the events under a digest that is not its own proves nothing, and blocks no approval."""
    anna, bob, cara, dan = (org.people[name] for name in ("anna", "bob", "cara", "dan"))
    sent(anna, BODY)
    seen(bob)
    seen(cara)
    merge(bob.world, "torque")
    large = piece(body=BODY.replace("never", "always"), audience="[public]", summary="How to turn.")
    anna.write("drafts/torque.md", large)
    submit(anna.world)
    digest = review_list(dan.world)[0].digest
    content = json.dumps({"v": 1, "front": {}, "body": "x", "assets": {}}).encode()
    dan.hub.fetch()
    tip = dan.hub.tip("expertpost-reviews")
    path = f"{TORQUE}/kept/{'2' * 64}.json"
    forged = write_commit(dan.git, {path: content}, "m", dan.git.identity(), dan.clock(), base=tip)
    dan.run("push", "--quiet", "origin", f"{forged}:refs/heads/expertpost-reviews")
    event = approval(digest, "dan", since="2" * 64, changed=2)
    write(dan, event, signature(dan, event))

    assert ("1 more approval",) == review_list(bob.world)[0].needs
    assert [None] == [each.before for each in told(bob) if each.since]
    assert canonical_json({}) == b"{}"


def test_nobody_approves_their_own_words_after_a_squash(org: Organisation) -> None:
    """The squash on the host names one author; the submission still names both, and neither of them counts."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("drafts/torque.md", piece(authors="[anna]"))
    submit(anna.world)
    bob.run("fetch", "--quiet", "origin")
    bob.run("switch", "--quiet", "--force", "--create", "mine", "origin/review/torque")
    bob.write("drafts/torque.md", piece(authors="[anna]", body="Turn it gently, says Bob."))
    submit(bob.world)
    digest = next(each.digest for each in review_list(bob.world))
    anna.run("fetch", "--quiet", "origin")
    (anna.clone / "drafts/torque.md").unlink()
    anna.run("merge", "--quiet", "--squash", "origin/review/torque")
    anna.push("Squashed by anna")
    for who in (anna, bob):
        refused("XP-APPROVE-OWN", approve, who.world, "torque", digest=digest)
        own = approval(digest, who.handle, text="own", posts={"export": "x"})
        write(who, own, signature(who, own))

    assert {Why.NOT_APPROVED} == reasons(org.people["cara"], "export")


def test_a_co_author_that_a_commit_names_does_not_approve(org: Organisation) -> None:
    """Somebody whom a commit of the review names as co-author has a hand in the text."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    anna.run("fetch", "--quiet", "origin")
    anna.run("switch", "--quiet", "--force", "--create", "mine", "origin/review/torque")
    anna.write("drafts/torque.md", piece(body="Together."))
    anna.push("Ours\n\nCo-authored-by: Bob <bob@acme.example>", "review/torque")
    submit(anna.world)
    review_show(bob.world, "torque")

    refused("XP-APPROVE-OWN", approve, bob.world, "torque")


def test_a_policy_loosened_on_the_branch_under_review_loosens_nothing(org: Organisation) -> None:
    """The rules on the branch judge nothing: main's do, until somebody who may has approved the new ones."""
    anna, bob = org.people["anna"], org.people["bob"]
    sent(anna, BODY)
    anna.run("fetch", "--quiet", "origin")
    anna.run("switch", "--quiet", "--force", "--create", "mine", "origin/review/torque")
    anna.write("expertpost.toml", SETTINGS + CHANNELS)
    anna.push("Looser", "review/torque")
    seen(bob)

    assert "1 more approval" in next(each for each in review_list(bob.world) if each.slug == "torque").needs
    no_merge(anna)
    no_merge(bob)


def test_a_recipient_list_changed_on_the_branch_is_not_merged(org: Organisation) -> None:
    """An approved piece brings no other list of recipients with it, be it named on main or on the branch only."""
    anna, bob = org.people["anna"], org.people["bob"]
    mail = '[channels.mail]\npublisher = "email"\nreaders = ["colleagues"]\nhost = "h"\nsender = "a@b.example"\n'
    settings = SETTINGS + mail + 'recipients = { file = "lists/all.txt" }\n'
    for id_, branch, at_home in ((TORQUE, "one", settings), (SEALS, "two", SETTINGS)):
        bob.run("pull", "--quiet")
        bob.write("expertpost.toml", f"{at_home}# {branch}\n")
        bob.push(f"Settings for {branch}")
        anna.run("fetch", "--quiet", "origin")
        anna.run("switch", "--quiet", "--force", "--create", branch, "origin/main")
        anna.write(f"drafts/{branch}.md", piece(id_, branch))
        anna.write("expertpost.toml", f"{settings}# {branch}\n")
        anna.write("lists/all.txt", "mallory@elsewhere.example\n")
        anna.push("Sneak", f"review/{branch}")
        submit(anna.world)
        seen(bob, branch)
        found = next(each for each in review_list(bob.world) if each.slug == branch)

        assert ((), True, True) == (found.needs, "recipients" in found.guards, "lists/all.txt" in found.also)
        no_merge(anna, branch)
        assert on_main(bob, "lists/all.txt") is None


def test_a_stranger_cannot_make_the_approved_text(org: Organisation) -> None:
    """Events about a slip by somebody who is not listed count for nothing."""
    anna, dan = org.people["anna"], org.people["dan"]
    sent(anna, BODY)
    digest = review_list(dan.world)[0].digest
    event = replace(approval(digest, "eve@example.org"), kind=EventKind.APPROVE)
    append(dan.hub, [Written(event)], dan.git.identity(), event.at)

    assert ("2 more approvals",) == review_list(dan.world)[0].needs
