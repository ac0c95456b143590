"""The LinkedIn publisher under the public contract, and LinkedIn's own ways of saying no."""

import json
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import pytest
from tests.contract.web_twin import TOKEN, WebTwin, demand, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.linkedin import LinkedIn, LinkedInSettings, little
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT, KEY
from expertpost.testing.twin import Answer, Arrived, Request, Twin

AUTHOR = "urn:li:organization:5515715"
URN = "urn:li:share:6844785523593134080"
DUPLICATE = {"message": f"Content is a duplicate of {URN}", "code": "DUPLICATE_POST", "status": 422}


def little_read(commentary: str) -> str:
    """The words in LinkedIn's "little text", where a mark without a backslash would end the post."""
    free = re.sub(r"https?://\S+|\\.", "", commentary)
    demand(not re.search(r"[|{}@\[\]()<>#*_~\\]", free), "it would be cut here")
    words = re.sub(r"\\(.)", r"\1", commentary)
    demand(0 < len(words) <= 3_000, "too long")
    return words


class LinkedInTwin(WebTwin):
    """The Posts API. ``says``: an answer to the next post."""

    says: Answer | None = None

    def tell(self, path: str, request: Request) -> Answer | None:
        """Whose token it is."""
        if path.startswith("/rest/socialActions/"):
            return said({"likesSummary": {"totalLikes": 3}, "commentsSummary": {"totalFirstLevelComments": 1}})
        if request.method == "GET" and path.startswith("/rest/posts/"):
            return said({"commentary": self.post(unquote(path.removeprefix("/rest/posts/")))["words"]})
        return said({"name": "Acme"}) if path == "/v2/userinfo" else self.says

    named = "urn"

    def change(self, request: Request) -> Answer | None:
        """Other words for a post, or none; to remove what is gone is as good."""
        urn = unquote(request.path.removeprefix("/rest/posts/"))
        method = request.headers.get("x-restli-method", "")
        if not method:
            return None
        if method == "DELETE" and request.method == "DELETE":
            self.posts = [post for post in self.posts if post["urn"] != urn]
            return Answer(204, b"")
        demand(method == "PARTIAL_UPDATE" and request.method == "POST", "no such method", 400)
        self.post(urn)["words"] = little_read(json.loads(request.body)["patch"]["$set"]["commentary"])
        return Answer(204, b"")

    def read(self, request: Request) -> Arrived:
        """A post in little text, where a mark without a backslash would end it."""
        told = json.loads(request.body)
        headers = request.headers
        demand(request.path == "/rest/posts" and headers["linkedin-version"] == "202609", "no such version", 426)
        demand(headers["x-restli-protocol-version"] == "2.0.0" and told["author"] == AUTHOR, "no such author", 403)
        demand(told["visibility"] == "PUBLIC" and told["lifecycleState"] == "PUBLISHED", "no such post")
        words = little_read(told["commentary"])
        self.show({"urn": f"urn:li:share:{len(self.arrived()) + 1}", "words": words})
        mark = re.search(r"#ep-(\w+)", words)
        return Arrived(mark[1] if mark else words, headers, words)

    def answer(self, one: Arrived) -> Answer:
        """The post's name, in a header."""
        return Answer(201, b"", {"x-restli-id": f"urn:li:share:{len(self.arrived())}"})


class TestLinkedIn(PublisherContract):
    """A page."""

    publisher = LinkedIn
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}

    def open_twin(self, folder: Path) -> LinkedInTwin:
        """The API."""
        return LinkedInTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The page, and where the API is."""
        assert isinstance(twin, LinkedInTwin)
        return {"author": AUTHOR, "version": "202609", "api": twin.url}


@pytest.mark.parametrize(
    ("says", "url", "expected"),
    [
        (said(DUPLICATE, 422), "https://hub.example.com/a.html", Receipt),
        (said(DUPLICATE, 422), "", Unsure),
        (said({"code": "INVALID"}, 422), "", Refused),
        (said({"code": "NONEXISTENT_VERSION"}, 426), "", Refused),
        (Answer(201), "", Unsure),
    ],
)
def test_answers_of_linkedin(says: Answer, url: str, expected: type[Outcome]) -> None:
    """A duplicate of a post with our mark is our post; without a mark it may be anybody's."""
    with closing(LinkedInTwin()) as twin:
        twin.says = says
        settings = LinkedInSettings(AUTHOR, SecretName(SecretKind.ENV, "T"), "202609", twin.url)
        linkedin = LinkedIn(settings, {"token": TOKEN}, Path())
        post = bind(linkedin.render(PLAIN, settings), linkedin.values(Address(), KEY, AT, url))
        outcome = linkedin.send(Sending(post, KEY, Address(), AT, {}))

    assert expected is type(outcome)
    assert not isinstance(outcome, Refused) or (Because.ACCOUNT is outcome.because) is (says.status == 426)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a (b) #c @d [e] *f* g_h ~i~ <j> {k} l|m \\n", r"a \(b\) \#c \@d \[e\] \*f\* g\_h \~i\~ \<j\> \{k\} l\|m \\n"),
        ("see https://a.example/b_c?d=(e) f_g", r"see https://a.example/b_c?d=(e) f\_g"),
    ],
)
def test_little_text(words: str, expected: str) -> None:
    """Every mark gets its backslash, and an address stays as it is."""
    assert expected == little(words)


def test_a_members_post_is_left_to_a_person() -> None:
    """LinkedIn shows members' posts to nobody's app: nothing is asked, changed or removed there."""
    with closing(LinkedInTwin()) as twin:
        settings = LinkedInSettings("urn:li:person:Ab1", SecretName(SecretKind.ENV, "T"), "202609", twin.url)
        outcome = LinkedIn(settings, {"token": TOKEN}, Path()).take_back(Receipt(URN), KEY, AT)

        assert isinstance(outcome, Refused)
        assert [] == twin.requests
