"""Social cards: the words of a piece as a picture, the same on every machine."""

from io import BytesIO

import pytest
from PIL import Image

from expertpost.render.social import HEIGHT, WIDTH, Words, draw, drawable


def opened(words: Words) -> Image.Image:
    """The card as a picture."""
    return Image.open(BytesIO(draw(words))).convert("RGB")


def ink(image: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Whether anything is written inside a box."""
    return image.crop(box).convert("L").getextrema()[0] != image.crop(box).convert("L").getextrema()[1]


def test_a_card_has_its_shape_and_its_words() -> None:
    """1,200 × 630: title above, who wrote it and where below, nothing in the margins."""
    image = opened(Words("Look both ways", "Anna Muster", "Acme"))

    assert (WIDTH, HEIGHT) == image.size == (1_200, 630)
    assert ink(image, (84, 96, 700, 190))
    assert ink(image, (84, 494, 500, 600))
    assert not ink(image, (24, 0, 84, HEIGHT))
    assert not ink(image, (1_116, 0, WIDTH, HEIGHT))


@pytest.mark.parametrize("title", ["A word " * 60, "Drehmomentschlüssel" * 20, "W" * 400, "a"])
def test_a_title_of_any_length_stays_inside(title: str) -> None:
    """The longest title is cut before it reaches the edge or the lines below it."""
    image = opened(Words(title, "b" * 300, "c" * 300))

    assert not ink(image, (24, 0, 84, HEIGHT))
    assert not ink(image, (1_117, 0, WIDTH, HEIGHT))
    assert not ink(image, (84, 440, 1_116, 490))


def test_the_same_words_give_the_same_bytes() -> None:
    """Cards are told apart by their words, all of them, and by nothing else."""
    words = Words("a", "b", "c")

    assert draw(words) == draw(Words("a", "b", "c"))
    assert 4 == len({w.digest for w in (words, Words("b", "b", "c"), Words("a", "c", "c"), Words("a", "b", "d"))})


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Größe, Ødegård, Łódź – “ß”", "Größe, Ødegård, Łódź – “ß”"),
        ("Привет, мир: λόγος", "Привет, мир: λόγος"),
        ("Up 👍🏽 and 👩‍🔧\u200b away\x00", "Up and away"),
        ("e\u0301", "é"),
    ],
)
def test_what_can_be_drawn(title: str, expected: str) -> None:
    """Letters of Europe are drawn; emoji and what nobody sees are left out."""
    words = drawable(Words(title, "", ""))

    assert expected == (words.title if words else None)


@pytest.mark.parametrize("title", ["密封件", "مرحبا", "नमस्ते", "", "👍"])
def test_what_cannot_be_drawn(title: str) -> None:
    """A title with letters that the font lacks, or without any, gets no card rather than boxes."""
    assert None is drawable(Words(title, "Anna", "Acme"))
