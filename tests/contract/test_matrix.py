"""The Matrix publisher under the public contract."""

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Receipt, Refused
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.matrix import KEY, Matrix, MatrixSettings
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT, URL
from expertpost.testing.stage import KEY as DELIVERY
from expertpost.testing.twin import Answer, Arrived, Request, Twin

ROOM, USER = "!news:acme.example", "@expertpost:acme.example"
API = "/_matrix/client/v3"


class MatrixTwin(WebTwin):
    """A homeserver with one room, which has forgotten every transaction id: the case after a day.

    Like Synapse it takes a removal under the id of a message for a repeat of that message.
    """

    named = "event_id"

    def change(self, request: Request) -> Answer | None:
        """Words that replace others, which stay a message of their own, or none."""
        path = unquote(request.path)
        told = json.loads(request.body)
        if path.startswith(f"{API}/rooms/{ROOM}/redact/"):
            name, transaction = path.split("/")[-2:]
            if all(_content(post).get(KEY) != transaction for post in self.posts):
                self.post(name)["content"] = {}
            return said({"event_id": "$redaction"})
        if "m.new_content" not in told:
            return None
        self.post(told["m.relates_to"]["event_id"])
        demand(told["m.relates_to"]["rel_type"] == "m.replace", "M_BAD_JSON", 400)
        return said({"event_id": self._kept(told)})

    def held(self) -> Mapping[str, str]:
        """The words of every message that is not redacted, by the last that replaces it."""
        words = {str(post["event_id"]): _content(post) for post in self.posts if post["content"]}
        for name, content in list(words.items()):
            if (replaced := content.get("m.relates_to", {}).get("event_id")) in words:
                words[replaced] = content["m.new_content"]
                del words[name]
        return {name: str(content) for name, content in words.items()}

    def tell(self, path: str, request: Request) -> Answer | None:
        """Whose token it is, and what the user has said in the room, newest first, two a page."""
        if path == f"{API}/account/whoami":
            return said({"user_id": USER})
        if request.method == "GET" and path.endswith("/state/m.room.encryption"):
            return said({"errcode": "M_NOT_FOUND"}, 404)
        if request.method == "GET" and "/relations/" in path:
            return said({"chunk": [{"type": "m.reaction"}]})
        if request.method == "GET" and unquote(path).startswith(f"{API}/rooms/{ROOM}/event/"):
            return said(self.post(unquote(path).rpartition("/")[2]))
        if request.method == "GET" and unquote(path) == f"{API}/rooms/{ROOM}/messages":
            asked = query(request)
            chosen = json.loads(asked["filter"])
            demand(asked["dir"] == "b" and chosen == {"types": ["m.room.message"], "senders": [USER]}, "other", 400)
            start = int(asked.get("from", "0"))
            more = {"end": str(start + 2)} if start + 2 < len(self.posts) else {}
            return said({"chunk": list(reversed(self.posts))[start : start + 2], **more})
        return None

    def read(self, request: Request) -> Arrived:
        """A message of at most 65,536 bytes."""
        room, _, transaction = unquote(request.path).removeprefix(f"{API}/rooms/").rpartition("/send/m.room.message/")
        demand(request.method == "PUT" and room == ROOM, "M_FORBIDDEN", 403)
        demand(len(request.body) < 64_000, "M_TOO_LARGE", 413)
        told = json.loads(request.body)
        demand(told["msgtype"] == "m.text" and told["format"] == "org.matrix.custom.html", "M_BAD_JSON", 400)
        self._kept(told)
        pings = () if told["m.mentions"] == {} else ("somebody",)
        demand(told[KEY] == transaction, "M_BAD_JSON", 400)
        return Arrived(transaction, request.headers, told["body"], told["formatted_body"], pings)

    def answer(self, one: Arrived) -> Answer:
        """The event's id."""
        return said({"event_id": self.posts[-1]["event_id"]})

    def _kept(self, content: dict[str, Any]) -> str:
        event = self.show({"event_id": f"${len(self.posts)}", "sender": USER, "content": content})
        return str(event["event_id"])


def _content(post: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = post["content"]
    return content


class TestMatrix(PublisherContract):
    """A user in a room."""

    publisher = Matrix
    against = "twin"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> MatrixTwin:
        """A homeserver."""
        return MatrixTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address, the room and the user."""
        assert isinstance(twin, MatrixTwin)
        return {"homeserver": twin.url, "room": ROOM, "user": USER}


def test_the_token_is_that_of_the_user() -> None:
    """A token of somebody else is refused: their messages would not be found when it is asked whether one is there."""
    with closing(MatrixTwin()) as twin:
        settings = MatrixSettings(twin.url, ROOM, "@other:acme.example", SecretName(SecretKind.ENV, "M"))
        found = Matrix(settings, {"token": TOKEN}, Path()).probe(AT)

    assert isinstance(found, Refused)
    assert Because.ACCOUNT is found.because


def test_no_words_are_left_of_a_corrected_message() -> None:
    """A message that was corrected and then removed is gone with all that replaced it."""
    with closing(MatrixTwin()) as twin:
        settings = MatrixSettings(twin.url, ROOM, USER, SecretName(SecretKind.ENV, "M"))
        publisher = Matrix(settings, {"token": TOKEN}, Path())
        post = bind(publisher.render(PLAIN, settings), publisher.values(Address(), DELIVERY, AT, URL))
        sending = Sending(post, DELIVERY, Address(), AT, {})
        receipt = publisher.send(sending)
        assert isinstance(receipt, Receipt)
        publisher.update(receipt, sending)

        assert receipt == publisher.take_back(receipt, DELIVERY, AT)
        assert [{}, {}] == [post["content"] for post in twin.posts]
