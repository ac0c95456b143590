"""A publisher with the usual faults, and its contract test: proof that the contract sees them."""

import json
import logging
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.error import HTTPError
from urllib.request import Request as Call
from urllib.request import urlopen

from expertpost.model.channel import Guarantee, SecretName, Setting
from expertpost.model.outcome import Outcome, Receipt, Refused
from expertpost.model.post import Post
from expertpost.publishers.base import Probe, Publisher, Sending
from expertpost.render.shown import Shown
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Arrived, HttpTwin, Request, Twin


@dataclass(frozen=True, slots=True)
class SloppySettings:
    """An address and a token."""

    url: str
    token: SecretName


class Sloppy(Publisher[SloppySettings]):
    """Raw text as HTML, a new id for each try, retries, errors swallowed, the token in the log."""

    says = "everything wrong"
    settings_type = SloppySettings
    guarantee = Guarantee.KEYED

    @classmethod
    def render(cls, shown: Shown, settings: SloppySettings) -> Post:
        """Another post each time, with the author's own markup."""
        return Post((json.dumps({"html": shown.body, "title": shown.front.title}),), (("n", str(random.random())),))

    @property
    def account(self) -> str:
        """The token."""
        return self.secrets.get("token", "")

    def look(self, at: object) -> Probe | Outcome:
        """A look that posts."""
        self._call(b'{"html": "probe", "title": ""}', 1.0)
        return Probe("me")

    def deliver(self, sending: Sending) -> Outcome:
        """Try until it works; say that it did."""
        for _ in range(2):
            try:
                self._call(sending.post.parts[0].encode(), sending.deadline)
                break
            except HTTPError as refused:
                return Refused(f"{refused.code}")
            except OSError:
                continue
        return Receipt("done")

    def is_ours(self, _receipt: Receipt, _key: str, _at: object) -> bool:
        """Whatever somebody says that it is."""
        return True

    def retract(self, receipt: Receipt, _key: str, _at: object) -> Outcome:
        """Say that it is gone."""
        return receipt

    def _call(self, body: bytes, timeout: float) -> None:
        logging.getLogger("sloppy").debug("token %s", self.secrets["token"])
        call = Call(self.settings.url, body, {"X-Id": str(random.random())}, method="POST")
        with urlopen(call, timeout=timeout) as answer:
            answer.read()


def read(request: Request) -> Arrived:
    """A post as the service reads it."""
    told = json.loads(request.body)
    return Arrived(request.headers["x-id"], request.headers, told["title"], told["html"])


class SloppyContract(PublisherContract):
    """Run by name only, in ``test_contract.py``."""

    publisher = Sloppy
    secrets: ClassVar[Mapping[str, str]] = {"token": "swordfish-swordfish"}

    def open_twin(self, folder: Path) -> HttpTwin:
        """A service."""
        socket.setdefaulttimeout(5)
        return HttpTwin(read, keyed=True)

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address."""
        assert isinstance(twin, HttpTwin)
        return {"url": twin.url}
