"""A built site on this machine only: GET and HEAD on the loopback address, for looking before it is deployed."""

import mimetypes
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from expertpost.web.pages import POLICY

HOST = "127.0.0.1"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What goes with every answer."""


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of the files in ``folder`` that is bound and not yet running; port 0 takes any that is free."""

    class Here(_Files):
        root = folder.resolve()

    return ThreadingHTTPServer((HOST, port), Here)


def file_at(root: Path, address: str) -> Path | None:
    """The file that an address names below ``root`` (resolved), None where there is none; links lead nowhere."""
    path = unquote(urlsplit(address).path, errors="replace").lstrip("/")
    if "\0" in path or "\\" in path:
        return None
    wanted = root / path
    found = wanted / "index.html" if wanted.is_dir() else wanted
    return found if found.is_file() and found.resolve() == found and found.is_relative_to(root) else None


class _Files(BaseHTTPRequestHandler):
    """Answers with files; a name other than this machine's in Host is a page elsewhere trying to read along."""

    root: ClassVar[Path]
    protocol_version = "HTTP/1.1"
    server_version = "expertpost"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        self._answer(with_content=False)

    def _answer(self, *, with_content: bool) -> None:
        if self.headers.get("Host", "").partition(":")[0] not in (HOST, "localhost"):
            self._send(421, "text/plain; charset=utf-8", b"Not here.\n", with_content)
            return
        found = file_at(self.root, self.path)
        shown = found or file_at(self.root, "/404.html")
        if shown is None:
            self._send(404, "text/plain; charset=utf-8", b"There is nothing here.\n", with_content)
            return
        self._send(200 if found else 404, _type_of(shown), shown.read_bytes(), with_content)

    def _send(self, code: int, kind: str, content: bytes, with_content: bool) -> None:
        self.send_response(code)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_content:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 – the name that http.server gives it
        """Say nothing: what people look at is theirs."""


def _type_of(file: Path) -> str:
    known = {"atom.xml": "application/atom+xml", "feed.json": "application/feed+json"}
    kind = known.get(file.name) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(("text/", "application/")) and "octet" not in kind else kind
