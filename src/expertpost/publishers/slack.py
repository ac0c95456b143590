"""Slack: a message by a bot (chat.postMessage), which can be found again, or by an incoming webhook, which cannot."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import URL, Post, field_name
from expertpost.publishers.base import Gone, Limits, Probe, S, Sending, Unreadable
from expertpost.publishers.http import Answer
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import (
    GONE,
    Service,
    Trouble,
    Unanswered,
    before_sending,
    counted,
    inside,
    reactions,
    text,
)
from expertpost.render.announce import needs_link, styled_parts
from expertpost.render.families.rich import rich_text, slack_words
from expertpost.render.shown import Shown
from expertpost.render.spans import Span, Style, Styled, restyled, styles_field

LENGTH = 3_000
EVENT = "expertpost_delivery"
_PAGE, _PAGES = 200, 20
_GONE, _NO_THREAD = "message_not_found", "thread_not_found"
_OF_CONTENT = frozenset(
    {
        "msg_too_long",
        "no_text",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "invalid_metadata_format",
        "message_not_found",
        "cant_update_message",
        "cant_delete_message",
        "edit_window_closed",
    }
)
_NOBODY_KNOWS = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)


class _Slack(Announcer[S]):
    """What both ways have in common: words, styles and the page's address."""

    limits = Limits(length=LENGTH)

    @classmethod
    def render(cls, shown: Shown, settings: S) -> Post:
        """The words, their styles beside them; the address stands at the end."""
        parts = styled_parts(shown, LENGTH, cls.count, cls.limits.parts)
        styles = [
            (field_name(number, name), told) for number, words in enumerate(parts) for name, told in styles_field(words)
        ]
        return Post(tuple(words.text for words in parts), tuple(styles), link=URL if needs_link(shown) else "")


def message(post: Post) -> dict[str, Json]:
    """A post as Slack takes it: a rich text that nobody reads as markup, and the words for notifications."""
    words = restyled(post.parts[0], post.field("styles"))
    if post.link:
        words = words.then(Styled(post.link, (Span(0, len(post.link), Style.LINK, post.link),)))
    return {"text": slack_words(words.text), "blocks": [rich_text(words)]}


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """``channel``: its id (``C012AB3CD``). ``token``: a bot's, with ``chat:write`` and ``channels:history``.

    ``api``: where Slack's methods are; another one for GovSlack.
    """

    channel: str
    token: SecretName
    api: str = "https://slack.com/api"


class Slack(_Slack[SlackSettings]):
    """Posts a message with the delivery's key in its metadata, by which it is found again."""

    says = "a message in a Slack channel (bot)"
    settings_type = SlackSettings
    guarantee = Guarantee.SEARCHABLE
    limits = Limits(length=LENGTH, parts=25, threads=True)

    @property
    def account(self) -> str:
        """The channel's id."""
        return self.settings.channel

    def look(self, at: datetime) -> Probe | Outcome:
        """Whose token it is."""
        told = _told(self._service(at), "POST", "/auth.test", {})
        if isinstance(told, Mapping):
            return Probe(f"{text(told, 'user')} at {text(told, 'team')}, {self.settings.channel}")
        return before_sending(told)

    def deliver(self, sending: Sending) -> Outcome:
        """Post the message once."""
        service = self._service(sending.at, sending.deadline)
        told = _told(service, "POST", "/chat.postMessage", self._message(sending))
        if not isinstance(told, Mapping):
            return told
        return Receipt(text(told, "ts")) if text(told, "ts") else Unsure("the answer names no message")

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the message other words; readers see that it was edited."""
        service = self._service(sending.at, sending.deadline)
        told = _told(service, "POST", "/chat.update", {**self._message(sending), "ts": receipt.remote_id})
        return receipt if isinstance(told, Mapping) else GONE if _GONE in told.reason else told

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the key in its metadata. Raises Gone, Unreadable."""
        one = self._one(at, receipt)
        return text(inside(one, "metadata", "event_payload"), "key") == key

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the message."""
        named: Json = {"channel": self.settings.channel, "ts": receipt.remote_id}
        told = _told(self._service(at), "POST", "/chat.delete", named)
        return receipt if isinstance(told, Mapping) or _GONE in told.reason else told

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """Reactions and answers. Raises Unreadable."""
        one = self._one(at, receipt)
        return {"likes": reactions(one.get("reactions")), "replies": counted(one, {"reply_count": "n"}).get("n", 0)}

    def _one(self, at: datetime, receipt: Receipt) -> Mapping[str, Json]:
        """The message of a receipt, which may stand in a thread. Raises Gone, Unanswered."""
        stamp = receipt.remote_id
        named = {"ts": stamp, "oldest": stamp, "latest": stamp, "inclusive": "true", "include_all_metadata": "true"}
        asked = urlencode({"channel": self.settings.channel, **named})
        told = _told(self._service(at), "GET", f"/conversations.replies?{asked}")
        if not isinstance(told, Mapping) and _NO_THREAD not in told.reason:
            raise Unanswered(told)
        messages = told.get("messages") if isinstance(told, Mapping) else None
        for one in messages if isinstance(messages, list) else ():
            if isinstance(one, dict) and text(one, "ts") == stamp:
                return one
        raise Gone("the message is not there any more")

    def _message(self, sending: Sending) -> Mapping[str, Json]:
        """The message with the delivery's key, which stays with it when it is edited."""
        metadata: Json = {"event_type": EVENT, "event_payload": {"key": sending.key}}
        told = {**message(sending.post), "channel": self.settings.channel, "metadata": metadata}
        return {**told, "thread_ts": first} if (first := sending.post.field("thread")) else told

    def find(self, key: str) -> Receipt | None:
        """The message whose metadata hold the key. Raises Unreadable where not all of them can be looked at."""
        for one in self._messages("history"):
            if text(inside(one, "metadata", "event_payload"), "key") == key:
                return Receipt(text(one, "ts"))
            if text(inside(one, "metadata"), "event_type") == EVENT and inside(one, "reply_count"):
                # A channel does not list what stands in its threads.
                for reply in self._messages("replies", text(one, "ts")):
                    if text(inside(reply, "metadata", "event_payload"), "key") == key:
                        return Receipt(text(reply, "ts"))
        return None

    def _messages(self, where: str, of: str = "") -> Iterator[Json]:
        """The messages of the channel (``history``), or of the thread that begins with the message ``of``."""
        service, cursor = self._service(), ""
        for _ in range(_PAGES):
            asked = {
                "channel": self.settings.channel,
                "limit": str(_PAGE),
                "include_all_metadata": "true",
                "cursor": cursor,
                **({"ts": of} if of else {}),
            }
            told = _told(service, "GET", f"/conversations.{where}?{urlencode(asked)}")
            messages = told.get("messages") if isinstance(told, Mapping) else None
            if not isinstance(messages, list):
                raise Unreadable("Slack gives no list of messages" if isinstance(told, Mapping) else told.reason)
            yield from messages
            cursor = text(inside(told if isinstance(told, dict) else None, "response_metadata"), "next_cursor")
            if not cursor:
                return
        raise Unreadable("there are more messages than can be looked at")

    def _service(self, at: datetime | None = None, deadline: float = 30.0) -> Service:
        headers = {"authorization": f"Bearer {self.secrets['token']}"}
        return Service(self.settings.api, headers, at, deadline) if at else Service(self.settings.api, headers)


def _told(service: Service, method: str, path: str, told: Json = None) -> Mapping[str, Json] | Trouble:
    """What a method answers; an ``error`` comes with status 200, and means that nothing was posted, but for a few."""
    found = service.tell(method, path, told)
    if not isinstance(found, Mapping) or found.get("ok") is True:
        return found
    error = text(dict(found), "error")
    if error in ("ratelimited", "rate_limited"):
        return Busy(f"Slack says {error}")
    if error in _NOBODY_KNOWS or not error:
        return Unsure(f"Slack says {error or 'nothing'}")
    return Refused(f"Slack says {error}", Because.CONTENT if error in _OF_CONTENT else Because.ACCOUNT)


@dataclass(frozen=True, slots=True)
class SlackWebhookSettings:
    """``room``: the channel as people call it, part of what a post is known by. ``webhook``: its address, a secret."""

    room: str
    webhook: SecretName


class SlackWebhook(_Slack[SlackWebhookSettings]):
    """Posts a message by an incoming webhook: no id comes back, so where an answer is lost, a person decides."""

    says = "a message in a Slack channel (incoming webhook)"
    settings_type = SlackWebhookSettings
    guarantee = Guarantee.BLIND

    @property
    def account(self) -> str:
        """The channel as the settings call it."""
        return self.settings.room

    def look(self, at: datetime) -> Probe | Outcome:
        """Offer a message without words: a webhook that is alive refuses it with 400."""
        answer = self._service(at).ask("POST", "", {})
        if not isinstance(answer, Answer):
            return before_sending(answer)
        if answer.status == 400:
            return Probe(self.account)
        return before_sending(self._judged(answer, at) or Unsure("the webhook took a message without words"))

    def deliver(self, sending: Sending) -> Outcome:
        """Post the message once."""
        answer = self._service(sending.at, sending.deadline).ask("POST", "", message(sending.post))
        if not isinstance(answer, Answer):
            return answer
        problem = self._judged(answer, sending.at)
        said_ok = answer.whole and answer.body.strip() == b"ok"
        return problem or (Receipt(sending.key) if said_ok else Unsure("the answer was not Slack's ok"))

    def _judged(self, answer: Answer, at: datetime) -> Trouble | None:
        problem = self._service(at).judge(answer)
        # no_service, no_team, channel_not_found: nothing else goes there either.
        return Refused(problem.reason, Because.ACCOUNT) if problem and answer.status == 404 else problem

    def _service(self, at: datetime, deadline: float = 30.0) -> Service:
        return Service(self.secrets["webhook"], {}, at, deadline)
