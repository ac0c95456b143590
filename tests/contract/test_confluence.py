"""The Confluence publisher under the public contract."""

import base64
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import pytest
from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.canonical import blob_id
from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Receipt, Refused, Unsure
from expertpost.model.piece import Asset
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.confluence import Confluence, ConfluenceSettings
from expertpost.render.families.wikis import article_storage
from expertpost.render.shown import Shown
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import MEDIA, PICTURE, PLAIN, SAMPLES
from expertpost.testing.stage import AT, KEY, OTHER_KEY
from expertpost.testing.twin import Answer, Arrived, Fault, Request, Twin

USER = "expertpost@acme.example"
AC, RI = "http://atlassian.com/content", "http://atlassian.com/resource/identifier"
V2 = "/wiki/api/v2/pages"
(PICTURES,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")


def file_in(request: Request) -> tuple[str, bytes, dict[str, str]]:
    """The name and the bytes of the one file in a form, and its other fields (RFC 7578)."""
    form = message_from_bytes(f"content-type: {request.headers['content-type']}\n\n".encode() + request.body)
    parts = [part for part in form.get_payload() if isinstance(part, Message)]
    told = {part.get_param("name", header="content-disposition"): part for part in parts}
    file = told.pop("file")
    return (
        str(file.get_filename()),
        content_of(file),
        {str(name): content_of(one).decode() for name, one in told.items()},
    )


def content_of(part: Message) -> bytes:
    """The bytes of one part."""
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def parsed(storage: str) -> ElementTree.Element:
    """A page as Confluence reads it: well-formed, or not taken."""
    return ElementTree.fromstring(f'<page xmlns:ac="{AC}" xmlns:ri="{RI}">{storage}</page>')


class ConfluenceTwin(WebTwin):
    """A site with one space, in which a title is there once. ``files``: what is attached to which page, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, dict[str, bytes]] = defaultdict(dict)

    def knows(self, request: Request) -> bool:
        """The user and an API token."""
        login = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {login}"

    def tell(self, path: str, request: Request) -> Answer | None:
        """The space, and pages by their title."""
        if path == "/wiki/api/v2/spaces":
            return said({"results": [{"id": "42"}] if query(request)["keys"] == "NEWS" else []})
        if path == V2 and request.method == "GET":
            asked = query(request)
            demand(asked["space-id"] == "42" and asked["body-format"] == "storage", "bad request", 400)
            return said({"results": [page for page in self.posts if page["title"] == asked["title"]]})
        if path.endswith("/attachments"):
            page = path.removeprefix(f"{V2}/").removesuffix("/attachments")
            return said({"results": [{"title": name} for name in self.files[page]]})
        if path.endswith("/child/attachment"):
            return self.attach(path.split("/")[5], request)
        if request.method == "GET":
            return said(self.post(path.rpartition("/")[2]))
        if request.method != "POST":
            return None
        told = json.loads(request.body)
        if any(page["title"] == told["title"] for page in self.posts):
            return said({"errors": [{"title": "A page with this title already exists in this space"}]}, 400)
        return None

    def attach(self, page: str, request: Request) -> Answer:
        """Attach a file, or give one of that name its next version."""
        demand(request.headers.get("x-atlassian-token") == "nocheck", "XSRF check failed", 403)
        demand(request.method == "PUT" and self.post(page)["status"] == "current", "no such page", 404)
        name, content, fields = file_in(request)
        demand(name not in self.files[page] and fields["minorEdit"] == "true", "attached twice", 400)
        self.files[page][name] = content
        return said({"results": [{"title": name}]})

    def change(self, request: Request) -> Answer | None:
        """The next version of a page, or the trash."""
        if request.method not in ("PUT", "DELETE"):
            return None
        page = self.post(request.path.removeprefix(f"{V2}/"))
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


def ready(twin: ConfluenceTwin, space: str = "NEWS") -> Confluence:
    """The publisher."""
    settings = ConfluenceSettings(f"{twin.url}/wiki", space, USER, SecretName(SecretKind.ENV, "T"))
    return Confluence(settings, {"token": TOKEN}, Path())


def sending(wiki: Confluence, shown: Shown = PLAIN, key: str = KEY) -> Sending:
    """One delivery."""
    post = bind(wiki.render(shown, wiki.settings), wiki.values(Address(), key, AT, ""))
    return Sending(post, key, Address(), AT, MEDIA)


@pytest.mark.parametrize(("space", "because"), [("NEWS", Because.CONTENT), ("GONE", Because.ACCOUNT)])
def test_another_page_or_no_space(space: str, because: Because) -> None:
    """A page that somebody else made is never touched, and without the space nothing is sent at all."""
    with closing(ConfluenceTwin()) as twin:
        ready(twin).send(sending(ready(twin), key=OTHER_KEY))
        wiki = ready(twin, space)
        outcome = wiki.send(sending(wiki))

        assert isinstance(outcome, Refused)
        assert because is outcome.because
        assert 1 == len(twin.arrived())


def test_storage_is_well_formed() -> None:
    """Boxes, footnotes, tables and rules are XHTML too."""
    body = "- [x] a\n- [ ] b\n\nnote[^1]\n\n[^1]: Below & <c>\n\n| a |\n|---|\n| b |\n\n---\n\nx  \ny"

    assert "[x] a" in "".join(parsed(article_storage(replace(PLAIN, body=body), {})).itertext())


def shown_in(storage: str) -> list[tuple[str, str]]:
    """What is seen of each picture in a page: the file, and the words for those who do not see it."""
    images = parsed(storage).iter(f"{{{AC}}}image")
    return [(one[0].get(f"{{{RI}}}filename", ""), one.get(f"{{{AC}}}alt", "")) for one in images]


def test_pictures_are_attached_and_shown_with_their_words() -> None:
    """Every picture that the page shows is attached to it, the cover first; a change brings the new ones only."""
    another = replace(PICTURES, body="![another](seal.png) ![elsewhere](https://a.example/b.png)")
    with closing(ConfluenceTwin()) as twin:
        wiki = ready(twin)
        receipt = wiki.send(sending(wiki, PICTURES))
        assert isinstance(receipt, Receipt), receipt
        first = shown_in(twin.arrived()[0].html)
        outcome = wiki.update(receipt, sending(wiki, another))
        page = twin.post(receipt.remote_id)["body"]["storage"]["value"]

    (name,) = twin.files[receipt.remote_id]
    assert receipt == outcome
    assert PICTURE == twin.files[receipt.remote_id][name]
    assert re.fullmatch(r"seal-[0-9a-f]{16}\.png", name)
    assert [(name, "A seal, cut open"), (name, "a seal")] == first
    assert [(name, "A seal, cut open"), (name, "another"), ("", "elsewhere")] == shown_in(page)
    assert '<ri:url ri:value="https://a.example/b.png" />' in page


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.BROKEN_AFTER, Fault.BROKEN_BEFORE, Fault.DENIED])
def test_a_page_gets_its_pictures_in_the_end(fault: Fault) -> None:
    """A page without its pictures is not done: the next try finds it and attaches what is lacking, once."""
    with closing(ConfluenceTwin()) as twin:
        wiki, seen = ready(twin), twin.attach

        def attach(page: str, request: Request) -> Answer:
            twin.fail_aside(fault)
            return seen(page, request) if fault in (Fault.ANSWER_LOST, Fault.BROKEN_AFTER) else said({})

        twin.attach = attach  # type: ignore[method-assign] # the test decides which request fails
        first = wiki.send(sending(wiki, PICTURES))
        twin.attach = seen  # type: ignore[method-assign]
        second = wiki.send(sending(wiki, PICTURES))

        assert isinstance(first, Unsure), first
        assert isinstance(second, Receipt), second
        assert 1 == len(twin.posts) == len(twin.files[second.remote_id])


def test_a_change_without_its_pictures_is_none() -> None:
    """Where a picture cannot be attached, the page keeps its text."""
    with closing(ConfluenceTwin()) as twin:
        wiki = ready(twin)
        receipt = wiki.send(sending(wiki))
        assert isinstance(receipt, Receipt), receipt
        twin.attach = lambda *_: Answer(413)  # type: ignore[method-assign] # no service has room for ever
        outcome = wiki.update(receipt, sending(wiki, PICTURES))

        assert isinstance(outcome, Refused), outcome
        assert "from both sides" in str(twin.held())


def test_names_of_attached_pictures_are_harmless() -> None:
    """Whatever a picture is called, its name is a plain one, and tells it from another of the same name."""
    names = ['a b/ä\u202e"; filename=x.PNG', "b/same.png", "c/same.png"]
    assets = tuple(Asset(name, blob_id(name.encode()), 1) for name in names)
    shown = replace(
        PLAIN, assets=assets, front=replace(PLAIN.front, cover=names[0]), body="![b](b/same.png) ![c](c/same.png)"
    )
    settings = ConfluenceSettings("https://a.example/wiki", "NEWS", USER, SecretName(SecretKind.ENV, "T"))
    found = [name for name, _ in shown_in(Confluence.render(shown, settings).parts[0].replace("\ue000key\ue001", "k"))]

    assert 3 == len(set(found))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+\.png", name) for name in found)
