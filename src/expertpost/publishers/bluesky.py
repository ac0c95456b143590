"""Bluesky, and any other PDS of the AT Protocol (atproto.com): one record app.bsky.feed.post for each piece."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import THUMBNAIL, URL, Post, field_name
from expertpost.publishers import http
from expertpost.publishers.atproto import COLLECTION, address, records, tid
from expertpost.publishers.base import Gone, Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.http import Answer
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import (
    JSON,
    Service,
    Told,
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
from expertpost.render.social import Words, draw, drawable

LENGTH, BYTES, PARTS = 300, 3_000, 25
_TAGS, _TAG_LENGTH = 8, 64


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
    limits = Limits(length=LENGTH, media=4, parts=PARTS, picture=Frame(size=1_000_000, side=2_000))

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
        """Words and their facets, and a card that leads to the page, with the picture that the page shows networks."""
        parts, front = styled_parts(shown, LENGTH, cls.count, cls.limits.parts), shown.front
        links = {field_name(number, "facets"): facets(words) for number, words in enumerate(parts)}
        tags = [tag for tag in front.topics if 0 < graphemes(tag) <= _TAG_LENGTH][:_TAGS]
        card = {"title": " ".join(front.title.split()), "description": " ".join(front.summary.split())}
        drawn = drawable(shown.card) if shown.card and needs_link(shown) else None
        fields = {
            **{name: json.dumps(found) for name, found in links.items() if found},
            "tags": json.dumps(tags) if tags else "",
            "language": front.language if is_language(front.language) else "",
            "card": json.dumps(card) if needs_link(shown) else "",
            THUMBNAIL: json.dumps(drawn, ensure_ascii=False) if drawn else "",
        }
        link = URL if needs_link(shown) else ""
        media = () if drawn else attached(shown, cls.limits.media, cls.limits.picture)
        told = tuple((name, value) for name, value in fields.items() if value)
        return Post(tuple(words.text for words in parts), told, media, link)

    @property
    def account(self) -> str:
        """The handle."""
        return self.settings.handle.strip("@").lower()

    def look(self, at: datetime) -> Probe | Outcome:
        """Log in."""
        session = self._log_in(self._service(at))
        return Probe(f"@{self.account}") if isinstance(session, tuple) else session

    def deliver(self, sending: Sending) -> Outcome:
        """Log in where that has not been done, and write the record, or those of a whole thread, under our own key."""
        service = self._service(sending.at, sending.deadline)
        did = self._opened(service)
        if not isinstance(did, str):
            return did
        blobs = self._uploaded(service, sending)
        if not isinstance(blobs, list):
            return blobs
        found = list(records(sending.post, sending.key, sending.at, did, blobs))
        write = self._put if len(found) == 1 else self._put_all
        return write(service, did, sending, found)

    def _put(self, service: Service, did: str, sending: Sending, found: list[dict[str, Json]]) -> Outcome:
        """Put one record where none is: the server itself sees to that."""
        rkey = tid(sending.key)
        asked: Json = {
            "repo": did,
            "collection": COLLECTION,
            "rkey": rkey,
            "record": found[0],
            "swapRecord": None,
        }
        answer = self._asked(service, "putRecord", asked)
        if isinstance(answer, Answer) and text(answer.json(), "error") == "InvalidSwap":
            return self._there(service, did, rkey, sending.post)
        told = self._read(service, answer)
        return self._receipt(rkey, text(dict(told), "uri")) if isinstance(told, Mapping) else told

    def _put_all(self, service: Service, did: str, sending: Sending, found: list[dict[str, Json]]) -> Outcome:
        """Make all records in one commit, or none: the server breaks off (500) where one of the keys is taken."""
        rkey = tid(sending.key)
        try:
            there = self.find(sending.key)
        except Unanswered as unanswered:
            return looked_in_vain(unanswered)
        if there:
            return self._there(service, did, rkey, sending.post)
        writes: list[Json] = [
            {**_write("create", tid(sending.key, number)), "value": record} for number, record in enumerate(found)
        ]
        told = self._told(service, "applyWrites", {"repo": did, "writes": writes})
        return self._receipt(rkey, address(did, rkey)) if isinstance(told, Mapping) else told

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

    def retract(self, receipt: Receipt, key: str, at: datetime) -> Outcome:
        """Remove the record, and all of a thread, in one commit."""
        service = self._service(at)
        did = self._opened(service)
        if not isinstance(did, str):
            return did
        ours = [tid(key, number) for number in range(PARTS)]
        try:
            # Newest first: all that come before a key that is one higher than the highest of ours.
            asked = {"repo": did, "collection": COLLECTION, "limit": PARTS, "cursor": tid(key, PARTS)}
            listed = inside(service.looked(f"/com.atproto.repo.listRecords?{urlencode(asked)}"), "records")
        except Unanswered as unanswered:
            return looked_in_vain(unanswered)
        if not isinstance(listed, list):
            return Busy("the listing made no sense")
        there = {text(one, "uri") for one in listed}
        writes: list[Json] = [_write("delete", rkey) for rkey in ours if address(did, rkey) in there]
        told = self._told(service, "applyWrites", {"repo": did, "writes": writes}) if writes else {}
        return receipt if isinstance(told, Mapping) else told

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

    def _asked(self, service: Service, verb: str, told: Told, kind: str = JSON) -> Answer | Trouble:
        """One request of the account's. A session that has ended, for which nothing was done, is opened anew."""
        answer = service.ask("POST", f"/com.atproto.repo.{verb}", told, kind=kind)
        if not isinstance(answer, Answer) or text(answer.json(), "error") != "ExpiredToken":
            return answer
        self._session = None
        opened = self._opened(service)
        if not isinstance(opened, str):
            return opened
        return service.ask("POST", f"/com.atproto.repo.{verb}", told, kind=kind)

    def _told(self, service: Service, verb: str, told: Told, kind: str = JSON) -> Mapping[str, Json] | Trouble:
        return self._read(service, self._asked(service, verb, told, kind))

    def _read(self, service: Service, answer: Answer | Trouble) -> Mapping[str, Json] | Trouble:
        """What the server told; where it knows us no more, the next try logs in again."""
        told = service.read(answer) if isinstance(answer, Answer) else answer
        if isinstance(told, Refused) and told.because is Because.ACCOUNT:
            self._session = None
        return told

    def _uploaded(self, service: Service, sending: Sending) -> list[Json] | Trouble:
        """The blobs of the pictures, or of the card that is drawn; those in no record are thrown away by the server."""
        contents = [sending.media[media.source] for media in sending.post.media]
        if words := sending.post.field(THUMBNAIL):
            contents.append(draw(Words(*json.loads(words))))
        blobs: list[Json] = []
        for content in contents:
            told = self._told(service, "uploadBlob", content, content_type(content))
            if not isinstance(told, Mapping):
                return before_sending(told)
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


def _record_of(repo: str, rkey: str) -> str:
    return urlencode({"repo": repo, "collection": COLLECTION, "rkey": rkey})


def _write(what: str, rkey: str) -> dict[str, Json]:
    """One of several writes (com.atproto.repo.applyWrites)."""
    return {"$type": f"com.atproto.repo.applyWrites#{what}", "collection": COLLECTION, "rkey": rkey}
