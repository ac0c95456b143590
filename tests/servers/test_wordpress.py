"""The WordPress publisher against a real WordPress: the whole contract, and what only a real one knows."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode
from urllib.request import Request as Asking
from urllib.request import urlopen

import pytest
from tests.servers.php import Site
from tests.servers.proxy import Proxy

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Busy, Receipt, Refused, Unsure
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Probe, Sending
from expertpost.publishers.wordpress import WordPress, WordPressSettings
from expertpost.render.shown import Shown
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import CORRECTED, MEDIA, PICTURE, PLAIN, SAMPLES
from expertpost.testing.stage import AT, KEY, OTHER_KEY
from expertpost.testing.twin import Arrived, Fault, Request, Twin

VERSION = "6.1"
API = "/wp-json/wp/v2"


class SiteProxy(Proxy):
    """A site without posts."""

    def __init__(self, site: Site) -> None:
        site.empty_again()
        super().__init__(site.url)
        self.site = site

    def posts(self, request: Request) -> bool:
        """What publishes, changes or removes a post; a draft and a picture are seen by nobody."""
        return request.method in ("POST", "DELETE") and request.path.startswith(f"{API}/posts/")

    def listed(self, path: str, role: str = "", **asked: str) -> list[dict[str, Any]]:
        """What the site shows to the user of a role, or to everybody."""
        login = base64.b64encode(f"{role}:{self.site.passwords.get(role)}".encode()).decode()
        headers = {"authorization": f"Basic {login}"} if role else {}
        with urlopen(Asking(f"{self.server}{API}/{path}?{urlencode(asked)}", headers=headers)) as answer:
            found: list[dict[str, Any]] = json.load(answer)
            return found

    def arrived(self) -> tuple[Arrived, ...]:
        """Every post that was published, and its mark, oldest first."""
        status = "publish,private,trash"
        asked = {"status": status, "context": "edit", "per_page": "100", "orderby": "id", "order": "asc"}
        return tuple(_arrived(post) for post in self.listed("posts", "administrator", **asked))

    def held(self) -> Mapping[str, str]:
        """What everybody may read."""
        return {str(post["id"]): _words(post) for post in self.listed("posts", per_page="100")}

    def rows(self) -> list[str]:
        """The state of every post that the database has, revisions left out."""
        return self.site.database.sql("SELECT post_status FROM wp_posts WHERE post_type = 'post' ORDER BY ID").split()


def _words(post: Mapping[str, Any]) -> str:
    return " ".join(post[name]["rendered"] for name in ("title", "excerpt", "content"))


def _arrived(post: Mapping[str, Any]) -> Arrived:
    mark = post["content"]["raw"].rpartition("<!-- expertpost:")[2]
    about = {name: str(post[name]) for name in ("status", "slug", "link", "featured_media", "categories")}
    return Arrived(mark, about, post["title"]["raw"], _words(post))


class TestWordPress(PublisherContract):
    """An editor of a site."""

    publisher = WordPress
    against = f"real server (WordPress {VERSION})"
    secrets: ClassVar[Mapping[str, str]] = {"password": "set before each test"}
    site: Site

    @pytest.fixture(autouse=True)
    def _served(self, wordpress: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "site", wordpress, raising=False)
        monkeypatch.setattr(type(self), "secrets", {"password": wordpress.passwords["editor"]})

    def open_twin(self, folder: Path) -> SiteProxy:
        """The site, through a proxy."""
        return SiteProxy(self.site)

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The proxy's address and the editor."""
        assert isinstance(twin, SiteProxy)
        return {"site": twin.url, "user": "editor"}


@pytest.fixture
def proxy(wordpress: Site) -> Iterator[SiteProxy]:
    """The empty site."""
    with closing(SiteProxy(wordpress)) as proxy:
        yield proxy


def publisher(
    proxy: SiteProxy, role: str = "editor", *, categories: tuple[str, ...] = (), private: bool = False
) -> WordPress:
    """The publisher as a user of this role."""
    secret = SecretName(SecretKind.ENV, "P")
    settings = WordPressSettings(proxy.url, role, secret, "private" if private else "publish", categories)
    return WordPress(settings, {"password": proxy.site.passwords[role]}, Path())


def sending(ready: WordPress, shown: Shown = PLAIN, key: str = KEY) -> Sending:
    """One delivery."""
    post = bind(ready.render(shown, ready.settings), ready.values(Address(), key, AT, ""))
    return Sending(post, key, Address(), AT, MEDIA)


def sent(ready: WordPress, shown: Shown = PLAIN, key: str = KEY) -> Receipt:
    """The receipt of one delivery."""
    outcome = ready.send(sending(ready, shown, key))
    assert isinstance(outcome, Receipt), outcome
    return outcome


def test_it_is_the_version_that_the_matrix_names(wordpress: Site) -> None:
    """What the matrix says of the server is what the server says of itself."""
    with urlopen(f"{wordpress.url}/feed/") as feed:
        assert f"?v={VERSION}." in feed.read().decode()


def test_it_takes_a_slug_twice(proxy: SiteProxy) -> None:
    """WordPress never refuses a second post of that name: nothing but our mark keeps posts apart."""
    first, second = (sent(publisher(proxy), key=key) for key in (KEY, OTHER_KEY))

    assert [f"{proxy.server}/look-both-ways/", f"{proxy.server}/look-both-ways-2/"] == [first.url, second.url]
    assert ["publish", "publish"] == proxy.rows()


def test_a_page_is_where_the_receipt_says(proxy: SiteProxy) -> None:
    """The address of the receipt is one that a browser can open."""
    with urlopen(sent(publisher(proxy)).url) as page:
        assert 200 == page.status


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.BROKEN_AFTER, Fault.HALF_ANSWER])
def test_a_lost_draft_is_the_one_that_is_published(proxy: SiteProxy, fault: Fault) -> None:
    """Where the answer to the draft is lost, the next run finds it by its mark, and makes no other."""
    proxy.meets(f"{API}/posts?context=edit", fault)
    first = publisher(proxy).send(sending(publisher(proxy)))
    before = proxy.rows()
    sent(publisher(proxy))

    assert isinstance(first, Busy), first
    assert ["draft"] == before
    assert ["publish"] == proxy.rows()


def test_a_lost_publication_is_found(proxy: SiteProxy) -> None:
    """Where the answer to the publication is lost, the search finds it, and another try publishes nothing."""
    ready = publisher(proxy)
    proxy.fail(Fault.ANSWER_LOST)
    first, found, second = ready.send(sending(ready)), ready.find(KEY), ready.send(sending(ready))

    assert isinstance(first, Unsure), first
    assert isinstance(found, Receipt), found
    assert found == second
    assert ["publish"] == proxy.rows()


def test_what_somebody_took_away_stays_away(proxy: SiteProxy) -> None:
    """A post that a person has put into the trash is neither found nor published anew."""
    ready = publisher(proxy)
    ready.take_back(sent(ready), KEY, AT)

    assert ready.find(KEY) is None
    assert isinstance(outcome := ready.send(sending(ready)), Refused), outcome
    assert ["trash"] == proxy.rows()


def test_a_change_keeps_the_address_and_the_earlier_text(proxy: SiteProxy) -> None:
    """Links to the post stay good, and WordPress has the text as it was."""
    ready = publisher(proxy)
    receipt = sent(ready)
    ready.update(receipt, sending(ready, CORRECTED))
    (post,) = proxy.listed("posts")
    kept = proxy.listed(f"posts/{receipt.remote_id}/revisions", "editor")

    assert receipt.url == post["link"]
    assert "from within" in post["content"]["rendered"]
    assert any("from both sides" in one["content"]["rendered"] for one in kept)


def test_the_cover_goes_into_the_library(proxy: SiteProxy) -> None:
    """It is the post's picture, with its words, and what readers get of it is what was sent."""
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")
    sent(publisher(proxy), shown)
    (media,) = proxy.listed("media")
    (post,) = proxy.listed("posts")

    assert (media["id"], "A seal, cut open") == (post["featured_media"], media["alt_text"])
    with urlopen(media["source_url"]) as picture:
        assert PICTURE == picture.read()


def test_categories_are_those_of_the_site(proxy: SiteProxy) -> None:
    """A category is named by its slug; one that is not there stops the channel before anything is made."""
    refused = publisher(proxy, categories=("nowhere",)).send(sending(publisher(proxy)))
    nothing = proxy.rows()
    sent(publisher(proxy, categories=("uncategorized",)))
    (post,) = proxy.listed("posts")

    assert isinstance(refused, Refused)
    assert (Because.ACCOUNT, []) == (refused.because, nothing)
    assert [1] == post["categories"]


def test_a_private_post_is_for_those_who_are_logged_in(proxy: SiteProxy) -> None:
    """Everybody else sees none; it is found all the same."""
    ready = publisher(proxy, private=True)
    receipt = sent(ready)

    assert {} == proxy.held()
    assert receipt == ready.find(KEY)
    assert ["private"] == proxy.rows()


@pytest.mark.parametrize(("role", "may"), [("editor", True), ("author", True), ("contributor", False)])
def test_what_each_role_may_do(proxy: SiteProxy, role: str, *, may: bool) -> None:
    """A look at the site tells who may publish, and whoever may does."""
    ready = publisher(proxy, role)
    looked, outcome = ready.probe(AT), ready.send(sending(ready))

    assert (may, may) == (isinstance(looked, Probe), isinstance(outcome, Receipt)), (looked, outcome)
    assert ("publish" in proxy.rows()) == may


def test_a_wrong_password_stops_the_account(proxy: SiteProxy) -> None:
    """WordPress says the same as to nobody at all: it concerns every post."""
    ready = publisher(proxy)
    ready.secrets = {"password": "wrong wrong wrong"}

    for outcome in (ready.probe(AT), ready.send(sending(ready))):
        assert isinstance(outcome, Refused)
        assert Because.ACCOUNT is outcome.because
    assert [] == proxy.rows()


def test_words_are_only_words(proxy: SiteProxy) -> None:
    """No shortcode, player, face, break or element comes of what a person wrote, in the text or above it."""
    words = '[gallery] [audio src="https://a.example/x.mp3"] :) (7 and 8) <b>'
    alone = "https://a.example/x.mp4"
    body = f"{words}\nnext\n\n{alone}\n\n```\n{alone}\n{words}\n```"
    front = replace(PLAIN.front, title=words, summary=f"{words} <script>")
    sent(publisher(proxy), replace(PLAIN, front=front, body=body))
    (post,) = proxy.listed("posts")
    html = _words(post)

    assert [] == [bad for bad in ("<audio", "<video", "<script", "<b>", "<br", "smiley", "<div") if bad in html]
    assert (4, 4, 4) == tuple(unescape(html).count(one) for one in ("[gallery]", ":)", "8)"))
    assert 2 == unescape(html).count(alone)
