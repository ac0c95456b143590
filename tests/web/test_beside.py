"""What a site tells beside its pieces: who knows, what was asked, what is due, and where words stand."""

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.flows.organisation import Clock, entry
from tests.web import small_site as small
from tests.web.small_site import AT, WORKSPACE_ID, SmallSite, small_site, text

from expertpost.flows import site_build
from expertpost.flows.ask import ask
from expertpost.flows.confirm import correct
from expertpost.flows.context import World
from expertpost.flows.site import build
from expertpost.web.finding import index_files, is_installed

SETTINGS = f"""\
[workspace]
name = "Acme Seals"
id = "{WORKSPACE_ID}"

[review]
signed = false

[audiences]
board = {{ says = "the board", includes_colleagues = false }}

[freshness]
days = 300

[sites.inside]
readers = ["colleagues"]
search = true
ask = "mailto:experts@acme.example"

[sites.outside]
readers = ["public"]
search = true
base_url = "https://experts.acme.example/"
"""
CUT = "Everybody may read this.\n\n::: colleagues\ncanaryblock ![canaryalt](x.png)\n:::\n\n<!-- canarycomment -->\n"
NARROW = [f"canary{what}" for what in ("block", "alt", "title", "summary", "topic", "bio", "says", "ask")]
NOWHERE = ("canarycomment", "canaryboard", "canaryboardtopic", "canaryhidden", "canaryreason", "canaryboardask")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    """Two sites with everything; a secret word in each thing that is not for everybody, or for nobody."""
    patch = pytest.MonkeyPatch()
    patch.setattr(small, "SETTINGS", SETTINGS)
    made = small_site(tmp_path_factory.mktemp("acme"))
    patch.undo()
    made.write("drafts/a.md", text(1, "Torque", CUT, topics="[Seals, Torque]", publish_at="2026-11-01T09:00+01:00"))
    made.write("drafts/b.md", text(2, "Which seal survives?", kind="answer", publish_at="2025-01-01T09:00+01:00"))
    secret = {"summary": "canarysummary", "topics": "[canarytopic]", "audience": "[colleagues]"}
    made.write("drafts/c.md", text(3, "canarytitle", "Words.", **secret))
    made.write("drafts/d.md", text(4, "canaryboard", "Words.", topics="[canaryboardtopic]", audience="[board]"))
    made.write("drafts/e.md", text(5, "By somebody hidden", authors="[eve]"))
    made.write("people/anna.md", entry(made.anna, topics="[Seals, canarysays]") + "canarybio\n")
    for handle, more in {"cem": "", "eve": "opt_out: true\n", "gus": "left: 2026-01-01\n"}.items():
        topics = "topics: [Seals, canaryhidden]\n" if more else "topics: [Seals]\n"
        front = f"name: {handle.title()}\nemails: [{handle}@acme.example]\n{topics}{more}"
        made.write(f"people/{handle}.md", f"---\n{front}---\n")
    made.merge()
    ask(made.anna.world, "canaryask: how long does a seal live?", topics=["seals"])
    ask(made.anna.world, "canaryboardask?", ["board"], topics=["seals"])
    made.anna.clock.at = AT
    correct(made.anna.world, "a", "canaryreason")
    made.build()
    return made


def everything(site: SmallSite, name: str) -> dict[str, str]:
    """Every built file as text; what Pagefind packed is unpacked."""
    found = {}
    for path, content in site.files(name).items():
        packed = content.startswith(b"\x1f\x8b")
        found[path] = (gzip.decompress(content) if packed else content).decode("utf-8", "replace")
    return found


@pytest.mark.parametrize("canary", NARROW)
def test_what_is_for_colleagues_stands_inside_only(built: SmallSite, canary: str) -> None:
    """In no page, feed, sitemap, manifest, index or name of a file of the site that everybody reads."""
    assert [] == [path for path, says in everything(built, "outside").items() if canary in (says + path).lower()]
    assert canary == "canaryalt" or any(canary in says for says in everything(built, "inside").values())


@pytest.mark.parametrize("canary", NOWHERE)
def test_what_is_for_others_stands_nowhere(built: SmallSite, canary: str) -> None:
    """Comments, other readers' pieces and questions, what somebody who opted out says, why a text is doubted."""
    for site in ("inside", "outside"):
        assert [] == [path for path, says in everything(built, site).items() if canary in (says + path).lower()]


def test_the_index_for_everybody_knows_only_their_words(built: SmallSite) -> None:
    """Each site has an index of its own pages; what everybody reads is in both, what colleagues read in one."""
    inside, outside = (
        [says for path, says in everything(built, site).items() if path.startswith("pagefind/fragment/")]
        for site in ("inside", "outside")
    )

    assert (4, 3) == (len(inside), len(outside))
    assert any("Everybody may read this" in says for says in outside)
    assert any("canaryblock" in says for says in inside)


def test_only_the_page_to_search_with_runs_something(built: SmallSite) -> None:
    """One script of our own there, nothing from elsewhere, and nothing that runs anywhere else."""
    pages = {path: says for path, says in everything(built, "inside").items() if path.endswith(".html")}
    scripts = {path: re.findall(r"<script[^>]*>", says) for path, says in pages.items() if "<script" in says}

    assert {"search.html": ['<script type="module" src="search.js">']} == scripts
    assert ["search.html"] == [path for path, says in pages.items() if "script-src" in says]
    assert "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'" in pages["search.html"]


def test_a_topic_tells_who_knows_what_was_asked_and_what_is_due(built: SmallSite) -> None:
    """Inside: authors, those who say so, open questions; nobody who opted out or left. Outside: authors alone."""
    inside, outside = built.page("topics/seals.html", "inside"), built.page("topics/seals.html")

    assert [("../people/anna.html", "Anna"), ("", "Cem")] == known(inside)
    assert [("../people/anna.html", "Anna")] == known(outside)
    assert "<li>canaryask: how long does a seal live?</li>" in inside
    assert "2 of these pieces should be looked at again" in inside
    assert not (built.out / "inside" / "people" / "eve.html").exists()


def known(page: str) -> list[tuple[str, str]]:
    """The addresses and names in the list of names of a page."""
    items = re.search(r'<ul class="names">(.*?)</ul>', page, re.DOTALL)
    assert items
    return re.findall(r'<li>(?:<a href="([^"]*)">)?([^<]*)', items[1])


def test_a_person_has_topics_and_answers(built: SmallSite) -> None:
    """What they wrote about, and inside what they say they know."""
    inside, outside = built.page("people/anna.html", "inside"), built.page("people/anna.html")

    assert ["canarytopic", "Seals", "Torque", "canarysays"] == sorted(
        (name for _, name in known(inside)), key=["canarytopic", "Seals", "Torque", "canarysays"].index
    )
    assert {"Seals", "Torque"} == {name for _, name in known(outside)}
    assert "1 question answered" in inside


def test_pages_past_their_day_say_so(built: SmallSite) -> None:
    """By the rule, and where somebody says that it is wrong; the others say nothing."""
    assert "looked at again by 28 October 2025; it may no longer hold." in built.page("pieces/b.html")
    assert "something here is no longer true" in built.page("pieces/a.html")
    assert "no longer" not in built.page("pieces/e.html")


def test_the_ask_link_stands_where_it_is_configured(built: SmallSite) -> None:
    """On every page of the inside site, on none of the other."""
    assert '<a href="mailto:experts@acme.example">Ask</a>' in built.page("index.html", "inside")
    assert "Ask</a>" not in built.page("index.html")


def test_a_page_ages_without_any_change(tmp_path: Path) -> None:
    """When its day comes, the page and the lists that tell are written anew, with the dates that they had; no other."""
    site = small_site(
        tmp_path, [("drafts/a.md", text(1, "A", review_by='"2026-12-24"')), ("drafts/b.md", text(2, "B"))]
    )
    site.build("outside")
    before = site.files()
    world = World(here=site.anna.clone, now=Clock(datetime(2026, 12, 24, 1, tzinfo=UTC)), env=site.anna.env)
    build(world, ["outside"], out=site.out / "outside")
    after = site.files()

    assert {"pieces/a.html", "topics/seals.html"} == {path for path in after if after[path] != before.get(path)}
    assert "by 24 December 2026" in site.page("pieces/a.html")
    assert '<time datetime="2026-03-02T09:00:00+01:00">' in site.page("pieces/a.html")
    site.build("outside")
    assert before == site.files()


def test_without_pagefind_there_is_a_note_and_no_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No link that leads nowhere; with it again, the site is as it was meant."""
    monkeypatch.setattr(small, "SETTINGS", SETTINGS)
    site = small_site(tmp_path, [("drafts/a.md", text(1, "A"))])
    with monkeypatch.context() as without:
        without.setattr(site_build, "is_installed", lambda: False)
        (built,) = site.build("outside")
    assert "expertpost[pagefind]" in "".join(built.notes)
    assert [] == [path for path in site.files() if "search" in path or "pagefind" in path]
    assert "Search</a>" not in site.page("index.html")

    (built,) = site.build("outside")
    assert () == built.notes
    assert "search.html" in site.files()
    (again,) = site.build("outside")
    assert (0, 0) == (again.changed, again.removed)


def test_what_is_no_longer_shown_is_no_longer_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the build that took the page away was killed before it made the index anew."""
    monkeypatch.setattr(small, "SETTINGS", SETTINGS)
    site = small_site(tmp_path, [("drafts/a.md", text(1, "A", "canary")), ("drafts/b.md", text(2, "B"))])
    site.build("outside")
    assert any("canary" in says for says in everything(site, "outside").values())

    def killed(*_args: object, **_more: object) -> frozenset[str]:
        raise KeyboardInterrupt

    site.write("drafts/a.md", text(1, "A", "canary", audience="[colleagues]"))
    site.merge()
    with monkeypatch.context() as dying:
        dying.setattr(site_build, "search_files", killed)
        with pytest.raises(KeyboardInterrupt):
            site.build("outside")
    site.build("outside")

    assert [] == [path for path, says in everything(site, "outside").items() if "canary" in says]


def test_the_index_is_the_same_for_the_same_pages() -> None:
    """So a build of the same commit writes the same bytes."""
    pages = [("pieces/a.html", '<html lang="en"><article class="piece"><h1>A</h1>Words</article></html>')]

    assert is_installed()
    assert index_files(pages) == index_files(pages)


def test_the_manifest_says_nothing_more(built: SmallSite) -> None:
    """What publish reads of a site is as it was: the pieces and their digests."""
    found = json.loads(built.page("manifest.json", "inside"))

    assert ["a", "b", "c", "e"] == sorted(Path(each["path"]).stem for each in found["pages"])
