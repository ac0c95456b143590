"""The handbook's chapter of channels says of each publisher what is so."""

import re
from dataclasses import fields

import pytest
from tests.channels import CHAPTER, PAGES

from expertpost.publishers import registry, settings
from expertpost.store.config import read_config


def test_every_publisher_has_its_page() -> None:
    """There is a page, a link to it and a row for each publisher, and none for one that is gone."""
    rows = re.findall(r"^\| `([a-z-]+)` \|", CHAPTER, re.MULTILINE)
    links = re.findall(r"^- \[`([a-z-]+)`\]\(channels/\1\.md\)", CHAPTER, re.MULTILINE)

    assert list(registry.names()) == sorted(PAGES)
    assert list(registry.names()) == rows
    assert list(registry.names()) == links


@pytest.mark.parametrize("name", registry.names())
def test_a_page_answers_the_same_questions(name: str) -> None:
    """What one needs, how it is had, what goes out, what is certain and what is not: in this order."""
    assert [
        "What you need",
        "What goes out",
        "What is guaranteed",
        "What is not",
    ] == re.findall(r"^## (.*)$", PAGES[name], re.MULTILINE)


@pytest.mark.parametrize("name", registry.names())
def test_a_page_names_every_setting(name: str) -> None:
    """Every setting of the publisher is named on its page."""
    known = {field.name for field in fields(registry.publisher(name).settings_type)}

    assert set() == {key for key in known if not re.search(rf"\b{key}\b", PAGES[name])}


@pytest.mark.parametrize("name", registry.names())
def test_a_row_tells_the_guarantee_and_the_limit(name: str) -> None:
    """The table says what the publisher declares."""
    (row,) = re.findall(rf"^\| `{name}` \|.*$", CHAPTER, re.MULTILINE)
    _, _, guarantee, limit, *_ = (cell.strip() for cell in row.split("|"))
    publisher = registry.publisher(name)
    length = publisher.limits.length

    assert publisher.guarantee.value == guarantee
    assert limit.startswith("none" if length is None else f"{length:,} ")


@pytest.mark.parametrize("name", PAGES)
def test_an_example_works(name: str) -> None:
    """Every example is a channel without a fault."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGES[name], re.DOTALL)
    config = read_config(f'[workspace]\nname = "Acme"\nid = "acme-1"\n{example}'.encode())
    (channel,) = config.channels.values()

    assert name == channel.publisher
    assert () == settings.read(registry.publisher(name), channel)[1]
