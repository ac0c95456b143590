"""The rules of lists: how pieces are paged, named and counted."""

import pytest

from expertpost.web.cards import Card, newest_first, slug_of
from expertpost.web.lists import PER_PAGE, ListPage, plan
from expertpost.web.pages import counted, day


def card(number: int, *topics: str) -> Card:
    """The card of piece ``number``, older pieces having lower ones."""
    return Card(
        id=f"01JD{number:022d}", slug=f"p-{number}", title=f"P {number}", summary="", authors=[["Anna", "anna"]],
        topics=list(topics), published="2026-03-01T09:00:00+01:00", updated="2026-03-01T09:00:00+01:00", order=number,
        kind="article", language="", minutes=1, digest="", assets=[],
    )  # fmt: skip


def pages(count: int) -> dict[str, ListPage]:
    """The pages of the archive of this many pieces."""
    listed = plan(newest_first(map(card, range(count))), {}, "Site")
    return {path: page for path, page in listed.items() if page.kind == "archive"}


@pytest.mark.parametrize("count", [0, 1, PER_PAGE, 2 * PER_PAGE - 1, 2 * PER_PAGE, 5 * PER_PAGE + 3])
def test_every_piece_is_on_one_page(count: int) -> None:
    """A list of any length holds each piece once, the newest first, on pages that are linked both ways."""
    found = pages(count)
    at, order = "archive.html", []
    while at:
        order += [one.order for one in found[at].cards]
        older = found[at].older
        assert not older or at == found[older].newer
        at = older

    assert list(reversed(range(count))) == order
    assert 2 * PER_PAGE > max(len(page.cards) for page in found.values())


def test_a_new_piece_changes_the_newest_page_only() -> None:
    """Pages are numbered from the oldest: what is full never changes again."""
    before, after = pages(5 * PER_PAGE + 3), pages(5 * PER_PAGE + 4)

    assert ["archive.html"] == [path for path, page in after.items() if page != before.get(path)]


def test_topics_whose_addresses_are_the_same_are_one() -> None:
    """Letter case does not make two topics; signs that make names different do."""
    listed = plan([card(3, "C++", "seals"), card(2, "Seals"), card(1, "C", "C#")], {}, "Site")
    topics = {name.says: (name.path, name.count) for name in listed["topics.html"].names}

    assert {
        "C": ("topics/c.html", 1),
        "C#": ("topics/c-sharp.html", 1),
        "C++": ("topics/c-plus-plus.html", 1),
        "Seals": ("topics/seals.html", 2),
    } == topics


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Oil & Gas", "oil-and-gas"),
        ("Dichtungen für Öl", "dichtungen-fur-ol"),
        ("../../etc", "etc"),
        ("密封", "mi-feng"),
    ],
)
def test_slugs_of_topics(words: str, expected: str) -> None:
    """Words of any language become small letters, digits and hyphens."""
    assert expected == slug_of(words)


def test_a_slug_is_never_empty() -> None:
    """Words without a single letter still get an address."""
    assert slug_of("!!!")
    assert slug_of("!!!") != slug_of("???")


def test_days_and_counts() -> None:
    """Dates and numbers read as people write them."""
    assert "1 December 2026" == day("2026-12-01T09:00:00+01:00")
    assert ["1 piece", "12,000 pieces"] == [counted(1), counted(12_000)]
