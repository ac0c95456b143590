"""Update, republish and retract: people ask, the runner carries it out, and what it cannot do a person is told."""

from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, mail, mailroom
from tests.flows.organisation import START, entry

from expertpost.errors import Exit, Failure
from expertpost.flows.plan import plan
from expertpost.flows.report import Published, Result
from expertpost.flows.republish import republish
from expertpost.flows.retract import retract
from expertpost.flows.update import update
from expertpost.model.delivery import Delivery, State
from expertpost.model.policy import Why
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Fault

FOLDER = '[channels.blog]\npublisher = "folder"\nreaders = ["suppliers"]\npath = "{path}"\n'


@pytest.fixture
def room(tmp_path: Path, receiver: Trap) -> Mailroom:
    """A webhook, whose posts stay as they are, and a folder, whose pages can be changed and removed."""
    (tmp_path / "blog").mkdir()
    made = mailroom(tmp_path, hook(receiver), FOLDER.format(path=tmp_path / "blog"))
    made.merge(1)
    made.approve()
    made.publish()
    return made


def page(room: Mailroom) -> str:
    """The page in the folder, "" where there is none."""
    file = room.org.folder / "blog" / "piece-1" / "index.md"
    return file.read_text() if file.exists() else ""


def results(done: Published) -> dict[str, Result]:
    """What became of the one piece, by channel."""
    return {line.channel: line.result for line in done.lines}


def corrected(room: Mailroom, *, approved: bool = True) -> None:
    """Another text of the piece on main."""
    room.merge(1, "Turn it firmly.")
    if approved:
        room.approve()


# -- what is true of an earlier copy ----------------------------------------------------------------------------------


def test_a_new_text_that_nobody_approved_is_said_to_be_that(room: Mailroom) -> None:
    """Where the copy that went out reads otherwise, and the new text is not approved, both are said."""
    corrected(room, approved=False)
    says = {one.channel: one.reasons[0].says for one in plan(room.anna.world).planned}

    said = "an earlier text is there, and stays; the text on main is not approved: "
    assert {"hook": said, "blog": said} == {name: text[: len(said)] for name, text in says.items()}
    assert all("expertpost submit" in text for text in says.values())
    assert {"hook": Result.CORRECTED, "blog": Result.CORRECTED} == results(room.publish())


def test_a_new_text_that_is_approved_says_what_can_be_done(room: Mailroom) -> None:
    """The page can follow, the webhook's post cannot: each says by which command."""
    corrected(room)
    planned = {one.channel: one.reasons[0] for one in plan(room.anna.world).planned}

    assert {Why.CORRECTED} == {reason.why for reason in planned.values()}
    assert planned["blog"].says.endswith("expertpost update piece-1 --channel blog")
    assert planned["hook"].says.endswith("expertpost republish piece-1 --channel hook")


# -- update -----------------------------------------------------------------------------------------------------------


def test_an_update_follows_what_is_approved(room: Mailroom, receiver: Trap) -> None:
    """The page gets the approved text in the same place, once; the webhook hears nothing."""
    corrected(room)
    asked = update(room.anna.world, "piece-1")
    looked = plan(room.anna.world)

    assert (["hook"], ["blog"]) == ([one.channel for one in looked.planned], [one.channel for one in looked.asked])
    first, second = room.publish(), room.publish()

    assert (("blog",), ["hook"]) == (asked.asked.channels, [name for name, _ in asked.others])
    assert {"blog": Result.UPDATED, "hook": Result.CORRECTED} == results(first)
    assert {"hook": Result.CORRECTED} == results(second)
    assert "Turn it firmly." in page(room)
    assert 1 == len(receiver.ids())


def test_an_update_never_brings_a_text_that_is_not_approved(room: Mailroom) -> None:
    """Neither is it asked for, nor does an earlier request cover a later text."""
    corrected(room, approved=False)
    with pytest.raises(Failure) as refused:
        update(room.anna.world, "piece-1")
    room.approve()
    update(room.anna.world, "piece-1")
    room.merge(1, "Break it.")
    room.publish()

    assert ("XP-UPDATE-NONE", Exit.NEEDS_PERSON) == (refused.value.code, refused.value.exit_code)
    assert "Turn it gently." in page(room)


def test_where_every_copy_has_the_text_there_is_nothing_to_update(room: Mailroom) -> None:
    """That is no failure, and nothing is recorded."""
    before = room.fetched().tips()
    done = update(room.anna.world, "piece-1")

    assert ("", (), before) == (done.asked.event, done.others, room.fetched().tips())
    assert "nothing to update" in done.asked.notes[0]


def test_a_dry_run_of_publish_changes_nothing(room: Mailroom) -> None:
    """What would be changed and removed is told."""
    corrected(room)
    update(room.anna.world, "piece-1")
    assert Result.WOULD_UPDATE is results(room.publish(dry_run=True))["blog"]
    retract(room.anna.world, "piece-1", ["blog"], "Wrong")

    assert Result.WOULD_REMOVE is results(room.publish(dry_run=True))["blog"]
    assert "blog" not in results(room.publish("hook"))
    assert "Turn it gently." in page(room)


# -- republish --------------------------------------------------------------------------------------------------------


def test_a_new_edition_is_one_more_post(room: Mailroom, receiver: Trap) -> None:
    """Asked for once, the channel gets one more post under a key of its own, however often publish runs."""
    republish(room.anna.world, "piece-1", ["hook"])
    for _ in range(3):
        room.publish()

    assert (2, 2) == (len(receiver.ids()), len(set(receiver.ids())))


def test_two_people_who_ask_at_once_make_one_edition(room: Mailroom, receiver: Trap) -> None:
    """A request names its edition, so two that did not know of each other lead to one post."""
    tip = room.fetched().tips()["expertpost-reviews"]
    republish(room.anna.world, "piece-1", ["hook"])
    mine = room.fetched().tips()["expertpost-reviews"]
    room.anna.run("push", "--quiet", "--force", "origin", f"{tip}:refs/heads/expertpost-reviews")
    republish(room.org.people["bob"].world, "piece-1", ["hook"])
    room.anna.run("fetch", "--quiet", "origin")
    room.anna.run("switch", "--quiet", "--detach", "origin/expertpost-reviews")
    room.anna.run("merge", "--quiet", "--no-edit", mine)
    room.anna.run("push", "--quiet", "origin", "HEAD:refs/heads/expertpost-reviews")
    room.anna.run("switch", "--quiet", "main")
    room.publish()
    room.publish()

    assert 2 == len(receiver.ids())


def test_no_new_edition_while_the_earlier_is_in_doubt(tmp_path: Path, postbox: MailTwin) -> None:
    """What may have arrived is settled first; then the new edition goes."""
    room = mailroom(tmp_path, mail(postbox))
    room.merge(1)
    room.approve()
    postbox.fail(Fault.ANSWER_LOST)
    room.publish()
    with pytest.raises(Failure) as refused:
        republish(room.anna.world, "piece-1", ["mail"])

    assert ("XP-REPUBLISH-DOUBT", Exit.NEEDS_PERSON) == (refused.value.code, refused.value.exit_code)


def test_what_never_went_out_is_not_published_again(room: Mailroom) -> None:
    """A second post needs a first one, and a channel that is named."""
    room.merge(2, "Another.")
    for channels, code in ((["hook"], "XP-REPUBLISH-NONE"), ([], "XP-REPUBLISH-CHANNEL"), (["hok"], "XP-CHANNEL")):
        with pytest.raises(Failure) as refused:
            republish(room.anna.world, "piece-2", channels)
        assert code == refused.value.code


def test_a_page_gets_no_second_one_beside_it(room: Mailroom) -> None:
    """A folder has one place for a piece; a new edition there would be refused, and stop every later update."""
    with pytest.raises(Failure) as refused:
        republish(room.anna.world, "piece-1", ["blog"])

    assert ("XP-REPUBLISH-PAGE", Exit.USAGE) == (refused.value.code, refused.value.exit_code)


# -- retract ----------------------------------------------------------------------------------------------------------


def test_retracting_removes_what_can_be_removed(room: Mailroom) -> None:
    """The page goes with the next run; of the webhook's post a person is told where it is, and what to say then."""
    found = retract(room.anna.world, "piece-1", reason="It is wrong")
    planned = {line.channel: line.result for line in plan(room.anna.world).asked}
    first, second = room.publish(), room.publish()
    key = room.rows()["1", "hook"].key.id

    assert {"blog": Result.WOULD_REMOVE, "hook": Result.BY_HAND} == planned
    assert {"blog": False, "hook": True} == {copy.channel: copy.by_hand for copy in found.copies}
    assert {"blog": Result.REMOVED, "hook": Result.BY_HAND} == results(first)
    assert ({"hook": Result.BY_HAND}, Exit.NEEDS_PERSON) == (results(second), second.exit)
    assert f"expertpost outbox resolve {key[:12]} --removed" in first.lines[-1].says[0] + first.lines[0].says[0]
    assert ("", State.RETRACTED) == (page(room), room.rows()["1", "blog"].state)
    corrected(room)
    assert ((), ["hook"]) == ((looked := plan(room.anna.world)).planned, [one.channel for one in looked.asked])


def test_what_is_taken_back_goes_nowhere_else(tmp_path: Path, receiver: Trap) -> None:
    """A piece that was retracted before it went out stays; a release lets it go."""
    room = mailroom(tmp_path, hook(receiver))
    room.merge(1)
    room.approve()
    retract(room.anna.world, "piece-1", reason="Not yet")
    room.publish()

    assert ([], [[Why.RETRACTED]]) == (
        receiver.ids(),
        [[reason.why for reason in one.reasons] for one in plan(room.anna.world).planned],
    )


def test_a_piece_comes_back_as_a_new_edition(room: Mailroom) -> None:
    """Whoever has seen the retraction may publish it again; the copy that was taken back stays away until then."""
    retract(room.anna.world, "piece-1", ["blog"], "It was wrong")
    room.publish()
    republish(room.anna.world, "piece-1", ["blog"])
    room.publish()

    blog = {
        row.key.edition: row.state
        for row in room.ledger().settled()
        if isinstance(row, Delivery) and row.key.channel == "blog"
    }

    assert "Turn it gently." in page(room)
    assert {1: State.RETRACTED, 2: State.DELIVERED} == blog


def test_a_piece_that_is_gone_is_taken_back_by_the_address_of_a_copy(room: Mailroom) -> None:
    """Also of a piece that main no longer has, every copy is removed; an editor names it by its id."""
    room.anna.run("rm", "--quiet", "drafts/piece-1.md")
    room.anna.push("Gone")
    retract(room.anna.world, "01JD0000000000000000PCE001", reason="It is wrong")
    done = room.publish()

    assert Result.REMOVED is results(done)["blog"]
    assert "" == page(room)


def test_only_authors_and_who_decides_take_back(room: Mailroom) -> None:
    """Where somebody is an editor, others may hold a piece that is not theirs, and not have copies removed."""
    bob = room.org.people["bob"]
    room.anna.write("people/anna.md", entry(room.anna, roles="[editor]"))
    room.anna.push("Anna is an editor")
    with pytest.raises(Failure) as refused:
        retract(bob.world, "piece-1", reason="I do not like it")
    retract(room.anna.world, "piece-1", reason="It is wrong")

    assert ("XP-ASK-WHO", Exit.NEEDS_PERSON) == (refused.value.code, refused.value.exit_code)
    assert START < room.clock.at
