"""Where a browser comes back to after a yes: on 127.0.0.1, for one answer, and for a while only (RFC 8252 §7.3)."""

import time
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

_PAGE = b"<!doctype html><meta charset=utf-8><title>expertpost</title><p>Done. You may close this page."
_NO = b"<!doctype html><meta charset=utf-8><title>expertpost</title><p>This is not the answer to the login under way."
_TURN = 0.5


class Callback:
    """Listens on a port of this machine (0: any that is free) for one answer. Raises OSError where it cannot."""

    def __init__(self, port: int = 0) -> None:
        self.answer, self._state = "", ""
        self._server = HTTPServer(("127.0.0.1", port), _exchange_with(self))
        self._server.timeout = _TURN

    @property
    def redirect(self) -> str:
        """The address to which the service sends the browser."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def wait(self, seconds: float, state: str) -> str:
        """The address with which the browser came back, "" where it did not come in time.

        ``state``: what only the service and the browser of whoever said yes can know. Whoever comes without it, such
        as another page or program on this machine, is told no, and the wait goes on.
        """
        self._state = state
        until = time.monotonic() + seconds
        while not self.answer and time.monotonic() < until:
            self._server.handle_request()
        return self.answer

    def takes(self, path: str) -> bool:
        """Whether a request for this path is the one answer, and the first."""
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        ours = compare_digest(asked.get("state", "").encode(), self._state.encode())
        is_answer = parts.path == "/" and ours and bool(self._state) and ("code" in asked or "error" in asked)
        if not is_answer or self.answer:
            return False
        self.answer = path
        return True

    def __enter__(self) -> "Callback":
        """Itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Stop listening."""
        self._server.server_close()


def _exchange_with(callback: Callback) -> type[BaseHTTPRequestHandler]:
    """The class that talks to the browser."""

    class Exchange(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            """Take the one answer; whatever else somebody asks for is wrong here."""
            taken = callback.takes(self.path)
            self.send_response(200 if taken else 400)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'none'")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(_PAGE if taken else _NO)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class names it so
            """Say nothing: the address holds a code."""

    return Exchange
