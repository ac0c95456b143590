"""A comment's line is found again by its words and its company, wherever an edit has moved it."""

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.anchor import Anchor, Lines, Place

TEXT = "# Torque\n\nTurn it gently.\n\nUse the blue wrench for the large flange.\n\nThen stop.\n"
LINES = st.lists(st.text("abc ", min_size=0, max_size=8), min_size=1, max_size=12)


def anchor(text: str, line: int) -> Anchor:
    """The anchor of a line that is there."""
    found = Lines(text).anchor(line)
    assert found is not None
    return found


def test_an_untouched_line_stays_where_it_is() -> None:
    """The same text gives the same line."""
    assert Place(5) == Lines(TEXT).find(anchor(TEXT, 5))


def test_a_line_moves_with_the_text_above_it() -> None:
    """New lines above move the comment down; space and line ends do not matter."""
    longer = "A word before.\n\nAnd another.\n" + TEXT.replace("Use the blue", "Use  the blue").replace("\n", "\r\n")

    assert Place(8) == Lines(longer).find(anchor(TEXT, 5))


def test_an_edited_line_is_found_and_said_to_be_edited() -> None:
    """Most of its words are enough."""
    assert Place(5, edited=True) == Lines(TEXT.replace("blue", "red")).find(anchor(TEXT, 5))


def test_a_line_that_is_gone_is_said_to_be_gone() -> None:
    """A comment never sticks to a line that has nothing to do with it."""
    assert Place() == Lines("# Torque\n\nNothing of it is left here.\n").find(anchor(TEXT, 5))


def test_of_equal_lines_the_one_in_the_same_company_is_meant() -> None:
    """Lines that repeat are told apart by their neighbours, then by how near they are."""
    text = "one\nsame\ntwo\nthree\nsame\nfour\n"
    swapped = "three\nsame\nfour\none\nsame\ntwo\n"

    assert Place(5) == Lines(swapped).find(anchor(text, 2))
    assert Place(2) == Lines(swapped).find(anchor(text, 5))


def test_an_empty_line_needs_company() -> None:
    """Empty lines are all alike: without any neighbour left the place is gone."""
    assert Place(4) == Lines("new\n\na\n\nb\n").find(anchor("a\n\nb\n", 2))
    assert Place() == Lines("x\n\ny\n").find(anchor("a\n\nb\n", 2))


def test_there_is_no_line_beyond_the_text() -> None:
    """A line that the file does not have has no anchor."""
    assert [None, None] == [Lines("a\n").anchor(number) for number in (0, 3)]


@given(LINES, st.data())
def test_a_line_with_words_is_found_in_its_own_text(lines: list[str], data: st.DataObject) -> None:
    """Whatever the text: the place has the words of the line, and the very line where the words are there once."""
    text = "\n".join(lines)
    line = data.draw(st.integers(1, len(lines)))
    place, words = Lines(text).find(anchor(text, line)), lines[line - 1].split()

    if words:
        assert words == lines[place.line - 1].split()
        assert not place.edited
    if [each.split() for each in lines].count(words) == 1 and words:
        assert line == place.line
