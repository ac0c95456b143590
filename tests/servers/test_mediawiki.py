"""The MediaWiki publisher against a real MediaWiki: the whole contract, and what only a real one knows."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

import pytest
from tests.servers.php import Wiki
from tests.servers.proxy import Proxy

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Receipt, Refused, Unsure
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.mediawiki import MediaWiki, MediaWikiSettings
from expertpost.render.shown import Shown
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import CORRECTED, PLAIN
from expertpost.testing.stage import AT, KEY, OTHER_KEY
from expertpost.testing.twin import Arrived, Fault, Request, Twin

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

    def revisions(self, receipt: Receipt) -> list[str]:
        """The summary of each revision of a page, oldest first."""
        asked = {"pageids": receipt.remote_id, "rvprop": "comment", "rvlimit": "max", "rvdir": "newer"}
        (page,) = self.ask(action="query", prop="revisions", **asked)["query"]["pages"]
        return [one["comment"] for one in page["revisions"]]

    def _page(self, title: str) -> Arrived:
        told = self.ask(action="query", prop="revisions", titles=title, rvprop="comment", rvlimit="1", rvdir="newer")
        (page,) = told["query"]["pages"]
        html = self.ask(action="parse", page=title, prop="text")["parse"]["text"]
        return Arrived(page["revisions"][0]["comment"], {"page": str(page["pageid"])}, title, html)


class TestMediaWiki(PublisherContract):
    """A bot of a wiki."""

    publisher = MediaWiki
    against = f"real server (MediaWiki {VERSION})"
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


@pytest.fixture
def proxy(mediawiki: Wiki) -> Iterator[WikiProxy]:
    """The empty wiki."""
    with closing(WikiProxy(mediawiki)) as proxy:
        yield proxy


@pytest.fixture
def bot(proxy: WikiProxy, mediawiki: Wiki) -> MediaWiki:
    """The publisher as the wiki's bot."""
    settings = MediaWikiSettings(f"{proxy.url}/api.php", mediawiki.user, SecretName(SecretKind.ENV, "P"))
    return MediaWiki(settings, {"password": mediawiki.password}, Path())


def sending(bot: MediaWiki, shown: Shown = PLAIN, key: str = KEY) -> Sending:
    """One delivery."""
    post = bind(bot.render(shown, bot.settings), bot.values(Address(), key, AT, ""))
    return Sending(post, key, Address(), AT, {})


def titled(title: str) -> Shown:
    """A piece of this title."""
    return replace(PLAIN, front=replace(PLAIN.front, title=title))


def test_it_is_the_version_that_the_matrix_names(proxy: WikiProxy) -> None:
    """What the matrix says of the server is what the server says of itself."""
    told = proxy.ask(action="query", meta="siteinfo")["query"]["general"]["generator"]

    assert told.startswith(f"MediaWiki {VERSION}.")


def test_one_bot_makes_several_pages(proxy: WikiProxy, bot: MediaWiki) -> None:
    """In a bot's session nobody can log in, so every page gets a session of its own."""
    outcomes = [bot.send(sending(bot, titled(name), name.encode().hex() * 32)) for name in "ab"]

    assert [Receipt, Receipt] == [type(one) for one in outcomes], outcomes
    assert ["A", "B"] == [one.text for one in proxy.arrived()]


def test_a_lost_page_is_known_by_its_first_revision(proxy: WikiProxy, bot: MediaWiki) -> None:
    """Where the answer is lost, another try finds the page, also when somebody has worked on it since."""
    proxy.fail(Fault.ANSWER_LOST)
    first = bot.send(sending(bot))
    (page,) = proxy.held()
    bot.update(Receipt(page), sending(bot, CORRECTED))
    second = bot.send(sending(bot))

    assert isinstance(first, Unsure), first
    assert page == getattr(second, "remote_id", second)
    assert [f"expertpost {KEY}"] * 2 == proxy.revisions(Receipt(page))
    assert "from within" in proxy.held()[page]


def test_a_page_of_somebody_else_is_not_touched(proxy: WikiProxy, bot: MediaWiki) -> None:
    """A page of that name that another delivery made is left as it is, and the piece needs another title."""
    bot.send(sending(bot, CORRECTED, OTHER_KEY))
    outcome = bot.send(sending(bot))

    assert isinstance(outcome, Refused)
    assert Because.CONTENT is outcome.because
    assert ["from within"] == re.findall("from within|from both sides", "".join(proxy.held().values()))


def test_the_same_change_again_makes_no_revision(proxy: WikiProxy, bot: MediaWiki) -> None:
    """The history of a page shows what was changed, not how often somebody asked."""
    receipt = bot.send(sending(bot))
    assert isinstance(receipt, Receipt)
    outcomes = [bot.update(receipt, sending(bot, CORRECTED)) for _ in range(3)]

    assert [receipt] * 3 == outcomes
    assert 2 == len(proxy.revisions(receipt))


def test_a_wrong_password_stops_the_account(proxy: WikiProxy, bot: MediaWiki) -> None:
    """It concerns every page, and none is made."""
    bot.secrets = {"password": "wrong-wrong-wrong-wrong-wrong-wrong"}

    for outcome in (bot.probe(AT), bot.send(sending(bot))):
        assert isinstance(outcome, Refused)
        assert Because.ACCOUNT is outcome.because
    assert () == proxy.arrived()


@pytest.mark.parametrize(
    "title",
    [
        "100%25 off",
        "AT&amp;T",
        "~~~~",
        "..",
        "./a/b: c#d [e]",
        "Talk:x",
        "MediaWiki:Common.js",
        "lower",
        "宽" * 200,
        "?a=b&c",
    ],
)
def test_every_title_makes_a_page_where_the_receipt_says(proxy: WikiProxy, bot: MediaWiki, title: str) -> None:
    """Whatever a title holds, there is a page, among the pages for readers, and its address can be opened."""
    receipt = bot.send(sending(bot, titled(title)))

    assert isinstance(receipt, Receipt), receipt
    assert [receipt.remote_id] == list(proxy.held())
    with urlopen(receipt.url.replace(proxy.url, proxy.server)) as page:
        assert "from both sides" in page.read().decode()


def test_words_are_only_words(proxy: WikiProxy, bot: MediaWiki) -> None:
    """No template, link, signature, magic word or element comes of what a person wrote."""
    words = (
        "{{Main Page}} [[Main Page]] ''i'' ~~~~ __TOC__ RFC 123 ISBN 9783161484100 https://a.example {| |} <ref>x</ref>"
    )
    body = f"{words.replace('~', chr(92) + '~').replace('_', chr(92) + '_').replace('<', '&lt;')}\n\n```\n{words}\n```"
    bot.send(sending(bot, replace(PLAIN, body=body)))
    (html,) = proxy.held().values()
    text = unescape(re.sub("<[^>]*>", "", html.partition("<!--")[0]))

    assert 2 == text.count(words)
    assert "<a" not in html
