"""Hostile services, lists and plug-ins against the publishers."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expertpost.model.channel import Guarantee, SecretKind, SecretName
from expertpost.model.outcome import Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import KEY as KEY_PLACEHOLDER
from expertpost.model.post import Post, bind
from expertpost.publishers.base import Address, Probe, Publisher, Sending
from expertpost.publishers.email import Email, EmailSettings
from expertpost.publishers.webhook import Webhook, WebhookSettings
from expertpost.render.shown import Shown
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.samples import HOSTILE, PLAIN
from expertpost.testing.twin import Answer, Arrived, HttpTwin

AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
KEY = "0b5e" * 16
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Nothing to set."""


class Plugin(Publisher[NoSettings]):
    """A plug-in that does as the test says."""

    says = "whatever"
    settings_type = NoSettings
    guarantee = Guarantee.BLIND
    account = "me"

    def __init__(self, act: Callable[[], Outcome]) -> None:
        super().__init__(NoSettings(), {"token": "swordfish-123"}, Path())
        self.act = act

    @classmethod
    def render(cls, shown: Shown, settings: NoSettings) -> Post:
        """A part with a placeholder."""
        return Post((shown.front.title + KEY_PLACEHOLDER,))

    def look(self, at: datetime) -> Probe | Outcome:
        """What the test says."""
        return self.act()

    def deliver(self, sending: Sending) -> Outcome:
        """What the test says."""
        return self.act()


def raising(problem: Exception) -> Callable[[], Outcome]:
    """A plug-in's act that ends in an exception."""

    def act() -> Outcome:
        raise problem

    return act


SENDING = Sending(Post(("bound",)), KEY, Address(), AT, {})


@pytest.mark.parametrize("problem", [ValueError("swordfish-123"), KeyError("x"), RecursionError(), OSError(5, "io")])
def test_a_plugin_that_breaks_leaves_doubt(problem: Exception) -> None:
    """An exception may come after the post is out: it is never taken for "not sent", and holds no secret."""
    outcome = Plugin(raising(problem)).send(SENDING)

    assert isinstance(outcome, Unsure)
    assert type(problem).__name__ in outcome.reason
    assert "swordfish" not in outcome.reason


@pytest.mark.parametrize("kind", [Refused, Busy, Unsure])
def test_a_plugins_reason_is_made_harmless(kind: type[Refused] | type[Busy] | type[Unsure]) -> None:
    """No secret, terminal command, second line or workflow command leaves in a reason."""
    outcome = Plugin(lambda: kind("no\x1b[2J swordfish-123\n::error::x\r\n" + "long " * 1_000)).send(SENDING)

    assert not isinstance(outcome, Receipt)
    assert outcome.reason.startswith("no\ufffd[2J ••• ::error::x long")
    assert len(outcome.reason) <= 300


def test_a_plugins_receipt_holds_no_secret() -> None:
    """What goes into the ledger as proof is searched for secrets too."""
    outcome = Plugin(lambda: Receipt("id", "https://api.example/swordfish-123/post/1")).send(SENDING)

    assert Receipt("id", "https://api.example/•••/post/1") == outcome


def test_a_probe_that_breaks_is_an_answer() -> None:
    """A look that ends in an exception is told like any other."""
    assert isinstance(Plugin(raising(ValueError("swordfish-123"))).probe(AT), Unsure)


def test_nothing_unbound_is_sent() -> None:
    """A post with a placeholder left never reaches the service."""
    called: list[int] = []

    def act() -> Outcome:
        called.append(1)
        return Receipt("id")

    outcome = Plugin(act).send(Sending(Plugin.render(PLAIN, NoSettings()), KEY, Address(), AT, {}))

    assert Refused("not sent: no value for key") == outcome
    assert [] == called


@pytest.fixture
def echo() -> Iterator[HttpTwin]:
    """A service that answers every post with an error full of what it got, and of worse."""

    def answer(one: Arrived) -> Answer:
        return Answer(422, b"\x1b]0;owned\x07\r\n" + repr(sorted(one.headers.items())).encode() + b"\xff\x00")

    with closing(HttpTwin(lambda r: Arrived(r.path, r.headers, ""), answer=answer)) as twin:
        yield twin


def test_a_service_that_answers_with_terminal_commands(echo: HttpTwin) -> None:
    """A remote's words are shown as words."""
    hook = Webhook(WebhookSettings(echo.url, SecretName(SecretKind.ENV, "S")), {"secret": SECRET}, Path())
    post = bind(hook.render(PLAIN, hook.settings), hook.values(Address(), KEY, AT, ""))
    outcome = hook.send(Sending(post, KEY, Address(), AT, {}))

    assert isinstance(outcome, Refused)
    assert outcome.reason.isprintable()
    assert SECRET not in outcome.reason


@pytest.mark.parametrize(
    ("code", "kind"), [(301, Refused), (302, Unsure), (303, Unsure), (307, Refused), (308, Refused)]
)
def test_a_service_that_redirects_to_the_inside(echo: HttpTwin, code: int, kind: type[Outcome]) -> None:
    """A redirect to an address of the runner's own network is not followed."""
    there = Answer(code, b"", {"Location": f"{echo.url}/latest/meta-data/"})
    with closing(HttpTwin(lambda r: Arrived(r.path, r.headers, ""), answer=lambda _: there)) as outside:
        hook = Webhook(WebhookSettings(outside.url, SecretName(SecretKind.ENV, "S")), {"secret": SECRET}, Path())
        post = bind(hook.render(PLAIN, hook.settings), hook.values(Address(), KEY, AT, ""))
        outcome = hook.send(Sending(post, KEY, Address(), AT, {}))

    assert kind is type(outcome)
    assert [] == echo.requests


def test_a_mail_server_that_repeats_the_password() -> None:
    """A server that puts the login into its complaint, in the clear or in base64, gives nothing away."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=repeat_login, args=(listening,), daemon=True)
        thread.start()
        settings = EmailSettings("127.0.0.1", "experts@acme.example", ("b@x.example",), listening.getsockname()[1])
        outcome = Email(settings, {"password": "swordfish-123"}, Path()).probe(AT)
        thread.join(5)

    assert isinstance(outcome, Refused)
    assert "•••" in outcome.reason
    assert "c3dvcmRmaXNoL" not in outcome.reason


def repeat_login(listening: socket.socket) -> None:
    """Offer a login, and complain with every word of it."""
    client, _ = listening.accept()
    with client, client.makefile("rb") as lines:
        client.sendall(b"220 hi\r\n")
        for line in lines:
            client.sendall(b"250-hi\r\n250 AUTH PLAIN\r\n" if line.startswith(b"ehlo") else b"535 not " + line)


@pytest.mark.parametrize(
    "recipient",
    ["bea@x.example>\r\nRCPT TO:<eve@y.example", "bea@x.example\nBcc: eve@y.example", "bea@x.example\x00", "-bea@", ""],
)
def test_a_recipient_that_is_a_command(recipient: str) -> None:
    """No address becomes a second command, header or recipient."""
    with closing(MailTwin()) as twin:
        mail = Email(EmailSettings(twin.host, "experts@acme.example", ("b@x.example",), twin.port), {}, Path())
        to = Address(recipient)
        post = bind(mail.render(HOSTILE, mail.settings), mail.values(to, KEY, AT, ""))

        assert isinstance(mail.send(Sending(post, KEY, to, AT, {})), Refused)
        assert () == twin.arrived()
