"""Discord by a channel's webhook (discord.com/developers/docs/resources/webhook): one message for each piece."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Outcome, Receipt, Unsure
from expertpost.model.post import Post
from expertpost.publishers.base import Limits, Probe, Sending
from expertpost.publishers.mark import Announcer, carries
from expertpost.publishers.service import Service, changed, inside, reactions, removed, text
from expertpost.render.announce import chat_text
from expertpost.render.counts import utf16
from expertpost.render.families.chat import DISCORD
from expertpost.render.shown import Shown

_UNKNOWN_MESSAGE = "10008"


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
        address, _, query = self.secrets["webhook"].partition("?")
        # The address of a webhook for one thread has a query already (thread_id).
        service = Service(address, {}, sending.at, sending.deadline)
        told = service.tell("POST", f"?{query}&wait=true" if query else "?wait=true", _message(sending.post))
        if not isinstance(told, Mapping):
            return told
        return Receipt(text(told, "id")) if text(told, "id") else Unsure("the answer names no message")

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the message other words, which call nobody either."""
        service = self._service_for(receipt, sending.at, sending.deadline)
        return changed(service.change("PATCH", "", _message(sending.post), gone=_UNKNOWN_MESSAGE), receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the mark in its words. Raises Gone, Unanswered."""
        return carries(text(self._service_for(receipt, at).seen("", _UNKNOWN_MESSAGE), "content"), key)

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the message."""
        return removed(self._service_for(receipt, at).change("DELETE", "", gone=_UNKNOWN_MESSAGE), receipt)

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """Every reaction counts as one who likes it. Raises Unanswered."""
        return {"likes": reactions(inside(self._service_for(receipt, at).looked(""), "reactions"))}

    def _service(self, at: datetime) -> Service:
        return Service(self.secrets["webhook"], {}, at)

    def _service_for(self, receipt: Receipt, at: datetime, deadline: float = 30.0) -> Service:
        """One message of this webhook."""
        address, mark, query = self.secrets["webhook"].partition("?")
        return Service(f"{address}/messages/{quote(receipt.remote_id, safe='')}{mark}{query}", {}, at, deadline)


def _message(post: Post) -> Json:
    return {"content": post.parts[0], "allowed_mentions": {"parse": []}}
