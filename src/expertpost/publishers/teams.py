"""Microsoft Teams by a Workflows webhook ("when a webhook request is received"): one Adaptive Card for each piece."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Outcome, Receipt, Refused
from expertpost.model.post import URL, Post
from expertpost.publishers import http
from expertpost.publishers.base import Limits, Probe, Sending
from expertpost.publishers.http import Answer
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import Service, before_sending
from expertpost.render.announce import fitted, needs_link
from expertpost.render.families.rich import adaptive_card
from expertpost.render.shown import Shown
from expertpost.render.spans import Styled, restyled, styles_field

LENGTH = 5_000
LARGEST = 20_000
"""Bytes of a whole message; Teams takes some 28,000, and measured clients less."""

_READ_ON = "Read it on its page"


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """``room``: the channel as people call it, part of what a post is known by. ``webhook``: its address, a secret."""

    room: str
    webhook: SecretName


class Teams(Announcer[TeamsSettings]):
    """Posts a card. No id comes back and nothing can be searched; where an answer is lost, a person decides."""

    says = "a card in a Microsoft Teams channel (Workflows webhook)"
    settings_type = TeamsSettings
    guarantee = Guarantee.BLIND
    limits = Limits(length=LENGTH, unit="bytes")

    @staticmethod
    def count(text: str) -> int:
        """Bytes of UTF-8."""
        return len(text.encode())

    @classmethod
    def render(cls, shown: Shown, settings: TeamsSettings) -> Post:
        """Words and styles; the styles go where the card would grow too large with them."""
        words = fitted(shown, LENGTH, cls.count)
        if len(json.dumps(message(words, ""), ensure_ascii=False).encode()) > LARGEST:
            words = Styled(words.text)
        return Post((words.text,), styles_field(words), link=URL if needs_link(shown) else "")

    @property
    def account(self) -> str:
        """The channel as the settings call it."""
        return self.settings.room

    def look(self, at: datetime) -> Probe | Outcome:
        """Ask for the headers of the address: any answer but a refusal of access shows that somebody listens."""
        answer = self._service(at).ask("HEAD", "")
        if not isinstance(answer, Answer):
            return before_sending(answer)
        problem = http.judge(answer, at)
        of_account = isinstance(problem, Refused) and problem.because is Because.ACCOUNT
        return problem if of_account and problem else Probe(self.account)

    def deliver(self, sending: Sending) -> Outcome:
        """Hand the card to the workflow, once; 202 says that it was taken, and nothing more ever comes back."""
        words = restyled(sending.post.parts[0], sending.post.field("styles"))
        service = self._service(sending.at, sending.deadline)
        answer = service.ask("POST", "", message(words, sending.post.link))
        if not isinstance(answer, Answer):
            return answer
        return service.judge(answer) or Receipt(sending.key)

    def _service(self, at: datetime, deadline: float = 30.0) -> Service:
        return Service(self.secrets["webhook"], {}, at, deadline)


def message(words: Styled, link: str) -> Mapping[str, Json]:
    """What the workflow gets: one card."""
    card = adaptive_card(words, link, _READ_ON)
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}
