"""Eight services and more on one port of this machine: they take whatever comes, and remember it.

A request for ``https://host/path`` arrives here as ``/host/path``. Each is answered as its service would, as far as the
programs that are compared look at it.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from expertpost.model.canonical import Json

Answer = tuple[int, Mapping[str, str], Json]


def _article(number: int) -> Answer:
    return 201, {}, {"id": number, "url": f"https://dev.to/acme/{number}", "title": "t"}


def _status(number: int) -> Answer:
    url = f"https://social.example/@acme/{number}"
    return 200, {}, {"id": str(number), "url": url, "uri": url, "content": "", "account": {"acct": "acme"}}


def _record(number: int) -> Answer:
    return 200, {}, {"uri": f"at://did:plc:acme/app.bsky.feed.post/3k{number:011}", "cid": "bafyreib"}


def _message(number: int) -> Answer:
    return 200, {}, {"ok": True, "result": {"message_id": number, "chat": {"id": -1001, "username": "acme"}}}


def _chat(number: int) -> Answer:
    return 200, {}, {"ok": True, "ts": f"1700000000.{number:06}", "channel": "C012AB3CD", "message": {}}


def _share(number: int) -> Answer:
    return 201, {"x-restli-id": f"urn:li:share:{number}"}, {"id": f"urn:li:share:{number}"}


def _tweet(number: int) -> Answer:
    return 201, {}, {"data": {"id": str(number), "text": "t"}}


def _hooked(number: int) -> Answer:
    return 200, {}, {"id": str(number), "channel_id": "7"}


def _post(number: int) -> Answer:
    url = f"https://blog.example/{number}"
    return 201, {}, {"posts": [{"id": str(number), "url": url}], "id": str(number), "absolute_url": url}


ARTICLES = "/dev.to/api/articles"
TAKES: Mapping[str, Callable[[int], Answer]] = {
    "/social/api/v1/statuses": _status,
    "/sky/xrpc/com.atproto.repo.createRecord": _record,
    "/sky/xrpc/com.atproto.repo.putRecord": _record,
    "/bsky.social/xrpc/com.atproto.repo.createRecord": _record,
    "/api.linkedin.com/rest/posts": _share,
    "/api.linkedin.com/v2/ugcPosts": _share,
    "/discord.com/api/webhooks/1/hook": _hooked,
    ARTICLES: _article,
    "/api.telegram.org/bot1:key/sendMessage": _message,
    "/slack.com/api/chat.postMessage": _chat,
    "/api.x.com/2/tweets": _tweet,
    "/blog/ghost/api/admin/posts/": _post,
    "/api.buttondown.email/v1/emails": _post,
}
"""What posts something, by the path at which it arrives."""
_SESSION: Json = {
    "accessJwt": "a.eyJleHAiOjQxMDI0NDQ4MDB9.c", "refreshJwt": "r", "did": "did:plc:acme", "handle": "acme.example",
}  # fmt: skip
ASIDE: Mapping[str, Json] = {
    "/sky/xrpc/com.atproto.server.createSession": _SESSION,
    "/bsky.social/xrpc/com.atproto.server.createSession": _SESSION,
    "/api.linkedin.com/v2/userinfo": {"sub": "782bbtaQ", "name": "Acme"},
    "/slack.com/api/auth.test": {"ok": True, "user": "acme", "team": "Acme"},
}
"""What is asked besides, and what is told then."""


class Loopback:
    """The services. ``taken``: how many posts each path took, by their words; ``breaks``: answer 502 after taking.

    A record that is put under the same key once more is the same record, and an account's articles are listed: what a
    service itself does against duplicates is done here, too.
    """

    def __init__(self) -> None:
        self.taken: Counter[tuple[str, str]] = Counter()
        self.articles: list[Json] = []
        self.breaks = False
        self._records: set[str] = set()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"services": self}))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, path: str, body: bytes) -> Answer:
        """What is told of a post."""
        with self._lock:
            key = json.loads(body)["rkey"] if path.endswith("putRecord") else ""
            if key not in self._records:
                self.taken[path, _mark(body)] += 1
            self._records |= {key} - {""}
            number = self.taken.total()
            if path == ARTICLES:
                self.articles.insert(0, {"id": number, "url": "", **json.loads(body)["article"]})
        return (502, {}, {"error": "bad gateway"}) if self.breaks else TAKES[path](number)

    def forget(self) -> None:
        """Begin anew."""
        self.taken.clear()
        self.articles.clear()
        self._records.clear()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request: object, _client: object) -> None:
        """Say nothing of those who hang up: some are killed on purpose."""


class _Handler(BaseHTTPRequestHandler):
    services: ClassVar[Loopback]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:  # the name that the library calls
        """Take what posts something, and answer everything else kindly."""
        path = self.path.split("?")[0]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if path in TAKES:
            self._tell(*self.services.take(path, body))
        else:
            self._tell(200, {}, ASIDE.get(path, {}))

    do_PUT = do_POST  # noqa: N815 # the name that the library calls

    def do_GET(self) -> None:  # the name that the library calls
        """Who we are, the first page of the articles, and lists without anything in them."""
        path, _, asked = self.path.partition("?")
        empty: Json = [] if path.endswith(("/articles", "/statuses", "/me/all", "/articles/me")) else {}
        mine = self.services.articles if path == f"{ARTICLES}/me/all" and "page=1&" in f"{asked}&" else empty
        self._tell(200, {}, ASIDE.get(path, mine))

    def _tell(self, status: int, headers: Mapping[str, str], told: Json) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {**headers, "content-type": "application/json", "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def _mark(body: bytes) -> str:
    """Which piece a post is about: the first word that begins with ``number-``."""
    _, found, rest = body.partition(b"number-")
    return (found + rest[:4]).decode("ascii", "replace")
