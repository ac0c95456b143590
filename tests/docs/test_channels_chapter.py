"""The handbook's page of channels says of each publisher what is so."""

import re
from dataclasses import fields

import pytest
from tests.channels import CHAPTER, SECTIONS

from expertpost.publishers import registry, settings
from expertpost.store.config import read_config


def test_every_publisher_has_its_section() -> None:
    """There is a section and a row for each publisher, and for none that is gone, in the order of the alphabet."""
    rows = re.findall(r"^\| `([a-z-]+)` \|", CHAPTER, re.MULTILINE)

    assert list(registry.names()) == list(SECTIONS)
    assert list(registry.names()) == rows


@pytest.mark.parametrize("name", registry.names())
def test_a_section_names_every_setting(name: str) -> None:
    """Every setting of the publisher is named in its section."""
    known = {field.name for field in fields(registry.publisher(name).settings_type)}

    assert set() == {key for key in known if not re.search(rf"\b{key}\b", SECTIONS[name])}


@pytest.mark.parametrize("name", registry.names())
def test_a_row_tells_the_guarantee_and_the_limit(name: str) -> None:
    """The table says what the publisher declares."""
    (row,) = re.findall(rf"^\| `{name}` \|.*$", CHAPTER, re.MULTILINE)
    _, _, guarantee, limit, *_ = (cell.strip() for cell in row.split("|"))
    publisher = registry.publisher(name)
    length = publisher.limits.length

    assert publisher.guarantee.value == guarantee
    assert limit.startswith("none" if length is None else f"{length:,} ")


@pytest.mark.parametrize("name", [name for name in SECTIONS if "```toml" in SECTIONS[name]])
def test_an_example_works(name: str) -> None:
    """Every example is a channel without a fault."""
    (example,) = re.findall(r"```toml\n(.*?)```", SECTIONS[name], re.DOTALL)
    config = read_config(f'[workspace]\nname = "Acme"\nid = "acme-1"\n{example}'.encode())
    (channel,) = config.channels.values()

    assert name == channel.publisher
    assert () == settings.read(registry.publisher(name), channel)[1]
