"""The Telegram publisher under the public contract."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tests.contract.web_twin import WebTwin, demand, said

from expertpost.model.channel import Setting
from expertpost.publishers.telegram import Telegram
from expertpost.render.counts import utf16
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Answer, Arrived, Request, Twin

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
KINDS = {"bold", "italic", "strikethrough", "code", "pre", "blockquote", "text_link"}


class TelegramTwin(WebTwin):
    """The Bot API with one channel."""

    def knows(self, request: Request) -> bool:
        """The token is a part of the address."""
        return request.path.startswith(f"/bot{TOKEN}/")

    def tell(self, path: str, request: Request) -> Answer | None:
        """Which bot it is."""
        return said({"ok": True, "result": {"id": 1, "username": "acme_bot"}}) if path.endswith("/getMe") else None

    def read(self, request: Request) -> Arrived:
        """A message; entities lie inside its text."""
        told = json.loads(request.body)
        words, found = told["text"], told.get("entities", [])
        demand(request.path.endswith("/sendMessage") and told["chat_id"] == "@acme", "chat not found", 400)
        demand(0 < utf16(words) <= 4_096, "message is too long", 400)
        demand(len(found) <= 100 and {one["type"] for one in found} <= KINDS, "no such entity", 400)
        demand(all(0 <= one["offset"] < one["offset"] + one["length"] <= utf16(words) for one in found), "outside", 400)
        self.show({"message_id": len(self.posts) + 1, "text": words, "chat": {"id": -1, "username": "acme"}})
        mark = re.search(r"#ep-(\w+)", words)
        code = [one for one in found if one["type"] in ("code", "pre")]
        free = [m for m in re.finditer(r"@\w+", words) if not any(_inside(m.start(), one, words) for one in code)]
        return Arrived(mark[1] if mark else words, request.headers, words, pings=tuple(m[0] for m in free))

    def answer(self, one: Arrived) -> Answer:
        """The message."""
        return said({"ok": True, "result": self.posts[-1]})


def _inside(at: int, entity: Mapping[str, int], words: str) -> bool:
    place = utf16(words[:at])
    return entity["offset"] <= place < entity["offset"] + entity["length"]


class TestTelegram(PublisherContract):
    """A bot in a channel."""

    publisher = Telegram
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> TelegramTwin:
        """The Bot API."""
        return TelegramTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The channel and where the Bot API is."""
        assert isinstance(twin, TelegramTwin)
        return {"chat": "@acme", "api": twin.url}
