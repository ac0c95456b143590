"""The rules of the audience cut."""

import pytest

from expertpost.model.audience import Audience, Audiences
from expertpost.render.cut import Block, UnclosedBlock, assets_named, blocks, cut

AUDIENCES = Audiences()
BOARD = Audiences({**AUDIENCES.named, "board": Audience("board", "the board", includes_colleagues=False)})
BODY = "for all\n\n::: colleagues suppliers\n\nfor us\n\n:::\n\nend\n"


@pytest.mark.parametrize(
    ("readers", "expected"),
    [
        (("public",), "for all\n\nend\n"),
        (("customers",), "for all\n\nend\n"),
        (("colleagues",), "for all\n\nfor us\n\nend\n"),
        (("suppliers",), "for all\n\nfor us\n\nend\n"),
    ],
)
def test_a_block_shows_to_its_readers_only(readers: tuple[str, ...], expected: str) -> None:
    """A block shows where all readers are among those it names; its markers never show and a cut leaves no trace."""
    assert expected == cut(BODY, readers, ("public",), AUDIENCES)


def test_a_block_never_widens_its_piece() -> None:
    """A block for the public in a piece for colleagues stays with colleagues."""
    assert "" == cut("::: public\nx\n:::\n", ("public",), ("colleagues",), AUDIENCES)


def test_nested_blocks_intersect() -> None:
    """A block in a block shows only to those whom both name."""
    body = "::: suppliers\na\n\n::: board\nb\n:::\n\nc\n:::\n"

    assert "a\n\nc\n" == cut(body, ("suppliers",), ("public",), BOARD)
    assert "" == cut(body, ("board",), ("public",), BOARD)


@pytest.mark.parametrize("name", ["managers", "colleagues, nobody", "moniker range=x", "Colleges"])
def test_an_unknown_audience_is_cut(name: str) -> None:
    """A block that names an audience nobody knows shows to nobody, not even to colleagues."""
    assert "" == cut(f"::: {name}\nx\n:::\n", ("colleagues",), ("public",), AUDIENCES)


@pytest.mark.parametrize("marker", ["::: colleagues", ":::colleagues", "   ::: Colleagues  ", ":::\tcolleagues"])
def test_spellings_of_a_marker(marker: str) -> None:
    """Up to three spaces may stand before a marker; space behind the colons and letter case do not matter."""
    body = f"{marker}\nx\n:::\n"

    assert "" == cut(body, ("public",), ("public",), AUDIENCES)
    assert "x\n" == cut(body, ("colleagues",), ("public",), AUDIENCES)


@pytest.mark.parametrize("fence", ["```", "~~~~", "   ```md"])
def test_code_is_left_alone(fence: str) -> None:
    """What looks like a marker inside a code fence is code."""
    body = f"{fence}\n::: colleagues\nx\n:::\n{fence.strip()[:4].rstrip('md')}\n"

    assert body == cut(body, ("public",), ("public",), AUDIENCES)
    assert () == blocks(body)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("a\n::: colleagues\nx\n", 2),
        ("a\n\n:::\n", 3),
        ("::: a\n::: b\n:::\n", 1),
        ("::: colleagues\n```\n:::\n", 3),
        ("```\ncode\n\n::: colleagues\nx\n:::\n", 4),
    ],
)
def test_blocks_that_do_not_match_are_refused(body: str, line: int) -> None:
    """A block never closed, or closed but never opened, is refused with its line; nothing of the piece is shown."""
    with pytest.raises(UnclosedBlock) as cut_refused:
        cut(body, ("public",), ("public",), AUDIENCES)
    with pytest.raises(UnclosedBlock) as listing_refused:
        blocks(body)

    assert (line, line) == (cut_refused.value.line, listing_refused.value.line)


@pytest.mark.parametrize(
    "body",
    [
        "<!--\n```\n-->\n\n::: colleagues\nsecret\n:::\n\n```\ncode\n```\n",
        "<pre>\n```\n</pre>\n\n::: colleagues\nsecret\n:::\n",
        "- item\n\n  ```\n  code\n\ntext\n\n::: colleagues\nsecret\n:::\n",
        "> ::: colleagues\n> secret\n> :::\n",
        "- item\n    ::: colleagues\n    secret\n    :::\n",
        "1. ::: colleagues\n   secret\n",
        ":::: colleagues\nsecret\n::::\n",
        "\u200b::: colleagues\nsecret\n",
        "\xa0::: colleagues\nsecret\n",
    ],
)
def test_a_marker_that_cannot_work_is_refused(body: str) -> None:
    """Where a marker would show instead of cutting, the whole piece is refused: what cannot be decided is not shown."""
    with pytest.raises(UnclosedBlock):
        cut(body, ("public",), ("public",), AUDIENCES)


def test_a_lone_carriage_return_ends_a_line() -> None:
    """A marker behind an old Mac's line end is a marker."""
    assert "a\n\nb" == cut("a\r::: colleagues\rsecret\r:::\rb", ("public",), ("public",), AUDIENCES)


def test_directives_of_other_tools_that_close_themselves() -> None:
    """``:::image …:::`` on one line of its own opens and closes nothing."""
    body = ':::image type="content" source="x.png":::\n'

    assert body == cut(body, ("public",), ("public",), AUDIENCES)


def test_colons_in_a_sentence_are_words() -> None:
    """Three colons behind a word or in code are text like any other."""
    body = "Write `::: colleagues` to open, ::: to close.\n`:::` closes.\n"

    assert body == cut(body, ("public",), ("public",), AUDIENCES)


def test_blocks_tell_lines_and_audiences() -> None:
    """Every block is listed with its marker lines and the audiences as named."""
    body = "::: colleagues, suppliers\n\n::: board\nx\n:::\n:::\n"

    assert (Block(1, 6, ("colleagues", "suppliers")), Block(3, 5, ("board",))) == blocks(body)


def test_assets_named() -> None:
    """Relative targets count, decoded and without fragment; addresses, anchors, code and raw HTML do not."""
    body = (
        "![a](./img/a%20b.png) [b](../b.md?x#y) [c](https://x.example/c.png) [d](#d) [e](/e.png) `![f](f.png)`\n"
        '<img src="g.png"> ![h](C:/h.png) [i](mailto:i@x.example)\n'
    )

    assert frozenset({"img/a b.png", "../b.md"}) == assets_named(body)


def test_zones_of_other_tools_are_text() -> None:
    """A directive with attributes and its end are ordinary words, also around an audience block."""
    body = '::: moniker range=">=msvc-160"\n\nNew\n\n::: colleagues\n\nInner\n\n:::\n\n::: moniker-end\n'

    assert '::: moniker range=">=msvc-160"\n\nNew\n\n::: moniker-end\n' == cut(
        body, ("suppliers",), ("public",), AUDIENCES
    )


@pytest.mark.parametrize(
    "body",
    [
        '::: colleagues range="x"\n\nInner\n',
        '::: board range="x"\n\nInner\n',
        '::: audience="colleagues"\n\nInner\n',
        '::: audience names="colleagues"\n\nInner\n',
        "::: moniker-end\n\nInner\n",
        "::: moniker range=x\n\nInner\n",
    ],
)
def test_what_only_looks_like_another_tools_zone_is_never_shown(body: str) -> None:
    """An audience's name with attributes, an end without a beginning, and attributes without quotes are refused."""
    with pytest.raises(UnclosedBlock):
        cut(body, ("suppliers",), ("public",), Audiences({**AUDIENCES.named, "board": Audience("board", "the board")}))


@pytest.mark.parametrize(
    "body",
    [
        "Open\n\n:::colleagues the price :::\n",
        '::: colleague title="x"\n\nthe price\n\n::: colleague-end\n',
        "words ::: colleagues the price\n",
        "：：： colleagues\n\nthe price\n",
        ":: colleagues\n\nthe price\n",
        ":::: suppliers\n\nthe price\n",
    ],
)
def test_a_slip_of_the_pen_shows_nothing(body: str) -> None:
    """Whatever looks as if it were to keep words from readers is refused, not shown."""
    with pytest.raises(UnclosedBlock):
        cut(body, ("suppliers",), ("public",), AUDIENCES)


@pytest.mark.parametrize(
    "body",
    [
        "`std::public` and std::customers::iterator\n",
        "```\n::: colleagues\n```\n",
        "    :: suppliers\n",
        "a ::before b\n",
        ':::image type="content" source="x.png":::\n',
    ],
)
def test_colons_of_code_and_other_tools_are_text(body: str) -> None:
    """Names in code, code blocks and other tools' marks are nobody's slip."""
    assert body == cut(body, ("suppliers",), ("public",), AUDIENCES)
