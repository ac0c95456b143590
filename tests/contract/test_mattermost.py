"""The Mattermost publisher under the public contract."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import Setting
from expertpost.publishers.mattermost import KEY, Mattermost
from expertpost.render.markdown import to_html
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Answer, Arrived, Request, Twin

CHANNEL = "9f3kd7tq5bgzbk6hy8cnw1xmso"


class MattermostTwin(WebTwin):
    """A server with one channel."""

    def knows(self, request: Request) -> bool:
        """Everybody may ask how the server is set up."""
        return request.path.startswith("/api/v4/config/client") or super().knows(request)

    def tell(self, path: str, request: Request) -> Answer | None:
        """Whose token it is, and what the channel has, newest first, two a page."""
        if path == "/api/v4/config/client":
            return said({"MaxPostSize": "16383", "SiteName": "Acme"})
        if path == "/api/v4/users/me":
            return said({"id": "u", "username": "expertpost"})
        if path.endswith("/reactions"):
            return said([{"emoji_name": "+1"}])
        if request.method == "GET" and path.startswith("/api/v4/posts/"):
            return said({**self.post(path.rpartition("/")[2]), "reply_count": 2})
        if request.method == "GET" and path == f"/api/v4/channels/{CHANNEL}/posts":
            start = 2 * int(query(request)["page"])
            page = list(reversed(self.posts))[start : start + 2]
            return said({"order": [post["id"] for post in page], "posts": {str(post["id"]): post for post in page}})
        return None

    def change(self, request: Request) -> Answer | None:
        """Other words for a post, or none."""
        if request.method not in ("PUT", "DELETE"):
            return None
        name, _, verb = request.path.removeprefix("/api/v4/posts/").partition("/")
        if request.method == "DELETE":
            self.remove(name)
            return said({"status": "OK"})
        demand(verb == "patch", "no such place", 404)
        self.post(name).update(json.loads(request.body))
        return said(self.post(name))

    def read(self, request: Request) -> Arrived:
        """A post of at most 16,383 characters; words behind an ``@`` call people, but for those in code."""
        told = json.loads(request.body)
        words = told["message"]
        demand(request.path == "/api/v4/posts" and told["channel_id"] == CHANNEL, "no such channel", 403)
        demand(0 < len(words) <= 16_383, "too long", 400)
        self.show({"props": told["props"], "message": words})
        calls = re.findall(r"@(?:all|channel|here|everyone|room)\b", re.sub(r"`[^`]*`", "", words))
        return Arrived(told["props"][KEY], request.headers, words, to_html(words), tuple(calls))


class TestMattermost(PublisherContract):
    """A bot in a channel."""

    publisher = Mattermost
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> MattermostTwin:
        """A server."""
        return MattermostTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address and the channel."""
        assert isinstance(twin, MattermostTwin)
        return {"server": twin.url, "channel": CHANNEL}
