"""Every other service that Apprise knows (github.com/caronc/apprise): one notification for each piece.

Apprise speaks through ``requests``; while it does so here, each of its requests goes out by our own transport.
"""

import logging
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import Post
from expertpost.publishers.base import Limits, Probe, Problem, Sending
from expertpost.publishers.http import Answer
from expertpost.publishers.mark import Announcer
from expertpost.publishers.service import Service, Trouble, before_sending
from expertpost.render.announce import plain_text
from expertpost.render.shown import Shown

if TYPE_CHECKING:
    from apprise import NotifyBase
    from requests import PreparedRequest, Response

LENGTH = 1_000
_WORDS = re.compile(r"[^/:@?&=,]{8,}")
_STOPPED = 503


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    """``room``: what people call the place, part of what a post is known by. ``url``: Apprise's address, a secret.

    ``length``: how many characters the service takes.
    """

    room: str
    url: SecretName
    length: int = LENGTH


class Apprise(Announcer[AppriseSettings]):
    """Sends a notification. Apprise tells yes or no and nothing else, so where it says no, a person mostly decides."""

    says = "a notification by Apprise, for the services that have no publisher of their own"
    settings_type = AppriseSettings
    guarantee = Guarantee.BLIND
    limits = Limits(length=LENGTH)

    def __init__(self, settings: AppriseSettings, secrets: Mapping[str, str], root: Path) -> None:
        """Every long word in the address may be a token of its own, and is hidden like the whole."""
        words = _WORDS.findall(secrets.get("url", ""))
        super().__init__(settings, {**secrets, **{f"url {n}": word for n, word in enumerate(words)}}, root)

    @classmethod
    def judge(cls, settings: AppriseSettings) -> Iterable[Problem]:
        """The length must be one."""
        return [] if settings.length > 0 else [Problem("length", "must be more than 0", f"write length = {LENGTH}")]

    @classmethod
    def limits_by(cls, settings: AppriseSettings) -> Limits:
        """As the settings say."""
        return Limits(length=settings.length)

    @classmethod
    def render(cls, shown: Shown, settings: AppriseSettings) -> Post:
        """Title, summary and address; or what the author wrote for this channel."""
        return Post((plain_text(shown, settings.length, cls.count),))

    @property
    def account(self) -> str:
        """The place as the settings call it."""
        return self.settings.room

    def look(self, at: datetime) -> Probe | Outcome:
        """Whether Apprise knows the address, and somebody is there; whose it is, Apprise cannot tell."""
        plugin = self._plugin()
        if isinstance(plugin, Refused):
            return plugin
        way = _Way(Service("", {}, at), peeks=True)
        with _by(way):
            plugin.notify(body="expertpost")
        return Probe(self.account) if way.answered else before_sending(way.trouble or Unsure("Apprise asked nobody"))

    def deliver(self, sending: Sending) -> Outcome:
        """Let Apprise send it once. What its only request met is proof; after several requests nothing is."""
        plugin = self._plugin()
        if isinstance(plugin, Refused):
            return plugin
        way = _Way(Service("", {}, sending.at, sending.deadline))
        with _by(way):
            done = plugin.notify(body=sending.post.parts[0])
        if done and not way.trouble:
            return Receipt(sending.key)
        if way.requests == 1 and way.trouble:
            return way.trouble
        return Unsure("Apprise says no, and not why") if way.requests else Refused("Apprise does not take it")

    def _plugin(self) -> "NotifyBase | Refused":
        """What Apprise makes of the address, where it speaks HTTP: nothing else would go out by our transport."""
        try:
            with warnings.catch_warnings():
                # It looks for modules that newer versions of Python do not have.
                warnings.simplefilter("ignore")
                from apprise import Apprise as Library

                # It writes addresses with their tokens into its log.
                logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
                found: NotifyBase | None = Library.instantiate(self.secrets["url"])
        except ImportError:
            return Refused("apprise is missing: install expertpost[apprise]", Because.ACCOUNT)
        if found is None:
            return Refused("Apprise does not know such an address", Because.ACCOUNT)
        if "requests" not in vars(sys.modules[type(found).__module__]):
            return Refused("this service does not speak HTTP, and nothing else goes out", Because.ACCOUNT)
        return found


@dataclass(slots=True)
class _Way:
    """The way of Apprise's requests. ``peeks``: where one would go is looked at, and it stays here.

    ``requests``: how many there were. ``trouble``: what the first one met that met any. ``answered``: one got any.
    """

    service: Service
    peeks: bool = False
    requests: int = 0
    trouble: Trouble | None = None
    answered: bool = False

    def send(self, asked: "PreparedRequest") -> "Response":
        """One request, tried once. Raises requests' ConnectionError where there is no answer."""
        from requests import ConnectionError as Lost
        from requests import Response

        self.requests += 1
        answer = self._peeked(asked) if self.peeks else self._sent(asked)
        if not isinstance(answer, Answer):
            self.trouble = self.trouble or answer
            raise Lost(answer.reason)
        self.answered = True
        if not self.peeks:
            self.trouble = self.trouble or self.service.judge(answer)
        told = Response()
        told.status_code = _STOPPED if self.peeks else answer.status
        told.headers.update(answer.headers)
        told._content = answer.body
        return told

    def _sent(self, asked: "PreparedRequest") -> Answer | Trouble:
        headers = {name: value for name, value in asked.headers.items() if name.lower() != "content-length"}
        kind = str(headers.pop("Content-Type", "application/octet-stream"))
        body = asked.body.encode() if isinstance(asked.body, str) else asked.body
        told = body if isinstance(body, bytes) else None
        said = {name: value if isinstance(value, str) else value.decode() for name, value in headers.items()}
        return self.service.ask(str(asked.method), str(asked.url), told, kind=kind, headers=said)

    def _peeked(self, asked: "PreparedRequest") -> Answer | Trouble:
        """Whether somebody is at the host, which is told nothing."""
        parts = urlsplit(str(asked.url))
        return self.service.ask("HEAD", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/")


@contextmanager
def _by(way: _Way) -> Iterator[None]:
    """Until the end, whatever requests sends in this program goes this way."""
    from requests import Session

    usual = Session.send
    Session.send = lambda _session, asked, **_options: way.send(asked)  # type: ignore[method-assign]
    try:
        yield
    finally:
        Session.send = usual  # type: ignore[method-assign]
