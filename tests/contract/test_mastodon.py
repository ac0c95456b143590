"""The Mastodon publisher under the public contract, and what a server of its kind can do besides."""

import json
from collections.abc import Mapping
from contextlib import closing
from html import escape
from pathlib import Path
from typing import ClassVar

from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Busy, Receipt, Refused
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.mastodon import Mastodon, MastodonSettings
from expertpost.render.counts import mastodon
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import MEDIA, PICTURE, PLAIN, SAMPLES
from expertpost.testing.stage import AT, KEY, URL
from expertpost.testing.twin import Answer, Arrived, Fault, Request, Twin


class MastodonTwin(WebTwin):
    """A server that ignores Idempotency-Key, as one of its kin was seen to do. ``uploads``: forms with pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 500
        self.uploads: list[bytes] = []

    def knows(self, request: Request) -> bool:
        """Everybody may ask what the server is."""
        return request.path == "/api/v2/instance" or super().knows(request)

    def tell(self, path: str, request: Request) -> Answer | None:
        """Who it is, and what it has, newest first."""
        if path == "/api/v2/instance":
            return said({"configuration": {"statuses": {"max_characters": self.most, "max_media_attachments": 6}}})
        if path == "/api/v1/accounts/verify_credentials":
            return said({"id": "7", "acct": "acme"})
        if path == "/api/v1/accounts/7/statuses":
            below = int(query(request).get("max_id", "1000000"))
            return said([post for post in reversed(self.posts) if int(str(post["id"])) < below][:2])
        if request.method == "GET" and path.startswith("/api/v1/statuses/"):
            return said(self.post(path.rpartition("/")[2]) | {"favourites_count": 3, "reblogs_count": 1})
        if path == "/api/v2/media":
            self.uploads.append(request.body)
            return said({"id": f"m{len(self.uploads)}"})
        return None

    def change(self, request: Request) -> Answer | None:
        """Other words for a status, or none."""
        if request.method not in ("PUT", "DELETE"):
            return None
        status = self.post(request.path.removeprefix("/api/v1/statuses/"))
        if request.method == "DELETE":
            self.remove(str(status["id"]))
        else:
            status["content"] = f"<p>{escape(json.loads(request.body)['status'])}</p>"
        return said(status)

    def read(self, request: Request) -> Arrived:
        """A status of at most 500 characters."""
        told = json.loads(request.body)
        text = told["status"]
        demand(request.path == "/api/v1/statuses", "no such place", 404)
        demand(0 < mastodon(text) <= self.most, "too long")
        known = {f"m{number}" for number in range(1, len(self.uploads) + 1)}
        demand(set(told.get("media_ids", [])) <= known and len(told.get("media_ids", [])) <= 4, "no such picture")
        demand(told["visibility"] in ("public", "unlisted", "private"), "no such visibility")
        reply = told.get("in_reply_to_id", "")
        demand(reply in ("", *(one["id"] for one in self.posts)), "no such status")
        self.show({"content": f"<p>{escape(text)}</p>", "url": f"{self.url}/@acme/{len(self.posts) + 1}"})
        pings = tuple(name for name in ("@everyone", "@room", "@channel") if name in text)
        headers = {**request.headers, "reply": reply}
        return Arrived(request.headers["idempotency-key"], headers, text, pings=pings)


class TestMastodon(PublisherContract):
    """An account on a server."""

    publisher = Mastodon
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> MastodonTwin:
        """A server."""
        return MastodonTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address and the account."""
        assert isinstance(twin, MastodonTwin)
        return {"server": twin.url, "user": "acme"}


def test_a_picture_goes_along_with_its_words() -> None:
    """The cover is uploaded with its alternative text and named by the status; where that fails, nothing is posted."""
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")
    with closing(MastodonTwin()) as twin:
        publisher = Mastodon(
            MastodonSettings(twin.url, "acme", SecretName(SecretKind.ENV, "T")), {"token": TOKEN}, Path()
        )
        post = bind(publisher.render(shown, publisher.settings), publisher.values(Address(), KEY, AT, URL))
        sending = Sending(post, KEY, Address(), AT, MEDIA)
        twin.fail_aside(Fault.ANSWER_LOST)
        first, second = publisher.send(sending), publisher.send(sending)

    assert isinstance(first, Busy)
    assert isinstance(second, Receipt)
    assert b"A seal, cut open" in twin.uploads[-1]
    assert PICTURE in twin.uploads[-1]
    assert ["m2"] == json.loads(twin.requests[-1].body)["media_ids"]


def test_a_status_without_a_mark_is_left_to_a_person() -> None:
    """What leads to no page carries no mark, as the middle of a thread: nothing shows whose it is, and it stays."""
    with closing(MastodonTwin()) as twin:
        publisher = Mastodon(
            MastodonSettings(twin.url, "acme", SecretName(SecretKind.ENV, "T")), {"token": TOKEN}, Path()
        )
        post = bind(publisher.render(PLAIN, publisher.settings), publisher.values(Address(), KEY, AT, ""))
        receipt = publisher.send(Sending(post, KEY, Address(), AT, {}))
        assert isinstance(receipt, Receipt)
        outcome = publisher.take_back(receipt, KEY, AT)

        assert isinstance(outcome, Refused)
        assert [receipt.remote_id] == list(twin.held())
