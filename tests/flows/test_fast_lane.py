"""The fast lane: a slip of the pen in a fully approved text needs one approval, a real change needs them all."""

from pathlib import Path

import pytest
from tests.cli.test_review import call
from tests.flows.organisation import SETTINGS, Colleague, Organisation, organisation, piece
from tests.flows.reviewing import CHANNELS, on_main, reasons, refused, seen

from expertpost.flows.review import review_list
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import withdraw
from expertpost.flows.submit import submit
from expertpost.model.policy import Why

RULE = """
[[review.rules]]
audience = ["public"]
approvals = 2
fast_lane = 6
"""
BODY = "Turn it gentyl, always with the wrench that we described, and never by hand."


def sent(anna: Colleague, body: str, **more: str) -> None:
    """Another text of the piece, submitted."""
    anna.write("drafts/torque.md", piece(body=body, audience="[public]", summary="How to turn.", **more))
    submit(anna.world)


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """A public piece that Bob and Cara fully approved, merged."""
    made = organisation(tmp_path, "anna", "bob", "cara", "dan", settings=SETTINGS + CHANNELS + RULE)
    sent(made.people["anna"], BODY)
    seen(made.people["bob"])
    assert ("1 more approval",) == review_list(made.people["cara"].world)[0].needs
    seen(made.people["cara"])
    merge(made.people["bob"].world, "torque")
    return made


def test_a_slip_needs_one_approval(org: Organisation) -> None:
    """One approval is enough, it says what it corrects, and the corrected text may be published."""
    anna, dan = org.people["anna"], org.people["dan"]
    before = review_list(dan.world)
    sent(anna, BODY.replace("gentyl", "gently"))
    said = seen(dan)
    merge(dan.world, "torque")

    assert ((), 2, 64, ()) == (before, said.changed, len(said.since), said.needs)
    assert "gently" in (on_main(dan) or "")
    assert set() == reasons(dan, "world")


def test_a_real_change_needs_them_all(org: Organisation) -> None:
    """More characters than the rule allows, or a number, is no slip."""
    anna, dan = org.people["anna"], org.people["dan"]
    sent(anna, BODY.replace("never", "sometimes"))
    assert ("", ("1 more approval",)) == (seen(dan).since, review_list(dan.world)[0].needs)
    sent(anna, BODY + " 5")
    assert ("", ("1 more approval",)) == (seen(dan).since, review_list(dan.world)[0].needs)


def test_a_slip_of_a_text_whose_approvals_fell_is_held(org: Organisation) -> None:
    """When one of the full approvals is withdrawn, the slip that stood on them falls too."""
    anna, bob, dan = (org.people[name] for name in ("anna", "bob", "dan"))
    sent(anna, BODY.replace("gentyl", "gently"))
    seen(dan)
    merge(dan.world, "torque")
    withdraw(bob.world, "torque")

    assert {Why.NOT_APPROVED} == reasons(dan, "world")


def test_a_slip_is_not_approved_by_who_wrote_it(org: Organisation) -> None:
    """The fast lane asks for one approval by somebody else, as ever."""
    anna = org.people["anna"]
    sent(anna, BODY.replace("gentyl", "gently"))

    refused("XP-APPROVE-OWN", approve, anna.world, "torque")


def test_the_fast_lane_is_told(org: Organisation) -> None:
    """Whoever approves a slip reads how large it is and what it corrects; policy explain says that it was enough."""
    anna, dan = org.people["anna"], org.people["dan"]
    sent(anna, BODY.replace("gentyl", "gently"))
    call(dan, "review", "show", "torque")
    told = call(dan, "review", "approve", "torque")[0]

    assert "  2 characters differ from the fully approved text " in told
    assert "Nothing is missing." in told
    assert "approved by dan – in the fast lane" in call(anna, "policy", "explain", "torque")[0]
