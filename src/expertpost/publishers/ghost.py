"""Ghost by its Admin API (docs.ghost.org): a draft first, then its publication by number."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import URL, Post
from expertpost.publishers import http
from expertpost.publishers.base import Probe, Problem, Publisher, Sending, Unreadable
from expertpost.publishers.service import (
    Service,
    Trouble,
    Unanswered,
    before_sending,
    changed,
    inside,
    looked_in_vain,
    removed,
    text,
)
from expertpost.render.families.article import article_html, title_of
from expertpost.render.fit import shorten
from expertpost.render.shown import Shown

_API = "/ghost/api/admin"
_TITLE, _EXCERPT = 255, 300
_MARK = 32


@dataclass(frozen=True, slots=True)
class GhostSettings:
    """``site``: its address. ``key``: the Admin API key of a custom integration. ``visibility``: who may read it."""

    site: str
    key: SecretName
    visibility: Literal["public", "members", "paid"] = "public"


class Ghost(Publisher[GhostSettings]):
    """Makes a draft with a hidden tag, then publishes it: whatever is lost on the way, there is one page in the end."""

    says = "a post on a Ghost site"
    settings_type = GhostSettings
    guarantee = Guarantee.KEYED
    key_life = None
    """Posts are searched by the hidden tag before a draft is made, and a draft is published once (Ghost Admin API)."""

    @classmethod
    def judge(cls, settings: GhostSettings) -> Iterable[Problem]:
        """The site must be an address."""
        problem = http.problem_with(settings.site)
        return [Problem("site", problem, 'write site = "https://blog.example.org"')] if problem else []

    @classmethod
    def render(cls, shown: Shown, settings: GhostSettings) -> Post:
        """One part, the HTML as a card that Ghost leaves alone; the fields hold what stands around it."""
        front = shown.front
        fields = {
            "title": shorten(title_of(shown), _TITLE, len),
            "slug": front.slug,
            "custom_excerpt": shorten(" ".join(front.summary.split()), _EXCERPT, len),
            "canonical_url": front.canonical_url or (URL if shown.has_page else ""),
            "tags": json.dumps([topic for topic in front.topics if not topic.startswith("#")]),
        }
        html = f"<!--kg-card-begin: html-->\n{article_html(shown)}\n<!--kg-card-end: html-->"
        return Post((html,), tuple((name, value) for name, value in fields.items() if value))

    @property
    def account(self) -> str:
        """The site's address."""
        site = urlsplit(self.settings.site)
        return f"{site.netloc.lower()}{site.path.rstrip('/')}"

    def look(self, at: datetime) -> Probe | Outcome:
        """Whether the key opens the site."""
        service = self._service(at)
        if not isinstance(service, Service):
            return service
        told = service.tell("GET", f"{_API}/posts/?limit=1&fields=id")
        return Probe(self.account) if isinstance(told, Mapping) else before_sending(told)

    def deliver(self, sending: Sending) -> Outcome:
        """Find the post of an earlier try or make a draft, and publish it."""
        service = self._service(sending.at, sending.deadline)
        if not isinstance(service, Service):
            return service
        try:
            there = _only(service.looked(f"{_API}/posts/?{_search(sending.key)}"))
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        draft = there or self._draft(service, sending)
        if not isinstance(draft, dict):
            return draft
        if text(draft, "status") == "published":
            return _receipt(draft)
        asked: Json = {"posts": [{"status": "published", "updated_at": text(draft, "updated_at")}]}
        told = service.tell("PUT", f"{_API}/posts/{text(draft, 'id')}/", asked)
        return _receipt(_only(dict(told))) if isinstance(told, Mapping) else told

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the post another text, unless somebody else changes it at the same moment; no mail goes out again."""
        service, place = self._service(sending.at, sending.deadline), _place(receipt)
        if not isinstance(service, Service):
            return service
        told = service.held(place)
        there = _only(dict(told)) if isinstance(told, Mapping) else told
        if not isinstance(there, dict):
            return there or Busy("the answer names no post")
        if text(there, "status") != "published":
            return Refused(f"somebody made the post {text(there, 'status') or 'something else'}")
        post = {**self._fields(sending), "updated_at": text(there, "updated_at")}
        # The address is what people link to.
        post.pop("slug", None)
        failed = service.change("PUT", f"{place}?source=html", {"posts": [post]})
        return Busy(failed.reason) if failed and "UpdateCollision" in failed.reason else changed(failed, receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the hidden tag. Raises Gone, Unanswered."""
        service = self._service(at)
        if not isinstance(service, Service):
            raise Unanswered(service)
        tags = inside(_only(service.seen(_place(receipt))), "tags")
        return any(text(tag, "name") == _tag(key) for tag in tags) if isinstance(tags, list) else False

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Make a draft of the post again, which nobody reads and in which nothing is lost."""
        service, place = self._service(at), _place(receipt)
        if not isinstance(service, Service):
            return service
        told = service.held(place)
        there = _only(dict(told)) if isinstance(told, Mapping) else told
        if not isinstance(there, dict):
            return removed(there or Busy("the answer names no post"), receipt)
        if text(there, "status") == "draft":
            return receipt
        asked: Json = {"posts": [{"status": "draft", "updated_at": text(there, "updated_at")}]}
        return removed(service.change("PUT", place, asked), receipt)

    def _fields(self, sending: Sending) -> dict[str, Json]:
        """What a post holds, with the hidden tag."""
        fields = dict(sending.post.fields)
        tags: list[Json] = [*json.loads(fields.pop("tags", "[]")), _tag(sending.key)]
        return {**fields, "html": sending.post.parts[0], "tags": [{"name": tag} for tag in tags]}

    def _draft(self, service: Service, sending: Sending) -> dict[str, Json] | Trouble:
        """A draft with the hidden tag."""
        post = {**self._fields(sending), "status": "draft", "visibility": self.settings.visibility}
        told = service.tell("POST", f"{_API}/posts/?source=html", {"posts": [post]})
        if not isinstance(told, Mapping):
            return before_sending(told)
        return _only(dict(told)) or Busy("the answer names no draft")

    def _service(self, at: datetime, deadline: float = 30.0) -> Service | Refused:
        try:
            token = signed_token(self.secrets["key"], at)
        except ValueError as wrong:
            return Refused(str(wrong), Because.ACCOUNT)
        headers = {"authorization": f"Ghost {token}", "accept-version": "v5.0"}
        return Service(self.settings.site.rstrip("/"), headers, at, deadline)


def signed_token(key: str, at: datetime) -> str:
    """A JSON Web Token (RFC 7519, HS256) for five minutes. Raises ValueError for a key that is not ``id:secret``."""
    name, _, secret = key.partition(":")
    try:
        material = binascii.unhexlify(secret)
    except ValueError as wrong:
        raise ValueError("the Admin API key must be an id, a colon and a secret of hex digits") from wrong
    if not name or not material:
        raise ValueError("the Admin API key must be an id, a colon and a secret of hex digits")
    now = int(at.timestamp())
    told = (
        {"alg": "HS256", "typ": "JWT", "kid": name},
        {"iat": now, "exp": now + 300, "aud": "/admin/"},
    )
    signed = b".".join(_base64url(json.dumps(one).encode()) for one in told)
    return (signed + b"." + _base64url(hmac.digest(material, signed, hashlib.sha256))).decode()


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _tag(key: str) -> str:
    """A tag that begins with # is never shown to readers."""
    return f"#expertpost-{key[:_MARK]}"


def _place(receipt: Receipt) -> str:
    return f"{_API}/posts/{quote(receipt.remote_id, safe='')}/"


def _search(key: str) -> str:
    return urlencode({"filter": f"tag:hash-expertpost-{key[:_MARK]}", "limit": "1"})


def _only(told: Json) -> dict[str, Json] | None:
    """The one post in an answer."""
    posts = inside(told, "posts")
    return posts[0] if isinstance(posts, list) and posts and isinstance(posts[0], dict) else None


def _receipt(post: Json) -> Receipt | Unsure:
    name = text(post, "id")
    return Receipt(name, text(post, "url")) if name else Unsure("the answer names no post")
