"""The one HTTP transport: one request, one answer or the honest lack of it, and what that proves.

It never retries, never follows a redirect, verifies TLS, stops at a deadline and reads answers only up to a size.
"""

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import ip_address
from threading import Timer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from expertpost.model.canonical import Json
from expertpost.model.outcome import Because, Busy, Refused, Unsure

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx2

CONNECT_TIMEOUT = 10.0
LARGEST_ANSWER = 1_000_000
LONGEST_WAIT = timedelta(days=1)
"""A service that asks to wait longer is asked again after a day: one wrong header must not silence a channel."""

_EXCERPT = 1_000
_ACCOUNT = frozenset({401, 402, 403, 407, 410})
_MOVED = frozenset({301, 307, 308})
_LATER = frozenset({425, 429})
_UNPROVEN = frozenset({408, 409})


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and headers (lower-case names); ``whole`` is False where the body broke off or is too large."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = True

    def json(self) -> Json:
        """The body as JSON, None where it is none."""
        try:
            found: Json = json.loads(self.body) if self.whole else None
        except (ValueError, RecursionError):
            return None
        return found


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def problem_with(url: str, *, allow_http: bool = False) -> str:
    """What is wrong with an address for requests, or "": https only, but for this machine or where it is allowed."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no web address"
    if parts.scheme not in ("http", "https") or not host or not url.isascii() or not url.isprintable() or " " in url:
        return "is no web address"
    if parts.username is not None or parts.password is not None:
        return "holds a user or password"
    if parts.scheme == "http" and not (allow_http or is_loopback(host)):
        return "is not encrypted"
    return ""


@dataclass(slots=True)
class _Wire:
    """What the connection tells while a request is under way: whether a byte of it has left, and the open socket."""

    until: float
    sent: bool = False
    line: socket.socket | None = None

    def __call__(self, event: str, info: Mapping[str, object]) -> None:
        """One step of the connection (httpcore's trace extension): ``connection.connect_tcp.complete`` and so on."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.line = info["return_value"].get_extra_info("socket")  # type: ignore[attr-defined] # a NetworkStream
        elif event.endswith("send_request_headers.started"):
            if since_boot() > self.until:
                raise TimeoutError("no time was left to send anything")
            # To a proxy CONNECT comes first; the service has seen nothing then.
            self.sent = getattr(info.get("request"), "method", b"") != b"CONNECT"

    def cut(self) -> None:
        """End the connection from outside, whatever it waits for."""
        if self.line is not None:
            hang_up(self.line)


def since_boot() -> float:
    """Seconds since the machine started, also those in which it slept, where the system counts them (Linux).

    A post whose machine slept on the way is late: others may have found by then that it is not there.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def hang_up(connection: socket.socket) -> None:
    """Wake whoever waits on this socket: its reads end. Safe from another thread, also under TLS."""
    try:
        # SSLSocket.shutdown would take the TLS state away under the reader's feet.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    deadline: float = 30.0,
    allow_http: bool = False,
    largest: int = LARGEST_ANSWER,
) -> Answer | Refused | Busy | Unsure:
    """One request, tried once. ``deadline``: seconds for everything together. ``largest``: bytes of a whole answer.

    Refused: the address is not allowed. Busy: proof that no byte left. Unsure: some left, and no answer came.
    """
    import httpx2

    if problem := problem_with(url, allow_http=allow_http):
        return Refused(f"the address {problem}", Because.ACCOUNT)
    wire = _Wire(since_boot() + deadline)
    timeouts = {"connect": min(CONNECT_TIMEOUT, deadline), "read": deadline, "write": deadline, "pool": deadline}
    request = httpx2.Request(
        method,
        url,
        headers={"accept-encoding": "identity", "user-agent": "expertpost", **(headers or {})},
        content=body or None,
        extensions={"timeout": timeouts, "trace": wire},
    )
    try:
        with _ended_after(deadline, wire), _transport(url) as transport:
            answer = _answer(transport.handle_request(request), largest)
            if (heard := _HEARD.get()) is not None:
                heard.append(answer)
            return answer
    except (httpx2.HTTPError, OSError) as broken:
        return lost(broken, sent=wire.sent)


_HEARD: ContextVar[list[Answer] | None] = ContextVar("heard", default=None)


@contextmanager
def listening() -> Iterator[list[Answer]]:
    """Everything that services answer meanwhile, in order, whatever a publisher makes of it."""
    heard: list[Answer] = []
    token = _HEARD.set(heard)
    try:
        yield heard
    finally:
        _HEARD.reset(token)


def _transport(url: str) -> "httpx2.HTTPTransport":
    import httpx2

    trust = _trust(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))
    return httpx2.HTTPTransport(verify=trust, proxy=_proxy_for(url), retries=0)


@cache
def _trust(_file: str, _folder: str) -> "SSLContext":
    """Whom TLS trusts, by the variables that OpenSSL reads; kept, as reading all certificates takes 20 ms."""
    import httpx2

    return httpx2.create_ssl_context()


@contextmanager
def _ended_after(deadline: float, wire: _Wire) -> Iterator[None]:
    # The timeouts begin anew with every byte; a service that drips would hold the line for ever.
    timer = Timer(deadline, wire.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _answer(response: "httpx2.Response", largest: int) -> Answer:
    import httpx2

    body, whole = bytearray(), True
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > largest:
                whole = False
                break
    except (httpx2.HTTPError, OSError):
        whole = False
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, bytes(body[:largest]), whole)


def _proxy_for(url: str) -> str | None:
    """The proxy that the environment or the system names for this address (HTTPS_PROXY, NO_PROXY …)."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    return None if is_loopback(host) or proxy_bypass(host) else getproxies().get(parts.scheme)


def lost(broken: Exception, *, sent: bool) -> Unsure | Busy:
    """What a connection that broke proves: nothing, unless it broke before a byte was ``sent``."""
    says = f"{type(broken).__name__} {broken}".strip()
    return Unsure(f"the answer was lost: {says}") if sent else Busy(f"not reachable: {says}")


def judge(answer: Answer, at: datetime) -> Refused | Busy | Unsure | None:
    """What a status proves (protocol §5), None for success; ``at`` is the moment of sending.

    A redirect is never followed: 301, 307 and 308 say that nothing was taken here, the others may come after the deed.
    408 and 409 prove nothing (it may be there already), and neither does any 5xx.
    """
    says = _says(answer)
    match answer.status:
        case status if 200 <= status < 300:
            return None
        case status if status in _LATER:
            return Busy(says, not_before(answer.headers.get("retry-after"), at))
        case status if status in _MOVED:
            return Refused(f"{says}; write the new address into the channel", Because.ACCOUNT)
        case status if 400 <= status < 500 and status not in _UNPROVEN:
            return Refused(says, Because.ACCOUNT if status in _ACCOUNT else Because.CONTENT)
        case _:
            return Unsure(says)


def _says(answer: Answer) -> str:
    words = answer.body[:_EXCERPT].decode(errors="replace").strip()
    place = answer.headers.get("location") if 300 <= answer.status < 400 else None
    return " ".join(part for part in (f"the service answered {answer.status}", place, words) if part)


def not_before(retry_after: str | None, at: datetime) -> datetime | None:
    """The moment a Retry-After header names (RFC 9110 §10.2.3: seconds or a date), at most a day off; None for none."""
    if retry_after is None:
        return None
    wanted = retry_after.strip()
    try:
        if wanted.isascii() and wanted.isdigit():
            return at + timedelta(seconds=min(int(wanted), LONGEST_WAIT.total_seconds()))
        named = parsedate_to_datetime(wanted)
    except ValueError:
        return None
    return min(max(named if named.tzinfo else named.replace(tzinfo=UTC), at), at + LONGEST_WAIT)
