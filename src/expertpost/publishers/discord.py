"""Discord by a channel's webhook (discord.com/developers/docs/resources/webhook): one message for each piece."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Outcome, Receipt, Unsure
from expertpost.model.post import Post
from expertpost.publishers.base import Limits, Probe, Sending
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import Service, text
from expertpost.render.announce import chat_text
from expertpost.render.counts import utf16
from expertpost.render.families.chat import DISCORD
from expertpost.render.shown import Shown


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """``room``: the channel as people call it, part of what a post is known by. ``webhook``: its address, a secret."""

    room: str
    webhook: SecretName


class Discord(Announcer[DiscordSettings]):
    """Posts a message. A webhook keeps no keys and cannot be searched; where an answer is lost, a person decides."""

    says = "a message in a Discord channel (webhook)"
    settings_type = DiscordSettings
    guarantee = Guarantee.BLIND
    limits = Limits(length=2_000)

    @staticmethod
    def count(text: str) -> int:
        """UTF-16 code units: never less than what Discord counts."""
        return utf16(text)

    @classmethod
    def render(cls, shown: Shown, settings: DiscordSettings) -> Post:
        """Title, summary and address in Discord's Markdown; or what the author wrote for this channel."""
        return Post((chat_text(shown, DISCORD, 2_000, cls.count),))

    @property
    def account(self) -> str:
        """The channel as the settings call it."""
        return self.settings.room

    def look(self, at: datetime) -> Probe | Outcome:
        """Ask what the webhook is called; that needs no more than its address."""
        told = self._service(at).tell("GET", "")
        return Probe(f"{self.settings.room} ({text(told, 'name')})") if isinstance(told, Mapping) else told

    def deliver(self, sending: Sending) -> Outcome:
        """Post the message and wait for its id. It calls nobody, whatever stands in it."""
        message: dict[str, Json] = {"content": sending.post.parts[0], "allowed_mentions": {"parse": []}}
        # The address of a webhook for one thread has a query already (thread_id).
        waiting = "&wait=true" if "?" in self.secrets["webhook"] else "?wait=true"
        told = self._service(sending.at, sending.deadline).tell("POST", waiting, message)
        if not isinstance(told, Mapping):
            return told
        return Receipt(text(told, "id")) if text(told, "id") else Unsure("the answer names no message")

    def _service(self, at: datetime, deadline: float = 30.0) -> Service:
        return Service(self.secrets["webhook"], {}, at, deadline)
