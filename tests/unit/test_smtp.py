"""The rules of sending one mail: encrypted, tried once, and every reply taken for what it proves."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.loopback_tls import server_context, trust

from expertpost.model.outcome import Because, Busy, Refused, Unsure
from expertpost.publishers.smtp import Server, Step, judge, look, submit
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Fault

AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
MAIL = b"Subject: hello\r\n\r\nOne.\r\n.\r\n..Two\r\n"
BEFORE_THE_DOT = [step for step in Step if step is not Step.DOT]


def send(server: Server, message: bytes = MAIL, deadline: float = 10.0) -> str | Refused | Busy | Unsure:
    """One mail from us to Bea."""
    return submit(server, "experts@acme.example", "bea@supplier.example", message, at=AT, deadline=deadline)


def plain(port: int, **more: str) -> Server:
    """A server on this machine, without encryption."""
    return replace(Server("127.0.0.1", port, "plain"), **more)  # type: ignore[arg-type] # texts only


@contextmanager
def scripted(replies: dict[str, bytes], greeting: bytes = b"220 hi\r\n") -> Iterator[int]:
    """A server that answers a command (by its first word, "." for the final dot) as told; ``b""`` hangs up."""

    def talk(client: socket.socket) -> None:
        lines = client.makefile("rb")
        client.sendall(greeting)
        in_text = False
        for line in lines:
            word = "." if in_text and line == b".\r\n" else line.split()[0].decode().upper() if line.strip() else ""
            if in_text and word != ".":
                continue
            reply = replies.get(word, b"354 go on\r\n" if word == "DATA" else b"250 fine\r\n")
            if not reply:
                return
            client.sendall(reply)
            in_text = word == "DATA" and reply.startswith(b"354")

    with listening(talk) as port:
        yield port


@contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A bare socket that talks to one client; the port."""
    with socket.create_server(("127.0.0.1", 0)) as waiting:

        def serve() -> None:
            try:
                client, _ = waiting.accept()
                with client:
                    talk(client)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield waiting.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize("step", Step)
def test_later_is_later_at_every_step(step: Step) -> None:
    """A 4xx reply says that nothing was taken, and to come back."""
    outcome = judge(step, 421, "busy", AT)

    assert isinstance(outcome, Busy)
    assert outcome.not_before is not None
    assert timedelta(minutes=1) <= outcome.not_before - AT <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("step", "code", "because"),
    [
        (Step.GREETING, 554, Because.ACCOUNT),
        (Step.TLS, 501, Because.ACCOUNT),
        (Step.LOGIN, 535, Because.ACCOUNT),
        (Step.SENDER, 550, Because.ACCOUNT),
        (Step.SENDER, 530, Because.ACCOUNT),
        (Step.RECIPIENT, 550, Because.CONTENT),
        (Step.RECIPIENT, 530, Because.ACCOUNT),
        (Step.TEXT, 554, Because.CONTENT),
        (Step.DOT, 552, Because.CONTENT),
        (Step.DOT, 554, Because.CONTENT),
    ],
)
def test_never_is_never(step: Step, code: int, because: Because) -> None:
    """A 5xx reply is a refusal: of the account at login and sender, of this mail at recipient and text."""
    outcome = judge(step, code, "no", AT)

    assert isinstance(outcome, Refused)
    assert because is outcome.because


@pytest.mark.parametrize("code", [-1, 0, 25, 199, 354, 600])
def test_nonsense_proves_something_before_the_dot_only(code: int) -> None:
    """A reply that makes no sense is harmless before the final dot, and leaves everything open after it."""
    assert isinstance(judge(Step.DOT, code, "?", AT), Unsure)
    assert {Busy} == {type(judge(step, code, "?", AT)) for step in BEFORE_THE_DOT if (step, code) != (Step.TEXT, 354)}


@pytest.mark.parametrize("step", Step)
def test_the_conversation_goes_on(step: Step) -> None:
    """Each step has its one good answer."""
    assert judge(step, 354 if step is Step.TEXT else 250, "fine", AT) is None


def test_a_mail_arrives_as_it_is() -> None:
    """Every byte arrives, also lines that are or begin with a dot."""
    with closing(MailTwin()) as twin:
        told = send(plain(twin.port))

    assert isinstance(told, str)
    assert (MAIL,) == twin.raw()


@pytest.mark.parametrize("word", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_line_cut_before_the_dot_is_busy(word: str) -> None:
    """A server that hangs up before the final dot has taken nothing."""
    with scripted({word: b""}) as port:
        assert isinstance(send(plain(port)), Busy)


@pytest.mark.parametrize("reply", [b"", b"25", b"2x0 fine\r\n", b"250-fine\r\n", b"x" * 9_000])
def test_a_line_cut_after_the_dot_is_unsure(reply: bytes) -> None:
    """After the final dot only a whole reply proves anything."""
    with scripted({".": reply}) as port:
        assert isinstance(send(plain(port), deadline=1.0), Unsure)


def test_a_greeting_that_refuses() -> None:
    """A server that does not want us says so first."""
    with scripted({}, b"554 go away\r\n") as port:
        outcome = send(plain(port))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because


def test_the_deadline_is_for_everything() -> None:
    """A byte now and then does not extend the deadline, at any step."""

    def drip(client: socket.socket) -> None:
        for _ in range(40):
            client.sendall(b"2")
            time.sleep(0.1)

    begun = time.monotonic()
    with listening(drip) as port:
        outcome = send(plain(port), deadline=0.5)
        ended = time.monotonic()

    assert isinstance(outcome, Busy)
    assert ended - begun < 2


def test_starttls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With STARTTLS, login and text are encrypted."""
    trust(tmp_path, monkeypatch)
    with closing(MailTwin("s3cret", server_context(tmp_path))) as twin:
        server = Server("127.0.0.1", twin.port, "starttls", "me", "s3cret")

        assert look(server, at=AT, deadline=10.0) is None
        assert isinstance(send(server), str)
        assert 1 == len(twin.arrived())


def test_encryption_is_not_talked_out_of() -> None:
    """A server (or somebody in between) that offers no STARTTLS gets neither login nor text."""
    with closing(MailTwin("s3cret")) as twin:
        outcome = send(Server("127.0.0.1", twin.port, "starttls", "me", "s3cret"))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because


def test_a_stranger_gets_nothing(tmp_path: Path) -> None:
    """A server whose certificate nobody vouches for gets neither login nor text."""
    with closing(MailTwin("s3cret", server_context(tmp_path))) as twin:
        outcome = send(Server("127.0.0.1", twin.port, "starttls", "me", "s3cret"))

        assert isinstance(outcome, Busy)
        assert () == twin.arrived()


def test_what_came_in_the_clear_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply slipped in before the encryption begins is not taken for the server's (RFC 3207)."""
    trust(tmp_path, monkeypatch)
    context = server_context(tmp_path)

    def slip_in(client: socket.socket) -> None:
        client.sendall(b"220 hi\r\n")
        client.recv(1_000)
        client.sendall(b"250-fine\r\n250 STARTTLS\r\n")
        client.recv(1_000)
        client.sendall(b"220 go\r\n250 slipped in\r\n")
        with context.wrap_socket(client, server_side=True) as encrypted:
            encrypted.recv(1_000)
            encrypted.sendall(b"554 the real one\r\n")

    with listening(slip_in) as port:
        outcome = send(Server("127.0.0.1", port, "starttls"))

    assert isinstance(outcome, Refused)
    assert "the real one" in outcome.reason


def test_tls_from_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With direct TLS the greeting itself is encrypted."""
    trust(tmp_path, monkeypatch)
    context = server_context(tmp_path)

    def greet(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as encrypted:
            encrypted.sendall(b"554 but over TLS\r\n")

    with listening(greet) as port:
        outcome = send(Server("127.0.0.1", port, "tls"))

    assert isinstance(outcome, Refused)
    assert "but over TLS" in outcome.reason


def test_a_handshake_that_hangs_is_cut() -> None:
    """The deadline holds during the handshake too, and nothing was sent then."""
    begun = time.monotonic()
    with listening(lambda client: time.sleep(1.5)) as port:
        outcome = send(Server("127.0.0.1", port, "tls"), deadline=0.4)
        ended = time.monotonic()

    assert isinstance(outcome, Busy)
    assert ended - begun < 1.3


@pytest.mark.parametrize("password", ["wrong", "pässword"])
def test_a_login_that_fails(password: str) -> None:
    """A password that is refused, or that no server could take, stops the account."""
    with closing(MailTwin("s3cret")) as twin:
        outcome = look(plain(twin.port, user="me", password=password), at=AT, deadline=10.0)

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because


def test_no_login_where_none_is_offered() -> None:
    """A server that takes no login at all stops an account that has one."""
    with closing(MailTwin()) as twin, scripted({"EHLO": b"250 nothing\r\n"}) as port:
        outcome = look(plain(port, user="me", password="s3cret"), at=AT, deadline=10.0)

        assert isinstance(outcome, Refused)
        assert look(plain(twin.port), at=AT, deadline=10.0) is None


def test_a_server_that_asks_for_a_login() -> None:
    """Without a password, a server that demands one stops the account."""
    with closing(MailTwin("s3cret")) as twin:
        outcome = send(plain(twin.port))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because
    assert "530" in outcome.reason


def test_a_busy_server() -> None:
    """Greylisting is an invitation to come back."""
    with closing(MailTwin()) as twin:
        twin.fail(Fault.THROTTLED)

        assert isinstance(send(plain(twin.port)), Busy)
        assert isinstance(send(plain(twin.port)), str)
