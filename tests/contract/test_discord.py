"""The Discord publisher under the public contract."""

import json
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from tests.contract.web_twin import WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Receipt
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.discord import Discord, DiscordSettings
from expertpost.render.counts import utf16
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT, KEY
from expertpost.testing.twin import Answer, Arrived, Request, Twin

PATH = "/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44fecd1726de135cbe28a41f8b2f777c372ba2939e72"


class DiscordTwin(WebTwin):
    """A webhook of a channel."""

    def knows(self, request: Request) -> bool:
        """Whoever knows the address may post."""
        return request.path.startswith(PATH)

    def tell(self, path: str, request: Request) -> Answer | None:
        """What it is called."""
        if request.method == "GET" and "/messages/" in path:
            if path.rpartition("/")[2] not in self.held():
                return said({"message": "Unknown Message", "code": 10008}, 404)
            return said({**self.post(path.rpartition("/")[2]), "reactions": [{"count": 2}, {"count": 1}]})
        return said({"id": "223704706495545344", "name": "news"}) if request.method == "GET" else None

    def change(self, request: Request) -> Answer | None:
        """Other words for a message, or none."""
        if request.method not in ("PATCH", "DELETE"):
            return None
        name = urlsplit(request.path).path.removeprefix(f"{PATH}/messages/")
        if name not in self.held():
            return said({"message": "Unknown Message", "code": 10008}, 404)
        if request.method == "DELETE":
            self.remove(name)
            return Answer(204, b"")
        told = json.loads(request.body)
        demand(told["allowed_mentions"] == {"parse": []}, "would call people", 400)
        self.post(name)["content"] = told["content"]
        return said(self.post(name))

    def read(self, request: Request) -> Arrived:
        """A message of at most 2,000 characters that says whom it calls."""
        told = json.loads(request.body)
        words = told["content"]
        demand(query(request).get("wait") == "true", "nobody waits for the id", 400)
        demand(0 < utf16(words) <= 2_000, "too long", 400)
        self.show({"content": words})
        calls = (
            ()
            if told["allowed_mentions"] == {"parse": []}
            else tuple(re.findall(r"@everyone|@here|<@[&!]?\d+>", words))
        )
        mark = re.search(r"#ep-(\w+)", words)
        return Arrived(mark[1] if mark else words, request.headers, words, pings=calls)


class TestDiscord(PublisherContract):
    """A webhook, whose address is the secret."""

    publisher = Discord
    secrets: ClassVar[Mapping[str, str]] = {"webhook": ""}

    def open_twin(self, folder: Path) -> DiscordTwin:
        """A webhook; its address is known once it listens."""
        twin = DiscordTwin()
        type(self).secrets = {"webhook": f"{twin.url}{PATH}"}
        return twin

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """What people call the channel."""
        return {"room": "#news"}


def test_a_thread_of_the_channel() -> None:
    """A webhook whose address names a thread posts into that thread, and waits for the id all the same."""
    with closing(DiscordTwin()) as twin:
        discord = Discord(
            DiscordSettings("#news", SecretName(SecretKind.ENV, "W")),
            {"webhook": f"{twin.url}{PATH}?thread_id=7"},
            Path(),
        )
        post = bind(discord.render(PLAIN, discord.settings), discord.values(Address(), KEY, AT, ""))

        assert isinstance(discord.send(Sending(post, KEY, Address(), AT, {})), Receipt)
        assert {"thread_id": "7", "wait": "true"} == query(twin.requests[0])
