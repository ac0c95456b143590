"""What counts as a slip of the pen, and what never does."""

import pytest

from expertpost.model.fast_lane import Change, change, characters, skeleton
from expertpost.model.piece import Asset, FrontMatter, Piece


def piece(body: str, title: str = "Torque", **more: object) -> Piece:
    """A piece with this text."""
    front = FrontMatter(id="01JD0000000000000000TRQ001", title=title, authors=("anna",), slug="torque", **more)  # type: ignore[arg-type]
    return Piece(front, body, "drafts/torque.md")


def changed(before: str, after: str, limit: int = 20) -> Change:
    """The change from one body to another."""
    return change(piece(before).content, piece(after).content, limit)


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        ("Turn it gentyl.", "Turn it gently.", 2),
        ("Turn the the screw.", "Turn the screw.", 4),
        ("Turn it gently.", "Turn it very gently.", 5),
        ("Turn it gently", "Turn it gently.", 1),
        ("# Seals\n\n- a sael\n", "# Seals\n\n- a seal\n", 2),
        ("Ein Maß", "Ein Mass", 3),
        ("See [the table](https://a.example/t) for mroe.", "See [the table](https://a.example/t) for more.", 2),
        ("same", "same", 0),
    ],
)
def test_slips_of_the_pen(before: str, after: str, count: int) -> None:
    """Letters, words and the signs between them may be mended; characters out and in are counted."""
    assert Change(count) == changed(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Use 5 turns.", "Use 6 turns."),
        ("Use 5 kN here.", "Use 5 mN here."),
        ("Costs EUR 5.", "Costs USD 5."),
        ("Use ½ turn of it.", "Use ¼ turn of it."),
        ("See acme.example now.", "See acne.example now."),
        ("See acme. Example.", "See acme.example."),
        ("See [it](https://a.example/x).", "See [it](https://b.example/x)."),
        ("See [it] (a).", "See [it](a)."),
        ("See [the old seal] now.", "See [the new seal] now."),
        ("[seal]: there\n", "[seal]: where\n"),
        ("See <https://a b> now.", "See <https://a c> now."),
        ("Look! [cat](cat.png)", "Look![cat](cat.png)"),
        ("Ask @anna now.", "Ask @hanna now."),
        ("a\n\nb\n", "a\nb\n"),
        ("a b\n", "a\nb\n"),
        ("a\n", "    a\n"),
        ("::: colleagues\nsecret\n:::\n", "::: customers\nsecret\n:::\n"),
        ("a ::: colleagues\n", "::: colleagues\n"),
        ("a ```\n::: colleagues\nx\n:::\n", "```\n::: colleagues\nx\n:::\n"),
        ("Do *not* turn.", "Do *now* turn."),
        ("`kill`", "`bill`"),
        ("word", "w\u200bord"),
    ],
)  # fmt: skip
def test_what_is_more_than_a_slip(before: str, after: str) -> None:
    """Numbers and units, links, mentions, markup, lines, audience blocks and hidden characters are never a slip."""
    assert changed(before, after).against
    assert changed(after, before).against


def test_only_title_and_summary_may_have_slips() -> None:
    """Every other key of the front matter, and every file beside the text, has to stay."""
    before = piece("Gently.", "Troque", summary="How to turn")
    assert Change(2) == change(before.content, piece("Gently.", "Torque", summary="How to turn").content, 9)
    assert change(before.content, piece("Gently.", "Troque 7", summary="How to turn").content, 9).against
    for more in (
        {"audience": ("public",)}, {"topics": ("seals",)}, {"posts": {"mail": "x"}}, {"language": "de"},
        {"authors": ("anna", "bob")}, {"channels": ()}, {"canonical_url": "https://a.example"},
    ):  # fmt: skip
        front = {"summary": "How to turn", **more}
        other = FrontMatter(**{"id": before.id, "title": "Troque", "authors": ("anna",), "slug": "torque", **front})  # type: ignore[arg-type]
        assert change(before.content, Piece(other, "Gently.", "drafts/torque.md").content, 9).against
    pictured = Piece(before.front, before.body, before.path, (Asset("a.png", "1" * 40, 1),))
    assert "a file beside the text changed" == change(before.content, pictured.content, 9).against


def test_the_count_is_over_everything_together() -> None:
    """Title, summary and body share one limit."""
    before, after = piece("aaa bbb", "ccc"), piece("aab bbc", "ccd")
    assert 6 == change(before.content, after.content, 6).count
    assert "more than 5 characters changed" == change(before.content, after.content, 5).against
    assert "more than 0 characters changed" == change(before.content, after.content, -9).against


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("abc", "abd", 2), ("kitten", "sitting", 5)],
)
def test_characters_out_and_in(before: str, after: str, count: int) -> None:
    """The least number of characters to take out and put in; above the limit it is not told exactly."""
    assert count == characters(before, after, 9)
    assert min(count, 3) == characters(before, after, 2)


def test_a_skeleton_keeps_everything_but_words() -> None:
    """Runs of plain words become one sign each."""
    assert "# \ue002 exactly 5 times, \ue002\n" == skeleton("# Turn it exactly 5 times, very gently\n")
