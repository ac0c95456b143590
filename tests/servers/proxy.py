"""What stands between a publisher and a real server: it passes everything on, and fails as a twin does when told."""

from abc import abstractmethod
from http.client import HTTPConnection, HTTPResponse
from threading import Lock
from urllib.parse import urlsplit

from expertpost.testing.twin import Answer, Arrived, Fault, HttpTwin, Request

_PATIENCE = 30.0
# They speak of one connection, not of what goes through it (RFC 9110 §7.6.1).
_OF_A_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host", "te"})


class Proxy(HttpTwin):
    """A way to the server at the address ``server``. A fault meets the requests that ``posts`` names.

    Whatever a fault says: where it accepts, the real server took the request. What is there is read from the server
    itself, and never through the proxy.
    """

    def __init__(self, server: str) -> None:
        super().__init__(self._never)
        self.server = server
        self.awaited = "", Fault.DOWN
        self.way = Lock()

    @abstractmethod
    def posts(self, request: Request) -> bool:
        """Whether this request changes what readers see."""

    def meets(self, path: str, fault: Fault) -> None:
        """Let the next POST to this path meet a fault, though it changes nothing for readers."""
        self.awaited = path, fault

    def aside(self, request: Request) -> Answer | None:
        """What the server says to a request that changes nothing for readers."""
        if (request.method, request.path) == ("POST", self.awaited[0]):
            self.fail_aside(self.awaited[1])
            self.awaited = "", Fault.DOWN
        return None if self.posts(request) else self.pass_on(request)

    def take(self, request: Request) -> Answer:
        """What the server says to all others."""
        return self.pass_on(request)

    def close(self) -> None:
        """Stop listening, and wait for what is on its way: nothing reaches the server once the next test has begun."""
        super().close()
        with self.way:
            return

    def pass_on(self, request: Request) -> Answer:
        """The same request to the server, and its answer."""
        with self.way:
            return self._passed_on(request) if self.pause(0) else Answer(503)

    def _passed_on(self, request: Request) -> Answer:
        line = HTTPConnection(urlsplit(self.server).netloc, timeout=_PATIENCE)
        try:
            headers = {name: value for name, value in request.headers.items() if name not in _OF_A_CONNECTION}
            line.request(request.method, request.path, request.body or None, headers)
            return _answer(line.getresponse())
        finally:
            line.close()

    @staticmethod
    def _never(_request: Request) -> Arrived:
        raise AssertionError("the server reads what arrives")


def _answer(response: HTTPResponse) -> Answer:
    """The answer, with headers of the same name in one line, as the publishers' transport joins them."""
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        if (known := name.lower()) not in _OF_A_CONNECTION:
            headers[known] = f"{headers[known]}, {value}" if known in headers else value
    return Answer(response.status, response.read(), headers)
