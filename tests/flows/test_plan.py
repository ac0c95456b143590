"""Plan says what publish would do and why the rest stays; outbox says what was done."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, mail, mailroom
from tests.flows.organisation import START

from expertpost.errors import Exit, Failure
from expertpost.flows.cases import Stand
from expertpost.flows.outbox import list_, show
from expertpost.flows.plan import Plan, plan
from expertpost.model.delivery import State
from expertpost.model.policy import Why
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Fault

DAY = timedelta(days=1)
TWO = '["bea@supplier.example", "cem@supplier.example"]'


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, postbox: MailTwin) -> Mailroom:
    """A webhook and a mail for suppliers."""
    return mailroom(tmp_path, hook(receiver), mail(postbox, recipients=TWO))


def whys(found: Plan) -> dict[tuple[str, str], list[Why]]:
    """(slug, channel) → why it stays; empty for what would go."""
    return {(one.slug, one.channel): [reason.why for reason in one.reasons] for one in found.planned}


def test_the_plan_says_what_would_go(room: Mailroom, receiver: Trap, postbox: MailTwin) -> None:
    """What is due is planned with its number of deliveries; nothing is sent, written or asked, and no secret needed."""
    room.merge(1)
    room.approve()
    before = room.anna.state()
    found = plan(room.anna.world)

    assert {("piece-1", "hook"): [], ("piece-1", "mail"): []} == whys(found)
    assert [("hook", 1), ("mail", 2)] == [(one.channel, one.count) for one in found.planned if one.ahead]
    assert (0, (), 0) == (len(receiver.requests), postbox.arrived(), room.pushes())
    assert before == room.anna.state()


def test_the_plan_says_why_the_rest_stays(room: Mailroom) -> None:
    """Every piece that is held back tells every reason."""
    room.approve(room.merge(1, publish_at=f"'{(START + DAY).isoformat()}'"))
    room.merge(2)
    room.merge(3, audience="[colleagues]")
    room.approve(room.merge(4), channels=["hook"])

    assert {
        ("piece-1", "hook"): [Why.NOT_YET],
        ("piece-1", "mail"): [Why.NOT_YET],
        ("piece-2", "hook"): [Why.NOT_SUBMITTED],
        ("piece-2", "mail"): [Why.NOT_SUBMITTED],
        ("piece-3", "hook"): [Why.AUDIENCE],
        ("piece-3", "mail"): [Why.AUDIENCE],
        ("piece-4", "hook"): [],
        ("piece-4", "mail"): [Why.NOT_OFFERED],
    } == whys(plan(room.anna.world))


def test_the_plan_looks_ahead(room: Mailroom) -> None:
    """Asked for another moment, the plan answers for it; a moment without a zone is the workspace's."""
    room.merge(1, publish_at=f"'{(START + DAY).isoformat()}'")
    room.approve()

    assert [Stand.KEPT] * 2 == [one.stand for one in plan(room.anna.world, at="2026-11-24T08:59").planned]
    assert [Stand.DUE] * 2 == [one.stand for one in plan(room.anna.world, at="2026-11-24T09:00").planned]
    with pytest.raises(Failure) as wrong:
        plan(room.anna.world, at="tomorrow")
    assert Exit.USAGE is wrong.value.exit_code


def test_the_plan_shows_the_brake(room: Mailroom) -> None:
    """A backlog that publish would hold is held in the plan too."""
    for number in range(1, 7):
        room.merge(number)
    room.approve()

    assert {(Why.BURST,)} == {tuple(found) for found in whys(plan(room.anna.world)).values()}


def test_the_plan_can_do_without_the_network(room: Mailroom) -> None:
    """Without fetching, the plan speaks of what was fetched last."""
    room.merge(1)
    room.fetched()
    room.runner.run("fetch", "--quiet")
    room.merge(2)

    assert {"piece-1", "piece-2"} == {one.slug for one in plan(room.anna.world).planned}
    room.org.remote.rename(room.org.remote.with_suffix(".gone"))
    assert {"piece-1", "piece-2"} == {one.slug for one in plan(room.anna.world, fetch=False).planned}
    with pytest.raises(Failure) as gone:
        plan(room.anna.world)
    assert "XP-REMOTE" == gone.value.code


def test_what_went_out_is_no_longer_planned(room: Mailroom) -> None:
    """What was delivered is in the outbox, and no plan speaks of it."""
    room.merge(1)
    room.approve()
    room.publish()

    assert {} == whys(plan(room.anna.world))
    groups = list_(room.anna.world).groups
    assert [("hook", State.DELIVERED, 1), ("mail", State.DELIVERED, 2)] == sorted(
        (one.channel, one.state, one.count) for one in groups
    )
    assert {"piece-1"} == {one.slug for one in groups}


def test_the_outbox_puts_open_matters_first(room: Mailroom, receiver: Trap) -> None:
    """What is in doubt stands before what was delivered, with what was said of it."""
    receiver.fail(Fault.ANSWER_LOST)
    room.merge(1)
    room.approve()
    room.publish()
    first = list_(room.anna.world).groups[0]

    assert ("hook", State.UNKNOWN, True) == (first.channel, first.state, "lost" in first.reason)


@pytest.mark.parametrize(
    "ref", ["piece-1", "drafts/piece-1.md", "01JD0000000000000000PCE001", "01jd0000000000000000pce0"]
)
def test_the_outbox_shows_one_piece(room: Mailroom, ref: str) -> None:
    """A piece is named by slug, path or the beginning of its id; each of its deliveries is shown."""
    room.merge(1)
    room.approve()
    room.publish()

    assert ["hook", "mail", "mail"] == sorted(one.delivery.key.channel for one in show(room.anna.world, ref))


def test_the_outbox_shows_one_delivery(room: Mailroom) -> None:
    """The beginning of a key names one delivery; what nobody knows is an error with a cure."""
    room.merge(1)
    room.approve()
    room.publish()
    key = next(iter(room.rows().values())).key.id

    assert [key] == [one.delivery.key.id for one in show(room.anna.world, key[:12])]
    with pytest.raises(Failure) as unknown:
        show(room.anna.world, "nothing")
    assert ("XP-REF-NONE", Exit.USAGE) == (unknown.value.code, unknown.value.exit_code)
