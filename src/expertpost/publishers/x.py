"""X (docs.x.com, API v2) through tweepy, whose requests all go out by our own transport: one post for each piece."""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretKind, SecretName
from expertpost.model.outcome import Busy, Outcome, Receipt, Unsure
from expertpost.model.post import Post, placeholders_in
from expertpost.publishers import tokens
from expertpost.publishers.base import Gone, Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.mark import Announcer, carries, found
from expertpost.publishers.oauth import Grant
from expertpost.publishers.service import Service, Unanswered, before_sending, counted, inside, text
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
_KEYS = ("api_key", "api_secret", "access_token", "access_secret")
_SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
_PLAIN, _WITH_LINK = 15, 200
_ALT = 1_000
_COUNTS = {
    "impression_count": "views", "like_count": "likes", "repost_count": "shares", "retweet_count": "shares",
    "reply_count": "replies",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class XSettings:
    """``user``: the account's name. ``api``: where the API is.

    Either the four secrets of an app with read and write access, which do not end (OAuth 1.0a); or ``token``, which
    ``channels login`` gets for the app ``client_id`` at ``oauth``, and which is renewed every two hours (OAuth 2.0).
    ``client_secret``: of an app that X calls confidential.
    """

    user: str
    api_key: SecretName | None = None
    api_secret: SecretName | None = None
    access_token: SecretName | None = None
    access_secret: SecretName | None = None
    token: SecretName | None = None
    client_id: str = ""
    client_secret: SecretName | None = None
    api: str = "https://api.x.com"
    oauth: str = "https://x.com/i/oauth2"


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
        """The user must be a name, and one of the two ways whole."""
        name = settings.user.removeprefix("@")
        if not (name.isascii() and name.replace("_", "").isalnum()):
            yield Problem("user", "is no name of an account", 'write user = "acme"')
        lacking = [key for key in _KEYS if getattr(settings, key) is None]
        if settings.token is None and lacking:
            yield Problem(lacking[0], "is missing", "write all four keys, or token and client_id (handbook: X)")
        elif settings.token is not None and not settings.client_id:
            yield Problem("client_id", "is missing", "write the Client ID of the app: the token is renewed with it")
        elif settings.token is not None and settings.token.kind is SecretKind.ENV:
            cure = 'write token = { keyring = "expertpost/x" }, or use the four keys, which do not end'
            yield Problem("token", "is renewed every two hours, and a variable cannot keep the next one", cure)

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
            told = self._client(Service(self.settings.api, {}, at)).get_me(user_auth=self._signs)
        except (Unanswered, ImportError) as met:
            return before_sending(trouble(met))
        ends = tokens.ends(self, self.settings.token) if self.settings.token else None
        return Probe(f"@{text(inside(told, 'data'), 'username')}", ends)

    def deliver(self, sending: Sending) -> Outcome:
        """Post once. A refusal as a duplicate is no proof: the other one may be this very post."""
        try:
            client = self._client(Service(self.settings.api, {}, sending.at, sending.deadline))
            pictures = _uploaded(partial(_told, client, self._signs), sending)
        except (Unanswered, ImportError) as met:
            return before_sending(trouble(met))
        try:
            before = sending.post.field("reply_to") or None
            told = client.create_tweet(
                text=sending.post.parts[0],
                media_ids=pictures or None,
                in_reply_to_tweet_id=before,
                user_auth=self._signs,
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
        told = answered(partial(client.get_tweet, receipt.remote_id, tweet_fields="entities", user_auth=self._signs))
        if inside(told, "data") is None:
            raise Gone("the post is not there any more") if _is_missing(told) else Unreadable("X shows no post")
        return carries(_words(inside(told, "data")), key)

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the post."""
        try:
            client = self._client(Service(self.settings.api, {}, at))
            told = client.delete_tweet(receipt.remote_id, user_auth=self._signs)
        except (Unanswered, ImportError) as met:
            return trouble(met)
        return receipt if inside(told, "data", "deleted") is True else Unsure("X does not say that it is gone")

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """What everybody sees below a post. Raises Unreadable."""
        if not receipt.remote_id.isdecimal():
            raise Unreadable("this is no name of a post on X")
        client = answered(lambda: self._client(Service(self.settings.api, {}, at)))
        asked = {"tweet_fields": "public_metrics", "user_auth": self._signs}
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
        me = text(inside(answered(partial(client.get_me, user_auth=self._signs)), "data"), "id")
        of_all = {"max_results": _PAGE, "tweet_fields": "entities", "user_auth": self._signs}
        token = None
        for _ in range(_PAGES):
            page = answered(partial(client.get_users_tweets, me, **of_all, pagination_token=token))
            posts = inside(page, "data")
            yield from posts if isinstance(posts, list) else ()
            token = text(inside(page, "meta"), "next_token") or None
            if token is None:
                return
        raise Unreadable("there are more posts than can be looked at")

    def wake(self, at: datetime) -> None:
        """Renew the token, where there is one and it is about to end. Raises Unanswered."""
        if self.settings.token:
            tokens.opened(self, self.settings.token, lambda: self._renewal(at), at)

    def grant(self, redirect: str, app_secret: str, at: datetime) -> Grant:
        """The app that somebody made for us in X's portal; without ``client_secret`` it is a public client."""
        token, page = f"{self.settings.api}/2/oauth2/token", f"{self.settings.oauth.rstrip('/')}/authorize"
        # A secret that only the login knew could not renew the token.
        secret = app_secret if self.settings.client_secret else ""
        return Grant(page, token, self.settings.client_id, secret, _SCOPES, pkce=True, basic=True)

    def _renewal(self, at: datetime) -> Grant:
        return self.grant("", self.secrets.get("client_secret", ""), at)

    @property
    def _signs(self) -> bool:
        """Whether each request is signed with the four keys (OAuth 1.0a); else it shows the token."""
        return self.settings.token is None

    def _client(self, service: Service) -> "Client":
        """Tweepy with what opens the account. Raises Unanswered, ImportError."""
        self.wake(service.at)
        if self._signs:
            return client_of(service, keys=[self.secrets[name] for name in _KEYS])
        return client_of(service, token=tokens.unpacked(self.secrets[tokens.KEY]).access)


def _uploaded(tell: Callable[[str, Json], Json], sending: Sending) -> list[str]:
    """The numbers of the pictures, their words beside them; nobody sees them before a post names them. Raises Met."""
    numbers = []
    for media in sending.post.media:
        content = base64.b64encode(sending.media[media.source]).decode()
        asked: Json = {"media": content, "media_category": "tweet_image"}
        number = text(inside(tell("/2/media/upload", asked), "data"), "id")
        if not number:
            raise Met(Busy("X names no picture"))
        if media.alt:
            words: Json = {"id": number, "metadata": {"alt_text": {"text": media.alt[:_ALT]}}}
            tell("/2/media/metadata", words)
        numbers.append(number)
    return numbers


def _told(client: "Client", signs: bool, route: str, asked: Json) -> Json:
    """What a method answers that tweepy has no name for. Raises Met."""
    told: Json = client.request("POST", route, json=asked, user_auth=signs).json()
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
