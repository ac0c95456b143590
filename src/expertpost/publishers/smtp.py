"""One mail to one recipient over SMTP, tried once, and what every reply proves (RFC 5321).

Nothing is accepted before the final dot of the text: whatever goes wrong earlier is proof that there is no mail.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Timer
from typing import TYPE_CHECKING, Literal, TypeAlias

from expertpost.model.outcome import Because, Busy, Refused, Unsure
from expertpost.publishers.http import CONNECT_TIMEOUT, hang_up, since_boot

if TYPE_CHECKING:
    from smtplib import SMTP

Security: TypeAlias = Literal["starttls", "tls", "plain"]

_WAIT = timedelta(minutes=5)
"""What a server that says "later" gets: those that greylist want some minutes (RFC 6647)."""

_CREDENTIALS = frozenset({530, 534, 535, 538})
_LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)


class Step(StrEnum):
    """How far the conversation has come."""

    GREETING = "greeting"
    TLS = "STARTTLS"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    TEXT = "text"
    DOT = "end of the text"


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that takes what we send. Without ``password`` there is no login. ``name``: who we say we are."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = ""
    name: str = "localhost"


class _Stopped(Exception):
    """The conversation ended early, and ``outcome`` is what that proves."""

    def __init__(self, outcome: Refused | Busy | Unsure) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def judge(step: Step, code: int, says: str, at: datetime) -> Refused | Busy | Unsure | None:
    """What a reply at this step proves, None where the conversation may go on. ``at`` is the moment of sending.

    4xx: not now. 5xx: never – for the account where it concerns the sender or the login, else for this mail. Any other
    code makes no sense: before the final dot that is harmless, after it nobody knows.
    """
    told = f"the server answered {code} ({step}): {says}"
    if code == 354 if step is Step.TEXT else 200 <= code < 300:
        return None
    if 400 <= code < 500:
        return Busy(told, at + _WAIT, Because.CONTENT if step is Step.RECIPIENT else Because.ACCOUNT)
    if 500 <= code < 600:
        of_account = code in _CREDENTIALS or step in (Step.GREETING, Step.TLS, Step.LOGIN, Step.SENDER)
        return Refused(told, Because.ACCOUNT if of_account else Because.CONTENT)
    return Unsure(told) if step is Step.DOT else Busy(told, at + _WAIT)


def submit(
    server: Server, sender: str, recipient: str, message: bytes, *, at: datetime, deadline: float
) -> str | Refused | Busy | Unsure:
    """Hand one message (CRLF line ends) to the server; its words when it has accepted it, else what happened."""
    try:
        with _conversation(server, at, deadline) as smtp:
            _ask(smtp, Step.SENDER, f"MAIL FROM:<{sender}>", at)
            _ask(smtp, Step.RECIPIENT, f"RCPT TO:<{recipient}>", at)
            _ask(smtp, Step.TEXT, "DATA", at)
            smtp.send(_LINE_WITH_DOT.sub(b"..", message.removesuffix(b"\r\n")) + b"\r\n")
            return _end(smtp, at)
    except _Stopped as stopped:
        return stopped.outcome
    except OSError as lost:
        return Busy(f"not reachable: {type(lost).__name__} {lost}")


def look(server: Server, *, at: datetime, deadline: float) -> Refused | Busy | Unsure | None:
    """Log in and leave; None when that works."""
    try:
        with _conversation(server, at, deadline):
            return None
    except _Stopped as stopped:
        return stopped.outcome
    except OSError as lost:
        return Busy(f"not reachable: {type(lost).__name__} {lost}")


@contextmanager
def _conversation(server: Server, at: datetime, deadline: float) -> Iterator["SMTP"]:
    """A connection that is encrypted and logged in as the server's settings ask; ended when the deadline is over."""
    from smtplib import SMTP

    until = since_boot() + deadline
    smtp = SMTP(local_hostname=server.name)
    timer = Timer(deadline, lambda: _cut(smtp.sock))
    timer.daemon = True
    timer.start()
    try:
        plain = socket.create_connection((server.host, server.port), min(CONNECT_TIMEOUT, deadline))
        plain.settimeout(deadline)
        smtp.sock = plain
        _greet(smtp, plain, server, at)
        if server.password:
            _log_in(smtp, server, at)
        if since_boot() > until:
            raise TimeoutError("no time was left to send anything")
        yield smtp
    finally:
        timer.cancel()
        smtp.close()


def _cut(connection: socket.socket | None) -> None:
    if connection is not None:
        hang_up(connection)


def _greet(smtp: "SMTP", plain: socket.socket, server: Server, at: datetime) -> None:
    if server.security == "tls":
        _encrypt(smtp, plain, server.host)
    _judged(Step.GREETING, smtp.getreply(), at)
    _judged(Step.GREETING, smtp.ehlo(server.name), at)
    if server.security == "starttls":
        if not smtp.has_extn("starttls"):
            raise _Stopped(Refused(f"{server.host} offers no encryption (STARTTLS)", Because.ACCOUNT))
        _ask(smtp, Step.TLS, "STARTTLS", at)
        _encrypt(smtp, plain, server.host)
        _judged(Step.TLS, smtp.ehlo(server.name), at)


def _encrypt(smtp: "SMTP", plain: socket.socket, host: str) -> None:
    context = ssl.create_default_context()
    # The handshake comes after the socket is in place, so that the deadline can end it.
    encrypted = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    if smtp.file is not None:
        smtp.file.close()
    # What arrived in the clear is not read again: it could have been slipped in (RFC 3207 §4.2).
    smtp.sock, smtp.file = encrypted, None
    encrypted.do_handshake()


def _log_in(smtp: "SMTP", server: Server, at: datetime) -> None:
    from smtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected

    try:
        smtp.login(server.user, server.password)
    except SMTPResponseException as refused:
        says = refused.smtp_error
        _judged(Step.LOGIN, (refused.smtp_code, says if isinstance(says, bytes) else says.encode()), at)
    except SMTPServerDisconnected:
        raise
    except (SMTPException, UnicodeError) as unable:
        raise _Stopped(Refused(f"{server.host} takes no login: {unable}", Because.ACCOUNT)) from unable


def _ask(smtp: "SMTP", step: Step, command: str, at: datetime) -> None:
    _judged(step, smtp.docmd(command), at)


def _judged(step: Step, reply: tuple[int, bytes], at: datetime) -> None:
    code, says = reply
    if problem := judge(step, code, says.decode(errors="replace"), at):
        raise _Stopped(problem)


def _end(smtp: "SMTP", at: datetime) -> str:
    """The final dot: from its first byte on only the server's reply proves anything."""
    try:
        smtp.send(b".\r\n")
        code, says = smtp.getreply()
    except OSError as lost:
        raise _Stopped(Unsure(f"the answer was lost: {type(lost).__name__} {lost}")) from lost
    _judged(Step.DOT, (code, says), at)
    return says.decode(errors="replace")
