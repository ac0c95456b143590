"""The Matrix publisher under the public contract."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import Setting
from expertpost.publishers.matrix import KEY, Matrix
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Answer, Arrived, Request, Twin

ROOM, USER = "!news:acme.example", "@expertpost:acme.example"
API = "/_matrix/client/v3"


class MatrixTwin(WebTwin):
    """A homeserver with one room, which has forgotten every transaction id: the case after a day."""

    named = "event_id"

    def change(self, request: Request) -> Answer | None:
        """Words that replace others, or none."""
        path = unquote(request.path)
        told = json.loads(request.body)
        if path.startswith(f"{API}/rooms/{ROOM}/redact/"):
            event = self.post(path.split("/")[-2])
            event["content"] = {}
            return said({"event_id": "$redaction"})
        if "m.new_content" not in told:
            return None
        event = self.post(told["m.relates_to"]["event_id"])
        demand(told["m.relates_to"]["rel_type"] == "m.replace", "M_BAD_JSON", 400)
        event["content"] = {**told["m.new_content"]}
        return said({"event_id": "$replacement"})

    def is_seen(self, post: Mapping[str, object]) -> bool:
        """What is not redacted."""
        return post["content"] != {}

    def tell(self, path: str, request: Request) -> Answer | None:
        """Whose token it is, and what the user has said in the room, newest first, two a page."""
        if path == f"{API}/account/whoami":
            return said({"user_id": USER})
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
        self.show({"event_id": f"${len(self.posts)}", "sender": USER, "content": told})
        pings = () if told["m.mentions"] == {} else ("somebody",)
        demand(told[KEY] == transaction, "M_BAD_JSON", 400)
        return Arrived(transaction, request.headers, told["body"], told["formatted_body"], pings)

    def answer(self, one: Arrived) -> Answer:
        """The event's id."""
        return said({"event_id": self.posts[-1]["event_id"]})


class TestMatrix(PublisherContract):
    """A user in a room."""

    publisher = Matrix
    against = "twin; Synapse by hand"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> MatrixTwin:
        """A homeserver."""
        return MatrixTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address, the room and the user."""
        assert isinstance(twin, MatrixTwin)
        return {"homeserver": twin.url, "room": ROOM, "user": USER}
