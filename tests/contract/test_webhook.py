"""The webhook publisher under the public contract."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from expertpost.model.channel import Setting
from expertpost.publishers.webhook import Webhook
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Arrived, HttpTwin, Request, Twin


def read(request: Request) -> Arrived:
    """A webhook as its receiver reads it."""
    piece = json.loads(request.body)["data"]
    return Arrived(request.headers["webhook-id"], request.headers, piece["title"] + piece["text"], piece["html"])


class TestWebhook(PublisherContract):
    """A receiver that drops what it has under a ``webhook-id`` already."""

    publisher = Webhook
    against = "the specification's library"
    secrets: ClassVar[Mapping[str, str]] = {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}

    def open_twin(self, folder: Path) -> HttpTwin:
        """A receiver."""
        return HttpTwin(read, keyed=True)

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address."""
        assert isinstance(twin, HttpTwin)
        return {"url": f"{twin.url}/hook"}
