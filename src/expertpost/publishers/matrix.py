"""Matrix (spec.matrix.org, Client-Server API v3): one message in a room for each piece."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from expertpost.model.canonical import Json, sha256
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import URL, Post
from expertpost.publishers import http
from expertpost.publishers.base import Gone, Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.http import Answer
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import (
    GONE,
    Service,
    Unanswered,
    before_sending,
    changed,
    inside,
    looked_in_vain,
    removed,
    text,
)
from expertpost.render.announce import fitted, needs_link
from expertpost.render.families.matrix import to_matrix_html
from expertpost.render.shown import Shown
from expertpost.render.spans import Span, Style, Styled, restyled, styles_field

LENGTH = 8_000
"""Bytes of words; with their HTML an event stays far below the 65,536 bytes that Matrix allows."""

KEY = "org.expertpost.key"
_API = "/_matrix/client/v3"
_PAGE, _PAGES = 100, 20


@dataclass(frozen=True, slots=True)
class MatrixSettings:
    """``homeserver``: its address. ``room``: the room's id (``!…:server``). ``user``: ``@name:server``.

    ``token``: the access token of one device of that user, made for this channel and kept.
    """

    homeserver: str
    room: str
    user: str
    token: SecretName


class Matrix(Announcer[MatrixSettings]):
    """Posts a message. The server drops a repeat under its transaction id; what it has forgotten, we look for."""

    says = "a message in a Matrix room"
    settings_type = MatrixSettings
    guarantee = Guarantee.KEYED
    key_life = None
    """The user's own messages are searched for the key before one is sent; transaction ids are forgotten sooner."""
    limits = Limits(length=LENGTH, unit="bytes")

    @classmethod
    def judge(cls, settings: MatrixSettings) -> Iterable[Problem]:
        """The address, the room and the user must look like such."""
        if problem := http.problem_with(settings.homeserver):
            yield Problem("homeserver", problem, 'write homeserver = "https://matrix.example.org"')
        if not settings.room.startswith("!"):
            yield Problem(
                "room", "is no id of a room", 'write room = "!…:example.org", as the room\'s settings show it'
            )
        if not settings.user.startswith("@") or ":" not in settings.user:
            yield Problem("user", "is no user", 'write user = "@expertpost:example.org"')

    @staticmethod
    def count(text: str) -> int:
        """Bytes of UTF-8."""
        return len(text.encode())

    @classmethod
    def render(cls, shown: Shown, settings: MatrixSettings) -> Post:
        """Words and styles; the page's address stands at the end."""
        words = fitted(shown, LENGTH, cls.count)
        return Post((words.text,), styles_field(words), link=URL if needs_link(shown) else "")

    @property
    def account(self) -> str:
        """The user and the room."""
        return f"{self.settings.user} in {self.settings.room}"

    def look(self, at: datetime) -> Probe | Outcome:
        """Whose token it is: of another user than the channel's, and what was posted would not be found again."""
        told = self._service(at).tell("GET", f"{_API}/account/whoami")
        if not isinstance(told, Mapping):
            return before_sending(told)
        user = text(dict(told), "user_id")
        if user != self.settings.user:
            return Refused(f"the token is that of {user}", Because.ACCOUNT)
        return self._encrypted(self._service(at)) or Probe(user)

    def deliver(self, sending: Sending) -> Outcome:
        """Look whether it is there; else put the message under a transaction id made of the key. It calls nobody."""
        service = self._service(sending.at, sending.deadline)
        try:
            there = self._search(service, sending.key)
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        if there:
            return there
        if encrypted := self._encrypted(service):
            return encrypted
        told = service.tell(
            "PUT", f"{self._room()}/send/m.room.message/{sending.key}", _event(sending.post, sending.key)
        )
        if not isinstance(told, Mapping):
            return told
        name = text(dict(told), "event_id")
        return Receipt(name) if name else Unsure("the answer names no message")

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Say what replaces the message (m.replace), under an id made of both: the same change twice is one."""
        service = self._service(sending.at, sending.deadline)
        there = service.held(f"{self._room()}/event/{quote(receipt.remote_id, safe='')}")
        if not isinstance(there, Mapping):
            return there
        if not inside(dict(there), "content", "body"):
            return GONE
        event = _event(sending.post, sending.key)
        replaced: Json = {"rel_type": "m.replace", "event_id": receipt.remote_id}
        told: Json = {**event, "body": f"* {event['body']}", "m.new_content": dict(event), "m.relates_to": replaced}
        change = sha256(f"{receipt.remote_id} {sending.post.digest}".encode())
        return changed(service.change("PUT", f"{self._room()}/send/m.room.message/{change}", told), receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the key in its content, which a removal takes away. Raises Gone, Unanswered."""
        there = self._service(at).seen(f"{self._room()}/event/{quote(receipt.remote_id, safe='')}")
        if not inside(there, "content", "body"):
            raise Gone("the message was removed")
        return text(inside(there, "content"), KEY) == key

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Redact the message and before it all that replaced it: every word is gone, and everybody sees that one was.

        What replaced a message keeps its words where only the message is redacted. The transaction ids are no delivery
        keys: Synapse would take the removal for a repeat of the message, and do nothing.
        """
        service = self._service(at)
        try:
            names = [*self._replacements(service, receipt.remote_id), receipt.remote_id]
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        for name in names:
            place = f"{self._room()}/redact/{quote(name, safe='')}/{sha256(f'redact {name}'.encode())}"
            outcome = removed(service.change("PUT", place, {}), receipt)
            if outcome != receipt:
                return outcome
        return receipt

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """Every reaction counts as one who likes it. Raises Unanswered."""
        event = quote(receipt.remote_id, safe="")
        asked = (
            f"/_matrix/client/v1/rooms/{quote(self.settings.room, safe='')}/relations/{event}/m.annotation?limit=100"
        )
        found = inside(self._service(at).looked(asked), "chunk")
        return {"likes": len(found)} if isinstance(found, list) else {}

    def find(self, key: str) -> Receipt | None:
        """The message that holds the key. Raises Unreadable where not all of the user's messages can be looked at."""
        return self._search(self._service(), key)

    def _encrypted(self, service: Service) -> Refused | Busy | None:
        """Why a room takes no posts of ours, None where it does: in an encrypted one they would stand in the clear."""
        answer = service.ask("GET", f"{self._room()}/state/m.room.encryption")
        if not isinstance(answer, Answer):
            return before_sending(answer)
        if answer.status == 404 and isinstance(answer.json(), dict):
            return None
        trouble = service.judge(answer)
        return before_sending(trouble) if trouble else Refused("the room is encrypted", Because.ACCOUNT)

    def _search(self, service: Service, key: str) -> Receipt | None:
        for event in self._messages(service):
            if text(inside(event, "content"), KEY) == key:
                return Receipt(text(event, "event_id"))
        return None

    def _replacements(self, service: Service, name: str) -> list[str]:
        """What replaced a message, newest first: the server lists no relations of one that is redacted."""
        found: list[str] = []
        for event in self._messages(service):
            if text(event, "event_id") == name:
                break
            if text(inside(event, "content", "m.relates_to"), "event_id") == name:
                found.append(text(event, "event_id"))
        return found

    def _messages(self, service: Service) -> Iterator[Json]:
        """The user's own messages in the room, newest first."""
        chosen = json.dumps({"types": ["m.room.message"], "senders": [self.settings.user]})
        asked = {"dir": "b", "limit": str(_PAGE), "filter": chosen}
        for _ in range(_PAGES):
            page = service.looked(f"{self._room()}/messages?{urlencode(asked)}")
            events = inside(page, "chunk")
            if not isinstance(events, list):
                raise Unanswered(Unsure("the listing made no sense"))
            yield from events
            if not text(page, "end"):
                return
            asked["from"] = text(page, "end")
        raise Unreadable("there are more messages than can be looked at")

    def _room(self) -> str:
        return f"{_API}/rooms/{quote(self.settings.room, safe='')}"

    def _service(self, at: datetime | None = None, deadline: float = 30.0) -> Service:
        headers = {"authorization": f"Bearer {self.secrets['token']}"}
        server = self.settings.homeserver.rstrip("/")
        return Service(server, headers, at, deadline) if at else Service(server, headers)


def _event(post: Post, key: str) -> dict[str, Json]:
    """The content of a message event; ``m.mentions`` says that nobody is called, whatever the words are."""
    words = restyled(post.parts[0], post.field("styles"))
    if post.link:
        words = words.then(Styled(post.link, (Span(0, len(post.link), Style.LINK, post.link),)))
    return {
        "msgtype": "m.text",
        "body": words.text,
        "format": "org.matrix.custom.html",
        "formatted_body": to_matrix_html(words),
        "m.mentions": {},
        KEY: key,
    }
