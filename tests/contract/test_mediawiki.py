"""The MediaWiki publisher under the public contract, its ways of saying no, and wikitext that is only words."""

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

import pytest
from tests.contract.web_twin import TOKEN, WebTwin, demand, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Busy, Outcome, Refused, Unsure
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.mediawiki import MediaWiki, MediaWikiSettings
from expertpost.render.families.wikis import article_wikitext
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT, KEY, OTHER_KEY
from expertpost.testing.twin import Answer, Arrived, Fault, Request, Twin

USER, SESSION = "Expertpost@news", "0d6a8d9c8f0b4e5f9a1b2c3d4e5f6071"


def form(request: Request) -> dict[str, str]:
    """What a request says."""
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


class WikiTwin(WebTwin):
    """A wiki: a page is made once, and whoever makes it stands in its history. ``says``: an error for the next edit.

    ``inside``: the session is a bot's, in which nobody can log in once more.
    """

    says = ""
    inside = False

    def knows(self, request: Request) -> bool:
        """A session begins with the first request, and is wanted from then on."""
        told = form(request)
        return told.get("type") == "login" or f"wiki_session={SESSION}" in request.headers.get("cookie", "")

    def tell(self, path: str, request: Request) -> Answer | None:
        """Tokens, the log-in and the history of pages."""
        told = form(request)
        demand(path == "/api.php" and told["format"] == "json" and told["formatversion"] == "2", "no such place", 404)
        if told["action"] == "query" and told.get("meta") == "tokens":
            self.inside = self.inside and "cookie" in request.headers
            answer = said({"query": {"tokens": {f"{told['type']}token": f"{told['type']}+\\"}}})
            until = "expires=Wed, 25-Nov-2026 10:00:00 GMT; path=/"
            return replace(answer, headers={"Set-Cookie": f"wiki_session={SESSION}; {until}, seen=1; path=/"})
        if told["action"] == "login":
            well = (told["lgname"], told["lgpassword"], told["lgtoken"]) == (USER, self.token, "login+\\")
            result = "Aborted" if self.inside else "Success" if well else "Failed"
            self.inside = self.inside or well
            return said({"login": {"result": result}})
        if told["action"] == "query":
            named = told.get("titles", told.get("pageids"))
            there = [post for post in self.posts if named in (post["title"], post["id"])]
            pages = [{"pageid": int(str(one["id"])), "revisions": [{"comment": one["summary"]}]} for one in there]
            return said({"query": {"pages": pages or [{"missing": True}]}})
        if self.says:
            return said({"error": {"code": self.says, "info": "no"}})
        if "pageid" in told:
            return None
        if any(post["title"] == told["title"] for post in self.posts):
            return said({"error": {"code": "articleexists", "info": "it exists"}})
        return None

    def change(self, request: Request) -> Answer | None:
        """The next revision of a page, or its end."""
        told = form(request)
        if "pageid" not in told:
            return None
        demand(told["token"] == "csrf+\\" and told["assert"] == "user", "badtoken", 400)
        if told["pageid"] not in self.held():
            return said({"error": {"code": "nosuchpageid", "info": "no such page"}})
        if told["action"] == "delete":
            self.remove(told["pageid"])
            return said({"delete": {"title": "x"}})
        demand(told["nocreate"] == "1", "would make it", 400)
        self.post(told["pageid"])["text"] = told["text"]
        return said({"edit": {"result": "Success", "pageid": int(told["pageid"])}})

    def read(self, request: Request) -> Arrived:
        """A new page."""
        told = form(request)
        demand(
            told["action"] == "edit" and told["createonly"] == "1" and told["assert"] == "user", "would overwrite", 400
        )
        demand(told["token"] == "csrf+\\" and not re.search(r"[#<>\[\]|{}]", told["title"]), "badtoken", 400)
        self.show({"title": told["title"], "summary": told["summary"], "text": told["text"]})
        words = unescape(re.sub(r"<[^>]*>", "", told["text"]))
        return Arrived(told["summary"], request.headers, f"{told['title']} {words}", told["text"])

    def answer(self, one: Arrived) -> Answer:
        """The page's number."""
        return said({"edit": {"result": "Success", "pageid": len(self.posts), "new": True}})


class TestMediaWiki(PublisherContract):
    """A bot of a wiki."""

    publisher = MediaWiki
    secrets: ClassVar[Mapping[str, str]] = {"password": TOKEN}

    def open_twin(self, folder: Path) -> WikiTwin:
        """A wiki."""
        return WikiTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address and the bot."""
        assert isinstance(twin, WikiTwin)
        return {"api": f"{twin.url}/api.php", "user": USER}


def send(twin: WikiTwin, key: str = KEY, password: str = TOKEN) -> Outcome:
    """One try."""
    settings = MediaWikiSettings(f"{twin.url}/api.php", USER, SecretName(SecretKind.ENV, "P"))
    wiki = MediaWiki(settings, {"password": password}, Path())
    post = bind(wiki.render(PLAIN, settings), wiki.values(Address(), key, AT, ""))
    return wiki.send(Sending(post, key, Address(), AT, {}))


@pytest.mark.parametrize(
    ("says", "kind", "because"),
    [
        ("permissiondenied", Refused, Because.ACCOUNT),
        ("assertuserfailed", Refused, Because.ACCOUNT),
        ("spamblacklist", Refused, Because.CONTENT),
        ("ratelimited", Busy, Because.ACCOUNT),
        ("internal_api_error_DBQueryError", Unsure, None),
    ],
)
def test_errors_that_come_with_status_200(says: str, kind: type[Outcome], because: Because | None) -> None:
    """MediaWiki answers 200 and names an error: each counts for what it proves."""
    with closing(WikiTwin()) as twin:
        twin.says = says
        outcome = send(twin)

    assert kind is type(outcome)
    assert because is getattr(outcome, "because", None)


def test_another_page_of_that_name() -> None:
    """A page that somebody else made is never touched."""
    with closing(WikiTwin()) as twin:
        send(twin, OTHER_KEY)
        outcome = send(twin)

        assert isinstance(outcome, Refused)
        assert Because.CONTENT is outcome.because
        assert 1 == len(twin.arrived())


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A/B: C#D", "A∕B꞉ C D"),
        ("100%25 off, 5 % more", "100％25 off, 5 % more"),
        ("~~~~ ~", "∼∼~~ ~"),
        ("..", "look-both-ways"),
        ("\u00a0", "look-both-ways"),
    ],
)
def test_titles(title: str, expected: str) -> None:
    """What no title may hold is written alike, or left out."""
    settings = MediaWikiSettings("https://a.example/api.php", USER, SecretName(SecretKind.ENV, "P"))
    shown = replace(PLAIN, front=replace(PLAIN.front, title=title))

    assert expected == MediaWiki.render(shown, settings).field("title")


def test_the_session_is_a_secret() -> None:
    """A wiki that repeats the session's cookie gives nothing away."""
    with closing(WikiTwin()) as twin:
        twin.fail(Fault.BROKEN_BEFORE)

        assert SESSION not in repr(send(twin))


def test_a_wrong_password_stops_the_account() -> None:
    """A log-in that is refused concerns every page."""
    with closing(WikiTwin()) as twin:
        outcome = send(twin, password="wrong-wrong-wrong")

        assert isinstance(outcome, Refused)
        assert Because.ACCOUNT is outcome.because


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a **b** *c* `d`", "<p>a <b>b</b> <i>c</i> <code>d</code></p>"),
        ("# h", "<h2>h</h2>"),
        ("{{Template}} [[Page]] ''i'' ~~~~ \\_\\_TOC\\_\\_", "only words"),
        ("[w](https://a.example/b_c?d=[e]) [no](x.md)", "<p>[https://a.example/b_c?d=%5Be%5D w] no</p>"),
        ("* x\n* y", "<ul>\n<li>x</li>\n<li>y</li>\n</ul>"),
        ("```py\n* x\n```", "<pre>&#42; x\n</pre>"),
        ("![words](p.png)", "<p>words</p>"),
        ("RFC 123 ISBN 978", "<p>RFC&#32;123 ISBN&#32;978</p>"),
        ("<nowiki>x</nowiki>", "<p>&#60;nowiki&#62;x&#60;/nowiki&#62;</p>"),
    ],
)
def test_wikitext(body: str, expected: str) -> None:
    """Elements stay, links get brackets, and nothing in the words is wikitext."""
    words = article_wikitext(replace(PLAIN, body=body, front=replace(PLAIN.front, authors=()))).strip()

    if expected == "only words":
        assert not re.search(r"[\[\]{}'~_]", words)
        assert "<p>{{Template}} [[Page]] ''i'' ~~~~ __TOC__</p>" == unescape(words)
    else:
        assert expected == words
