"""The rules of a channel's settings: judged whole, each problem with its cure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import pytest

from expertpost.errors import Finding
from expertpost.model.channel import Channel, Guarantee, SecretKind, SecretName, Setting
from expertpost.model.outcome import Busy, Outcome
from expertpost.model.post import Post
from expertpost.publishers import settings
from expertpost.publishers.base import Probe, Publisher, Sending
from expertpost.publishers.email import Email, EmailSettings
from expertpost.publishers.folder import Folder
from expertpost.publishers.webhook import Webhook, WebhookSettings
from expertpost.render.shown import Shown

TOKEN = SecretName(SecretKind.ENV, "TOKEN")
MAIL: dict[str, Setting] = {
    "host": "smtp.acme.example",
    "sender": "experts@acme.example",
    "recipients": {"file": "l.txt"},
}


@dataclass(frozen=True, slots=True)
class Wide:
    """Every type that a setting may have."""

    text: str
    flag: bool = False
    whole: int = 1
    number: float = 1.0
    texts: tuple[str, ...] = ()
    word: Literal["big", "small"] = "big"
    token: SecretName | None = None


class Anything(Publisher[Wide]):
    """A publisher with those settings."""

    says = "anything"
    settings_type = Wide
    guarantee = Guarantee.BLIND
    account = "any"

    @classmethod
    def render(cls, shown: Shown, settings: Wide) -> Post:
        """Nothing."""
        return Post(("",))

    def look(self, at: datetime) -> Probe | Outcome:
        """Nobody."""
        return Probe("any")

    def deliver(self, sending: Sending) -> Outcome:
        """Nowhere."""
        return Busy("nowhere")


def read(
    publisher: type[Publisher[Any]], written: dict[str, Setting], **secrets: SecretName
) -> tuple[object, tuple[Finding, ...]]:
    """What a channel with these settings, on line 12, gives."""
    return settings.read(publisher, Channel("there", "any", ("suppliers",), written, secrets, 12))


def test_good_settings_are_the_publishers_own() -> None:
    """Settings of the right types become the publisher's own dataclass."""
    chosen, found = read(Webhook, {"url": "https://partner.example/"}, secret=TOKEN)

    assert () == found
    assert WebhookSettings("https://partner.example/", TOKEN) == chosen


def test_every_type_is_taken() -> None:
    """Texts, flags, numbers, lists, words of a choice and names of secrets."""
    written: dict[str, Setting] = {"text": "t", "flag": True, "whole": 2, "number": 3, "texts": ("a",), "word": "small"}

    assert (Wide("t", True, 2, 3, ("a",), "small", TOKEN), ()) == read(Anything, written, token=TOKEN)


def test_every_problem_at_once() -> None:
    """Unknown, missing and wrong keys are all told, each with its cure."""
    written: dict[str, Setting] = {
        "flag": "yes",
        "whole": True,
        "number": "1",
        "texts": ("a", 1),
        "wrod": "big",
        "word": "bg",
    }
    chosen, found = read(Anything, written)

    assert chosen is None
    assert [
        ("wrod: is unknown", "did you mean word?"),
        ("text: is missing", 'write text = "…"'),
        ("flag: must be true or false", "write flag = true"),
        ("whole: must be a whole number", "write whole = 1"),
        ("number: must be a number", "write number = 1.5"),
        ("texts: must be a list of texts", 'write texts = ["…", "…"]'),
        ('word: must be one of "big", "small"', 'write word = "big"; did you mean big?'),
    ] == [(one.what.removeprefix("channels.there."), one.cure) for one in found]
    assert {("expertpost.toml", 12)} == {(one.path, one.line) for one in found}


def test_a_secret_is_never_written_out() -> None:
    """A secret that stands in the file is told as such, and not repeated."""
    _, (found,) = read(Webhook, {"url": "https://partner.example/", "secret": "whsec_1234"})

    assert "a secret never stands in a file that is shared" in found.what
    assert "whsec_1234" not in str(found)


def test_a_file_of_recipients_is_no_secret() -> None:
    """``{ file = … }`` is what the publisher's setting says it is: a table here, a secret's name there."""
    without = {key: value for key, value in MAIL.items() if key != "recipients"}
    as_secret, _ = read(Email, without, recipients=SecretName(SecretKind.FILE, "l.txt"))
    as_table, _ = read(Email, {**MAIL, "password": {"file": "/run/secrets/smtp"}})
    plain = EmailSettings("smtp.acme.example", "experts@acme.example", {"file": "l.txt"})

    assert plain == as_secret
    assert replace(plain, password=SecretName(SecretKind.FILE, "/run/secrets/smtp")) == as_table


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"sender": "experts"}, "sender: is no mail address"),
        ({"sender": "a@b.example\r\nBcc: x@y.example"}, "sender: is no mail address"),
        ({"reply_to": "x@-y.example"}, "reply_to: is no mail address"),
        ({"security": "plain"}, "security: would send everything in the clear"),
        ({"port": 0}, "port: is no port"),
        ({"recipients": ("a@b.example", "c")}, "recipients: holds something that is no mail address"),
        ({"recipients": ()}, "recipients: holds something that is no mail address"),
        ({"recipients": {"path": "l.txt"}}, "recipients: names no file"),
        ({"recipients": "l.txt"}, "recipients: must be a list of texts or a table of texts"),
        ({"unsubscribe_url": "http://acme.example/{recipient}"}, "unsubscribe_url: is not encrypted"),
        ({"list_id": "a b"}, "list_id: is no list id"),
        ({"sender_name": "Acme\nBcc: x"}, "sender_name: holds more than a line of text"),
    ],
)
def test_mail_settings(changed: dict[str, Setting], what: str) -> None:
    """Addresses, ports, lists and encryption of mail are judged before anything is sent."""
    _, found = read(Email, {**MAIL, **changed})

    assert [f"channels.there.{what}"] == [one.what for one in found]


@pytest.mark.parametrize("url", ["http://partner.example/", "partner", "https://me:pw@partner.example/"])
def test_webhook_settings(url: str) -> None:
    """A webhook's address is an encrypted one, without credentials."""
    _, found = read(Webhook, {"url": url}, secret=TOKEN)

    assert ["XP-CONFIG"] == [one.code for one in found]


def test_folder_settings() -> None:
    """A folder is named, and its site builder is one we know."""
    assert [Finding] == [type(one) for one in read(Folder, {"path": " "})[1]]
    assert "did you mean hugo?" in read(Folder, {"path": "x", "style": "hugoo"})[1][0].cure
