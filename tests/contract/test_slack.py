"""Both of Slack's publishers under the public contract, and Slack's own ways of saying no."""

import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Busy, Receipt, Refused, Unsure
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.slack import Slack, SlackSettings, SlackWebhook
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT, KEY, OTHER_KEY
from expertpost.testing.twin import Answer, Arrived, Request, Twin

HOOK = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


def words_of(told: Mapping[str, Any]) -> str:
    """What people read of a message: the words of its elements; its shape is that of Slack's documentation."""
    (block,) = told["blocks"]
    demand(block["type"] == "rich_text", "no such block", 400)
    runs = []
    for element in block["elements"]:
        kinds = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
        demand(element["type"] in kinds and element["elements"], "no such element", 400)
        runs += element["elements"]
    demand(all(run["type"] in ("text", "link") and run["text"] for run in runs), "no such run", 400)
    demand(all(set(run.get("style", {})) <= {"bold", "italic", "strike", "code"} for run in runs), "no such style", 400)
    return "".join(run["text"] for run in runs)


def arrived(name: str, told: Mapping[str, Any], request: Request) -> Arrived:
    """A message; whoever is called stands between angle brackets in ``text``."""
    text = str(told["text"])
    demand(0 < len(text) <= 40_000, "no_text", 400)
    calls = re.findall(r"<[!@#][^>]*>", text)
    headers = {**request.headers, "reply": str(told.get("thread_ts", ""))}
    return Arrived(name, headers, words_of(told), pings=tuple(calls))


class SlackTwin(WebTwin):
    """A workspace with one channel. ``says``: an error for the next message, with status 200."""

    says = ""
    named = "ts"

    def change(self, request: Request) -> Answer | None:
        """Other words for a message, or none."""
        if request.path not in ("/chat.update", "/chat.delete"):
            return None
        told = json.loads(request.body)
        if told["ts"] not in self.held():
            return said({"ok": False, "error": "message_not_found"})
        if request.path == "/chat.delete":
            self.remove(told["ts"])
        else:
            self.post(told["ts"]).update(told)
        return said({"ok": True, "ts": told["ts"]})

    def tell(self, path: str, request: Request) -> Answer | None:
        """Whose token it is, and what the channel has, newest first, two a page."""
        if path == "/auth.test":
            return said({"ok": True, "user": "expertpost", "team": "Acme"})
        if path in ("/conversations.history", "/conversations.replies"):
            asked = query(request)
            of = asked.get("ts", "")
            told: list[dict[str, Any]] = [
                post for post in self.posts if not of or of in (post["ts"], post.get("thread_ts"))
            ]
            shown = [post for post in told if of or "thread_ts" not in post]
            shown = [{**p, "reply_count": sum(o.get("thread_ts") == p["ts"] for o in self.posts)} for p in shown]
            if "latest" in asked:
                demand(of == asked["latest"] == asked["oldest"] and asked["inclusive"] == "true", "no such message")
                if not told:
                    return said({"ok": False, "error": "thread_not_found"})
                return said({"ok": True, "messages": [{**self.post(of), "reactions": [{"count": 2}]}]})
            start = int(asked.get("cursor", "0"))
            page = list(reversed(shown))[start : start + 2]
            more = str(start + 2) if start + 2 < len(shown) else ""
            demand(asked["channel"] == "C012AB3CD" and asked["include_all_metadata"] == "true", "channel_not_found")
            return said({"ok": True, "messages": page, "response_metadata": {"next_cursor": more}})
        return said({"ok": False, "error": self.says}) if self.says else None

    def read(self, request: Request) -> Arrived:
        """A message with metadata."""
        told = json.loads(request.body)
        demand(request.path == "/chat.postMessage" and told["channel"] == "C012AB3CD", "channel_not_found", 404)
        key = told["metadata"]["event_payload"]["key"]
        one = arrived(key, told, request)
        self.show({**told, "ts": f"1503435956.{len(self.posts):06}"})
        return one

    def answer(self, one: Arrived) -> Answer:
        """The message's time, which is its name."""
        return said({"ok": True, **self.posts[-1]})


class TestSlack(PublisherContract):
    """A bot in a channel."""

    publisher = Slack
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> SlackTwin:
        """A workspace."""
        return SlackTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The channel and where the methods are."""
        assert isinstance(twin, SlackTwin)
        return {"channel": "C012AB3CD", "api": twin.url}


class HookTwin(WebTwin):
    """An incoming webhook."""

    def knows(self, request: Request) -> bool:
        """Whoever knows the address may post."""
        return request.path == HOOK

    def tell(self, path: str, request: Request) -> Answer | None:
        """A message without words is none."""
        return Answer(400, b"no_text") if request.body == b"{}" else None

    def read(self, request: Request) -> Arrived:
        """A message; its mark is all that tells it from others."""
        told = json.loads(request.body)
        mark = re.search(r"#ep-(\w+)", str(told["text"]))
        return arrived(mark[1] if mark else str(told["text"]), told, request)

    def answer(self, one: Arrived) -> Answer:
        """Two letters."""
        return Answer(200, b"ok")


class TestSlackWebhook(PublisherContract):
    """A webhook, whose address is the secret."""

    publisher = SlackWebhook
    secrets: ClassVar[Mapping[str, str]] = {"webhook": ""}

    def open_twin(self, folder: Path) -> HookTwin:
        """A webhook; its address is known once it listens."""
        twin = HookTwin()
        type(self).secrets = {"webhook": f"{twin.url}{HOOK}"}
        return twin

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """What people call the channel."""
        return {"room": "#news"}


@pytest.mark.parametrize(
    ("says", "kind", "because"),
    [
        ("invalid_auth", Refused, Because.ACCOUNT),
        ("not_in_channel", Refused, Because.ACCOUNT),
        ("msg_too_long", Refused, Because.CONTENT),
        ("ratelimited", Busy, Because.ACCOUNT),
        ("fatal_error", Unsure, None),
        ("internal_error", Unsure, None),
    ],
)
def test_errors_that_come_with_status_200(says: str, kind: type, because: Because | None) -> None:
    """Slack answers 200 and names an error: each counts for what it proves."""
    with closing(SlackTwin()) as twin:
        twin.says = says
        bot = Slack(SlackSettings("C012AB3CD", SecretName(SecretKind.ENV, "T"), twin.url), {"token": TOKEN}, Path())
        post = bind(bot.render(PLAIN, bot.settings), bot.values(Address(), KEY, AT, "https://hub.example.com/a.html"))
        outcome = bot.send(Sending(post, KEY, Address(), AT, {}))

    assert kind is type(outcome)
    assert because is getattr(outcome, "because", None)


def test_a_part_in_a_thread_is_found() -> None:
    """A long text goes on in a thread, which the channel does not list: its parts are looked for below the first."""
    with closing(SlackTwin()) as twin:
        bot = Slack(SlackSettings("C012AB3CD", SecretName(SecretKind.ENV, "T"), twin.url), {"token": TOKEN}, Path())
        long = replace(
            PLAIN, body="A sentence that says a thing or two. " * 200, front=replace(PLAIN.front, thread=True)
        )
        post = bot.render(long, bot.settings)
        values = bot.values(Address(), KEY, AT, "https://hub.example.com/a.html")
        first = bot.send(Sending(bind(post.part(0), values), KEY, Address(), AT, {}))
        assert isinstance(first, Receipt)
        replies = {**values, "reply_to": first.remote_id, "thread": first.remote_id}
        second = bot.send(Sending(bind(post.part(1), replies), OTHER_KEY, Address(), AT, {}))

        assert len(post.parts) > 2
        assert second == bot.find(OTHER_KEY)
        assert first.remote_id == twin.posts[1]["thread_ts"]
        assert bot.find("c0de" * 16) is None
