"""The rules of the style sheet: readable for everybody, and nothing fetched from elsewhere."""

import re
from itertools import product

import pytest

from expertpost.store import templates

STYLE = templates.packaged("site/style.css")
LIGHT, DARK = re.findall(r":root \{([^}]*--paper[^}]*)\}", STYLE)[:2]


def colours(block: str) -> dict[str, str]:
    """The named colours of one scheme."""
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2, definition)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), [*product(("ink", "soft", "link", "mark"), ("paper", "raised"))])
def test_words_stand_out(scheme: str, words: str, ground: str) -> None:
    """Every colour of words on every ground has the contrast that WCAG 2.2 AA asks for."""
    found = colours(scheme)

    assert 4.5 <= contrast(found[words], found[ground])


def test_the_draft_banner_stands_out() -> None:
    """So has the banner of a draft."""
    (banner,) = re.findall(r"\.draft \{([^}]*)\}", STYLE)
    words, ground = re.findall(r"#[0-9a-f]{6}", banner)

    assert 4.5 <= contrast(words, ground)


def test_nothing_comes_from_elsewhere() -> None:
    """The style sheet fetches nothing."""
    assert not re.search(r"@import|url\(", STYLE)


def test_the_schemes_name_the_same_colours() -> None:
    """Whatever has a colour in the light has one in the dark."""
    assert colours(LIGHT).keys() == colours(DARK).keys()
