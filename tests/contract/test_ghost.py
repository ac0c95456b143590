"""The Ghost publisher under the public contract."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from tests.contract.web_twin import WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Busy, Receipt, Refused
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.ghost import Ghost, GhostSettings
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT
from expertpost.testing.stage import KEY as DELIVERY
from expertpost.testing.twin import Answer, Arrived, Fault, Request, Twin

KEY = "64f1e2d3c4b5a69788796a5b:" + "0123456789abcdef" * 4
API = "/ghost/api/admin/posts/"


class GhostTwin(WebTwin):
    """A site with its Admin API."""

    def knows(self, request: Request) -> bool:
        """A token for five minutes, signed with the key."""
        head, _, rest = request.headers.get("authorization", "").removeprefix("Ghost ").partition(".")
        said_, _, signature = rest.partition(".")
        if not signature:
            return False
        name, _, secret = KEY.partition(":")
        expected = hmac.new(bytes.fromhex(secret), f"{head}.{said_}".encode(), hashlib.sha256).digest()
        claims = json.loads(_decoded(said_))
        return (
            json.loads(_decoded(head)) == {"alg": "HS256", "typ": "JWT", "kid": name}
            and _decoded(signature) == expected
            and claims == {"iat": int(AT.timestamp()), "exp": int(AT.timestamp()) + 300, "aud": "/admin/"}
        )

    def tell(self, path: str, request: Request) -> Answer | None:
        """What has a tag, and drafts, which nobody reads."""
        if request.method == "GET" and path != API:
            return said({"posts": [self.post(path.removeprefix(API).strip("/"))]})
        if request.method == "GET":
            wanted = query(request).get("filter", "").removeprefix("tag:hash-")
            return said({"posts": [post for post in self.posts if wanted and f"#{wanted}" in str(post["tags"])][:1]})
        if request.method == "POST":
            (told,) = json.loads(request.body)["posts"]
            demand(query(request) == {"source": "html"} and told["status"] == "draft", "published at once", 400)
            demand(0 < len(told["title"]) <= 255 and len(told.get("custom_excerpt", "")) <= 300, "too long")
            return said({"posts": [self.show({**told, "updated_at": "2026-12-01T08:00:00.000Z"})]}, 201)
        return None

    def is_seen(self, post: Mapping[str, object]) -> bool:
        """Only what is published."""
        return post["status"] == "published"

    def change(self, request: Request) -> Answer | None:
        """Another text for a post, or a draft again; either makes a new version."""
        (told,) = json.loads(request.body)["posts"]
        if told.get("status") == "published":
            return None
        post = self.post(urlsplit(request.path).path.removeprefix(API).strip("/"))
        demand(told.get("updated_at") == post["updated_at"], "UpdateCollisionError", 409)
        demand(told.get("status") == "draft" or query(request) == {"source": "html"}, "no such source", 400)
        post |= {**told, "updated_at": f"2026-12-01T08:00:0{len(self.requests) % 10}.000Z"}
        return said({"posts": [post]})

    def read(self, request: Request) -> Arrived:
        """The publication of a draft."""
        number = int(request.path.removeprefix(API).strip("/"))
        post: dict[str, Any] = self.posts[number - 1]
        (told,) = json.loads(request.body)["posts"]
        demand(told == {"status": "published", "updated_at": post["updated_at"]}, "UPDATE_COLLISION", 409)
        post |= {"status": "published", "url": f"{self.url}/{post['slug']}/"}
        (mark,) = re.findall(r"#expertpost-(\w+)", str(post["tags"]))
        return Arrived(mark, request.headers, f"{post['title']} {post['html']}", post["html"])

    def answer(self, one: Arrived) -> Answer:
        """The post."""
        (post,) = (post for post in self.posts if one.id in str(post["tags"]))
        return said({"posts": [post]})


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class TestGhost(PublisherContract):
    """A site and a custom integration."""

    publisher = Ghost
    secrets: ClassVar[Mapping[str, str]] = {"key": KEY}

    def open_twin(self, folder: Path) -> GhostTwin:
        """A site."""
        return GhostTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address."""
        assert isinstance(twin, GhostTwin)
        return {"site": twin.url}


def sending(ghost: Ghost) -> Sending:
    """One delivery."""
    post = bind(ghost.render(PLAIN, ghost.settings), ghost.values(Address(), DELIVERY, AT, "https://hub.example.com/a"))
    return Sending(post, DELIVERY, Address(), AT, {})


def ghost_at(twin: GhostTwin, key: str = KEY) -> Ghost:
    """The publisher for the twin's site."""
    return Ghost(GhostSettings(twin.url, SecretName(SecretKind.ENV, "K")), {"key": key}, Path())


def test_a_lost_draft_is_found() -> None:
    """Nobody reads a draft: where the answer to it is lost, the next try finds it and publishes one post."""
    with closing(GhostTwin()) as twin:
        ghost = ghost_at(twin)
        ask, asked = twin.aside, list[int]()

        def aside(request: Request) -> Answer | None:
            answer = ask(request)
            if request.method == "POST" and not asked:
                asked.append(1)
                twin.fail_aside(Fault.ANSWER_LOST)
            return answer

        twin.aside = aside  # type: ignore[method-assign] # the test decides which request fails
        first, second = ghost.send(sending(ghost)), ghost.send(sending(ghost))

        assert isinstance(first, Busy)
        assert isinstance(second, Receipt)
        assert 1 == len(twin.arrived()) == len(twin.posts)


@pytest.mark.parametrize("key", ["", "no colon", "id:", ":00", "id:not hex"])
def test_a_key_that_is_none(key: str) -> None:
    """A key of the wrong form concerns the account, and nothing is sent."""
    with closing(GhostTwin()) as twin:
        ghost = ghost_at(twin, key)
        outcome = ghost.send(sending(ghost))

        assert isinstance(outcome, Refused)
        assert Because.ACCOUNT is outcome.because
        assert [] == twin.requests
