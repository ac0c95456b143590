"""The DEV publisher under the public contract."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.publishers.devto import DevTo, DevToSettings
from expertpost.render.markdown import to_html
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.twin import Answer, Arrived, Request, Twin


class DevToTwin(WebTwin):
    """A community, which would take the same article twice if nobody looked."""

    def knows(self, request: Request) -> bool:
        """An API key."""
        return request.headers.get("api-key") == TOKEN

    def tell(self, path: str, request: Request) -> Answer | None:
        """Whose key it is, and the account's articles, newest first, two a page."""
        if path == "/api/users/me":
            return said({"id": 7, "username": "acme"})
        if request.method == "GET" and path.startswith("/api/articles/") and path[14:].isdigit():
            article = self.post(path[14:])
            demand(article["published"], "not found", 404)
            return said(article)
        if path == "/api/articles/me/all":
            demand(request.headers["accept"] == "application/vnd.forem.api-v1+json", "no such version", 406)
            start = 2 * (int(query(request)["page"]) - 1)
            return said(list(reversed(self.posts))[start : start + 2])
        return None

    def is_seen(self, post: Mapping[str, object]) -> bool:
        """Only what is published."""
        return post["published"] is True

    def change(self, request: Request) -> Answer | None:
        """Another text for an article, or its end."""
        if request.method != "PUT":
            return None
        name, _, verb = request.path.removeprefix("/api/articles/").partition("/")
        if verb == "unpublish":
            self.post(name)["published"] = False
            return Answer(204, b"")
        self.post(name).update(json.loads(request.body)["article"])
        return said(self.post(name))

    def read(self, request: Request) -> Arrived:
        """An article with at most four tags; front matter in it would win over everything else."""
        told = json.loads(request.body)["article"]
        words, title = told["body_markdown"], told["title"]
        demand(request.path == "/api/articles" and told["published"] is True, "no such place", 404)
        demand(0 < len(title) <= 128 and not words.startswith("---"), "too long")
        demand(len(told["tags"]) <= 4 and all(re.fullmatch(r"[a-z0-9]+", tag) for tag in told["tags"]), "no such tag")
        demand("{%" not in re.sub(r"(`+)[^`].*?\1", "", words, flags=re.DOTALL), "Liquid syntax error")
        self.show(
            {
                "body_markdown": words,
                "published": True,
                "page_views_count": 9,
                "comments_count": 0,
                "url": f"{self.url}/acme/{len(self.posts)}",
            }
        )
        text, _, mark = words.rpartition("<!-- expertpost:")
        return Arrived(mark, request.headers, f"{title} {told.get('description')} {text}", to_html(text))


class TestDevTo(PublisherContract):
    """An account."""

    publisher = DevTo
    against = "twin; Forem's own description"
    secrets: ClassVar[Mapping[str, str]] = {"key": TOKEN}

    def open_twin(self, folder: Path) -> DevToTwin:
        """A community."""
        return DevToTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address and the account."""
        assert isinstance(twin, DevToTwin)
        return {"site": twin.url, "user": "acme"}


@pytest.mark.parametrize(
    "body", ["{% embed x %}", "{{ x }}", "a {%raw%} b", "`{% endraw %}`", "```\n{%- endraw %}{% user x %}\n```"]
)
def test_no_liquid_of_the_authors_making(body: str) -> None:
    """Nothing in a text is Liquid to Forem, nor does anything in code end what keeps Liquid away from it."""
    settings = DevToSettings("acme", SecretName(SecretKind.ENV, "K"))
    words = DevTo.render(replace(PLAIN, body=body), settings).parts[0]
    free = re.sub(r"(`+)[^`].*?\1", "", words, flags=re.DOTALL)

    assert not re.search(r"\{%|\{\{", free)
    assert not re.search(r"\{%-?\s*(end)?raw", words)
