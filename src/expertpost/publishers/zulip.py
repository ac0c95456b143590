"""Zulip (zulip.com/api): one message in a channel's topic for each piece."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Outcome, Receipt, Unsure
from expertpost.model.post import Post
from expertpost.publishers import http
from expertpost.publishers.base import Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.mark import Announcer, carries, found
from expertpost.publishers.service import Service, before_sending, changed, inside, removed, text
from expertpost.render.announce import chat_text
from expertpost.render.families.chat import ZULIP
from expertpost.render.fit import shorten
from expertpost.render.shown import Shown

LENGTH = 10_000
_TOPIC = 60
_PAGE, _PAGES = 1_000, 5
_FORM = "application/x-www-form-urlencoded"
_GONE = "Invalid message(s)"


@dataclass(frozen=True, slots=True)
class ZulipSettings:
    """``site``: the organisation's address. ``bot``: the bot's mail address. ``channel``: its name.

    ``token``: the bot's API key. ``topic``: one for all pieces; without it each piece has its title.
    """

    site: str
    bot: str
    channel: str
    token: SecretName
    topic: str = ""


class Zulip(Announcer[ZulipSettings]):
    """Posts a message. Zulip keeps no keys; a message is found again by the mark in its page's address."""

    says = "a message in a Zulip channel (bot)"
    settings_type = ZulipSettings
    guarantee = Guarantee.SEARCHABLE
    limits = Limits(length=LENGTH, unit="bytes")

    @classmethod
    def judge(cls, settings: ZulipSettings) -> Iterable[Problem]:
        """The site must be an address, the bot's a mail address."""
        if problem := http.problem_with(settings.site):
            yield Problem("site", problem, 'write site = "https://acme.zulipchat.com"')
        if "@" not in settings.bot or ":" in settings.bot:
            yield Problem("bot", "is no mail address", 'write bot = "expertpost-bot@acme.zulipchat.com"')
        if len(settings.topic) > _TOPIC:
            yield Problem("topic", f"is longer than {_TOPIC} characters", "shorten it")

    @staticmethod
    def count(text: str) -> int:
        """Bytes of UTF-8: never less than what Zulip counts."""
        return len(text.encode())

    @classmethod
    def render(cls, shown: Shown, settings: ZulipSettings) -> Post:
        """Title, summary and address in Zulip's Markdown; or what the author wrote for this channel."""
        topic = settings.topic or shorten(" ".join(shown.front.title.split()), _TOPIC, len)
        return Post((chat_text(shown, ZULIP, LENGTH, cls.count),), (("topic", topic),))

    @property
    def account(self) -> str:
        """The bot and the channel."""
        return f"{self.settings.bot.lower()} in {self.settings.channel}"

    def look(self, at: datetime) -> Probe | Outcome:
        """Whose key it is."""
        told = self._service(at).tell("GET", "/users/me")
        return Probe(text(dict(told), "email")) if isinstance(told, Mapping) else before_sending(told)

    def deliver(self, sending: Sending) -> Outcome:
        """Post the message once."""
        message = {
            "type": "stream",
            "to": json.dumps([self.settings.channel]),
            "topic": sending.post.field("topic"),
            "content": sending.post.parts[0],
        }
        service = self._service(sending.at, sending.deadline)
        told = service.tell("POST", "/messages", urlencode(message).encode(), kind=_FORM)
        if not isinstance(told, Mapping):
            return told
        return self._receipt(dict(told))

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the message other words, as far as the organisation allows that."""
        told = urlencode({"content": sending.post.parts[0]}).encode()
        service = self._service(sending.at, sending.deadline)
        return changed(service.change("PATCH", _place(receipt), told, kind=_FORM, gone=_GONE), receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the mark in its words. Raises Gone, Unanswered."""
        told = self._service(at).seen(f"{_place(receipt)}?apply_markdown=false", _GONE)
        return carries(text(inside(told, "message"), "content"), key)

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the message, as far as the organisation allows that."""
        return removed(self._service(at).change("DELETE", _place(receipt), gone=_GONE), receipt)

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """Every reaction counts as one who likes it. Raises Unanswered."""
        found = inside(self._service(at).looked(_place(receipt)), "message", "reactions")
        return {"likes": len(found)} if isinstance(found, list) else {}

    def find(self, key: str) -> Receipt | None:
        """The message that carries the mark. Raises Unreadable where one without any mark could be it."""
        return found(self._messages(), key, lambda message: text(message, "content"), self._receipt)

    def _messages(self) -> Iterator[Json]:
        """The bot's own messages in the channel, as they were written, newest first."""
        service, anchor = self._service(), "newest"
        narrow = json.dumps(
            [
                {"operator": "sender", "operand": self.settings.bot},
                {"operator": "channel", "operand": self.settings.channel},
            ]
        )
        for _ in range(_PAGES):
            asked = {"anchor": anchor, "num_before": _PAGE, "num_after": 0, "narrow": narrow, "apply_markdown": "false"}
            told = service.looked(f"/messages?{urlencode(asked)}")
            messages = inside(told, "messages")
            if not isinstance(messages, list):
                raise Unreadable("the listing made no sense")
            yield from reversed(messages)
            if inside(told, "found_oldest") is True or not messages:
                return
            anchor = text(messages[0], "id")
        raise Unreadable("there are more messages than can be looked at")

    def _receipt(self, message: Json) -> Receipt | Unsure:
        name = text(message, "id")
        host = urlsplit(self.settings.site)
        return (
            Receipt(name, f"{host.scheme}://{host.netloc}/#narrow/near/{name}") if name else Unsure("no id came back")
        )

    def _service(self, at: datetime | None = None, deadline: float = 30.0) -> Service:
        login = base64.b64encode(f"{self.settings.bot}:{self.secrets['token']}".encode()).decode()
        headers = {"authorization": f"Basic {login}"}
        base = f"{self.settings.site.rstrip('/')}/api/v1"
        return Service(base, headers, at, deadline) if at else Service(base, headers)


def _place(receipt: Receipt) -> str:
    return f"/messages/{quote(receipt.remote_id, safe='')}"
