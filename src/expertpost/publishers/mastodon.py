"""Mastodon, and whatever speaks its client API (docs.joinmastodon.org): one status for each piece."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import Media, Post
from expertpost.publishers import http
from expertpost.publishers.base import Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.mark import Announcer, carries, found
from expertpost.publishers.oauth import Grant
from expertpost.publishers.service import (
    Service,
    Unanswered,
    before_sending,
    changed,
    counted,
    form_of,
    inside,
    removed,
    text,
    texts,
)
from expertpost.render import counts
from expertpost.render.announce import plain_parts
from expertpost.render.pictures import Frame, attached, content_type
from expertpost.render.shown import Shown

_PAGE, _PAGES = 40, 10
_SCOPES = ("read", "write:statuses", "write:media")
_DESCRIPTION = 1_500


@dataclass(frozen=True, slots=True)
class MastodonSettings:
    """``server``: where the account lives. ``token``: of an app with ``read``, ``write:statuses``, ``write:media``.

    ``user``: the account's name, without the server; it is part of what a post is known by. ``length``, ``pictures``:
    what the server takes, which ``channels lock`` asks it.
    """

    server: str
    user: str
    token: SecretName
    visibility: Literal["public", "unlisted", "private"] = "public"
    length: int = 500
    pictures: int = 4


class Mastodon(Announcer[MastodonSettings]):
    """Posts a status. A server drops a repeat for an hour at most, and some never: so nothing is repeated in doubt."""

    says = "a status on Mastodon or its kin"
    settings_type = MastodonSettings
    guarantee = Guarantee.SEARCHABLE
    # Moving pictures take their time on the server, and a status cannot name them before.
    limits = Limits(length=500, media=4, parts=25, threads=True, picture=Frame(size=8_000_000, side=4_096))

    @classmethod
    def judge(cls, settings: MastodonSettings) -> Iterable[Problem]:
        """The server must be an address, the user a name."""
        if problem := http.problem_with(settings.server):
            yield Problem("server", problem, 'write server = "https://mastodon.example"')
        if not settings.user.strip("@") or "@" in settings.user.strip("@"):
            yield Problem("user", "is no name of an account", 'write user = "acme"')

    @classmethod
    def limits_by(cls, settings: MastodonSettings) -> Limits:
        """As the server says; never more pictures than four, which others of its kin would not show."""
        media = min(settings.pictures, cls.limits.media)
        return replace(cls.limits, length=settings.length, media=media)

    def read_limits(self, at: datetime) -> Mapping[str, int]:
        """What the server tells everybody of itself. Raises Unanswered."""
        told = Service(self.settings.server.rstrip("/"), {}, at).looked("/api/v2/instance")
        names = {"max_characters": "length", "max_media_attachments": "pictures"}
        return {
            name: value for name, value in counted(inside(told, "configuration", "statuses"), names).items() if value
        }

    def grant(self, redirect: str, app_secret: str, at: datetime) -> Grant:
        """Register an app with the server, which every server lets anybody do. Raises Unanswered."""
        server = self.settings.server.rstrip("/")
        asked: Json = {"client_name": "expertpost", "redirect_uris": redirect, "scopes": " ".join(_SCOPES)}
        told = Service(server, {}, at).tell("POST", "/api/v1/apps", asked)
        if not isinstance(told, Mapping):
            raise Unanswered(told)
        client, secret = texts(dict(told), "client_id", "client_secret")
        return Grant(f"{server}/oauth/authorize", f"{server}/oauth/token", client, secret, _SCOPES, pkce=True)

    @staticmethod
    def count(text: str) -> int:
        """Characters as people see them; an address counts 23."""
        return counts.mastodon(text)

    @classmethod
    def render(cls, shown: Shown, settings: MastodonSettings) -> Post:
        """Title, summary and address; or what the author wrote for this channel."""
        language = shown.front.language.partition("-")[0]
        return Post(
            plain_parts(shown, settings.length, cls.count, cls.limits.parts),
            (("language", language),) if language else (),
            media=attached(shown, min(settings.pictures, cls.limits.media), cls.limits.picture),
        )

    @property
    def account(self) -> str:
        """The account as others write it."""
        return f"{self.settings.user.strip('@').lower()}@{urlsplit(self.settings.server).netloc.lower()}"

    def look(self, at: datetime) -> Probe | Outcome:
        """Whose token it is."""
        me = self._service(at).tell("GET", "/api/v1/accounts/verify_credentials")
        return Probe(f"@{text(me, 'acct')}") if isinstance(me, Mapping) else me

    def deliver(self, sending: Sending) -> Outcome:
        """Post the status, under an Idempotency-Key for what that is worth."""
        service = self._service(sending.at, sending.deadline)
        status = _status(service, sending)
        if not isinstance(status, dict):
            return status
        status["visibility"] = self.settings.visibility
        if before := sending.post.field("reply_to"):
            status["in_reply_to_id"] = before
        told = service.tell("POST", "/api/v1/statuses", status, headers={"idempotency-key": sending.key})
        return _receipt(told) if isinstance(told, Mapping) else told

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the status other words and pictures; whoever shared it is told by the server."""
        service = self._service(sending.at, sending.deadline)
        status = _status(service, sending)
        if not isinstance(status, dict):
            return status
        return changed(service.change("PUT", _place(receipt), status), receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the mark in its words. Raises Gone, Unanswered."""
        return carries(text(self._service(at).seen(_place(receipt)), "content"), key)

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the status; other servers are asked to, and mostly do."""
        return removed(self._service(at).change("DELETE", _place(receipt)), receipt)

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """As far as this server has heard of them. Raises Unanswered."""
        names = {"favourites_count": "likes", "reblogs_count": "shares", "replies_count": "replies"}
        return counted(self._service(at).looked(_place(receipt)), names)

    def find(self, key: str) -> Receipt | None:
        """The status that carries the mark. Raises Unreadable where one without any mark could be it."""
        return found(self._statuses(), key, lambda status: text(status, "content"), _receipt)

    def _statuses(self) -> Iterator[Json]:
        """The account's own statuses, newest first. Raises Unreadable where there are more than can be looked at."""
        service = self._service()
        me = text(service.looked("/api/v1/accounts/verify_credentials"), "id")
        older: dict[str, str] = {}
        for _ in range(_PAGES):
            query = urlencode({"limit": str(_PAGE), "exclude_reblogs": "true", **older})
            page = service.listed(f"/api/v1/accounts/{me}/statuses?{query}")
            yield from page
            if not page:
                return
            older = {"max_id": text(page[-1], "id")}
        raise Unreadable("there are more statuses than can be looked at")

    def _service(self, at: datetime | None = None, deadline: float = 30.0) -> Service:
        headers = {"authorization": f"Bearer {self.secrets['token']}"}
        server = self.settings.server.rstrip("/")
        return Service(server, headers, at, deadline) if at else Service(server, headers)


def _place(receipt: Receipt) -> str:
    return f"/api/v1/statuses/{quote(receipt.remote_id, safe='')}"


def _status(service: Service, sending: Sending) -> dict[str, Json] | Refused | Busy:
    """What a status holds; its pictures are uploaded then."""
    status: dict[str, Json] = {"status": sending.post.parts[0]}
    if language := sending.post.field("language"):
        status["language"] = language
    uploaded: list[Json] = []
    for media in sending.post.media:
        there = _uploaded(service, media, sending)
        if not isinstance(there, str):
            return there
        uploaded.append(there)
    return {**status, "media_ids": uploaded} if uploaded else status


def _uploaded(service: Service, media: Media, sending: Sending) -> str | Refused | Busy:
    """The number of a picture on the server; until a status names it, nobody sees it."""
    kind = content_type(sending.media[media.source])
    words = {"description": media.alt[:_DESCRIPTION]} if media.alt else {}
    name = f"{media.blob[:12]}.{kind.rpartition('/')[2]}"
    body, form = form_of(sending.key, words, name, kind, sending.media[media.source])
    told = service.tell("POST", "/api/v2/media", body, kind=form)
    if not isinstance(told, Mapping):
        return before_sending(told)
    return text(dict(told), "id") or Busy("the server names no picture")


def _receipt(status: Json) -> Receipt | Unsure:
    name, url = text(status, "id"), texts(status, "url")[0]
    return Receipt(name, url) if name else Unsure("the answer names no status")
