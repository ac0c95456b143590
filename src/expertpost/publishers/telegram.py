"""Telegram by a bot (core.telegram.org/bots/api): one message in a channel or group for each piece."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import URL, Post
from expertpost.publishers.base import Limits, Probe, Sending
from expertpost.publishers.http import Answer
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import Service, Trouble, inside, text
from expertpost.render.announce import fitted, needs_link
from expertpost.render.counts import utf16
from expertpost.render.families.entities import entities
from expertpost.render.shown import Shown

LENGTH = 4_096


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """``chat``: ``@name`` of a public channel or group, or the number of any other. ``token``: the bot's, a secret.

    ``api``: where the Bot API is; another one for a server of your own.
    """

    chat: str
    token: SecretName
    api: str = "https://api.telegram.org"


class Telegram(Announcer[TelegramSettings]):
    """Posts a message. Bots cannot read what they posted: a lost answer, a change and a removal are for a person."""

    says = "a message in a Telegram channel or group (bot)"
    settings_type = TelegramSettings
    guarantee = Guarantee.BLIND
    limits = Limits(length=LENGTH, unit="UTF-16 code units")

    @staticmethod
    def count(text: str) -> int:
        """UTF-16 code units."""
        return utf16(text)

    @classmethod
    def render(cls, shown: Shown, settings: TelegramSettings) -> Post:
        """Words and entities, the page's address at the end; whoever is named in them with an ``@`` is not called."""
        end = f"\n\n{URL}" if needs_link(shown) else ""
        words = fitted(shown, LENGTH, cls.count, end, calls=True)
        found = entities(words)
        return Post((words.text + end,), (("entities", json.dumps(found)),) if found else ())

    @property
    def account(self) -> str:
        """The chat."""
        return self.settings.chat.lower()

    def look(self, at: datetime) -> Probe | Outcome:
        """Which bot it is."""
        told = self._told(at, 30.0, "getMe", {})
        return Probe(f"@{text(inside(told, 'result'), 'username')}") if isinstance(told, dict) else told

    def deliver(self, sending: Sending) -> Outcome:
        """Post the message once."""
        told = self._told(sending.at, sending.deadline, "sendMessage", self._message(sending.post))
        if not isinstance(told, dict):
            return told
        name = text(inside(told, "result"), "message_id")
        chat = text(inside(told, "result", "chat"), "username")
        url = f"https://t.me/{chat}/{name}" if chat else ""
        return Receipt(name, url) if name else Unsure("the answer names no message")

    def _message(self, post: Post) -> dict[str, Json]:
        message: dict[str, Json] = {"chat_id": self.settings.chat, "text": post.parts[0]}
        return {**message, "entities": json.loads(post.field("entities"))} if post.field("entities") else message

    def _told(self, at: datetime, deadline: float, method: str, told: Json) -> dict[str, Json] | Trouble:
        service = Service(self.settings.api, {}, at, deadline)
        answer = service.ask("POST", f"/bot{self.secrets['token']}/{method}", told)
        if not isinstance(answer, Answer):
            return answer
        found = service.read(answer)
        # A token that is none is an address that is none.
        if isinstance(found, Refused) and answer.status == 404:
            return Refused(found.reason, Because.ACCOUNT)
        return dict(found) if isinstance(found, Mapping) else found
