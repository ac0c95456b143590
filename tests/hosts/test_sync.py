"""What was said on the host's pages comes in as events, each of the text that it was said of, and once."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from tests.flows.organisation import TORQUE, WORKSPACE_ID
from tests.flows.reviewing import CHANNELS, refused
from tests.hosts.people import Hosted, hosted
from tests.hosts.twin import GiteaTwin, Page, Twin

from expertpost.flows.request import announce
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_say import comment, return_
from expertpost.flows.status import status
from expertpost.flows.sync import Synced, sync
from expertpost.model.event import Event, EventKind
from expertpost.store.events import read


@pytest.fixture
def twin(httpserver: HTTPServer) -> Twin:
    """A Gitea of this machine."""
    return GiteaTwin(httpserver)


@pytest.fixture
def acme(tmp_path: Path, twin: Twin) -> Hosted:
    """Nobody lists a key: no signature is asked for."""
    return hosted(tmp_path, twin, CHANNELS)


def opened(acme: Hosted, twin: Twin, body: str = "Turn it gently.") -> Page:
    """Anna's piece is in review, and the host has a page of it. Its clock is that of the house."""
    announce(acme.world("anna"), acme.submitted(body))
    for person in acme.org.people.values():
        person.clock.at += timedelta(days=1)
    return twin.pages[0]


def approved(acme: Hosted, twin: Twin, account: str = "bob-hub", **more: str) -> None:
    """An approval on the page, of the text as it is now."""
    twin.say(twin.pages[0], "APPROVED", account, commit=acme.tip(), **more)  # type: ignore[arg-type] # text, commit


def events(acme: Hosted) -> tuple[Event, ...]:
    """Everything that the shared branch has."""
    bob = acme["bob"]
    people = bob.listed
    return read(bob.hub, people, bob.seen, WORKSPACE_ID)


def needs(acme: Hosted) -> tuple[str, ...]:
    """What the piece lacks."""
    return review_list(acme["bob"].world)[0].needs


def told(found: Synced) -> list[tuple[str, str]]:
    """What came in, and by whom."""
    return [(each.kind.value, each.by) for each in found.brought]


def test_an_approval_there_counts_here_where_nobody_signs(acme: Hosted, twin: Twin) -> None:
    """It is Bob's, of the text at that commit, for the channels and posts that it would have gone to."""
    opened(acme, twin)
    approved(acme, twin, text="Fine.")
    found = sync(acme.world("anna"))

    (event,) = [each for each in events(acme) if each.kind is EventKind.APPROVE]
    assert [("approve", "bob")] == told(found)
    assert ("bob", "anna", "Fine.") == (event.by, event.carrier, event.text)
    assert f"{twin.place.host}/acme/seals#1 review 100" == event.origin
    assert ["export"] == list(event.posts)
    assert ("anna",) == event.contributors
    assert () == needs(acme)
    assert [] == twin.wrong


def test_a_second_sync_brings_nothing(acme: Hosted, twin: Twin) -> None:
    """Whoever runs it, and however often."""
    page = opened(acme, twin)
    approved(acme, twin)
    twin.say(page, "comment", "carol-hub", "Which wrench?")
    first = sync(acme.world("anna"))

    assert [("approve", "bob"), ("comment", "carol")] == told(first)
    assert ((), ()) == (sync(acme.world("anna")).brought, sync(acme.world("bob")).brought)
    assert 3 == len(events(acme))
    assert 2 == len(page.said)


def test_a_dry_run_writes_nothing(acme: Hosted, twin: Twin) -> None:
    """It tells what would come in."""
    opened(acme, twin)
    approved(acme, twin)

    assert [("approve", "bob")] == told(sync(acme.world("anna"), dry_run=True))
    assert ("1 more approval",) == needs(acme)


def test_an_approval_of_an_old_commit_never_approves_the_new_text(acme: Hosted, twin: Twin) -> None:
    """Bob pressed the button on a page that showed the old text; status says why it does not count."""
    opened(acme, twin)
    old = acme.tip()
    acme.submitted("Turn it hard.")
    twin.say(twin.pages[0], "APPROVED", "bob-hub", commit=old)
    sync(acme.world("anna"))

    why = "bob’s approval on the host does not count: it was for an older text"
    assert ("1 more approval", why) == needs(acme)
    assert why in next(row.says for group in status(acme["anna"].world).groups for row in group.rows)


def test_an_approval_of_a_commit_that_is_gone_stays_out(acme: Hosted, twin: Twin) -> None:
    """Nobody can tell of which text it was."""
    opened(acme, twin)
    twin.say(twin.pages[0], "APPROVED", "bob-hub", commit="1" * 40)
    twin.say(twin.pages[0], "APPROVED", "bob-hub", commit="--output=x")
    found = sync(acme.world("anna"))

    assert [] == told(found)
    assert ["the commit that it was made on is not there any more, or its text has errors"] * 2 == [
        each.why for each in found.left_out
    ]


def test_an_author_does_not_approve_there_either(acme: Hosted, twin: Twin) -> None:
    """It comes in and does not count, and the list says so."""
    opened(acme, twin)
    approved(acme, twin, "anna-hub")
    sync(acme.world("bob"))

    assert ("1 more approval", "anna’s approval on the host does not count: anna wrote some of it") == needs(acme)


def test_an_account_that_nobody_lists_says_nothing(acme: Hosted, twin: Twin) -> None:
    """On a public host everybody has an account."""
    opened(acme, twin)
    approved(acme, twin, "mallory")
    found = sync(acme.world("anna"))

    assert ([], ["mallory"]) == (told(found), [each.account for each in found.left_out])
    assert ("1 more approval",) == needs(acme)


def test_a_return_there_is_a_return_here(acme: Hosted, twin: Twin) -> None:
    """Changes requested, with the words."""
    opened(acme, twin)
    twin.say(twin.pages[0], "REQUEST_CHANGES", "carol-hub", "The value is missing.", commit=acme.tip())
    sync(acme.world("anna"))

    assert "returned by carol: The value is missing." == needs(acme)[0]


def test_an_approval_there_does_not_answer_a_return_that_the_page_did_not_show(acme: Hosted, twin: Twin) -> None:
    """Carol returned it in a terminal without a token; Bob pressed Approve on a page that did not say so."""
    opened(acme, twin)
    return_(acme["carol"].world, "torque", "Not yet.")
    approved(acme, twin)
    sync(acme.world("anna"))

    assert "returned by carol: Not yet." == needs(acme)[0]


def test_an_approval_there_answers_a_return_that_the_page_showed(acme: Hosted, twin: Twin) -> None:
    """Carol's return was mirrored first, and Bob approved below it."""
    opened(acme, twin)
    return_(acme.world("carol"), "torque", "Not yet.")
    approved(acme, twin)
    sync(acme.world("anna"))

    assert () == needs(acme)


def test_a_mark_by_a_stranger_shows_nothing(acme: Hosted, twin: Twin) -> None:
    """A stranger writes a comment that pretends to mirror Carol's return: it still counts as not shown."""
    page = opened(acme, twin)
    return_(acme["carol"].world, "torque", "Not yet.")
    (back,) = [each for each in events(acme) if each.kind is EventKind.RETURN]
    twin.say(page, "comment", "mallory", f"<!-- expertpost event {back.id} -->")
    approved(acme, twin)
    sync(acme.world("anna"))

    assert "returned by carol: Not yet." == needs(acme)[0]


def test_an_approval_that_the_host_dismissed_is_withdrawn(acme: Hosted, twin: Twin) -> None:
    """What a host takes back does not count here any more; one that never came in is no news."""
    page = opened(acme, twin)
    approved(acme, twin)
    sync(acme.world("anna"))
    page.said[0].dismissed = True
    approved(acme, twin, "carol-hub")
    page.said[1].dismissed = True

    assert [("withdraw", "bob")] == told(sync(acme.world("anna")))
    assert [] == told(sync(acme.world("anna")))
    assert "1 more approval" == needs(acme)[0]


def test_an_approval_that_is_gone_there_is_withdrawn(acme: Hosted, twin: Twin) -> None:
    """Some hosts just forget it."""
    page = opened(acme, twin)
    approved(acme, twin)
    sync(acme.world("anna"))
    page.said.clear()

    assert [("withdraw", "bob")] == told(sync(acme.world("anna")))
    assert [] == told(sync(acme.world("anna")))
    assert "1 more approval" == needs(acme)[0]


def test_a_comment_on_a_line_keeps_its_place(acme: Hosted, twin: Twin) -> None:
    """Line and words of that commit; what was changed there is one remark still, and its first words are kept."""
    page = opened(acme, twin)
    twin.say(page, "COMMENT", "bob-hub", "Which?", commit=acme.tip(), path="drafts/torque.md", line=7)
    sync(acme.world("anna"))
    page.said[0].text = "Which wrench?"
    sync(acme.world("anna"))

    on_line = [each for each in events(acme) if each.line]
    assert {("Which?", 7), ("Which wrench?", 7)} == {(each.text, each.line) for each in on_line}
    assert {"Turn it gently."} == {each.quote for each in on_line}
    (talk,) = [each for each in review_show(acme["bob"].world, "torque").talks if each.thread.first.line]
    assert ("Which wrench?", (), ["Which?"]) == (
        talk.thread.first.text, talk.thread.replies, [each.text for each in talk.thread.edited],
    )  # fmt: skip


def test_a_remark_that_was_changed_there_comes_in_once(acme: Hosted, twin: Twin) -> None:
    """However often it is changed and brought in, and back to what it was: one open comment, with the last words."""
    page = opened(acme, twin)
    twin.say(page, "COMMENT", "bob-hub", "One")
    for text in ("One", "Two", "Two", "One"):
        page.said[0].text = text
        sync(acme.world("anna"))
        assert [] == told(sync(acme.world("anna")))

    (talk,) = review_show(acme["bob"].world, "torque").talks
    assert ("One", ()) == (talk.thread.first.text, talk.thread.replies)
    assert 1 == review_list(acme["bob"].world)[0].open_comments


def test_the_page_learns_what_was_said_here(acme: Hosted, twin: Twin) -> None:
    """A sync goes both ways: what somebody without a token said is told there, and does not come back."""
    page = opened(acme, twin)
    comment(acme["bob"].world, "torque", "Hm.")
    sync(acme.world("anna"))

    assert ["comment"] == [each.kind for each in page.said]
    assert [] == told(sync(acme.world("anna")))


def test_review_show_tells_where_it_was_said(acme: Hosted, twin: Twin) -> None:
    """An event of the host is shown as one."""
    opened(acme, twin)
    approved(acme, twin)
    sync(acme.world("anna"))

    (event,) = [e for e in review_show(acme["bob"].world, "torque").events if e.origin]
    assert TORQUE == event.piece
    assert event.origin.endswith("acme/seals#1 review 100")


def test_without_a_host_there_is_nothing_to_bring(acme: Hosted) -> None:
    """No token: said at once, as a matter of usage."""
    assert 2 == refused("XP-HOST-NONE", sync, acme["anna"].world).exit_code
