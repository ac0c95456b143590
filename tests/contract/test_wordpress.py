"""The WordPress publisher under the public contract, and what becomes of it on its way through the draft."""

import base64
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.contract.web_twin import TOKEN, WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.wordpress import WordPress, WordPressSettings
from expertpost.render.families.wordpress import article_wordpress
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import MEDIA, PLAIN, SAMPLES
from expertpost.testing.stage import AT, KEY
from expertpost.testing.twin import Answer, Arrived, Fault, Request, Twin

API = "/wp-json/wp/v2"
SECRET = SecretName(SecretKind.ENV, "P")


class WordPressTwin(WebTwin):
    """A site that takes the same slug twice without a word. ``strips``: it takes comments out of what it is given."""

    strips = False

    def __init__(self) -> None:
        super().__init__()
        self.library: list[bytes] = []
        self.words: dict[int, str] = {}

    def knows(self, request: Request) -> bool:
        """The user and an application password."""
        login = base64.b64encode(f"expertpost:{TOKEN}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {login}"

    def tell(self, path: str, request: Request) -> Answer | None:
        """Who the user is, what is there, and drafts, which nobody reads."""
        if path == f"{API}/users/me":
            return said({"id": 1, "capabilities": {"publish_posts": True}})
        if path == f"{API}/posts" and request.method == "GET":
            asked = query(request)
            demand(asked["status"] == "any,trash" and asked["context"] == "edit", "rest_forbidden", 400)
            return said([post for post in self.posts if asked["search"] in str(post["content"])])
        if path == f"{API}/categories":
            return said([{"id": 7, "slug": "news"}] if "news" in query(request)["slug"].split(",") else [])
        if path == f"{API}/media":
            demand(
                request.headers["content-type"] == "image/png"
                and "filename=" in request.headers["content-disposition"],
                "no file",
            )
            self.library.append(request.body)
            return said({"id": len(self.library)}, 201)
        if path.startswith(f"{API}/media/"):
            self.words[int(path.rpartition("/")[2])] = json.loads(request.body)["alt_text"]
            return said({})
        if request.method == "GET":
            return said(self.post(path.rpartition("/")[2]))
        if path == f"{API}/posts":
            told = json.loads(request.body)
            demand(told["status"] == "draft", "published at once", 400)
            raw = told["content"].partition("<!--")[0] if self.strips else told["content"]
            return said(self.show({**told, "id": len(self.posts) + 1, "content": {"raw": raw}}), 201)
        return None

    def is_seen(self, post: Mapping[str, object]) -> bool:
        """Only what is published."""
        return post["status"] == "publish"

    def change(self, request: Request) -> Answer | None:
        """Another text for a post, or the trash."""
        told = json.loads(request.body or b"{}")
        if request.method == "DELETE":
            post = self.post(request.path.rpartition("/")[2])
            demand(post["status"] != "trash", "rest_already_trashed", 410)
            post["status"] = "trash"
            return said(post)
        if "content" not in told:
            return None
        post = self.post(request.path.rpartition("/")[2])
        post |= {**told, "content": {"raw": told["content"]}}
        return said(post)

    def read(self, request: Request) -> Arrived:
        """The publication of a draft."""
        number = int(request.path.removeprefix(f"{API}/posts/"))
        demand(json.loads(request.body) == {"status": "publish"}, "no such status", 400)
        post: dict[str, Any] = self.posts[number - 1]
        post["status"] = "publish"
        post["link"] = f"{self.url}/{post['slug']}/"
        text, _, mark = post["content"]["raw"].rpartition("<!-- expertpost:")
        demand(mark, "without a mark", 400)
        return Arrived(mark, request.headers, f"{post['title']} {post.get('excerpt')} {text}", text)


class TestWordPress(PublisherContract):
    """A site and one of its editors."""

    publisher = WordPress
    secrets: ClassVar[Mapping[str, str]] = {"password": TOKEN}

    def open_twin(self, folder: Path) -> WordPressTwin:
        """A site."""
        return WordPressTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address and the user."""
        assert isinstance(twin, WordPressTwin)
        return {"site": twin.url, "user": "expertpost"}


def send(twin: WordPressTwin) -> Outcome:
    """One try at one delivery, by a runner of its own."""
    settings = WordPressSettings(twin.url, "expertpost", SECRET)
    publisher = WordPress(settings, {"password": TOKEN}, Path())
    post = bind(publisher.render(PLAIN, settings), publisher.values(Address(), KEY, AT, ""))
    return publisher.send(Sending(post, KEY, Address(), AT, {}))


@pytest.mark.parametrize("before", range(2), ids=["the search", "the draft"])
@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.BROKEN_AFTER, Fault.HALF_ANSWER])
def test_what_is_lost_before_publication_may_be_tried_again(fault: Fault, before: int) -> None:
    """Nobody reads a draft: whatever becomes of the search or the draft, the next try publishes one post."""
    with closing(WordPressTwin()) as twin:
        first = send_with(twin, fault, before)
        second = send(twin)

        assert isinstance(first, Busy)
        assert isinstance(second, Receipt)
        assert 1 == len(twin.arrived()) == len(twin.posts)


def send_with(twin: WordPressTwin, fault: Fault, before: int) -> Outcome:
    """A try in which the first or the second request that publishes nothing meets a fault."""
    ask = twin.aside
    met: list[int] = []

    def aside(request: Request) -> Answer | None:
        answer = ask(request)
        if answer is not None and len(met) == before:
            twin.fail_aside(fault)
        met.append(1)
        return answer

    twin.aside = aside  # type: ignore[method-assign] # the test decides which request fails
    outcome = send(twin)
    twin.aside = ask  # type: ignore[method-assign]
    return outcome


def test_a_lost_publication_is_found() -> None:
    """Where the answer to the publication is lost, the next try finds it published and does nothing."""
    with closing(WordPressTwin()) as twin:
        twin.fail(Fault.ANSWER_LOST)
        first, second = send(twin), send(twin)

        assert isinstance(first, Unsure)
        assert Receipt("1", f"{twin.url}/look-both-ways/") == second
        assert 1 == len(twin.arrived())


@pytest.mark.parametrize("status", ["trash", "pending"])
def test_what_somebody_took_away_stays_away(status: str) -> None:
    """A post whose publication was lost, and that a person has put elsewhere since, is not published again."""
    with closing(WordPressTwin()) as twin:
        twin.fail(Fault.ANSWER_LOST)
        send(twin)
        twin.posts[0]["status"] = status
        outcome = send(twin)

        assert isinstance(outcome, Refused)
        assert status in outcome.reason
        assert {} == twin.held()
        assert 1 == len(twin.posts)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("[gallery] `[audio]`", "<p>&#91;gallery] <code>&#91;audio]</code></p>"),
        (
            "\\[x\\] :) :mrgreen: (7 and 8) 8-O ;) a:b",
            "<p>&#91;x] &#58;) &#58;mrgreen: (7 and &#56;) &#56;-O &#59;) a:b</p>",
        ),
        ("https://a.example/b.mp4", "<p>&#104;ttps://a.example/b.mp4</p>"),
        ("at https://a.example/b.mp4\nhttps://a.example, c", "<p>at https://a.example/b.mp4\nhttps://a.example, c</p>"),
        ("```\nx\n  http://a.example\n```", "<pre><code>x\n  &#104;ttp://a.example\n</code></pre>"),
        ("a\nb [c](https://a.example/[d])", '<p>a\nb <a href="https://a.example/%5Bd%5D">c</a></p>'),
    ],
)
def test_words_are_only_words(words: str, expected: str) -> None:
    """Neither shortcodes, faces nor players come of the words, nor breaks of line ends; they read as they did."""
    shown = replace(PLAIN, body=words, front=replace(PLAIN.front, authors=()))

    assert f"<!-- wp:html -->\n{expected}\n<!-- /wp:html -->" == article_wordpress(shown).strip()


def test_title_and_summary_are_only_words() -> None:
    """WordPress takes both for HTML."""
    front = replace(PLAIN.front, title="A <b> & [c]", summary="<script>x</script>\nhttps://a.example :)")
    post = WordPress.render(replace(PLAIN, front=front), WordPressSettings("https://a.example", "e", SECRET))

    assert "A &lt;b&gt; &amp; &#91;c]" == post.field("title")
    assert "&lt;script&gt;x&lt;/script&gt; https://a.example &#58;)" == post.field("excerpt")


def test_a_site_that_takes_the_mark_away() -> None:
    """A post that could not be found again is never published."""
    with closing(WordPressTwin()) as twin:
        twin.strips = True
        outcome = send(twin)

        assert isinstance(outcome, Refused)
        assert Because.ACCOUNT is outcome.because
        assert () == twin.arrived()


@pytest.mark.parametrize("category", ["news", "nowhere"])
def test_the_cover_and_the_categories(category: str) -> None:
    """The cover goes into the library with its words; a category that is not there stops the channel, not the post."""
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")
    with closing(WordPressTwin()) as twin:
        settings = WordPressSettings(twin.url, "expertpost", SECRET, categories=(category,))
        publisher = WordPress(settings, {"password": TOKEN}, Path())
        post = bind(publisher.render(shown, settings), publisher.values(Address(), KEY, AT, ""))
        outcome = publisher.send(Sending(post, KEY, Address(), AT, MEDIA))

        if category == "nowhere":
            assert isinstance(outcome, Refused)
            assert Because.ACCOUNT is outcome.because
            assert [] == twin.posts
        else:
            assert isinstance(outcome, Receipt)
            assert {1: "A seal, cut open"} == twin.words
            assert ([7], 1) == (twin.posts[0]["categories"], twin.posts[0]["featured_media"])


def test_a_private_post_takes_no_picture_along() -> None:
    """A picture in the library is seen by whoever knows its address, so it stays at home."""
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")

    assert () == WordPress.render(shown, WordPressSettings("https://a.example", "e", SECRET, "private")).media
