"""The Zulip publisher under the public contract."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Receipt
from expertpost.publishers.mark import marked
from expertpost.publishers.zulip import Zulip, ZulipSettings
from expertpost.testing.contract import PublisherContract
from expertpost.testing.stage import KEY
from expertpost.testing.twin import Answer, Arrived, Request, Twin

BOT, CHANNEL = "expertpost-bot@acme.zulipchat.com", "news"


class ZulipTwin(WebTwin):
    """An organisation with one channel."""

    def knows(self, request: Request) -> bool:
        """The bot and its key."""
        login = base64.b64encode(f"{BOT}:{TOKEN}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {login}"

    def tell(self, path: str, request: Request) -> Answer | None:
        """Whose key it is, and what the bot has said, two messages a page; the anchor itself comes along again."""
        if path == "/api/v1/users/me":
            return said({"result": "success", "email": BOT})
        if request.method == "GET" and path.startswith("/api/v1/messages/"):
            if path.rpartition("/")[2] not in self.held():
                return said({"result": "error", "msg": "Invalid message(s)", "code": "BAD_REQUEST"}, 400)
            reactions = [{"emoji_name": "thumbs_up"}]
            return said(
                {"result": "success", "message": {**self.post(path.rpartition("/")[2]), "reactions": reactions}}
            )
        if request.method == "GET" and path == "/api/v1/messages":
            asked = query(request)
            wanted = [{"operator": "sender", "operand": BOT}, {"operator": "channel", "operand": CHANNEL}]
            demand(json.loads(asked["narrow"]) == wanted and asked["apply_markdown"] == "false", "other", 400)
            anchor = len(self.posts) if asked["anchor"] == "newest" else int(asked["anchor"])
            start = max(anchor - 2, 0)
            return said({"result": "success", "messages": self.posts[start:anchor], "found_oldest": start == 0})
        return None

    def change(self, request: Request) -> Answer | None:
        """Other words for a message, or none."""
        if request.method not in ("PATCH", "DELETE"):
            return None
        name = request.path.removeprefix("/api/v1/messages/")
        if name not in self.held():
            return said({"result": "error", "msg": "Invalid message(s)", "code": "BAD_REQUEST"}, 400)
        if request.method == "DELETE":
            self.remove(name)
        else:
            self.post(name)["content"] = parse_qs(request.body.decode())["content"][0]
        return said({"result": "success"})

    def read(self, request: Request) -> Arrived:
        """A message of at most 10,000 bytes in a topic of at most 60 characters."""
        told = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        words = told["content"]
        demand(request.path == "/api/v1/messages" and told["type"] == "stream", "no such place", 400)
        demand(json.loads(told["to"]) == [CHANNEL] and 0 < len(told["topic"]) <= 60, "no such channel", 400)
        demand(0 < len(words.encode()) <= 10_000, "too long", 400)
        self.show({"content": words})
        calls = re.findall(r"@_?\*\*?[^*]+\*", words)
        mark = re.search(r"#ep-(\w+)", words)
        return Arrived(mark[1] if mark else words, request.headers, words, pings=tuple(calls))

    def answer(self, one: Arrived) -> Answer:
        """The message's number."""
        return said({"result": "success", "id": int(str(self.posts[-1]["id"]))})


class TestZulip(PublisherContract):
    """A bot in a channel."""

    publisher = Zulip
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> ZulipTwin:
        """An organisation."""
        return ZulipTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address, the bot and the channel."""
        assert isinstance(twin, ZulipTwin)
        return {"site": twin.url, "bot": BOT, "channel": CHANNEL}


def test_a_long_listing_is_read_whole() -> None:
    """A page of messages larger than any other answer hides nothing that is there."""
    with closing(ZulipTwin()) as twin:
        settings = ZulipSettings(twin.url, BOT, CHANNEL, SecretName(SecretKind.ENV, "T"))
        zulip = Zulip(settings, {"token": TOKEN}, Path())
        twin.show({"content": f"{marked('https://hub.example.com/a.html', KEY)} {'x' * 2_000_000}"})

        assert Receipt("1", f"{twin.url}/#narrow/near/1") == zulip.find(KEY)
