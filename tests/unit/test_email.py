"""The rules of a mail: what its reader, a mail program and a mail server each need to find in it."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from expertpost.errors import Problems
from expertpost.model.outcome import Receipt, Refused
from expertpost.model.piece import Asset
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.email import Email, EmailSettings, is_address
from expertpost.render.pictures import Frame, carried
from expertpost.render.shown import Shown
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.samples import HOSTILE, MEDIA, PICTURE, PLAIN, SAMPLES

AT = datetime(2026, 12, 1, 8, 0, 30, tzinfo=UTC)
KEY = "0b5e" * 16
PAGE = "https://hub.acme.example/p.html?a=1&b=2"
BEA = Address("bea@supplier.example")
SETTINGS = EmailSettings("127.0.0.1", "experts@acme.example", ("bea@supplier.example",))
WITH_PICTURES = next(sample.shown for sample in SAMPLES if sample.name == "pictures")


@pytest.fixture
def twin() -> Iterator[MailTwin]:
    """A mail server."""
    with closing(MailTwin()) as twin:
        yield twin


def mail(twin: MailTwin, shown: Shown = PLAIN, settings: EmailSettings = SETTINGS, to: Address = BEA) -> EmailMessage:
    """The mail as it arrives."""
    publisher = Email(replace(settings, port=twin.port), {}, Path())
    post = bind(publisher.render(shown, publisher.settings), publisher.values(to, KEY, AT, PAGE))
    outcome = publisher.send(Sending(post, KEY, to, AT, MEDIA))

    assert isinstance(outcome, Receipt), outcome
    message = message_from_bytes(twin.raw()[-1], policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    """The plain or HTML form."""
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def test_the_plain_form(twin: MailTwin) -> None:
    """The plain form reads by itself: title, authors, text, page, and the way out."""
    assert (
        "Look both ways\n\nAnna Muster, Jo O’Neill\n\nA seal fails from both sides.\n\n- measure\n"
        "- then order (https://acme.example/order?a=1&b=2)\n\np > 4 bar\n\n"
        f"Read it on its page: {PAGE}\n\n-- \n"
        "To get no more of these mails: mailto:experts@acme.example?subject=unsubscribe\n"
    ) == body(mail(twin), "plain")


def test_the_html_form(twin: MailTwin) -> None:
    """The HTML form is the second choice of two, with its styles written to each element."""
    message = mail(twin)
    html = body(message, "html")

    assert ["text/plain", "text/html"] == [part.get_content_type() for part in message.iter_parts()]
    assert re.search(r"<strong>from both sides</strong>", html)
    assert 'href="https://hub.acme.example/p.html?a=1&amp;b=2"' in html
    assert not re.search(r"<(p|h1|a)>", html)


def test_the_headers(twin: MailTwin) -> None:
    """Every header that a mail program and a list need."""
    settings = replace(
        SETTINGS, sender_name="Acme, Experts", reply_to="desk@acme.example", list_id="experts.acme.example"
    )
    message = mail(twin, settings=settings)

    assert {
        "From": '"Acme, Experts" <experts@acme.example>',
        "To": "bea@supplier.example",
        "Reply-To": "desk@acme.example",
        "Subject": "Look both ways",
        "Date": "Tue, 01 Dec 2026 08:00:30 +0000",
        "Message-ID": f"<{KEY}@acme.example>",
        "List-Id": "<experts.acme.example>",
        "List-Unsubscribe": "<mailto:experts@acme.example?subject=unsubscribe>",
    }.items() <= dict(message.items()).items()
    assert "List-Unsubscribe-Post" not in message


def test_one_click(twin: MailTwin) -> None:
    """An address with the recipient in it can be called with one click, and stands on one line (RFC 8058)."""
    url = "https://acme.example/leave/" + "x" * 90 + "?who={recipient}"
    settings = replace(SETTINGS, unsubscribe_url=url, unsubscribe_mail="leave@acme.example")
    message = mail(twin, settings=settings)
    filled = url.replace("{recipient}", "bea%40supplier.example")

    assert f"<{filled}>, <mailto:leave@acme.example?subject=unsubscribe>" == message["List-Unsubscribe"]
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
    assert f"\nList-Unsubscribe: <{filled}>, <mailto".encode() in twin.raw()[-1]
    assert f"To get no more of these mails: {filled}\n" in body(message, "plain")


def test_an_address_for_all_is_no_click(twin: MailTwin) -> None:
    """An address that does not say who leaves is offered, but not for one click."""
    message = mail(twin, settings=replace(SETTINGS, unsubscribe_url="https://acme.example/leave"))

    assert message["List-Unsubscribe"].startswith("<https://acme.example/leave>, ")
    assert "List-Unsubscribe-Post" not in message


def test_pictures_are_inside(twin: MailTwin) -> None:
    """The cover and the text's pictures travel along, once each, with their words for those who do not see them."""
    message = mail(twin, WITH_PICTURES)
    html = body(message, "html")
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/png"]

    assert PICTURE == picture.get_payload(decode=True)
    assert [str(picture["Content-ID"]).strip("<>")] * 2 == re.findall(r'src="cid:([^"]+)"', html)
    assert ["A seal, cut open", "a seal"] == re.findall(r'alt="([^"]*)"', html)
    assert "and <a" in html
    assert "embedded/" not in html


def test_pictures_that_no_mail_shows_stay_out() -> None:
    """SVG can hold scripts: such pictures stay words, and so do those that are not there or too many."""
    assets = (Asset("a.svg", "1" * 40, 10), Asset("b.png", "2" * 40, 1), Asset("c.JPG", "3" * 40, 1))
    shown = replace(PLAIN, body="![a](a.svg) ![b](b.png) ![c](c.JPG) ![d](d.png)", assets=assets)

    assert ["b.png", "c.JPG"] == [picture.source for picture in carried(shown, 20, Frame())]
    assert ["b.png"] == [picture.source for picture in carried(shown, 1, Frame())]


def test_words_written_for_the_channel(twin: MailTwin) -> None:
    """A text that the author wrote for this channel stands in place of the piece's own."""
    message = mail(twin, replace(PLAIN, written="Only *this*."))

    assert "\n\nOnly this.\n\nRead it" in body(message, "plain")
    assert "both sides" not in body(message, "html")


def test_a_footer(twin: MailTwin) -> None:
    """The organisation's own line stands below, as text."""
    message = mail(twin, settings=replace(SETTINGS, footer="Acme <GmbH>, Ring 1"))

    assert "\n-- \nAcme <GmbH>, Ring 1\n" in body(message, "plain")
    assert "Acme &lt;GmbH&gt;, Ring 1<br />" in body(message, "html")


def test_the_same_mail_again_is_the_same(twin: MailTwin) -> None:
    """The same delivery at the same moment is the same bytes, boundaries too."""
    mail(twin, WITH_PICTURES)
    mail(twin, WITH_PICTURES)

    assert 1 == len(set(twin.raw()))


def test_every_line_fits(twin: MailTwin) -> None:
    """No line is longer than a server takes (998), and all is ASCII on the way."""
    for sample in SAMPLES:
        mail(twin, sample.shown)

    assert all(len(line) <= 998 for raw in twin.raw() for line in raw.split(b"\r\n"))
    assert all(raw.isascii() for raw in twin.raw())


def test_a_title_is_one_line(twin: MailTwin) -> None:
    """A title with line ends makes one subject, and no header."""
    message = mail(twin, HOSTILE)

    assert message["Subject"].startswith("Forged Bcc: victim@stranger.example x-forged: yes")
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "text",
    ["bea@supplier.example", "b.e-a+news@sub.supplier.example", "o'neill@x.example", "a@b"],
)
def test_addresses(text: str) -> None:
    """A plain address is one."""
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bea",
        "@x.example",
        "bea@",
        "bea@@x.example",
        "bea@x..example",
        "bea@-x.example",
        "bea@x.example\r\nRCPT TO:<eve@y.example>",
        "bea@x.example\n",
        "bea@x.example>",
        "<bea@x.example>",
        "Bea <bea@x.example>",
        "bea@x.example, eve@y.example",
        "be a@x.example",
        '"be a"@x.example',
        ".bea@x.example",
        "bea@[127.0.0.1]",
        "béa@x.example",
        "bea@x.exämple",
        "bea@x.example\x00",
        "a" * 250 + "@x.example",
    ],
)
def test_what_is_no_address(text: str) -> None:
    """Everything else is none, so that it can neither forge a header nor a command."""
    assert not is_address(text)


def listed(text: str) -> tuple[str, ...]:
    """Who gets a mail from a list with this text."""
    publisher = Email(replace(SETTINGS, recipients={"file": "l.txt"}), {}, Path())
    return tuple(one.text for one in publisher.targets({"l.txt": text}.__getitem__))


def test_a_list() -> None:
    """One address a line, with remarks and empty lines, each person once."""
    assert ("bea@x.example", "eve@x.example") == listed("# ours\n\nbea@x.example\r\n  eve@x.example \nBEA@x.example\n")


def test_a_list_with_errors() -> None:
    """Every line that is no address is told by its number, and not repeated."""
    with pytest.raises(Problems) as wrong:
        listed("bea@x.example\nBea <bea@x.example>\n\nnobody\n")

    assert [("l.txt", 2), ("l.txt", 4)] == [(one.path, one.line) for one in wrong.value.findings]
    assert "bea" not in "".join(map(str, wrong.value.findings)).lower()


def test_a_recipient_that_is_none_is_refused(twin: MailTwin) -> None:
    """No delivery goes to something that is no address, wherever it came from."""
    publisher = Email(replace(SETTINGS, port=twin.port), {}, Path())
    post = bind(publisher.render(PLAIN, SETTINGS), publisher.values(BEA, KEY, AT, PAGE))
    outcome = publisher.send(Sending(post, KEY, Address("eve@y.example\r\nDATA"), AT, {}))

    assert isinstance(outcome, Refused)
    assert () == twin.arrived()


@pytest.mark.parametrize(
    ("settings", "encryption"),
    [
        (SETTINGS, "plain"),
        (replace(SETTINGS, host="smtp.acme.example"), "starttls"),
        (replace(SETTINGS, host="smtp.acme.example", port=465), "tls"),
        (replace(SETTINGS, security="starttls"), "starttls"),
    ],
)
def test_encryption_is_the_rule(settings: EmailSettings, encryption: str) -> None:
    """Mail is encrypted, but on this machine itself where nothing else is asked for."""
    assert encryption == settings.encryption
