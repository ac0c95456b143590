"""X (docs.x.com, API v2) through tweepy, whose requests all go out by our own transport: one post for each piece."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Busy, Outcome, Receipt, Unsure
from expertpost.model.post import Post, placeholders_in
from expertpost.publishers.base import Gone, Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.mark import Announcer, carries, found
from expertpost.publishers.service import Service, before_sending, counted, inside, text
from expertpost.publishers.x_client import Met, answered, client_of, trouble
from expertpost.render.announce import plain_parts
from expertpost.render.counts import weighted
from expertpost.render.fit import LINK
from expertpost.render.pictures import Frame, attached
from expertpost.render.shown import Shown

if TYPE_CHECKING:
    from tweepy import Client

LENGTH = 280
_PAGE, _PAGES = 100, 5
_PLAIN, _WITH_LINK = 15, 200
_ALT = 1_000
_COUNTS = {
    "impression_count": "views", "like_count": "likes", "repost_count": "shares", "retweet_count": "shares",
    "reply_count": "replies",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class XSettings:
    """``user``: the account's name. The four secrets are those of an app with read and write access (OAuth 1.0a).

    ``api``: where the API is.
    """

    user: str
    api_key: SecretName
    api_secret: SecretName
    access_token: SecretName
    access_secret: SecretName
    api: str = "https://api.x.com"


class X(Announcer[XSettings]):
    """Posts once. X keeps no keys; a post is found again by the mark in its page's address."""

    says = "a post on X"
    settings_type = XSettings
    guarantee = Guarantee.SEARCHABLE
    limits = Limits(
        length=LENGTH, unit="weighted characters", media=4, parts=25, threads=True,
        picture=Frame(size=5_000_000, side=4_096),
    )  # fmt: skip

    @classmethod
    def judge(cls, settings: XSettings) -> Iterable[Problem]:
        """The user must be a name."""
        name = settings.user.removeprefix("@")
        if not (name.isascii() and name.replace("_", "").isalnum()):
            yield Problem("user", "is no name of an account", 'write user = "acme"')

    @staticmethod
    def count(text: str) -> int:
        """As X weighs: an address 23, an emoji 2."""
        return weighted(text)

    @classmethod
    def render(cls, shown: Shown, settings: XSettings) -> Post:
        """Title, summary and address; or what the author wrote for this channel."""
        media = attached(shown, cls.limits.media, cls.limits.picture)
        return Post(plain_parts(shown, LENGTH, cls.count, cls.limits.parts), media=media)

    @classmethod
    def cost(cls, post: Post) -> int:
        """More for a post that leads somewhere (prices of April 2026)."""
        return sum(_WITH_LINK if "url" in placeholders_in(part) or LINK.search(part) else _PLAIN for part in post.parts)

    @property
    def account(self) -> str:
        """The account's name."""
        return self.settings.user.removeprefix("@").lower()

    def look(self, at: datetime) -> Probe | Outcome:
        """Whose tokens they are."""
        try:
            told = self._client(Service(self.settings.api, {}, at)).get_me()
        except (Met, ImportError) as met:
            return before_sending(trouble(met))
        return Probe(f"@{text(inside(told, 'data'), 'username')}")

    def deliver(self, sending: Sending) -> Outcome:
        """Post once. A refusal as a duplicate is no proof: the other one may be this very post."""
        try:
            client = self._client(Service(self.settings.api, {}, sending.at, sending.deadline))
            pictures = _uploaded(client, sending)
        except (Met, ImportError) as met:
            return before_sending(trouble(met))
        try:
            before = sending.post.field("reply_to") or None
            told = client.create_tweet(
                text=sending.post.parts[0], media_ids=pictures or None, in_reply_to_tweet_id=before, user_auth=True
            )
        except Met as met:
            return trouble(met)
        return _receipt(inside(told, "data"))

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the mark in an address of its words. Raises Gone, Unreadable.

        X names posts by digits; any other name could be another request.
        """
        if not receipt.remote_id.isdecimal():
            return False
        client = answered(lambda: self._client(Service(self.settings.api, {}, at)))
        told = answered(partial(client.get_tweet, receipt.remote_id, tweet_fields="entities", user_auth=True))
        if inside(told, "data") is None:
            raise Gone("the post is not there any more") if _is_missing(told) else Unreadable("X shows no post")
        return carries(_words(inside(told, "data")), key)

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the post."""
        try:
            told = self._client(Service(self.settings.api, {}, at)).delete_tweet(receipt.remote_id, user_auth=True)
        except (Met, ImportError) as met:
            return trouble(met)
        return receipt if inside(told, "data", "deleted") is True else Unsure("X does not say that it is gone")

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """What everybody sees below a post. Raises Unreadable."""
        if not receipt.remote_id.isdecimal():
            raise Unreadable("this is no name of a post on X")
        client = answered(lambda: self._client(Service(self.settings.api, {}, at)))
        asked = {"tweet_fields": "public_metrics", "user_auth": True}
        found = inside(answered(partial(client.get_tweet, receipt.remote_id, **asked)), "data", "public_metrics")
        if found is None:
            raise Unreadable("the post is not to be seen")
        return counted(found, _COUNTS)

    def find(self, key: str) -> Receipt | None:
        """The post that carries the mark. Raises Unreadable where one without any mark could be it."""
        return found(self._posts(), key, _words, _receipt)

    def _posts(self) -> Iterator[Json]:
        """The account's own posts, newest first."""
        client = answered(lambda: self._client(Service(self.settings.api)))
        me = text(inside(answered(client.get_me), "data"), "id")
        token = None
        for _ in range(_PAGES):
            asked = {"max_results": _PAGE, "pagination_token": token, "tweet_fields": "entities", "user_auth": True}
            page = answered(partial(client.get_users_tweets, me, **asked))
            posts = inside(page, "data")
            yield from posts if isinstance(posts, list) else ()
            token = text(inside(page, "meta"), "next_token") or None
            if token is None:
                return
        raise Unreadable("there are more posts than can be looked at")

    def _client(self, service: Service) -> "Client":
        names = ("api_key", "api_secret", "access_token", "access_secret")
        return client_of(service, [self.secrets[name] for name in names])


def _uploaded(client: "Client", sending: Sending) -> list[str]:
    """The numbers of the pictures, their words beside them; nobody sees them before a post names them. Raises Met."""
    numbers = []
    for media in sending.post.media:
        content = base64.b64encode(sending.media[media.source]).decode()
        asked: Json = {"media": content, "media_category": "tweet_image"}
        number = text(inside(_told(client, "/2/media/upload", asked), "data"), "id")
        if not number:
            raise Met(Busy("X names no picture"))
        if media.alt:
            words: Json = {"id": number, "metadata": {"alt_text": {"text": media.alt[:_ALT]}}}
            _told(client, "/2/media/metadata", words)
        numbers.append(number)
    return numbers


def _told(client: "Client", route: str, asked: Json) -> Json:
    """What a method answers that tweepy has no name for. Raises Met."""
    told: Json = client.request("POST", route, json=asked, user_auth=True).json()
    return told


def _is_missing(told: Json) -> bool:
    """Whether an answer without a post says that there is none; it may also be hidden from us."""
    errors = inside(told, "errors")
    found = errors if isinstance(errors, list) else ()
    return any(text(one, "type").endswith("/resource-not-found") for one in found)


def _words(post: Json) -> str:
    """The text of a post and the addresses behind its short ones."""
    urls = inside(post, "entities", "urls")
    long = [text(url, "expanded_url") for url in urls] if isinstance(urls, list) else []
    return " ".join([text(post, "text"), *long])


def _receipt(post: Json) -> Receipt | Unsure:
    name = text(post, "id")
    return Receipt(name, f"https://x.com/i/status/{name}") if name else Unsure("the answer names no post")
