"""The Teams publisher under the public contract."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tests.contract.web_twin import WebTwin, demand

from expertpost.model.channel import Setting
from expertpost.publishers.teams import Teams
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Answer, Arrived, Request, Twin

PATH = "/workflows/0f1e2d3c4b5a69788796a5b4c3d2e1f0/triggers/manual/paths/invoke?sig=abcdefghijklmnopqrstuvwxyz"


class TeamsTwin(WebTwin):
    """A workflow that waits for requests."""

    def knows(self, request: Request) -> bool:
        """Whoever knows the address may post."""
        return request.path == PATH

    def read(self, request: Request) -> Arrived:
        """One card of runs, in at most 28,000 bytes."""
        demand(len(request.body) <= 28_000, "too large", 413)
        told = json.loads(request.body)
        (attachment,) = told["attachments"]
        card = attachment["content"]
        demand(
            told["type"] == "message" and card["type"] == "AdaptiveCard" and card["version"] == "1.4", "no card", 400
        )
        demand(attachment["contentType"] == "application/vnd.microsoft.card.adaptive", "no card", 400)
        demand(all(block["type"] == "RichTextBlock" for block in card["body"]), "no such block", 400)
        runs = [run for block in card["body"] for run in block["inlines"]]
        demand(all(run["type"] == "TextRun" and run["text"] for run in runs), "no such run", 400)
        words = "".join(run["text"] for run in runs)
        link = "".join(action["url"] for action in card.get("actions", []))
        mark = re.search(r"#ep-(\w+)", link)
        pings = ("mention",) if "msteams" in card else ()
        return Arrived(mark[1] if mark else words, request.headers, words, pings=pings)

    def answer(self, one: Arrived) -> Answer:
        """The workflow has begun; nothing is said of the post."""
        return Answer(202, b"")


class TestTeams(PublisherContract):
    """A workflow, whose address is the secret."""

    publisher = Teams
    secrets: ClassVar[Mapping[str, str]] = {"webhook": ""}

    def open_twin(self, folder: Path) -> TeamsTwin:
        """A workflow; its address is known once it listens."""
        twin = TeamsTwin()
        type(self).secrets = {"webhook": f"{twin.url}{PATH}"}
        return twin

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """What people call the channel."""
        return {"room": "Supplier news"}
