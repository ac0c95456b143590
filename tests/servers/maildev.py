"""maildev, a mail server that shows what it took, and a way to it that fails as a twin does when told."""

import json
import shutil
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import BinaryIO
from urllib.parse import urlsplit

from tests.servers.serving import LOOPBACK, free_port, installed, listening

from expertpost.model.canonical import Json
from expertpost.publishers.service import inside, text, texts
from expertpost.testing.twin import Arrived, Fault, Twin

USER = "experts@acme.example"
PASSWORD = "correct-horse:battery/staple+1"
_PATIENCE, _DRIP, _LONGEST_DRIP = 30.0, 0.2, 4.5


@dataclass(frozen=True, slots=True)
class Maildev:
    """A server that asks for a login. ``port``: where it takes mail; ``url``: where it shows it."""

    port: int
    url: str

    def mails(self) -> list[Json]:
        """Every mail that it holds."""
        found: list[Json] = json.loads(self.read(""))
        return found

    def read(self, path: str) -> bytes:
        """What else it shows: a whole mail, or what is attached to one."""
        with closing(HTTPConnection(urlsplit(self.url).netloc, timeout=_PATIENCE)) as line:
            line.request("GET", f"/email/{path}".rstrip("/"))
            return line.getresponse().read()


@contextmanager
def maildev(folder: Path) -> Iterator[Maildev]:
    """A new server with its mails in ``folder``."""
    program = installed("maildev", "pds") / "node_modules" / "maildev" / "bin" / "maildev"
    port, shown = free_port(), free_port()
    node = shutil.which("node") or "node"
    argv = (node, program, "--smtp", str(port), "--web", str(shown), "--ip", LOOPBACK, "--web-ip", LOOPBACK,
            "--incoming-user", USER, "--incoming-pass", PASSWORD, "--mail-directory", folder / "mails")  # fmt: skip
    with listening(argv, shown, folder / "maildev.log", path="/healthz") as url:
        yield Maildev(port, url)


class Post(Twin):
    """A way to the server for new mails; a fault meets the next one, and DENIED every one from then on.

    What is there before stays: the server ends where it shall throw everything away twice in a moment.
    """

    faults = frozenset(Fault) - {Fault.BROKEN_AFTER, Fault.MOVED}

    def __init__(self, server: Maildev) -> None:
        self.server, self.before, self.taken = server, len(server.mails()), 0
        self.pending: deque[Fault] = deque()
        self._line = _Line((LOOPBACK, 0), _Talk)
        self._line.post = self
        self._thread = Thread(target=self._line.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        self._thread.start()
        self.host, self.port = LOOPBACK, self._line.server_address[1]
        self._is_up = True

    def arrived(self) -> tuple[Arrived, ...]:
        """Every new mail, as a mail program would read it."""
        return tuple(map(_read, self.mails()))

    def mails(self) -> list[Json]:
        """Every new mail that the server shows, once it shows all it has taken."""
        until = time.monotonic() + _PATIENCE
        while len(mails := self.server.mails()[self.before :]) < self.taken and time.monotonic() < until:
            time.sleep(0.02)
        return mails

    def fail(self, fault: Fault) -> None:
        """See Twin."""
        if fault is Fault.DOWN:
            self.close()
        else:
            self.pending.append(fault)

    def close(self) -> None:
        """Lead nowhere, once everything is there for the next one to leave aside."""
        if self._is_up:
            self._is_up = False
            if self.taken:
                self.mails()
            self._line.shutdown()
            self._line.server_close()
            self._thread.join()


def _read(mail: Json) -> Arrived:
    headers = inside(mail, "headers")
    told = {name: str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
    to = inside(mail, "envelope", "to")
    recipients = ", ".join(text(one, "address") for one in to) if isinstance(to, list) else ""
    words, html = texts(mail, "text", "html")
    return Arrived(told.get("message-id", ""), {**told, "envelope-to": recipients}, words, html)


class _Line(ThreadingTCPServer):
    daemon_threads = True
    post: Post


@dataclass(slots=True)
class _Wire:
    """The server's end of one conversation."""

    connection: socket.socket
    reader: BinaryIO

    def reply(self) -> bytes:
        """What the server says, with all its lines."""
        found = b""
        while line := self.reader.readline():
            found += line
            if line[3:4] != b"-":
                break
        return found

    def ask(self, line: bytes) -> bytes:
        """What the server says to that."""
        self.connection.sendall(line)
        return self.reply()


class _Talk(StreamRequestHandler):
    """One conversation, passed on line by line."""

    server: _Line
    timeout = _PATIENCE

    def handle(self) -> None:
        """Pass everything on until one of both ends it."""
        post = self.server.post
        with (
            suppress(OSError),
            socket.create_connection((LOOPBACK, post.server.port), _PATIENCE) as connection,
            connection.makefile("rb") as reader,
        ):
            wire = _Wire(connection, reader)
            self.wfile.write(wire.reply())
            while line := self.rfile.readline():
                if said := self._refused(line):
                    self.wfile.write(said)
                    continue
                reply = wire.ask(line)
                self.wfile.write(reply)
                if line.strip().upper() == b"DATA" and reply.startswith(b"354") and not self._text(wire):
                    return

    def _refused(self, line: bytes) -> bytes:
        """What is said in place of the server, with what was told, as an unfriendly one would."""
        pending, verb = self.server.post.pending, line[:4].upper()
        if not pending:
            return b""
        if pending[0] is Fault.DENIED and verb == b"AUTH":
            return b"535 5.7.8 not with " + line
        if pending[0] is Fault.THROTTLED and verb == b"RCPT":
            pending.popleft()
            return b"451 4.7.1 too many, come back later\r\n"
        return b""

    def _text(self, wire: _Wire) -> bool:
        """Pass a text on, and what the server says to it; whether the conversation goes on."""
        post, whole = self.server.post, b""
        while (line := self.rfile.readline()) not in (b"", b".\r\n"):
            whole += line
        fault = post.pending.popleft() if post.pending else None
        if not line:
            return False
        if fault is Fault.BROKEN_BEFORE:
            self.wfile.write(b"451 4.3.0 out of order\r\n")
            return False
        reply = wire.ask(whole + line)
        post.taken += reply.startswith(b"250")
        if fault is Fault.HALF_ANSWER:
            self.wfile.write(reply[:2])
        elif fault is Fault.SLOW:
            self._drip()
        elif fault is None:
            self.wfile.write(reply)
        return fault is None

    def _drip(self) -> None:
        until = time.monotonic() + _LONGEST_DRIP
        while time.monotonic() < until:
            self.wfile.write(b"2")
            time.sleep(_DRIP)
