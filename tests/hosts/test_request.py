"""With a token, submitting opens and keeps up to date the host's request, and what people say is told there too."""

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from tests.flows.organisation import piece
from tests.flows.reviewing import CHANNELS
from tests.hosts.people import Hosted, hosted
from tests.hosts.twin import START, GiteaTwin, Twin

from expertpost.flows.mirror import is_shown
from expertpost.flows.request import announce
from expertpost.flows.review import review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_say import comment
from expertpost.model.event import Event, EventKind


@pytest.fixture
def twin(httpserver: HTTPServer) -> Twin:
    """A Gitea of this machine."""
    return GiteaTwin(httpserver)


@pytest.fixture
def acme(tmp_path: Path, twin: Twin) -> Hosted:
    """Anna, Bob and Carol, on that Gitea."""
    return hosted(tmp_path, twin, CHANNELS)


def test_submitting_opens_a_request(acme: Hosted, twin: Twin) -> None:
    """Title, first line, what each channel would get, a checklist, a label, and whom to ask."""
    told = announce(acme.world("anna"), acme.submitted(), ["bob", "anna"])

    (page,) = twin.pages
    assert ("review/torque", "main", "Review: Torque without tears") == (page.branch, page.main, page.title)
    assert page.body.startswith("An approval on this page counts once it is brought in from Gitea")
    assert "export would get" in page.body
    assert "Turn it gently." in page.body
    assert "- [ ] It is true." in page.body
    assert (["expertpost"], ["bob-hub"]) == (page.labels, page.invited)
    assert (f"{twin.place.root}/acme/seals/pulls/1", ()) == (told.url, told.notes)
    assert [] == twin.wrong


def test_submitting_again_updates_it(acme: Hosted, twin: Twin) -> None:
    """There is one request, and its text is that of the newest submission; the same text is not sent twice."""
    announce(acme.world("anna"), acme.submitted())
    sent = acme.submitted("Turn it slowly.")
    announce(acme.world("anna"), sent)
    announce(acme.world("anna"), sent)

    (page,) = twin.pages
    assert "Turn it slowly." in page.body
    assert 1 == sum(call.startswith("PATCH") for call in twin.calls)
    assert [] == twin.wrong


def test_what_is_said_here_is_told_there_once(acme: Hosted, twin: Twin) -> None:
    """A comment and an approval become a comment and an approval of the host, by whose token it is, and only once."""
    announce(acme.world("anna"), acme.submitted())
    twin.me = "bob-hub"
    comment(acme.world("bob"), "torque", "Which wrench? <!-- expertpost event " + "0" * 64 + " -->", 6)
    review_show(acme.world("bob"), "torque")
    done = approve(acme.world("bob"), "torque")
    announce(acme.world("anna"), acme.submitted("Turn it slowly."))

    (page,) = twin.pages
    assert () == done.notes
    assert [("comment", "bob-hub"), ("APPROVED", "bob-hub")] == [(each.kind, each.account) for each in page.said]
    assert page.said[0].text.startswith("`bob` commented on line 6")
    assert "<!-- expertpost event 0000" not in page.said[0].text
    assert acme.tip() != page.said[1].commit
    assert [] == twin.wrong


def test_a_private_note_is_never_told_there() -> None:
    """What is for reviewers only stays in the house, whatever kind of event it is."""
    notes = [Event(kind=kind, workspace="X", piece="P", digest="1", by="bob", at=START) for kind in EventKind]
    for note in notes:
        object.__setattr__(note, "private", True)

    assert [] == [note for note in notes if is_shown(note)]


def test_nobody_approves_their_own_request_there(acme: Hosted, twin: Twin) -> None:
    """Where the token's account opened the request, the host would refuse: the approval is a comment there."""
    announce(acme.world("anna"), acme.submitted())
    review_show(acme.world("bob"), "torque")
    done = approve(acme.world("bob"), "torque")

    assert () == done.notes
    assert ["comment"] == [each.kind for each in twin.pages[0].said]


def test_a_host_that_fails_stops_nothing(acme: Hosted, twin: Twin) -> None:
    """The text is in review and the approval recorded; what the host did not do is a note."""
    sent = acme.submitted()
    told = announce(acme.world("anna", "wrong-token"), sent)
    review_show(acme.world("bob"), "torque")
    done = approve(acme.world("bob", "wrong-token"), "torque")

    assert ("", 1) == (told.url, len(told.notes))
    assert "answered 401" in told.notes[0]
    assert () == done.needs
    assert "answered 401" in done.notes[0]
    assert "wrong-token" not in told.notes[0] + done.notes[0]


def test_without_a_token_no_host_is_asked(acme: Hosted, twin: Twin) -> None:
    """Everything works with no interface at all."""
    told = announce(acme["anna"].world, acme.submitted())
    comment(acme["bob"].world, "torque", "Hm.")

    assert ("", ()) == (told.url, told.notes)
    assert [] == twin.calls


def test_several_pieces_share_a_request(acme: Hosted, twin: Twin) -> None:
    """A review of two pieces is one request that tells of both."""
    from expertpost.flows.submit import submit

    acme["anna"].write("drafts/torque.md", piece())
    acme["anna"].write("drafts/seals.md", piece("01JD0000000000000000SEA002", "Seals `and` @everyone"))
    announce(acme.world("anna"), submit(acme.world("anna"), name="both"))

    (page,) = twin.pages
    assert "review/both" == page.branch
    assert "`Seals ’and’ @everyone`" in page.body
