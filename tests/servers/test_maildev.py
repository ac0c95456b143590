"""The mail publisher against maildev: the whole contract, and what a mail program would make of a mail."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest
from tests.servers.maildev import PASSWORD, USER, Maildev, Post
from tests.servers.serving import installed

from expertpost.model.canonical import Json
from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Receipt, Refused
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.email import Email, EmailSettings
from expertpost.publishers.service import inside, text
from expertpost.render.shown import Shown
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import MEDIA, PLAIN, SAMPLES
from expertpost.testing.stage import AT, KEY, URL
from expertpost.testing.twin import Twin

VERSION = "2.2.1"
BEA = Address("bea@supplier.example")


class TestEmail(PublisherContract):
    """A mail server that asks for a login."""

    publisher = Email
    against = f"real server (maildev {VERSION})"
    secrets: ClassVar[Mapping[str, str]] = {"password": PASSWORD}
    server: Maildev

    @pytest.fixture(autouse=True)
    def _served(self, mails: Maildev, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "server", mails, raising=False)

    def open_twin(self, folder: Path) -> Post:
        """The server, through a proxy."""
        return Post(self.server)

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The proxy's address, the sender and the list."""
        assert isinstance(twin, Post)
        return {"host": twin.host, "port": twin.port, "sender": USER, "recipients": (BEA.text,)}


@pytest.fixture
def post(mails: Maildev) -> Iterator[Post]:
    """The server, and the way to it."""
    with closing(Post(mails)) as way:
        yield way


def posting(post: Post, **more: str) -> Email:
    """The publisher for the server."""
    password = SecretName(SecretKind.ENV, "M")
    settings = EmailSettings(post.host, USER, (BEA.text,), post.port, password=password, **more)  # type: ignore[arg-type] # texts
    return Email(settings, {"password": PASSWORD}, Path())


def sent(post: Post, publisher: Email, shown: Shown = PLAIN) -> Json:
    """What the server shows of a mail that it took."""
    unbound = publisher.render(shown, publisher.settings)
    bound = bind(unbound, publisher.values(BEA, KEY, AT, URL if shown.has_page else ""))
    assert isinstance(outcome := publisher.send(Sending(bound, KEY, BEA, AT, MEDIA)), Receipt), outcome
    assert [outcome.remote_id] == [one.id for one in post.arrived()]
    (mail,) = post.mails()
    return mail


def test_the_server_is_what_the_matrix_says() -> None:
    """The version that the pages name is the one that was tested."""
    package = installed("maildev", "pds") / "node_modules" / "maildev" / "package.json"

    assert VERSION == json.loads(package.read_text(encoding="utf-8"))["version"]


def test_a_mail_is_read_as_it_was_written(post: Post) -> None:
    """Names and titles with letters of any kind, and lines that begin with a dot, arrive as they are."""
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "wide")
    mail = sent(post, posting(post, sender_name="Expertinnen – Ørsted", footer=".One\n..Two"), shown)
    (sender,) = inside(mail, "from") or [None]  # type: ignore[misc] # it is a list

    assert shown.front.title == text(mail, "subject")
    assert "Expertinnen – Ørsted" == text(sender, "name")
    assert "\n.One\n..Two\n" in text(mail, "text")
    assert KEY in text(mail, "messageId")


def test_pictures_are_inside_the_mail(post: Post) -> None:
    """The HTML names each picture by an id under which its very bytes are attached."""
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")
    mail = sent(post, posting(post), shown)
    attached = inside(mail, "attachments")
    assert isinstance(attached, list)
    (picture,) = attached

    assert f'src="cid:{text(picture, "contentId")}"' in text(mail, "html")
    place = f"{text(mail, 'id')}/attachment/{text(picture, 'generatedFileName')}"
    assert MEDIA["seal.png"] == post.server.read(place)


def test_one_click_ends_it(post: Post) -> None:
    """Mail programs find the way out where they look for it, in one line each however long it is."""
    publisher = posting(post, unsubscribe_url=f"https://acme.example/{'out/' * 40}?who={{recipient}}")
    raw = post.server.read(f"{text(sent(post, publisher), 'id')}/source").decode()

    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    (line,) = (one for one in raw.split("\r\n") if one.startswith("List-Unsubscribe: "))
    assert line.count("<") == line.count(">") == 2


def test_a_password_that_is_wrong(post: Post) -> None:
    """The server itself refuses it, and the account is stopped."""
    publisher = posting(post)
    publisher.secrets = {"password": "wrong-wrong-wrong"}

    assert isinstance(outcome := publisher.probe(AT), Refused)
    assert Because.ACCOUNT is outcome.because
