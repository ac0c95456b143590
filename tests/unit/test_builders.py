"""What each site builder gets: its own names and places, right addresses, and nothing that it would run."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest
import yaml

from expertpost.model.identity import moment_of, new_id
from expertpost.model.piece import Asset
from expertpost.model.post import bind
from expertpost.render.families.builders import Style, address, fingerprint, page, pages
from expertpost.render.shown import Shown
from expertpost.testing.samples import HOSTILE, PLAIN, SAMPLES

KEY = "0b5e" * 16
WITH_PICTURES = next(sample.shown for sample in SAMPLES if sample.name == "pictures")
DAY = moment_of(WITH_PICTURES.front.id).date()
ID = WITH_PICTURES.front.id
STYLES: tuple[Style, ...] = get_args(Style)


def made(style: Style, shown: Shown = WITH_PICTURES) -> str:
    """The page as it is written."""
    return bind(page(shown, style), {"date": "2026-12-01T08:00:00Z", "key": KEY}).parts[0]


def test_pelican_gets_metadata_lines() -> None:
    """Pelican reads lines up to an empty one; a file is named so that it is put beside the page, wherever that is."""
    body = (
        '<div>\n<p>See <img src="{attach}look-both-ways/seal.png" alt="a seal" />'
        ' and <a href="{attach}look-both-ways/seal.png">the file</a>.</p>\n</div>\n'
    )
    mark = f'"key": "{KEY}", "text": "{fingerprint(body)}", "files": ["look-both-ways/seal.png"]'

    assert (
        "Title: With pictures\n"
        "Date: 2026-12-01T08:00:00Z\n"
        "Slug: look-both-ways\n"
        "Authors: Anna Muster; Jo O’Neill;\n"
        "Tags: sealing; safety & care;\n"
        f'expertpost: {{"id": "{ID}", {mark}}}\n'
        f"\n{body}"
    ) == made("pelican")


def test_mkdocs_gets_a_page_that_no_menu_names() -> None:
    """MkDocs reads YAML and HTML; the page is the index of its folder, so that its files are beside it once built."""
    head, body = made("mkdocs").split("---\n")[1:]

    assert {
        "title": "With pictures",
        "date": "2026-12-01T08:00:00Z",
        "author": "Anna Muster, Jo O’Neill",
        "tags": ["sealing", "safety &amp; care"],
        "expertpost": {"id": ID, "key": KEY, "text": fingerprint(body), "files": ["look-both-ways/seal.png"]},
    } == yaml.safe_load(head)
    assert (
        '<div>\n<p>See <img src="seal.png" alt="a seal" /> and <a href="seal.png">the file</a>.</p>\n</div>\n' == body
    )


def test_docusaurus_gets_a_blog_post() -> None:
    """Docusaurus reads the day in the folder's name, authors with their names, and Markdown that is no program."""
    head, body = made("docusaurus").split("---\n")[1:]

    assert f"{DAY}-look-both-ways/index.md" == page(WITH_PICTURES, "docusaurus").field("path")
    assert {
        "title": "With pictures",
        "date": "2026-12-01T08:00:00Z",
        "authors": [{"name": "Anna Muster"}, {"name": "Jo O’Neill"}],
        "tags": ["sealing", "safety & care"],
        "slug": "look-both-ways",
        "image": "./seal.png",
        "mdx": {"format": "md"},
        "expertpost": {
            "id": ID,
            "key": KEY,
            "text": fingerprint(body),
            "files": [f"{DAY}-look-both-ways/seal.png"],
        },
    } == yaml.safe_load(head)
    assert "See ![a seal](./seal.png) and [the file](./seal.png).\n" == body


@pytest.mark.parametrize("style", ["pelican", "mkdocs"])
def test_python_markdown_finds_nothing_to_run(style: Style) -> None:
    """No attribute list, template or link of Pelican's, in words, code, addresses or a picture's words."""
    body = (
        "Words {: onclick=x } {{ config }} {% x %} `{{ x }}` [a](https://x.example/{{y}})\n\n{attach}x ![{attach}](q)"
    )
    text = made(style, replace(PLAIN, body=body)).partition("<div>")[2]

    assert "{" not in text


@pytest.mark.parametrize("style", ["pelican", "mkdocs"])
def test_titles_are_words_where_themes_escape_nothing(style: Style) -> None:
    """Pelican and MkDocs put title and summary into pages as they are, so these are escaped already."""
    head = made(style, HOSTILE).partition("<div>")[0]

    assert "<" not in head
    assert "&lt;script&gt;" in head


def test_a_summary_is_no_markdown_of_pelicans() -> None:
    """Pelican formats a summary; every mark in it is written so that it stays one."""
    shown = replace(PLAIN, front=replace(PLAIN.front, summary="*a* [b](c) `d`"))

    assert "Summary: &#42;a&#42; &#91;b&#93;&#40;c&#41; &#96;d&#96;\n" in made("pelican", shown)


def test_docusaurus_draws_no_box_of_an_authors() -> None:
    """Three colons are words, on a line of their own, in a quote and in a list."""
    text = made("docusaurus", replace(PLAIN, body=":::danger\nx\n\n> :::tip\n\n- ::: y"))

    assert [] == [line for line in text.split("---\n")[2].splitlines() if line.lstrip(" >-").startswith(":::")]


@pytest.mark.parametrize("style", STYLES)
def test_a_page_has_an_address(style: Style) -> None:
    """Where the settings say how addresses are made, that of a page follows from its path."""
    path = page(PLAIN, style).field("path")

    assert "https://x.example/look-both-ways/" == address(path, style, "https://x.example/{slug}/")
    assert ["", ""] == [address(path, style, ""), address(f"{path}x", style, "https://x.example/{slug}/")]


def test_where_pages_lie() -> None:
    """The pattern by which all pages of a builder are found."""
    assert ["*/index.md", "_posts/*-*.html", "*.md", "*/index.md", "*-*/index.md"] == [pages(each) for each in STYLES]


def test_the_day_in_a_name_never_changes() -> None:
    """A post's file has the planned day or that of the piece's id, whenever it is sent: the name is the key."""
    planned = replace(PLAIN, front=replace(PLAIN.front, publish_at=datetime(2026, 5, 6, 23, 0, tzinfo=UTC)))
    unplanned = replace(PLAIN, front=replace(PLAIN.front, id=new_id(1_700_000_000_000, b"0" * 10)))

    assert "_posts/2026-05-06-look-both-ways.html" == page(planned, "jekyll").field("path")
    assert "_posts/2023-11-14-look-both-ways.html" == page(unplanned, "jekyll").field("path")


def test_hugo_runs_none_of_it() -> None:
    """No shortcode of an author's reaches Hugo, in words or in code; what is shown stays readable."""
    body = (
        "{{< ref >}} {{% x %}} `{{< ref >}}` `{{<` `{{</* kept */>}}` `{{< a */ >}}`\n\n"
        "```go-html\n{{% many\nlines %}}\n{{< a {{< b >}}\n```\n"
    )
    text = page(replace(PLAIN, body=body), "hugo").parts[0]

    assert (
        "\\{\\{\\< ref >}} \\{\\{% x %}} `{{</* ref */>}}` `{ {<` `{{</* kept */>}}` `{ {< a */ >}}`\n\n"
        "```go-html\n{{%/* many\nlines */%}}\n{ {< a {{</* b */>}}\n```\n"
    ) == text.split("---\n")[2]


def test_jekyll_runs_none_of_it() -> None:
    """No Liquid of an author's reaches Jekyll, whatever its version."""
    body = "{{ site.github }} {% include x %} `{{ x }}` {% endraw %}\n\n    {{{ x }}}\n\n[x](https://x.example/{{y}})"
    text = page(replace(PLAIN, body=body), "jekyll").parts[0].split("---\n")[2]

    assert "{{" not in text
    assert "{%" not in text


@pytest.mark.parametrize("style", ["hugo", "jekyll", "docusaurus"])
def test_hostile_front_matter(style: Style) -> None:
    """A title is one value of one key, whatever it says."""
    post = page(HOSTILE, style)
    found = yaml.safe_load(post.parts[0].split("\n---\n")[0])

    assert "x-forged" not in found
    assert found["title"].startswith("Forged Bcc: victim@stranger.example x-forged: yes ---")


def test_addresses_that_mean_nothing_there() -> None:
    """Links to other files of the workspace become words: their names may be secret, and there is nothing there."""
    body = "[a](../secret/index.md) [b](#part) [c](https://x.example/) [d](seal.png) ![e](other.png)"
    shown = replace(PLAIN, body=body, assets=(Asset("seal.png", "0" * 40, 1),))

    assert "a [b](#part) [c](https://x.example/) [d](seal.png) e\n" == page(shown, "hugo").parts[0].split("---\n")[2]


def test_docusaurus_takes_no_code_out_of_its_fence() -> None:
    """``mdx-code-block`` at the end of a line would make HTML of what reviewers saw as code, also within other code."""
    fenced = "```mdx-code-block\n<script>alert(1)</script>\n```\n"
    body = f"{fenced}\n`````\n{fenced}`````\n\n    ````  mdx-code-block\n    <script>x</script>\n    ````\n"
    unwrapped = re.compile(r"(?:^|\r?\n) *```+ *mdx-code-block\r?\n")

    assert None is unwrapped.search(made("docusaurus", replace(PLAIN, body=body)))


def test_a_title_is_no_macro_of_mkdocs() -> None:
    """The plug-in mkdocs-macros runs what stands in the braces of a title."""
    front = replace(PLAIN.front, title="{{ 7*7 }}", summary="{% x %}", topics=("{{ y }}",), authors=("{{ z }}",))

    assert "{{" not in made("mkdocs", replace(PLAIN, front=front))
    assert "{%" not in made("mkdocs", replace(PLAIN, front=front))


def test_words_of_a_picture_attach_no_file_of_pelicans() -> None:
    """Pelican reads ``|attach|`` like ``{attach}``, in whatever looks like an attribute inside of a tag."""
    page = made("pelican", replace(WITH_PICTURES, body="![x src='|attach|../other.pdf'](seal.png)"))

    assert "|" not in page
