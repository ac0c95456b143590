"""Twins: real servers on this machine that stand for a service, fail as told, and remember what they accepted.

What a twin accepted is read by a back door, never through the publisher under test.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

WAIT = 7
"""Seconds that a throttling twin asks to wait."""

_DRIP = 0.2
_LONGEST_DRIP = 4.5


class Fault(StrEnum):
    """What a service can do to a sender."""

    DOWN = "is not reachable"
    DENIED = "refuses the credentials"
    THROTTLED = "has had too many requests"
    BROKEN_BEFORE = "breaks before it accepts"
    BROKEN_AFTER = "accepts, then says that it broke"
    ANSWER_LOST = "accepts, then the connection ends"
    HALF_ANSWER = "accepts, then answers by half"
    SLOW = "accepts, then answers a byte now and a byte then"
    MOVED = "says that it lives elsewhere"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One post as the service took it.

    ``id``: what the service knows it by. ``headers``: everything that is not text, names in lower case. ``text`` and
    ``html``: what readers see, and what a browser or mail program would interpret. ``pings``: whom the service would
    call all at once because of it (such as ``@everyone``).
    """

    id: str
    headers: Mapping[str, str]
    text: str
    html: str = ""
    pings: tuple[str, ...] = ()


class Twin(ABC):
    """A service that a test can read and break. ``faults``: what this kind of service can do at all."""

    faults: ClassVar[frozenset[Fault]] = frozenset(Fault)

    @abstractmethod
    def arrived(self) -> tuple[Arrived, ...]:
        """Everything accepted so far, in order."""

    def held(self) -> Mapping[str, str]:
        """The words that readers can see now, by the name that a receipt has for each post.

        A twin of a service that can change or remove posts overrides it.
        """
        return {one.id: f"{one.text}{one.html}" for one in self.arrived()}

    @abstractmethod
    def fail(self, fault: Fault) -> None:
        """Let the next attempt meet this fault (DOWN: all from now on)."""

    @abstractmethod
    def close(self) -> None:
        """Stop, and give back what it holds."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in: header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the twin says to a request that is well."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


class Rejected(Exception):
    """The service does not take this request; ``answer`` says why."""

    def __init__(self, status: int, body: bytes = b"{}") -> None:
        super().__init__(status)
        self.answer = Answer(status, body)


class HttpTwin(Twin):
    """An HTTP service on a free port of this machine.

    ``read`` turns a POST or PUT into what arrived, or raises ``Rejected``. ``keyed``: a repeat under an id is answered
    like the first and not taken again. ``answer`` says what the service tells of what it took. Requests by other
    methods post nothing. A twin of a service that is asked more than that overrides ``aside``.
    """

    def __init__(
        self,
        read: Callable[[Request], Arrived],
        *,
        keyed: bool = False,
        answer: Callable[[Arrived], Answer] = lambda _: Answer(),
    ) -> None:
        self.requests: list[Request] = []
        self._read, self._keyed, self._answer = read, keyed, answer
        self._arrived: list[Arrived] = []
        self._faults: deque[Fault] = deque()
        self._faults_aside: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _exchange_with(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        self._thread.start()
        self._is_up = True

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def arrived(self) -> tuple[Arrived, ...]:
        """Everything accepted so far."""
        return tuple(self._arrived)

    def fail(self, fault: Fault) -> None:
        """Let the next request meet this fault."""
        if fault is Fault.DOWN:
            self.close()
        else:
            self._faults.append(fault)

    def fail_aside(self, fault: Fault) -> None:
        """Let the next request that posts nothing (see ``aside``) meet this fault."""
        self._faults_aside.append(fault)

    def aside(self, _request: Request) -> Answer | None:
        """What the service says to a request that posts nothing, such as a search or a log-in; None for all others.

        A fault never meets such a request, but for DOWN and those of ``fail_aside``.
        """
        return None

    def asked_aside(self, request: Request) -> Answer | None:
        """``aside``, which may reject a request."""
        try:
            return self.aside(request)
        except Rejected as rejected:
            return rejected.answer

    def change(self, _request: Request) -> Answer | None:
        """Change or remove a post that is held, and what the service says to that; None for all other requests."""
        return None

    def close(self) -> None:
        """Stop listening."""
        if self._is_up:
            self._is_up = False
            self._closing.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def take(self, request: Request) -> Answer:
        """Accept what the request brings, once for each id where the service is keyed."""
        try:
            if (changed := self.change(request)) is not None:
                return changed
            if request.method not in ("POST", "PUT"):
                return Answer()
            one = self._read(request)
        except Rejected as rejected:
            return rejected.answer
        with self._lock:
            if not (self._keyed and one.id in {other.id for other in self._arrived}):
                self._arrived.append(one)
        return self._answer(one)

    def next_fault(self, *, aside: bool) -> Fault | None:
        """The fault that the present request meets."""
        with self._lock:
            faults = self._faults_aside if aside else self._faults
            return faults.popleft() if faults else None

    def pause(self, seconds: float) -> bool:
        """Wait; whether the twin is still open then."""
        return not self._closing.wait(seconds)


def _exchange_with(twin: HttpTwin) -> type[BaseHTTPRequestHandler]:
    """The class that talks to one client; the server makes one for each connection."""

    class Exchange(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, body)
            twin.requests.append(request)
            self.close_connection = True
            with suppress(OSError):
                aside = twin.asked_aside(request)
                self._meet(twin.next_fault(aside=aside is not None), request, lambda: aside or twin.take(request))

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 # the names that http.server asks for

        def _meet(self, fault: Fault | None, request: Request, take: Callable[[], Answer]) -> None:
            # An unfriendly service repeats what it got in its complaints: no secret may travel on from there.
            echo = repr((dict(request.headers), request.body)).encode()
            match fault:
                case None:
                    self._say(take())
                case Fault.DENIED:
                    self._say(Answer(401, b"who are you? " + echo))
                case Fault.THROTTLED:
                    self._say(Answer(429, b"later " + echo, {"Retry-After": str(WAIT)}))
                case Fault.BROKEN_BEFORE:
                    self._say(Answer(500, b"oh " + echo))
                case Fault.MOVED:
                    self._say(Answer(307, echo, {"Location": f"{twin.url}/elsewhere"}))
                case _:
                    self._fail_after(fault, take(), echo)

        def _fail_after(self, fault: Fault, answer: Answer, echo: bytes) -> None:
            if fault is Fault.BROKEN_AFTER:
                self._say(Answer(500, b"oh " + echo))
            elif fault is Fault.HALF_ANSWER:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + answer.body[:1])
            elif fault is Fault.SLOW:
                until = time.monotonic() + _LONGEST_DRIP
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while twin.pause(_DRIP) and time.monotonic() < until:
                    self.wfile.write(b".")

        def _say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class names it so
            """Say nothing: a test reads ``requests``."""

    return Exchange
