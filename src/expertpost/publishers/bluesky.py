"""Bluesky, and any other PDS of the AT Protocol (atproto.com): one record app.bsky.feed.post for each piece."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from expertpost.model.canonical import Json, sha256
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import URL, Post, field_name
from expertpost.publishers import http
from expertpost.publishers.base import Gone, Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.http import Answer
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import (
    Service,
    Trouble,
    Unanswered,
    before_sending,
    counted,
    inside,
    looked_in_vain,
    text,
)
from expertpost.render.announce import needs_link, styled_parts
from expertpost.render.counts import graphemes
from expertpost.render.families.atproto import is_at_uri, is_handle, is_language
from expertpost.render.families.facets import facets
from expertpost.render.pictures import Frame, attached, content_type
from expertpost.render.shown import Shown

LENGTH, BYTES = 300, 3_000
COLLECTION = "app.bsky.feed.post"
_TAGS, _TAG_LENGTH = 8, 64
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
# Record keys look like moments (TID): ours lie between 2023 and 2026, so that none is ahead of its time.
_FIRST = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_MICROSECONDS = 94_608_000_000_000


@dataclass(frozen=True, slots=True)
class BlueskySettings:
    """``handle``: the account. ``password``: an app password. ``server``: the PDS where the account lives."""

    handle: str
    password: SecretName
    server: str = "https://bsky.social"


class Bluesky(Announcer[BlueskySettings]):
    """Puts a record under a key of our own, which can be taken once: the same delivery is there once, for ever."""

    says = "a post on Bluesky"
    settings_type = BlueskySettings
    guarantee = Guarantee.KEYED
    key_life = None
    """The record's key is made of the delivery's, and a repository has one under a key (atproto, putRecord)."""
    limits = Limits(length=LENGTH, media=4, parts=25, threads=True, picture=Frame(size=1_000_000, side=2_000))

    def __init__(self, settings: BlueskySettings, secrets: Mapping[str, str], root: Path) -> None:
        """Nobody is logged in yet."""
        super().__init__(settings, secrets, root)
        self._session: tuple[str, str] | None = None

    @classmethod
    def judge(cls, settings: BlueskySettings) -> Iterable[Problem]:
        """The server must be an address, the handle a name of the protocol's."""
        if problem := http.problem_with(settings.server):
            yield Problem("server", problem, 'write server = "https://bsky.social"')
        if not is_handle(settings.handle.strip("@")):
            yield Problem("handle", "is no handle", 'write handle = "acme.bsky.social"')

    @staticmethod
    def count(text: str) -> int:
        """Characters as people see them, of which at most ten bytes each may be used."""
        return max(graphemes(text), -(-len(text.encode()) * LENGTH // BYTES))

    @classmethod
    def render(cls, shown: Shown, settings: BlueskySettings) -> Post:
        """Words and their facets, and a card that leads to the page."""
        parts, front = styled_parts(shown, LENGTH, cls.count, cls.limits.parts), shown.front
        links = {field_name(number, "facets"): facets(words) for number, words in enumerate(parts)}
        tags = [tag for tag in front.topics if 0 < graphemes(tag) <= _TAG_LENGTH][:_TAGS]
        card = {"title": " ".join(front.title.split()), "description": " ".join(front.summary.split())}
        fields = {
            **{name: json.dumps(found) for name, found in links.items() if found},
            "tags": json.dumps(tags) if tags else "",
            "language": front.language if is_language(front.language) else "",
            "card": json.dumps(card) if needs_link(shown) else "",
        }
        link = URL if needs_link(shown) else ""
        media = attached(shown, cls.limits.media, cls.limits.picture)
        return Post(
            tuple(words.text for words in parts),
            tuple((name, value) for name, value in fields.items() if value),
            media,
            link,
        )

    @property
    def account(self) -> str:
        """The handle."""
        return self.settings.handle.strip("@").lower()

    def look(self, at: datetime) -> Probe | Outcome:
        """Log in."""
        session = self._log_in(self._service(at))
        return Probe(f"@{self.account}") if isinstance(session, tuple) else session

    def deliver(self, sending: Sending) -> Outcome:
        """Log in where that has not been done, and put the record, unless its key is taken already."""
        service = self._service(sending.at, sending.deadline)
        did = self._opened(service)
        if not isinstance(did, str):
            return did
        pictures = self._uploaded(service, sending)
        if not isinstance(pictures, list):
            return pictures
        reply = _reply(service, did, sending.post)
        if not isinstance(reply, dict):
            return reply
        rkey = tid(sending.key)
        asked: Json = {
            "repo": did,
            "collection": COLLECTION,
            "rkey": rkey,
            "record": _record(sending, pictures) | reply,
            "swapRecord": None,
        }
        answer = service.ask("POST", "/com.atproto.repo.putRecord", asked)
        if isinstance(answer, Answer) and text(answer.json(), "error") == "InvalidSwap":
            return self._there(service, did, rkey, sending.post)
        told = service.read(answer) if isinstance(answer, Answer) else answer
        if not isinstance(told, Mapping):
            return self._denied(told)
        return self._receipt(rkey, text(dict(told), "uri"))

    def find(self, key: str) -> Receipt | None:
        """The record under the key. Raises Unanswered."""
        told = self._service().ask("GET", f"/com.atproto.repo.getRecord?{_record_of(self.account, tid(key))}")
        if isinstance(told, Answer) and text(told.json(), "error") == "RecordNotFound":
            return None
        found = self._service().read(told) if isinstance(told, Answer) else told
        receipt = self._receipt(tid(key), text(dict(found), "uri")) if isinstance(found, Mapping) else found
        if not isinstance(receipt, Receipt):
            raise Unanswered(receipt)
        return receipt

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By its id, which is made of the key. Raises Gone, Unanswered."""
        if receipt.remote_id.rpartition("/")[2] != tid(key):
            return False
        there = self.find(key)
        if there is None:
            raise Gone("the record is not there any more")
        return there.remote_id == receipt.remote_id

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the record; a record that is gone is removed once more."""
        service = self._service(at)
        session = self._opened(service)
        if not isinstance(session, str):
            return session
        asked: Json = {"repo": session, "collection": COLLECTION, "rkey": receipt.remote_id.rpartition("/")[2]}
        told = service.tell("POST", "/com.atproto.repo.deleteRecord", asked)
        return receipt if isinstance(told, Mapping) else self._denied(told)

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """What Bluesky's own view of the network counts, which the PDS asks for us. Raises Unreadable."""
        service = self._service(at)
        session = self._opened(service)
        if not isinstance(session, str):
            raise Unanswered(session)
        posts = inside(service.looked(f"/app.bsky.feed.getPosts?{urlencode({'uris': receipt.remote_id})}"), "posts")
        if not isinstance(posts, list) or not posts:
            raise Unreadable("the post is not to be seen")
        return counted(posts[0], {"likeCount": "likes", "repostCount": "shares", "replyCount": "replies"})

    def _opened(self, service: Service) -> str | Trouble:
        """The account's id, where it is logged in now: ``service`` says so with every request."""
        session = self._session or self._log_in(service)
        if not isinstance(session, tuple):
            return session
        did, token = session
        service.headers = {"authorization": f"Bearer {token}"}
        return did

    def _uploaded(self, service: Service, sending: Sending) -> list[Json] | Trouble:
        """The blobs of the pictures; those that no record names are thrown away by the server."""
        blobs: list[Json] = []
        for media in sending.post.media:
            content = sending.media[media.source]
            told = service.tell("POST", "/com.atproto.repo.uploadBlob", content, kind=content_type(content))
            if not isinstance(told, Mapping):
                return before_sending(self._denied(told))
            blobs.append(told.get("blob"))
        return blobs

    def _there(self, service: Service, did: str, rkey: str, post: Post) -> Outcome:
        """What stands under a key that is taken: our own post of an earlier try, or a stranger."""
        try:
            told = service.looked(f"/com.atproto.repo.getRecord?{_record_of(did, rkey)}")
        except Unanswered as unanswered:
            return Unsure(unanswered.trouble.reason)
        if text(inside(told, "value"), "text") != post.parts[0]:
            return Refused(f"another text stands under the key {rkey}")
        return self._receipt(rkey, text(told, "uri"))

    def _denied(self, trouble: Trouble) -> Trouble:
        """An expired session is forgotten, so that the next try logs in again."""
        if "ExpiredToken" in trouble.reason or (isinstance(trouble, Refused) and trouble.because is Because.ACCOUNT):
            self._session = None
        return Refused(trouble.reason, Because.ACCOUNT) if "ExpiredToken" in trouble.reason else trouble

    def _receipt(self, rkey: str, uri: str) -> Receipt | Unsure:
        url = f"https://bsky.app/profile/{self.account}/post/{rkey}"
        return Receipt(uri, url) if is_at_uri(uri) else Unsure("the answer names no record")

    def _log_in(self, service: Service) -> tuple[str, str] | Trouble:
        asked: Json = {"identifier": self.account, "password": self.secrets["password"]}
        told = service.tell("POST", "/com.atproto.server.createSession", asked)
        if not isinstance(told, Mapping):
            return before_sending(told)
        did, token = text(dict(told), "did"), text(dict(told), "accessJwt")
        if not did or not token:
            return Busy("the server gave no session")
        self._session = (did, token)
        # What opens the account for an hour is a secret like the password: it is hidden in every answer.
        self.secrets = {**self.secrets, "session": token}
        return self._session

    def _service(self, at: datetime | None = None, deadline: float = 30.0) -> Service:
        base = f"{self.settings.server.rstrip('/')}/xrpc"
        return Service(base, {}, at, deadline) if at else Service(base)


def tid(key: str) -> str:
    """A record key for a delivery key: 53 bits of a moment and 10 of a clock, in base 32 (atproto, TID)."""
    chance = int(sha256(f"tid {key}".encode())[:32], 16)
    number = ((_FIRST + chance % _MICROSECONDS) << 10) | (chance // _MICROSECONDS) % 1_024
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def _record_of(repo: str, rkey: str) -> str:
    return urlencode({"repo": repo, "collection": COLLECTION, "rkey": rkey})


def _reply(service: Service, did: str, post: Post) -> dict[str, Json] | Trouble:
    """To which record a part of a thread replies, and which began the thread (app.bsky.feed.post#replyRef)."""
    found: dict[str, Json] = {}
    for name, uri in (("root", post.field("thread")), ("parent", post.field("reply_to"))):
        if not uri:
            return {}
        try:
            told = service.looked(f"/com.atproto.repo.getRecord?{_record_of(did, uri.rpartition('/')[2])}")
        except Unanswered as unanswered:
            return looked_in_vain(unanswered)
        found[name] = {"uri": uri, "cid": text(told, "cid")}
    return {"reply": found}


def _record(sending: Sending, pictures: list[Json]) -> dict[str, Json]:
    """The record as the lexicon app.bsky.feed.post has it; ``pictures`` are the blobs of its media."""
    post = sending.post
    record: dict[str, Json] = {
        "$type": COLLECTION,
        "text": post.parts[0],
        "createdAt": sending.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }
    record |= {name: json.loads(post.field(name)) for name in ("facets", "tags") if post.field(name)}
    if language := post.field("language"):
        record["langs"] = [language]
    if post.field("card") and post.link:
        card: dict[str, Json] = {"uri": post.link, **json.loads(post.field("card"))}
        if pictures:
            card["thumb"] = pictures[0]
        record["embed"] = {"$type": "app.bsky.embed.external", "external": card}
    elif pictures:
        images: list[Json] = [{"alt": one.alt, "image": blob} for one, blob in zip(post.media, pictures, strict=True)]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return record
