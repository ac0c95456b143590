"""A page on this machine that shows what each place would get of a piece, and follows while somebody writes.

It listens on 127.0.0.1 alone, at an address that holds a random token. Other pages in the same browser know neither the
token nor, through the check of the Host header, a name that leads here (DNS rebinding). It only ever answers GET, and
what it shows can run no script: the content security policy allows one file of ours.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from expertpost.errors import Failure
from expertpost.render.pictures import content_type, kind_of
from expertpost.render.preview import Preview
from expertpost.web.preview_page import SCRIPT, STYLE, page, trouble_page

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PICTURES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
"""What is shown as a picture. SVG is left out: opened by itself it could run a script."""
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one address answers."""

    status: HTTPStatus
    kind: str
    body: bytes


class PreviewServer:
    """The page's server. ``look`` gives what to show and may raise Failure; ``picture`` the bytes for (place, name).

    ``entropy`` gives random bytes. Raises OSError where no port can be had.
    """

    def __init__(
        self,
        look: Callable[[], Preview],
        picture: Callable[[str, str], bytes | None],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._look = look
        self._picture = picture
        self._token = entropy(16).hex()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _visits(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where the page is, token and all."""
        return f"http://127.0.0.1:{self._server.server_port}/{self._token}/"

    def run(self) -> None:
        """Answer until ``stop`` is called, or somebody interrupts."""
        try:
            self._server.serve_forever(poll_interval=0.1)
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """End ``run``, which is going on in another thread."""
        self._server.shutdown()

    def is_known(self, host: str) -> bool:
        """Whether a Host header names this very server."""
        port = self._server.server_port
        return host in (f"127.0.0.1:{port}", f"localhost:{port}")

    def answer(self, path: str) -> Answer:
        """What a GET of this path answers: nothing at all to whoever does not know the token."""
        token, _, rest = path.partition("?")[0].lstrip("/").partition("/")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return _absent()
        if rest.startswith("media/"):
            return self._media(rest.removeprefix("media/"))
        match rest:
            case "":
                return Answer(HTTPStatus.OK, _HTML, self._page())
            case "version":
                return Answer(HTTPStatus.OK, "text/plain", sha256(self._page()).hexdigest().encode())
            case "style.css":
                return Answer(HTTPStatus.OK, "text/css; charset=utf-8", STYLE.encode())
            case "follow.js":
                return Answer(HTTPStatus.OK, "text/javascript; charset=utf-8", SCRIPT.encode())
        return _absent()

    def _page(self) -> bytes:
        try:
            return page(self._look()).encode()
        except Failure as failure:
            return trouble_page(failure).encode()

    def _media(self, rest: str) -> Answer:
        place, _, name = rest.partition("/")
        kind = PICTURES.get(name.rpartition(".")[2].lower())
        content = self._picture(unquote(place), unquote(name)) if kind else None
        if kind is None or content is None:
            return _absent()
        return Answer(HTTPStatus.OK, content_type(content) if kind_of(content) else kind, content)


def _absent() -> Answer:
    return Answer(HTTPStatus.NOT_FOUND, "text/plain", b"There is nothing here.\n")


def _visits(server: PreviewServer) -> type[BaseHTTPRequestHandler]:
    """The class that answers one request after the other for this server."""

    class Visit(BaseHTTPRequestHandler):
        server_version = "expertpost"
        sys_version = ""
        timeout = 10

        def do_GET(self) -> None:
            if not server.is_known(self.headers.get("Host", "")):
                self._give(Answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"This is not the server you mean.\n"))
            elif self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
                self._give(Answer(HTTPStatus.FORBIDDEN, "text/plain", b"Not from another page.\n"))
            else:
                self._give(server.answer(self.path))

        def _refuse(self) -> None:
            self._give(Answer(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"Only GET.\n"))

        do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815 – http.server calls them so

        def _give(self, answer: Answer) -> None:
            self.send_response(answer.status)
            headers = {
                "Content-Type": answer.kind,
                "Content-Length": str(len(answer.body)),
                "Content-Security-Policy": POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cache-Control": "no-store",
            }
            if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
                headers["Allow"] = "GET"
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, *_args: object) -> None:
            """Say nothing: the token stands in every path."""

    return Visit
