"""The rules of a built site: what stands on it, for whom, and that nothing else does."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest
from tests.unit.test_pictures import photograph
from tests.web.small_site import SmallSite, small_site, text

from expertpost.testing.samples import PICTURE

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="3"/></svg>'
SECRET = "kryptonite"

INSIDE_BODY = f"""\
For all.

::: colleagues
The price is {SECRET}. ![What it costs](price.png)
:::

See [the plan](plan.md), [the plan's end](plan.md#{SECRET}) and [torque](torque/#tighten).
"""
TORQUE = "# One\n\n## Tighten\n\n![Ring](./ring%20a.svg) [sheet](data.csv)\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    """Four pieces, built for colleagues and for everybody."""
    site = small_site(
        tmp_path_factory.mktemp("site"),
        [
            ("drafts/mixed/index.md", text(1, "Mixed <b>&amp;</b>", INSIDE_BODY, summary='"a \\"quote\\" </title>"')),
            ("drafts/mixed/price.png", PICTURE),
            ("drafts/plan.md", text(2, f"The {SECRET} plan", f"## {SECRET}", audience="[colleagues]",
                                    topics=f"[{SECRET}]", authors="[bob]")),
            ("drafts/torque/index.md", text(3, "Torque", TORQUE, cover="ring a.svg", cover_alt="Ring", language="de")),
            ("drafts/torque/ring a.svg", DRAWING),
            ("drafts/torque/data.csv", b"a,b\n"),
            ("drafts/torque/unused.png", PICTURE),
            ("drafts/late.md", text(4, "Late", publish_at="2027-01-01T09:00+01:00")),
        ],
    )  # fmt: skip
    site.build()
    return site


def test_narrower_words_are_nowhere_on_a_wider_site(built: SmallSite) -> None:
    """No file for everybody holds a word, name, topic, author, address or picture that is for colleagues only."""
    outside, inside = built.files("outside"), built.files("inside")

    assert [] == [path for path, content in outside.items() if SECRET.encode() in content or SECRET in path]
    assert [] == [path for path in outside if "price" in path or "plan" in path or "bob" in path]
    assert b"plan.md" not in outside["pieces/mixed.html"]
    assert SECRET.encode() in inside["pieces/mixed.html"]
    assert {"pieces/mixed/price.png", "pieces/plan.html", "people/bob.html"} <= inside.keys()


def test_links_lead_to_pages_of_the_same_site(built: SmallSite) -> None:
    """A link to a piece that is shown leads to its page; to one that is not, only the words stay."""
    outside, inside = built.page("pieces/mixed.html"), built.page("pieces/mixed.html", "inside")

    assert '<a href="torque.html#tighten">torque</a>' in outside
    assert "See the plan, the plan's end and " in outside
    assert '<a href="plan.html">the plan</a>' in inside


def test_only_files_that_are_named_are_there(built: SmallSite) -> None:
    """Of the files beside a piece only those that its shown text names lie on the site."""
    assert ["pieces/torque/data.csv", "pieces/torque/ring a.svg"] == [
        path for path in built.files() if path.startswith("pieces/torque/")
    ]
    assert '<img src="torque/ring%20a.svg" alt="Ring" />' in built.page("pieces/torque.html")


def test_every_page_is_strict(built: SmallSite) -> None:
    """Every page carries the policy, and has no script, no style, no form, no handler and no address of elsewhere."""
    for site in ("inside", "outside"):
        for path, content in built.files(site).items():
            if not path.endswith(".html"):
                continue
            page = content.decode()

            assert "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self';" in page
            assert not re.search(r"<(script|style|iframe|form|object|base)\b|\son\w+=|\sstyle=|javascript:", page)
            assert [] == [address for address in re.findall(r'(?:src|href)="(?!#)([^"]*)"', page) if _leaves(address)]


def _leaves(address: str) -> bool:
    return address.startswith(("//", "data:")) or (address.startswith("http") and "acme.example" not in address)


def test_a_page_says_what_people_and_machines_need(built: SmallSite) -> None:
    """Title, summary, author, date, topics, language and canonical address stand on the page, escaped."""
    page = built.page("pieces/mixed.html")
    torque = built.page("pieces/torque.html")

    assert "<title>Mixed &lt;b&gt;&amp;amp;&lt;/b&gt; · Notes &lt;from&gt; the workshop</title>" in page
    assert '<meta name="description" content="a &#34;quote&#34; &lt;/title&gt;">' in page
    assert '<a href="../people/anna.html" rel="author">Anna</a>' in page
    assert '<time datetime="2026-03-02T09:00:00+01:00">2 March 2026</time>' in page
    assert '<a href="../topics/seals.html" rel="tag">Seals</a>' in page
    assert '<link rel="canonical" href="https://experts.acme.example/notes/pieces/mixed.html">' in page
    assert '<html lang="de">' in torque


def test_a_page_has_one_first_heading(built: SmallSite) -> None:
    """The title is the page's only h1; where the author begins with ``#`` too, their headings go one level down."""
    page = built.page("pieces/torque.html")

    assert ["Torque"] == re.findall(r"<h1>(.*?)</h1>", page)
    assert '<h2 id="one">One</h2>\n<h3 id="tighten">' in page


def test_no_local_link_is_broken(built: SmallSite) -> None:
    """Every address that leads to the site itself leads to a file of it, and to a heading that is there."""
    for site in ("inside", "outside"):
        files = built.files(site)
        for path, content in files.items():
            if path.endswith(".html") and path != "404.html":
                for address in re.findall(r'(?:href|src)="([^"]*)"', content.decode()):
                    assert "" == _lacks(files, path, address), (path, address)


def _lacks(files: dict[str, bytes], page: str, address: str) -> str:
    from posixpath import dirname, join, normpath
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(address)
    if parts.scheme:
        return ""
    target = normpath(join(dirname(page), unquote(parts.path))) if parts.path else page
    anchor = f'id="{unquote(parts.fragment)}"'
    if target not in files:
        return target
    return "" if not parts.fragment or anchor in files[target].decode() else parts.fragment


def test_only_a_public_site_may_be_found(built: SmallSite) -> None:
    """Search engines are asked in on a public site only."""
    assert "noindex" not in built.page("index.html")
    assert '<meta name="robots" content="noindex">' in built.page("index.html", "inside")
    assert "User-agent: *\nDisallow: /\n" == built.page("robots.txt", "inside")
    assert "Sitemap: https://experts.acme.example/notes/sitemap.xml\n" in built.page("robots.txt")


def test_what_is_not_due_waits(built: SmallSite) -> None:
    """A piece is there from its time on, and not before; ``at`` gives the instant."""
    assert "pieces/late.html" not in built.files()
    later = built.out / "later"
    built.build("outside", at="2027-01-01T09:00", out=later)

    assert "pieces/late.html" in built.files("outside", later)


def test_the_feeds(built: SmallSite) -> None:
    """Both feeds hold the newest pieces whole, with permanent ids and links that hold anywhere."""
    atom = feedparser.parse(built.page("atom.xml"))
    feed = json.loads(built.page("feed.json"))

    assert not atom.bozo
    assert ["Torque", "Mixed <b>&amp;</b>"] == [entry.title for entry in atom.entries]
    assert [entry.id for entry in atom.entries] == [item["id"] for item in feed["items"]]
    assert all(item["id"].startswith("urn:uuid:") for item in feed["items"])
    assert ["https://experts.acme.example/notes/pieces/torque.html"] == [
        item["url"] for item in feed["items"] if item["title"] == "Torque"
    ]
    assert 'href="https://experts.acme.example/notes/pieces/torque.html#tighten"' in feed["items"][1]["content_html"]
    assert 'src="https://experts.acme.example/notes/pieces/torque/ring%20a.svg"' in atom.entries[0].content[0].value
    assert "https://jsonfeed.org/version/1.1" == feed["version"]
    assert ["Anna"] == [author["name"] for author in feed["items"][0]["authors"]]


def test_the_sitemap(built: SmallSite) -> None:
    """The sitemap names every page for people with its whole address."""
    root = ElementTree.fromstring(built.page("sitemap.xml"))
    found = {str(place.text).removeprefix("https://experts.acme.example/notes/") for place in root.findall(".//{*}loc")}
    pages = {path for path in built.files() if path.endswith(".html") and path != "404.html"}

    assert pages == found
    assert "sitemap.xml" not in built.files("inside")


def test_the_manifest(built: SmallSite) -> None:
    """The manifest says which content of which piece stands where, and from which commit (protocol §7)."""
    manifest = json.loads(built.page("manifest.json"))

    assert built.anna.run("rev-parse", "HEAD").strip() == manifest["commit"]
    assert {"pieces/mixed.html", "pieces/torque.html"} == {page["path"] for page in manifest["pages"]}
    assert all(re.fullmatch(r"[0-9a-f]{64}", page["digest"]) for page in manifest["pages"])


def test_pictures_tell_no_place_and_broken_ones_stay_out(tmp_path: Path) -> None:
    """A photograph lies on a site without its notes; one that breaks off is not there, and no page names it."""
    place, shot = b"48.8584 N 2.2945 E", photograph()
    body = "![Shot](shot.jpg) ![Half](half.jpg)"
    site = small_site(
        tmp_path,
        [
            ("drafts/a/index.md", text(1, "A", body)),
            ("drafts/a/shot.jpg", shot + place),
            ("drafts/a/half.jpg", shot[:-9]),
        ],
    )
    site.build()
    files = site.files("outside")

    assert b"Camera of Anna" in shot
    assert ["pieces/a/shot.jpg"] == [path for path in files if path.endswith(".jpg")]
    assert not [path for path, content in files.items() if b"Camera of Anna" in content or place in content]
    assert b"half.jpg" not in files["pieces/a.html"]
