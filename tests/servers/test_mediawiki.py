"""The MediaWiki publisher against a real MediaWiki: the whole contract, and what only a real one knows."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

import pytest
from tests.servers.php import Wiki
from tests.servers.proxy import Proxy

from expertpost.model.channel import Setting
from expertpost.publishers.mediawiki import MediaWiki
from expertpost.testing.contract import PublisherContract
from expertpost.testing.twin import Arrived, Request, Twin

VERSION = "1.39"


class WikiProxy(Proxy):
    """A wiki without pages, but for the one that every wiki begins with."""

    def __init__(self, wiki: Wiki) -> None:
        wiki.empty_again()
        super().__init__(wiki.url)

    def posts(self, request: Request) -> bool:
        """What makes, changes or removes a page."""
        return parse_qs(request.body.decode()).get("action") in (["edit"], ["delete"])

    def ask(self, **asked: str) -> dict[str, Any]:
        """What the wiki tells everybody."""
        query = urlencode({**asked, "format": "json", "formatversion": "2"})
        with urlopen(f"{self.server}/api.php?{query}") as answer:
            told: dict[str, Any] = json.load(answer)
            return told

    def arrived(self) -> tuple[Arrived, ...]:
        """Every page as a browser gets it, with the summary of its first revision."""
        pages = self.ask(action="query", list="allpages", aplimit="max")["query"]["allpages"]
        return tuple(self._page(page["title"]) for page in pages if page["title"] != "Main Page")

    def held(self) -> Mapping[str, str]:
        """The same by the number of each page."""
        return {one.headers["page"]: one.html for one in self.arrived()}

    def _page(self, title: str) -> Arrived:
        told = self.ask(action="query", prop="revisions", titles=title, rvprop="comment", rvlimit="1", rvdir="newer")
        (page,) = told["query"]["pages"]
        html = self.ask(action="parse", page=title, prop="text")["parse"]["text"]
        return Arrived(page["revisions"][0]["comment"], {"page": str(page["pageid"])}, title, html)


class TestMediaWiki(PublisherContract):
    """A bot of a wiki."""

    publisher = MediaWiki
    against = f"MediaWiki {VERSION}"
    secrets: ClassVar[Mapping[str, str]] = {"password": "set before each test"}
    wiki: Wiki

    @pytest.fixture(autouse=True)
    def _served(self, mediawiki: Wiki, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "wiki", mediawiki, raising=False)
        monkeypatch.setattr(type(self), "secrets", {"password": mediawiki.password})

    def open_twin(self, folder: Path) -> WikiProxy:
        """The wiki, through a proxy."""
        return WikiProxy(self.wiki)

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The proxy's address and the bot."""
        assert isinstance(twin, WikiProxy)
        return {"api": f"{twin.url}/api.php", "user": self.wiki.user}
