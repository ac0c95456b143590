"""The way of a review on each kind of host: opened, spoken of, approved there, brought in, and open to be merged."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from tests.flows.reviewing import CHANNELS
from tests.hosts.people import hosted
from tests.hosts.twin import GiteaTwin, Twin
from tests.hosts.twin_github import GitHubTwin
from tests.hosts.twin_gitlab import GitLabTwin

from expertpost.flows.gate import gate
from expertpost.flows.request import announce
from expertpost.flows.review_say import comment
from expertpost.flows.sync import sync


@pytest.mark.parametrize("kind", [GitHubTwin, GitLabTwin, GiteaTwin])
def test_a_review_on_every_host(tmp_path: Path, httpserver: HTTPServer, kind: Callable[[HTTPServer], Twin]) -> None:
    """The same steps give the same review, whichever host shows it; a text that changed needs another approval."""
    twin = kind(httpserver)
    acme = hosted(tmp_path, twin, CHANNELS)
    told = announce(acme.world("anna"), acme.submitted(), ["bob"])
    for person in acme.org.people.values():
        person.clock.at += timedelta(days=1)
    comment(acme.world("carol"), "torque", "Which wrench?")
    (page,) = twin.pages
    twin.say(page, "APPROVED", "bob-hub", commit=acme.tip())
    first = sync(acme.world("anna"))
    second = sync(acme.world("bob"))
    opened = gate(acme["bob"].world, "torque")
    acme.submitted("Turn it hard.")

    assert ((), (), ()) == (told.notes, first.notes, second.notes)
    assert ([("approve", "bob")], ()) == ([(each.kind.value, each.by) for each in first.brought], second.brought)
    assert (["expertpost"], ["bob-hub"]) == (page.labels, page.invited)
    assert ["comment", "APPROVED"] == [each.kind for each in page.said]
    assert opened.is_open
    assert not gate(acme["bob"].world, "torque").is_open
    assert [] == twin.wrong
