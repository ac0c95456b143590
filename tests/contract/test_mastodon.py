"""The Mastodon publisher under the public contract, and what a server of its kind can do besides."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import ClassVar

from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import Setting
from expertpost.publishers.mastodon import Mastodon
from expertpost.render.counts import mastodon
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Answer, Arrived, Request, Twin


class MastodonTwin(WebTwin):
    """A server that ignores Idempotency-Key, as one of its kin was seen to do."""

    def tell(self, path: str, request: Request) -> Answer | None:
        """Who it is, and what it has, newest first."""
        if path == "/api/v1/accounts/verify_credentials":
            return said({"id": "7", "acct": "acme"})
        if path == "/api/v1/accounts/7/statuses":
            below = int(query(request).get("max_id", "1000000"))
            return said([post for post in reversed(self.posts) if int(str(post["id"])) < below][:2])
        return None

    def read(self, request: Request) -> Arrived:
        """A status of at most 500 characters."""
        told = json.loads(request.body)
        text = told["status"]
        demand(request.path == "/api/v1/statuses", "no such place", 404)
        demand(0 < mastodon(text) <= 500, "too long")
        demand(told["visibility"] in ("public", "unlisted", "private"), "no such visibility")
        self.show({"content": f"<p>{escape(text)}</p>", "url": f"{self.url}/@acme/{len(self.posts) + 1}"})
        pings = tuple(name for name in ("@everyone", "@room", "@channel") if name in text)
        return Arrived(request.headers["idempotency-key"], request.headers, text, pings=pings)


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
