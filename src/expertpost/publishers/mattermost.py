"""Mattermost (api.mattermost.com, v4): one post in a channel for each piece."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Outcome, Receipt, Unsure
from expertpost.model.post import Post
from expertpost.publishers import http
from expertpost.publishers.base import Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import Service, before_sending, changed, counted, inside, removed, text
from expertpost.render.announce import chat_text
from expertpost.render.families.chat import MATTERMOST
from expertpost.render.shown import Shown

LENGTH = 16_383
KEY = "expertpost_key"
_PAGE, _PAGES = 200, 20


@dataclass(frozen=True, slots=True)
class MattermostSettings:
    """``server``: its address. ``channel``: the channel's id (26 letters and digits). ``token``: a bot's.

    ``length``: how long a post may be, which ``channels lock`` asks the server.
    """

    server: str
    channel: str
    token: SecretName
    length: int = LENGTH


class Mattermost(Announcer[MattermostSettings]):
    """Posts to a channel with the delivery's key in the post's properties, by which it is found again."""

    says = "a post in a Mattermost channel (bot)"
    settings_type = MattermostSettings
    guarantee = Guarantee.SEARCHABLE
    limits = Limits(length=LENGTH)

    @classmethod
    def judge(cls, settings: MattermostSettings) -> Iterable[Problem]:
        """The server must be an address, the channel an id."""
        if problem := http.problem_with(settings.server):
            yield Problem("server", problem, 'write server = "https://mattermost.example.org"')
        if not (settings.channel.isascii() and settings.channel.isalnum() and len(settings.channel) == 26):
            yield Problem("channel", "is no id of a channel", "copy the ID from the channel's View Info")

    @classmethod
    def render(cls, shown: Shown, settings: MattermostSettings) -> Post:
        """Title, summary and address in Mattermost's Markdown; or what the author wrote for this channel."""
        return Post((chat_text(shown, MATTERMOST, settings.length, cls.count),))

    @classmethod
    def limits_by(cls, settings: MattermostSettings) -> Limits:
        """As the server says."""
        return Limits(length=settings.length)

    def read_limits(self, at: datetime) -> Mapping[str, int]:
        """What the server tells everybody of itself. Raises Unanswered."""
        told = Service(f"{self.settings.server.rstrip('/')}/api/v4", {}, at).looked("/config/client?format=old")
        length = text(told, "MaxPostSize")
        return {"length": int(length)} if length.isascii() and length.isdigit() and int(length) else {}

    @property
    def account(self) -> str:
        """The channel's id, which is no other server's."""
        return self.settings.channel

    def look(self, at: datetime) -> Probe | Outcome:
        """Whose token it is."""
        told = self._service(at).tell("GET", "/users/me")
        return Probe(f"@{text(dict(told), 'username')}") if isinstance(told, Mapping) else before_sending(told)

    def deliver(self, sending: Sending) -> Outcome:
        """Post once; for half a minute the server would drop a repeat under the same pending id."""
        told = self._service(sending.at, sending.deadline).tell(
            "POST",
            "/posts",
            {
                "channel_id": self.settings.channel,
                "message": sending.post.parts[0],
                "props": {KEY: sending.key},
                "pending_post_id": sending.key[:26],
            },
        )
        return self._receipt(dict(told)) if isinstance(told, Mapping) else told

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the post other words."""
        service = self._service(sending.at, sending.deadline)
        told: Json = {"message": sending.post.parts[0]}
        return changed(service.change("PUT", f"{_place(receipt)}/patch", told), receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the key in its properties. Raises Gone, Unanswered."""
        return text(inside(self._service(at).seen(_place(receipt)), "props"), KEY) == key

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the post."""
        return removed(self._service(at).change("DELETE", _place(receipt)), receipt)

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """Reactions and answers. Raises Unanswered."""
        service = self._service(at)
        post, found = service.looked(_place(receipt)), service.looked(f"{_place(receipt)}/reactions")
        return {"likes": len(found) if isinstance(found, list) else 0, **counted(post, {"reply_count": "replies"})}

    def find(self, key: str) -> Receipt | None:
        """The post that holds the key. Raises Unreadable where not all of the channel's posts can be looked at."""
        for post in self._posts():
            if text(inside(post, "props"), KEY) == key:
                found = self._receipt(post)
                return found if isinstance(found, Receipt) else None
        return None

    def _posts(self) -> Iterator[Json]:
        service = self._service()
        for page in range(_PAGES):
            told = service.looked(f"/channels/{self.settings.channel}/posts?page={page}&per_page={_PAGE}")
            posts = inside(told, "posts")
            if not isinstance(posts, dict):
                raise Unreadable("the listing made no sense")
            yield from posts.values()
            if not posts:
                return
        raise Unreadable("there are more posts than can be looked at")

    def _receipt(self, post: Json) -> Receipt | Unsure:
        name = text(post, "id")
        server = self.settings.server.rstrip("/")
        return Receipt(name, f"{server}/_redirect/pl/{name}") if name else Unsure("the answer names no post")

    def _service(self, at: datetime | None = None, deadline: float = 30.0) -> Service:
        headers = {"authorization": f"Bearer {self.secrets['token']}"}
        base = f"{self.settings.server.rstrip('/')}/api/v4"
        return Service(base, headers, at, deadline) if at else Service(base, headers)


def _place(receipt: Receipt) -> str:
    return f"/posts/{quote(receipt.remote_id, safe='')}"
