"""The Apprise publisher under the public contract, and what it does not let out."""

import json
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest
from tests.contract.web_twin import WebTwin, demand

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Refused
from expertpost.model.post import bind
from expertpost.publishers.apprise import Apprise, AppriseSettings
from expertpost.publishers.base import Address, Sending
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT, KEY
from expertpost.testing.twin import Answer, Arrived, Fault, Request, Twin

PATH = "/hooks/3d89bb7572e0fb30d8128367b3b1b44f"


class JsonTwin(WebTwin):
    """A receiver of Apprise's own JSON."""

    def knows(self, request: Request) -> bool:
        """Whoever knows the address may post; everybody may look whether it is there."""
        return request.path == PATH or request.method == "HEAD"

    def read(self, request: Request) -> Arrived:
        """A notification."""
        words = json.loads(request.body)["message"]
        demand(0 < len(words) <= 1_000, "too long", 400)
        mark = re.search(r"#ep-(\w+)", words)
        return Arrived(mark[1] if mark else words, request.headers, words)

    def answer(self, one: Arrived) -> Answer:
        """Nothing."""
        return Answer(200, b"")


class TestApprise(PublisherContract):
    """Apprise's own JSON, whose address is the secret."""

    publisher = Apprise
    secrets: ClassVar[Mapping[str, str]] = {"url": ""}

    def open_twin(self, folder: Path) -> JsonTwin:
        """A receiver; its address is known once it listens."""
        twin = JsonTwin()
        type(self).secrets = {"url": f"{twin.url.replace('http', 'json')}{PATH}"}
        return twin

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """What people call the place."""
        return {"room": "the board"}


def ready(url: str) -> Apprise:
    """The publisher for an address."""
    return Apprise(AppriseSettings("the board", SecretName(SecretKind.ENV, "U")), {"url": url}, Path())


def sending(publisher: Apprise) -> Sending:
    """One delivery."""
    post = bind(publisher.render(PLAIN, publisher.settings), publisher.values(Address(), KEY, AT, ""))
    return Sending(post, KEY, Address(), AT, {})


@pytest.mark.parametrize(
    "url", ["nonsense://somewhere", "mailto://user:password@mail.example", "json://stranger.example/x", ""]
)
def test_what_does_not_go_out_by_our_transport_does_not_go_out(url: str) -> None:
    """An address that Apprise does not know, another protocol and an unencrypted way to a stranger are refused."""
    outcome = ready(url).send(sending(ready(url)))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because


def test_a_token_in_the_address_is_a_secret_of_its_own() -> None:
    """A service that repeats a part of the address gives nothing away."""
    with closing(JsonTwin()) as twin:
        twin.fail(Fault.BROKEN_BEFORE)
        publisher = ready(f"{twin.url.replace('http', 'json')}{PATH}?+X-Api-Key=of-the-service-4711")
        outcome = publisher.send(sending(publisher))

    assert "of-the-service-4711" in repr(twin.requests)
    assert "of-the-service-4711" not in repr(outcome)
