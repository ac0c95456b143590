"""The rules of signed webhooks, checked against the reference library of the specification."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Oracle

from expertpost.model.channel import SecretKind, SecretName
from expertpost.model.outcome import Because, Receipt, Refused
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Probe, Sending
from expertpost.publishers.webhook import Webhook, WebhookSettings, signed_headers
from expertpost.testing.samples import HOSTILE, PLAIN
from expertpost.testing.twin import Answer, Arrived, HttpTwin

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_" + base64.b64encode(b"an older secret of 30 bytes..").decode()
AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
KEY = "0b5e" * 16
URL = 'https://hub.acme.example/a?b="c"\\&d'


@pytest.fixture
def status() -> list[int]:
    """What the receiver answers."""
    return [204]


@pytest.fixture
def twin(status: list[int]) -> Iterator[HttpTwin]:
    """A receiver."""
    read = lambda r: Arrived(r.headers["webhook-id"], r.headers, r.body.decode())  # noqa: E731 # short
    with closing(HttpTwin(read, answer=lambda _: Answer(status[0]))) as twin:
        yield twin


def publisher(url: str, secret: str = SECRET) -> Webhook:
    """A webhook to this address."""
    return Webhook(WebhookSettings(url, SecretName(SecretKind.ENV, "HOOK")), {"secret": secret}, Path())


def sending(hook: Webhook) -> Sending:
    """One delivery."""
    post = bind(hook.render(PLAIN, hook.settings), hook.values(Address(), KEY, AT, URL))
    return Sending(post, KEY, Address(), AT, {})


@pytest.mark.parametrize("payload", [b"{}", '{"ü":"€"}'.encode(), b"a.b.c"])
def test_the_signature_is_the_reference_librarys(payload: bytes) -> None:
    """Our signature is the one that the specification's own library makes."""
    theirs = Oracle(SECRET).sign(KEY, AT, payload.decode())

    assert theirs == signed_headers(SECRET, KEY, AT, payload)["webhook-signature"]


@pytest.mark.parametrize("held", [SECRET, OLDER])
def test_two_secrets_while_one_is_replaced(held: str) -> None:
    """During a change of secrets, a receiver that knows either of them is served."""
    headers = signed_headers(f"{SECRET} {OLDER}", KEY, datetime.now(UTC), b'{"a":1}')

    assert {"a": 1} == Oracle(held).verify(b'{"a":1}', headers)


@pytest.mark.parametrize("secret", ["", "s3cret", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", f"whsec_{'A' * 100}"])
def test_a_secret_that_is_none(secret: str, twin: HttpTwin) -> None:
    """A secret that does not have the specification's form stops the account, and nothing is sent."""
    outcome = publisher(twin.url, secret or "x").send(sending(publisher(twin.url)))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because
    assert [] == twin.requests


def test_the_payload(twin: HttpTwin) -> None:
    """The receiver gets the event, its moment and the piece, and can check who sent it."""
    outcome = publisher(twin.url).send(sending(publisher(twin.url)))
    (request,) = twin.requests
    told = json.loads(request.body)

    assert Receipt(KEY) == outcome
    assert ("piece.published", "2026-12-01T08:00:00Z", URL) == (told["type"], told["timestamp"], told["data"]["url"])
    assert [{"handle": "anna", "name": "Anna Muster"}, {"handle": "jo", "name": "Jo O’Neill"}] == told["data"][
        "authors"
    ]
    assert ("Look both ways", ["suppliers"]) == (told["data"]["title"], told["data"]["audience"])
    assert "<strong>from both sides</strong>" in told["data"]["html"]
    assert "application/json" == request.headers["content-type"]
    assert KEY == request.headers["webhook-id"]


def test_what_is_signed_is_what_is_sent(twin: HttpTwin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature is over the very bytes that arrive."""
    hook = publisher(twin.url)
    hook.send(replace(sending(hook), at=datetime.now(UTC)))
    (request,) = twin.requests

    assert json.loads(request.body) == Oracle(SECRET).verify(request.body, dict(request.headers))


def test_a_piece_without_a_page() -> None:
    """Where no page is to be found, the address is null and no placeholder waits for one."""
    hook = publisher("https://partner.example/")
    post = hook.render(replace(PLAIN, has_page=False), hook.settings)

    assert frozenset({"date"}) == post.placeholders
    assert json.loads(post.parts[0])["data"]["url"] is None


def test_hostile_text_stays_in_its_place() -> None:
    """Quotes and braces in a piece, and in an address, never end a JSON text."""
    hook = publisher("https://partner.example/")
    post = bind(hook.render(HOSTILE, hook.settings), hook.values(Address(), KEY, AT, URL))
    told = json.loads(post.parts[0])

    assert ("piece.published", {"type", "timestamp", "data"}) == (told["type"], set(told))
    assert URL == told["data"]["url"]


def test_gone_is_gone(twin: HttpTwin, status: list[int]) -> None:
    """410 says that the receiver wants no more of anything."""
    status[0] = 410
    outcome = publisher(twin.url).send(sending(publisher(twin.url)))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because


def test_the_account_hides_what_the_address_may_hold() -> None:
    """An address is known by its host and a digest: its path may be a secret."""
    one, other = publisher("https://partner.example/hook/s3cret"), publisher("https://partner.example/hook/other")

    assert one.account.startswith("partner.example/")
    assert "s3cret" not in one.account
    assert one.account != other.account


def test_a_look(twin: HttpTwin) -> None:
    """A look posts nothing and says whose account it is."""
    hook = publisher(twin.url)

    assert Probe(hook.account) == hook.probe(AT)
    assert ["HEAD"] == [request.method for request in twin.requests]
