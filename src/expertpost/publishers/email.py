"""Mail over SMTP: each piece to each recipient, as plain text and as HTML with its pictures inside."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from expertpost.errors import Finding, Problems
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Outcome, Receipt, Refused
from expertpost.model.post import URL, Post
from expertpost.publishers import smtp
from expertpost.publishers.base import Address, Limits, Probe, Problem, Publisher, Sending
from expertpost.publishers.http import is_loopback, problem_with
from expertpost.publishers.letter import CID_DOMAIN, html_letter, text_letter
from expertpost.render.pictures import Frame, carried, content_type
from expertpost.render.shown import Shown

Recipients: TypeAlias = "tuple[str, ...] | Mapping[str, str]"

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9.-]{1,253})")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_RECIPIENT = "{recipient}"
_LOOK_DEADLINE = 20.0


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """How and to whom to send.

    ``recipients``: a list of addresses, or ``{ file = … }`` with one address a line. ``security``: "starttls", "tls" or
    "plain" (this machine only); unset, the port and the host decide. ``user``: the sender, where it is unset.
    ``unsubscribe_url``: an https address; with ``{recipient}`` in it one click is enough (RFC 8058).
    ``unsubscribe_mail``: where to write to get no more mails; the sender, where it is unset.
    ``footer``: a line below every mail, such as the organisation's postal address.
    """

    host: str
    sender: str
    recipients: Recipients
    port: int = 587
    security: smtp.Security | None = None
    user: str = ""
    password: SecretName | None = None
    sender_name: str = ""
    reply_to: str = ""
    list_id: str = ""
    unsubscribe_url: str = ""
    unsubscribe_mail: str = ""
    footer: str = ""

    @property
    def encryption(self) -> smtp.Security:
        """``security``, or what is usual for the port and host."""
        usual: smtp.Security = "tls" if self.port == 465 else "plain" if is_loopback(self.host) else "starttls"
        return self.security or usual

    @property
    def domain(self) -> str:
        """The sender's domain, in lower case."""
        return self.sender.rpartition("@")[2].lower()


class Email(Publisher[EmailSettings]):
    """One mail to each recipient. SMTP forgets what it accepted, so where an answer is lost, a person decides."""

    says = "a mail to each recipient (SMTP)"
    settings_type = EmailSettings
    guarantee = Guarantee.BLIND
    # Eight million bytes at most, which grow by a third on the way: many servers stop at ten million.
    limits = Limits(media=20, picture=Frame(("jpeg", "png", "gif"), 400_000, 1_600))
    chunk = 10

    @classmethod
    def judge(cls, settings: EmailSettings) -> Iterable[Problem]:
        """Addresses must be addresses, and the way to the server encrypted unless it is this machine."""
        for key in ("sender", "reply_to", "unsubscribe_mail"):
            address: str = getattr(settings, key)
            if (address or key == "sender") and not is_address(address):
                yield Problem(key, "is no mail address", f'write {key} = "name@example.org"')
        if settings.encryption == "plain" and not is_loopback(settings.host):
            yield Problem("security", "would send everything in the clear", 'write security = "starttls"')
        if not 0 < settings.port < 65536:
            yield Problem("port", "is no port", "write port = 587")
        if not settings.sender_name.isprintable():
            yield Problem("sender_name", "holds more than a line of text", 'write sender_name = "Acme experts"')
        if not _is_list_id(settings.list_id):
            yield Problem("list_id", "is no list id", 'write list_id = "experts.example.org"')
        url = settings.unsubscribe_url
        if url and (problem := problem_with(url.replace(_RECIPIENT, ""))):
            yield Problem("unsubscribe_url", problem, 'write unsubscribe_url = "https://…?who={recipient}"')
        yield from _judge_recipients(settings.recipients)

    @classmethod
    def render(cls, shown: Shown, settings: EmailSettings) -> Post:
        """One part, the plain text; the fields hold the subject and the HTML, the media its pictures."""
        found = carried(shown, cls.limits.media, cls.limits.picture)
        return Post(
            parts=(text_letter(shown, settings.footer),),
            fields=(
                ("subject", " ".join(shown.front.title.split())),
                ("html", html_letter(shown, settings.footer, found)),
            ),
            media=found,
            link=URL if shown.has_page else "",
        )

    @property
    def account(self) -> str:
        """The sender's address: a new server changes nothing, a new sender everything."""
        return self.settings.sender.lower()

    def targets(self, read: Callable[[str], str]) -> tuple[Address, ...]:
        """Everyone on the list, once. Raises Problems with the line of everything that is no address."""
        chosen = self.settings.recipients
        if not isinstance(chosen, Mapping):
            return tuple(Address(one) for one in _once(chosen))
        path = chosen["file"]
        lines = [(number, line.strip()) for number, line in enumerate(read(path).splitlines(), 1)]
        wanted = [(number, line) for number, line in lines if line and not line.startswith("#")]
        if wrong := [number for number, line in wanted if not is_address(line)]:
            cure = "write one address a line, such as name@example.org; # begins a remark"
            # The line is not repeated: it may be an address all the same, and those stay out of every log.
            found = [Finding(path, number, "XP-MAIL-ADDRESS", "this is no mail address", cure) for number in wrong]
            raise Problems(found, what=f"{path} has {len(found)} lines that are no address", cure="mend the list")
        return tuple(Address(line) for line in _once(line for _, line in wanted))

    def values(self, to: Address, key: str, at: datetime, url: str) -> Mapping[str, str]:
        """The page's address and the way to get no more mails, each as text and as HTML."""
        unsubscribe = self._unsubscribe_url(to) or self._unsubscribe_mail()
        return {
            "url": url,
            "url_html": escape(url),
            "unsubscribe": unsubscribe,
            "unsubscribe_html": escape(unsubscribe),
        }

    def look(self, at: datetime) -> Probe | Outcome:
        """Log in and leave."""
        return smtp.look(self._server(), at=at, deadline=_LOOK_DEADLINE) or Probe(self.account)

    def deliver(self, sending: Sending) -> Outcome:
        """Hand one mail to the server; the receipt is its Message-ID."""
        if not is_address(sending.target.text):
            return Refused("the recipient is no mail address")
        told = smtp.submit(
            self._server(),
            self.settings.sender,
            sending.target.text,
            self._message(sending),
            at=sending.at,
            deadline=sending.deadline,
        )
        return Receipt(self._message_id(sending.key)) if isinstance(told, str) else told

    def _server(self) -> smtp.Server:
        chosen = self.settings
        password = self.secrets.get("password", "")
        user = chosen.user or chosen.sender
        return smtp.Server(chosen.host, chosen.port, chosen.encryption, user, password, chosen.domain)

    def _message_id(self, key: str) -> str:
        return f"<{key}@{self.settings.domain}>"

    def _unsubscribe_url(self, to: Address) -> str:
        return self.settings.unsubscribe_url.replace(_RECIPIENT, quote(to.text, safe=""))

    def _unsubscribe_mail(self) -> str:
        return f"mailto:{self.settings.unsubscribe_mail or self.settings.sender}?subject=unsubscribe"

    def _message(self, sending: Sending) -> bytes:
        """The whole message with CRLF line ends, the same bytes for the same delivery at the same moment."""
        post, chosen = sending.post, self.settings
        message = EmailMessage(SMTP)
        message["From"] = Mailbox(chosen.sender_name, addr_spec=chosen.sender)
        message["To"] = Mailbox(addr_spec=sending.target.text)
        if chosen.reply_to:
            message["Reply-To"] = Mailbox(addr_spec=chosen.reply_to)
        message["Subject"] = post.field("subject")
        message["Date"] = sending.at
        message["Message-ID"] = self._message_id(sending.key)
        message.set_content(post.parts[0], cte="quoted-printable")
        message.add_alternative(post.field("html"), subtype="html", cte="quoted-printable")
        *_, page = message.iter_parts()
        for media in post.media:
            content = sending.media[media.source]
            page.add_related(content, *content_type(content).split("/"), cid=f"<{media.blob}@{CID_DOMAIN}>")
        for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
            part.set_boundary(f"=_{sending.key[:32]}_{number}")
        return self._list_headers(sending.target) + message.as_bytes()

    def _list_headers(self, to: Address) -> bytes:
        """RFC 2919, 2369 and 8058. Written by hand: the email package folds long addresses, and DKIM breaks on that."""
        url = self._unsubscribe_url(to)
        ways = ", ".join(f"<{way}>" for way in (url, self._unsubscribe_mail()) if way)
        list_id = self.settings.list_id or self.settings.sender.replace("@", ".").lower()
        lines = [f"List-Id: <{list_id}>", f"List-Unsubscribe: {ways}"]
        if urlsplit(url).scheme == "https" and _RECIPIENT in self.settings.unsubscribe_url:
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def is_address(text: str) -> bool:
    """Whether a text is one plain mail address: ASCII, no name, no comment, no quotes (a strict part of RFC 5321)."""
    found = _ADDRESS.fullmatch(text)
    return found is not None and len(text) <= 254 and all(_LABEL.fullmatch(label) for label in found[1].split("."))


def _is_list_id(text: str) -> bool:
    return not text or all(_LABEL.fullmatch(label) for label in text.split("."))


def _once(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses in their order, without those that differ from an earlier one in letter case only."""
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(address.casefold(), address)
    return tuple(found.values())


def _judge_recipients(recipients: Recipients) -> Iterable[Problem]:
    cure = 'write recipients = { file = "lists/suppliers.txt" } or recipients = ["name@example.org"]'
    if isinstance(recipients, Mapping):
        if set(recipients) != {"file"}:
            yield Problem("recipients", "names no file", cure)
    elif not recipients or not all(is_address(one) for one in recipients):
        yield Problem("recipients", "holds something that is no mail address", cure)
