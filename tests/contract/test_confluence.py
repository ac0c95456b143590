"""The Confluence publisher under the public contract."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import pytest
from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Outcome, Refused
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.confluence import Confluence, ConfluenceSettings
from expertpost.render.families.wikis import article_storage
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT, KEY, OTHER_KEY
from expertpost.testing.twin import Answer, Arrived, Request, Twin

USER = "expertpost@acme.example"


def parsed(storage: str) -> ElementTree.Element:
    """A page as Confluence reads it: well-formed, or not taken."""
    return ElementTree.fromstring(f'<page xmlns:ac="http://atlassian.com/content">{storage}</page>')


class ConfluenceTwin(WebTwin):
    """A site with one space, in which a title is there once."""

    def knows(self, request: Request) -> bool:
        """The user and an API token."""
        login = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {login}"

    def tell(self, path: str, request: Request) -> Answer | None:
        """The space, and pages by their title."""
        if path == "/wiki/api/v2/spaces":
            return said({"results": [{"id": "42"}] if query(request)["keys"] == "NEWS" else []})
        if path == "/wiki/api/v2/pages" and request.method == "GET":
            asked = query(request)
            demand(asked["space-id"] == "42" and asked["body-format"] == "storage", "bad request", 400)
            return said({"results": [page for page in self.posts if page["title"] == asked["title"]]})
        if request.method == "GET":
            return said(self.post(path.rpartition("/")[2]))
        if request.method != "POST":
            return None
        told = json.loads(request.body)
        if any(page["title"] == told["title"] for page in self.posts):
            return said({"errors": [{"title": "A page with this title already exists in this space"}]}, 400)
        return None

    def change(self, request: Request) -> Answer | None:
        """The next version of a page, or the trash."""
        if request.method not in ("PUT", "DELETE"):
            return None
        page = self.post(request.path.removeprefix("/wiki/api/v2/pages/"))
        if request.method == "DELETE":
            page["status"] = "trashed"
            return Answer(204, b"")
        told = json.loads(request.body)
        demand(told["version"]["number"] == page["version"]["number"] + 1, "Version conflict", 409)
        page |= {"body": {"storage": told["body"]}, "title": told["title"], "version": told["version"]}
        return said(page)

    def is_seen(self, post: Mapping[str, object]) -> bool:
        """Not what is in the trash."""
        return post["status"] == "current"

    def read(self, request: Request) -> Arrived:
        """A new page of well-formed XHTML."""
        told: dict[str, Any] = json.loads(request.body)
        storage = told["body"]["value"]
        demand(told["spaceId"] == "42" and told["status"] == "current", "bad request", 400)
        demand(told["body"]["representation"] == "storage" and 0 < len(told["title"]) <= 255, "bad request", 400)
        try:
            words = "".join(parsed(storage).itertext())
        except ElementTree.ParseError as wrong:
            demand(False, f"no storage format: {wrong}", 400)
            raise
        links = {"webui": "/spaces/NEWS/pages/1"}
        first = {"status": "current", "version": {"number": 1}}
        self.show({"title": told["title"], "body": {"storage": {"value": storage}}, "_links": links, **first})
        (mark,) = re.findall(r"expertpost-(\w+)", storage)
        return Arrived(mark, request.headers, f"{told['title']} {words}", storage)


class TestConfluence(PublisherContract):
    """A user in a space."""

    publisher = Confluence
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> ConfluenceTwin:
        """A site."""
        return ConfluenceTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address, the space and the user."""
        assert isinstance(twin, ConfluenceTwin)
        return {"site": f"{twin.url}/wiki", "space": "NEWS", "user": USER}


def send(twin: ConfluenceTwin, space: str, key: str) -> Outcome:
    """One try."""
    settings = ConfluenceSettings(f"{twin.url}/wiki", space, USER, SecretName(SecretKind.ENV, "T"))
    wiki = Confluence(settings, {"token": TOKEN}, Path())
    post = bind(wiki.render(PLAIN, settings), wiki.values(Address(), key, AT, ""))
    return wiki.send(Sending(post, key, Address(), AT, {}))


@pytest.mark.parametrize(("space", "because"), [("NEWS", Because.CONTENT), ("GONE", Because.ACCOUNT)])
def test_another_page_or_no_space(space: str, because: Because) -> None:
    """A page that somebody else made is never touched, and without the space nothing is sent at all."""
    with closing(ConfluenceTwin()) as twin:
        send(twin, "NEWS", OTHER_KEY)
        outcome = send(twin, space, KEY)

        assert isinstance(outcome, Refused)
        assert because is outcome.because
        assert 1 == len(twin.arrived())


def test_storage_is_well_formed() -> None:
    """Boxes, footnotes, tables and rules are XHTML too."""
    body = "- [x] a\n- [ ] b\n\nnote[^1]\n\n[^1]: Below & <c>\n\n| a |\n|---|\n| b |\n\n---\n\nx  \ny"

    assert "[x] a" in "".join(parsed(article_storage(replace(PLAIN, body=body))).itertext())
