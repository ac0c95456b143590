"""The rules of the one HTTP transport: what an answer proves, and what its lack does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.loopback_tls import server_context, trust

from expertpost.model.outcome import Because, Busy, Refused, Unsure
from expertpost.publishers.http import LARGEST_ANSWER, Answer, call, is_loopback, judge, not_before, problem_with
from expertpost.testing.twin import Arrived, Fault, HttpTwin

AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def twin() -> Iterator[HttpTwin]:
    """A service that takes everything."""
    with closing(HttpTwin(lambda request: Arrived(request.path, request.headers, request.body.decode()))) as twin:
        yield twin


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A bare socket on a free port that talks to one client after another; the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                with client:
                    try:
                        talk(client)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_is_no_problem(status: int) -> None:
    """Any 2xx says that the service took it."""
    assert judge(Answer(status), AT) is None


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422, 451])
def test_a_post_may_be_refused(status: int) -> None:
    """What the service refuses as wrong, it did not take, and would not take again."""
    assert Refused(f"the service answered {status}") == judge(Answer(status), AT)


@pytest.mark.parametrize("status", [401, 402, 403, 407, 410, 301, 307, 308])
def test_an_account_may_be_refused(status: int) -> None:
    """Some refusals concern every post: credentials, payment, and an address that is gone or has moved."""
    outcome = judge(Answer(status), AT)

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because


@pytest.mark.parametrize("status", [302, 303, 304, 408, 409, 500, 502, 503, 504, 599, 100, 999])
def test_what_proves_nothing_is_unsure(status: int) -> None:
    """A fault of the service, a conflict and a redirect after the deed leave open whether it was taken."""
    assert isinstance(judge(Answer(status), AT), Unsure)


@pytest.mark.parametrize("status", [425, 429])
def test_too_early_is_busy(status: int) -> None:
    """A service that asks to come back later took nothing."""
    assert judge(Answer(status, {"retry-after": "90"}), AT) == Busy(
        f"the service answered {status}", AT + timedelta(seconds=90)
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", AT + timedelta(seconds=7)),
        (" 0 ", AT),
        ("Tue, 01 Dec 2026 08:05:00 GMT", AT + timedelta(minutes=5)),
        ("Tue, 01 Dec 2026 07:00:00 GMT", AT),
        ("99999999999999999999", AT + timedelta(days=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", AT + timedelta(days=1)),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("٣", None),
    ],
)
def test_retry_after(header: str, expected: datetime | None) -> None:
    """Retry-After is seconds or a date, never in the past and at most a day ahead; anything else is no promise."""
    assert expected == not_before(header, AT)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://partner.example/hook?x=1", ""),
        ("http://127.0.0.1:8000/", ""),
        ("http://localhost/", ""),
        ("http://[::1]/", ""),
        ("http://partner.example/", "is not encrypted"),
        ("http://127.0.0.1.evil.example/", "is not encrypted"),
        ("https://me:secret@partner.example/", "holds a user or password"),
        ("ftp://partner.example/", "is no web address"),
        ("https://", "is no web address"),
        ("https://partner.example:99999/", "is no web address"),
        ("https://partner.example/\r\nX: y", "is no web address"),
        ("https://[::1", "is no web address"),
        ("partner.example", "is no web address"),
    ],
)
def test_addresses(url: str, problem: str) -> None:
    """An address is https, or http on this machine; it holds no credentials and no line ends."""
    assert problem == problem_with(url)


def test_http_where_it_is_allowed() -> None:
    """Without encryption only where the settings say so."""
    assert "" == problem_with("http://partner.example/", allow_http=True)
    assert isinstance(call("POST", "http://partner.example/"), Refused)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine(host: str) -> None:
    """Loopback is this machine; a name that only begins like it is not."""
    assert is_loopback(host)
    assert not is_loopback(f"{host}.example")


def test_one_request(twin: HttpTwin) -> None:
    """A call is one request with its headers and body as given, and its answer."""
    answer = call("POST", f"{twin.url}/x", headers={"X-Key": "k"}, body=b"hello")

    assert isinstance(answer, Answer)
    assert (200, {}) == (answer.status, answer.json())
    assert [("POST", "/x", "k", b"hello")] == [(r.method, r.path, r.headers["x-key"], r.body) for r in twin.requests]


def test_not_reachable_proves_that_nothing_was_sent() -> None:
    """Where nobody listens, no byte left."""
    assert isinstance(call("POST", f"http://127.0.0.1:{closed_port()}/", body=b"x"), Busy)


def test_a_lost_answer_is_not_asked_for_again(twin: HttpTwin) -> None:
    """A connection that ends after the request is never opened a second time."""
    twin.fail(Fault.ANSWER_LOST)
    outcome = call("POST", twin.url, body=b"x")

    assert isinstance(outcome, Unsure)
    assert 1 == len(twin.requests)


def test_a_redirect_is_not_followed(twin: HttpTwin) -> None:
    """What was meant for one address goes to no other."""
    twin.fail(Fault.MOVED)
    answer = call("POST", twin.url, body=b"x")

    assert isinstance(answer, Answer)
    assert 307 == answer.status
    assert 1 == len(twin.requests)


def test_an_answer_by_half_is_known_as_such(twin: HttpTwin) -> None:
    """A body that breaks off still leaves the status, and is no JSON."""
    twin.fail(Fault.HALF_ANSWER)
    answer = call("POST", twin.url, body=b"x")

    assert isinstance(answer, Answer)
    assert (200, False, None) == (answer.status, answer.whole, answer.json())


def test_an_endless_answer_is_cut() -> None:
    """An answer is read up to a size, and no further."""

    def flood(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            client.sendall(b"x" * 65_536)

    with server(flood) as port:
        answer = call("GET", f"http://127.0.0.1:{port}/")

    assert isinstance(answer, Answer)
    assert (LARGEST_ANSWER, False) == (len(answer.body), answer.whole)


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"]
)
def test_the_deadline_is_for_everything(beginning: bytes) -> None:
    """A byte now and then does not extend the deadline."""

    def drip(client: socket.socket) -> None:
        client.recv(65_536)
        client.sendall(beginning)
        for _ in range(40):
            client.sendall(b"." if beginning else b"")
            time.sleep(0.1)

    begun = time.monotonic()
    with server(drip) as port:
        answer = call("POST", f"http://127.0.0.1:{port}/", body=b"x", deadline=0.5)

    assert time.monotonic() - begun < 2
    assert not isinstance(answer, (Busy, Refused))
    assert not isinstance(answer, Answer) or not answer.whole


def test_a_silent_handshake_proves_that_nothing_was_sent() -> None:
    """As long as TLS is not up, nothing of the request has left, however long it takes."""
    begun = time.monotonic()
    with server(lambda client: time.sleep(3)) as port:
        outcome = call("POST", f"https://127.0.0.1:{port}/", body=b"x", deadline=0.5)

    assert isinstance(outcome, Busy)
    assert time.monotonic() - begun < 2


def test_a_stranger_gets_nothing(tmp_path: Path) -> None:
    """A server whose certificate nobody vouches for sees no byte of the request."""
    seen: list[bytes] = []
    context = server_context(tmp_path)

    def listen(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as encrypted:
            seen.append(encrypted.recv(1_000))

    with server(listen) as port:
        outcome = call("POST", f"https://127.0.0.1:{port}/", body=b"x")

    assert isinstance(outcome, Busy)
    assert [] == seen


def test_a_trusted_server_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a certificate that is vouched for, the request goes out encrypted."""
    trust(tmp_path, monkeypatch)
    context = server_context(tmp_path)

    def answer_one(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as encrypted:
            while not encrypted.recv(65_536).endswith(b"the end"):
                continue
            encrypted.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with server(answer_one) as port:
        answer = call("POST", f"https://127.0.0.1:{port}/", body=b"the end")

    assert isinstance(answer, Answer)
    assert 204 == answer.status


def test_a_proxy_that_refuses_proves_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch, twin: HttpTwin) -> None:
    """The environment's proxy is used; what it does not let through never reached the service."""
    monkeypatch.setenv("HTTPS_PROXY", twin.url)
    monkeypatch.setenv("NO_PROXY", "")

    assert isinstance(call("POST", "https://partner.example/", body=b"x"), Busy)


def test_this_machine_needs_no_proxy(monkeypatch: pytest.MonkeyPatch, twin: HttpTwin) -> None:
    """A proxy is for other machines."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")

    assert isinstance(call("GET", twin.url), Answer)
