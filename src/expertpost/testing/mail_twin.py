"""A mail server on this machine that stands for a service, fails as told, and remembers what it accepted."""

import asyncio
import logging
import socket
import ssl
import time
import warnings
from collections import deque
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from expertpost.testing.twin import Arrived, Fault, Twin

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

_DRIP = 0.2
_LONGEST_DRIP = 4.5


class MailTwin(Twin):
    """An SMTP server (aiosmtpd) on a free port of this machine that asks for a login.

    ``replies``: what it says at a step (``"MAIL"``, ``"RCPT"``, ``"DATA"`` – at the end of the text) instead of
    accepting. ``tls``: a context for STARTTLS, which it then demands.
    """

    faults = frozenset(Fault) - {Fault.BROKEN_AFTER, Fault.MOVED}

    def __init__(self, password: str = "", tls: ssl.SSLContext | None = None) -> None:
        from aiosmtpd.controller import Controller

        # On this machine's own network nobody listens, and its own log would repeat all it hears.
        warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS", UserWarning)
        logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
        self.password = password
        self.host, self.port = "127.0.0.1", _free_port()
        self.replies: dict[str, str] = {}
        self._envelopes: list[tuple[str, bytes]] = []
        self._faults: deque[Fault] = deque()
        self._controller = Controller(
            self,
            hostname=self.host,
            port=self.port,
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=bool(password),
            auth_require_tls=False,
            authenticator=self._authenticate,
        )
        self._controller.start()
        self._is_up = True

    def arrived(self) -> tuple[Arrived, ...]:
        """Every mail accepted so far; its recipient is the header ``envelope-to``."""
        return tuple(_read(recipient, content) for recipient, content in self._envelopes)

    def raw(self) -> tuple[bytes, ...]:
        """Every mail accepted so far, byte for byte."""
        return tuple(content for _, content in self._envelopes)

    def fail(self, fault: Fault) -> None:
        """Let the next mail meet this fault (DENIED: all from now on)."""
        if fault is Fault.DOWN:
            self.close()
        else:
            self._faults.append(fault)

    def close(self) -> None:
        """Stop listening."""
        if self._is_up:
            self._is_up = False
            self._controller.stop()

    def _meets(self, fault: Fault) -> bool:
        return bool(self._faults) and self._faults[0] is fault

    def _authenticate(
        self, _server: "SMTP", _session: "Session", _envelope: "Envelope", _mechanism: str, login: object
    ) -> "AuthResult":
        from aiosmtpd.smtp import AuthResult, LoginPassword

        told = login.password.decode() if isinstance(login, LoginPassword) else ""
        if self._meets(Fault.DENIED) or told != self.password:
            return AuthResult(success=False, handled=False, message=f"535 5.7.8 not with {told}")
        return AuthResult(success=True)

    async def _sender(
        self, _server: "SMTP", _session: "Session", envelope: "Envelope", address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.replies.get("MAIL", "250 OK")

    async def _recipient(
        self, _server: "SMTP", _session: "Session", envelope: "Envelope", address: str, _options: list[str]
    ) -> str:
        if self._meets(Fault.THROTTLED):
            self._faults.popleft()
            return "451 4.7.1 too many, come back later"
        envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def _text(self, server: "SMTP", _session: "Session", envelope: "Envelope") -> str:
        fault = self._faults.popleft() if self._faults else None
        if fault is Fault.BROKEN_BEFORE or "DATA" in self.replies:
            return self.replies.get("DATA", "451 4.3.0 out of order")
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self._envelopes.extend((recipient, content) for recipient in envelope.rcpt_tos)
        transport = server.transport
        if fault is None or not isinstance(transport, asyncio.Transport):
            return "250 OK"
        await _fail_after(fault, transport)
        transport.abort()
        return "250 OK"

    handle_MAIL, handle_RCPT, handle_DATA = _sender, _recipient, _text  # noqa: N815 # aiosmtpd's names


async def _fail_after(fault: Fault, transport: asyncio.Transport) -> None:
    if fault is Fault.HALF_ANSWER:
        transport.write(b"25")
        await asyncio.sleep(_DRIP)
    elif fault is Fault.SLOW:
        until = time.monotonic() + _LONGEST_DRIP
        while not transport.is_closing() and time.monotonic() < until:
            transport.write(b"2")
            await asyncio.sleep(_DRIP)


def _read(recipient: str, content: bytes) -> Arrived:
    message = message_from_bytes(content, policy=policy.default)
    headers = {name.lower(): str(value) for name, value in message.items()}
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    return Arrived(
        headers.get("message-id", ""),
        {**headers, "envelope-to": recipient},
        text.get_content() if text is not None else "",
        html.get_content() if html is not None else "",
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
