"""Each check finds what it is for, and leaves alone what only looks like it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest
from tests.unit.checked import ID, codes, context, file, found

from expertpost.checks import audience, authors, beside, disguise, elsewhere, leaks, links, pictures, twins, unwritten
from expertpost.checks.context import Context, Neighbours
from expertpost.checks.registry import installed
from expertpost.errors import Failure, Finding, Severity
from expertpost.model.draft import Value
from expertpost.model.plugin import load


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[y](y.md) [y](y) [z](../b/z/) [z](../b/z.md#top) [z](../b/z/index.md) [up](../index.md)", []),
        ("[y](y.html) [w](https://a.example/x) [m](mailto:a@b.example) [h](#here) <https://a.example>", []),
        ("`[n](n.md)`\n\n```\n[n](n.md)\n```\n", []),
        ("[n](n.md)", ["XP-LINK-NONE"]),
        ("[n][1]\n\n[1]: ../n.md", ["XP-LINK-NONE"]),
        ("[n]()", ["XP-LINK-NONE"]),
        ("[n](../../../etc/passwd)", ["XP-LINK-NONE"]),
        ("[n](loose.png)", ["XP-LINK-NONE"]),
        ("[n](/posts/n)", ["XP-LINK-ROOT"]),
        ("[n](javascript:alert(1)) [m](//evil.example)", ["XP-LINK-REFUSED", "XP-LINK-REFUSED"]),
    ],
)
def test_links_that_lead_nowhere(body: str, expected: list[str]) -> None:
    """A relative link must lead to a piece, however that is written; other addresses are not asked for."""
    assert expected == found(links.leading_nowhere, body)


@pytest.mark.parametrize(
    ("address", "cure"),
    [("Y.md", "did you mean y.md?"), ("z.md", "did you mean ../b/z/index.md?"), ("q.md", "correct it")],
)
def test_the_cure_names_the_likeliest_piece(address: str, cure: str) -> None:
    """Other letter case and other folders are looked at before the author has to."""
    (finding,) = links.leading_nowhere(context(f"\n[n]({address})"))

    assert ("drafts/a/x.md", 11) == (finding.path, finding.line)
    assert finding.cure.startswith(cure)


def test_links_from_a_folder_of_its_own_may_be_older_than_it() -> None:
    """A piece that got a folder for its pictures keeps the links it had beside others."""
    assert [] == found(links.leading_nowhere, "[y](y.md) [z](../b/z/)", "drafts/a/x/index.md")


def test_missing_headings() -> None:
    """A link within the page needs its heading or an old-style anchor."""
    body = '# What we found\n\n<a id="old"></a>\n\n[a](#what-we-found) [b](#old) [c](#nothing)\n'

    assert ["XP-LINK-HEADING"] == found(links.missing_headings, body)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("drafts/p/index.md", "![a](pic.png) ![b](img/deep%20er.png)", []),
        ("drafts/p/index.md", "![a](none.png)", ["XP-PICTURE-NONE"]),
        ("drafts/p/index.md", "![a](../a/loose.png)", ["XP-PICTURE-NONE"]),
        ("drafts/a/x.md", "![a](loose.png)", ["XP-PICTURE-NONE"]),
        ("drafts/a/x.md", "![a](/img/x.png)", ["XP-PICTURE-NONE"]),
        ("drafts/a/x.md", "![a](data:image/png;base64,AAAA)", ["XP-PICTURE-NONE"]),
        ("drafts/a/x.md", "![a](https://a.example/x.png)", ["XP-PICTURE-REMOTE"]),
    ],
)
def test_pictures_that_no_reader_would_see(path: str, body: str, expected: list[str]) -> None:
    """A picture lies beside an index.md; nothing else goes along."""
    seen = replace(context(body, path), beside=(file("pic.png"), file("img/deep er.png")))

    assert expected == codes(pictures.missing(seen))


def test_the_cover_is_a_picture_too() -> None:
    """A cover that is not there is told at its own line."""
    (finding,) = pictures.missing(context("x", cover="c.png", cover_alt="C"))

    assert ("XP-PICTURE-NONE", 5) == (finding.code, finding.line)


def test_pictures_without_words() -> None:
    """Who cannot see a picture needs its words; a warning, since some pictures only decorate."""
    (finding,) = pictures.without_words(context("![](a.png) ![ok](b.png)"))

    assert ("XP-ALT", Severity.WARNING) == (finding.code, finding.severity)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("::: colleagues\nx\n:::\n", []),
        ("::: suppliers, customers\nx\n:::\n", []),
        ("```\n::: nonsense\n```\n", []),
        ("::: colleagues\nx\n", ["XP-BLOCK"]),
        (":::\nx\n", ["XP-BLOCK"]),
        ("> ::: colleagues\n> x\n> :::\n", ["XP-BLOCK"]),
        ("::: coleagues\nx\n:::\n", ["XP-BLOCK-AUDIENCE"]),
        ("::: warning\nx\n:::\n\n::: public\n", ["XP-BLOCK"]),
    ],
)
def test_audience_blocks_that_cannot_be_decided(body: str, expected: list[str]) -> None:
    """A block is closed, and for readers that exist."""
    assert expected == found(audience.undecided_blocks, body)


@pytest.mark.parametrize(
    ("body", "mine", "expected"),
    [
        ("[y](y.md)", ["public"], ["XP-LINK-NARROWER"]),
        ("[y](y.md)", ["colleagues"], []),
        ("[z](../b/z.md)", ["colleagues"], []),
        ("::: colleagues\n[y](y.md)\n:::\n", ["public"], []),
        ("::: suppliers\n[y](y.md)\n:::\n", ["public"], []),
        ("[y](y.md)", ["suppliers"], ["XP-LINK-NARROWER"]),
    ],
)
def test_links_to_what_some_readers_may_not_read(body: str, mine: list[Value], expected: list[str]) -> None:
    """Whoever sees a link should be able to follow it; a block for those who may is enough."""
    assert expected == found(audience.links_to_narrower, body, audience=mine)


TEMPLATE = "---\nid: {{ id }}\n---\n\n## What happened\n\n<!-- tell it -->\n\nBy {{ authors }} alone\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ["XP-BODY-EMPTY"]),
        ("\n<!-- nothing -->\n", ["XP-BODY-EMPTY"]),
        ("\n## What happened\n\nBy anna alone\n", ["XP-BODY-TEMPLATE"]),
        ("\n## What happened\n\nIt leaked.\n", []),
    ],
)
def test_pieces_that_nobody_wrote(body: str, expected: list[str]) -> None:
    """No text, or only the template's, is told."""
    seen = replace(context(body), template=lambda _kind: TEMPLATE)

    assert expected == codes(unwritten.nothing_written(seen))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Plain [link](y.md) `[[nodiscard]]` and ```[[x]]```", []),
        ("```\n{{< figure >}}\n[[Wiki]]\n```\n", []),
        ("See [[Wiki page]] and ![[pic.png]]", ["XP-MARKUP"]),
        ('{{< figure src="x.png" >}} {% include x %}', ["XP-MARKUP", "XP-MARKUP"]),
        (':::image type="content" source="x.png":::', ["XP-MARKUP"]),
        ('::: moniker range=">=1"\n\nx\n\n::: moniker-end\n', ["XP-MARKUP"]),
        ("::: colleagues\nx\n:::\n", []),
        ("<script>alert(1)</script>", ["XP-MARKUP"]),
        ("a<br>b <!-- c --> vector<int> <T> a<b and b>c `<div>`", []),
    ],
)
def test_markup_of_other_tools(body: str, expected: list[str]) -> None:
    """What means something elsewhere only is told once for each sort; code may show it."""
    assert expected == found(elsewhere.other_tools_markup, body)


@pytest.mark.parametrize(("author", "expected"), [("anna", []), ("ana", ["XP-AUTHOR-UNKNOWN"]), ("zoe", [])])
def test_authors_spelled_almost_right(author: str, expected: list[str]) -> None:
    """A near miss is told; whoever is simply not listed may write."""
    assert expected == found(authors.misspelt_authors, "x", authors=[author])


def test_what_only_one_may_have() -> None:
    """The one that main has keeps id and slug; the other is told, or both where main has neither."""
    two = ("drafts/a/copy.md", "drafts/a/x.md")
    near = Neighbours(
        by_id={ID: two}, by_slug={"x": two}, by_path={"drafts/a/x.md": ("drafts/a/X.md", "drafts/a/x.md")}
    )
    checks: tuple[Callable[[Context], Iterator[Finding]], ...] = (twins.same_id, twins.same_slug, twins.same_path)

    def all_codes(kept: dict[str, str]) -> list[str]:
        seen = replace(context("x"), neighbours=replace(near, kept=kept), slug="x")
        return [code for check in checks for code in codes(check(seen))]

    assert ["XP-ID-TWICE", "XP-SLUG-TWICE", "XP-PATH-TWICE"] == all_codes({})
    assert ["XP-PATH-TWICE"] == all_codes({ID: "drafts/a/x.md", "x": "drafts/a/x.md"})
    assert ["XP-ID-TWICE", "XP-SLUG-TWICE", "XP-PATH-TWICE"] == all_codes({ID: two[0], "x": two[0]})


def test_every_check_is_installed() -> None:
    """Each public function of the checks is an entry point: a check that nobody calls is none."""
    modules = (audience, authors, beside, disguise, elsewhere, leaks, links, pictures, twins, unwritten)
    ours = {
        function
        for module in modules
        for name, function in vars(module).items()
        if callable(function) and getattr(function, "__module__", "") == module.__name__ and not name.startswith("_")
    }

    assert ours == {check for _, check in installed()}


def test_two_checks_of_one_name_are_refused() -> None:
    """Nobody can replace a check by installing another one under its name."""
    both = [EntryPoint("links", f"expertpost.checks.links:{name}", "expertpost.checks") for name in
            ("leading_nowhere", "missing_headings")]  # fmt: skip
    with pytest.raises(Failure, match="XP-PLUGIN-TWICE"):
        load(both, "check")


@pytest.mark.parametrize(
    "value", ["expertpost.checks.nowhere:x", "expertpost.checks.links:x", "expertpost.errors:FAILED"]
)
def test_a_check_that_does_not_load_is_a_failure(value: str) -> None:
    """A broken plug-in is told, with its address."""
    with pytest.raises(Failure, match="XP-PLUGIN-BROKEN"):
        load([EntryPoint("mine", value, "expertpost.checks")], "check")
