"""How a channel's template makes a post of a title and a summary."""

from dataclasses import replace
from pathlib import Path

import pytest

from expertpost.errors import Failure
from expertpost.flows.posts import offer
from expertpost.model.config import Config
from expertpost.model.people import People
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.post import URL
from expertpost.render.announce import announcement, plain_parts, plain_text, styled_parts
from expertpost.render.counts import weighted
from expertpost.render.shown import Shown
from expertpost.render.spans import Span, Style
from expertpost.store.config import read_config
from expertpost.store.files import WorkFiles
from expertpost.store.workspace import State
from expertpost.testing.samples import PLAIN

TAGGED = "**{{ title }}**\n\n{{ summary }}\n\n{{ hashtags | join(' ') }}"
SETTINGS = """
[workspace]
name = "Acme"
id = "acme-1"
[channels.toot]
publisher = "mastodon"
readers = ["public"]
server = "https://social.example"
user = "acme"
token = { env = "T" }
"""


def shown(template: str, **front: object) -> Shown:
    """A piece with a page, at a channel with this template."""
    return replace(PLAIN, template=template, front=replace(PLAIN.front, **front))  # type: ignore[arg-type] # by name


def test_title_summary_and_hashtags() -> None:
    """A template says how they stand together; topics become what networks search for."""
    text = plain_text(shown(TAGGED), 500, len)

    assert f"Look both ways\n\n{PLAIN.front.summary}\n\n#sealing #SafetyCare\n\n{URL}" == text


def test_the_summary_gives_way_first() -> None:
    """What stands around the summary is whole for as long as one sentence of it, or its first words, have room."""
    text = plain_text(shown(TAGGED, summary="One sentence. " * 40), 300, len)

    assert text.startswith("Look both ways\n\nOne sentence. One sentence.")
    assert text.endswith(f"sentence.\n\n#sealing #SafetyCare\n\n{URL}")


def test_a_summary_inside_a_style() -> None:
    """Words that a template makes strong are strong, and only they."""
    found = announcement(shown("{{ title }}: **{{ summary }}**!", title="A", summary="b c"))

    assert ("A: b c!", (Span(3, 6, Style.STRONG),)) == (found.text, found.spans)


def test_words_stay_words() -> None:
    """Whatever a title holds, it is no markup in a template, and cannot take the place of the summary."""
    title = "1. *a* [b](https://c.example) <i> `d` {{ summary }} \ufdd0 # e"
    found = announcement(shown("{{ title }}\n\n{{ summary }}", title=title, summary="S"))

    assert "1. *a* [b](https://c.example) <i> `d` {{ summary }}  # e\n\nS".replace("  ", " ") == found.text
    assert not [span for span in found.spans if span.style is not Style.LINK]


def test_what_is_written_by_hand_wins() -> None:
    """No template touches a text for one channel."""
    assert "by hand" == announcement(replace(shown(TAGGED), written="by hand")).text


@pytest.mark.parametrize("source", ["{{ nobody }}", "{{ title.__class__ }}", "{% set a = 1 %}", "{{ title"])
def test_a_template_that_cannot_be_filled_in(source: str) -> None:
    """It is refused by name."""
    with pytest.raises(Failure, match="XP-TEMPLATE"):
        announcement(shown(source))


def state(folder: Path, **templates: str) -> State:
    """A workspace with these templates of posts."""
    (folder / "expertpost.toml").write_text(SETTINGS)
    (folder / "templates/post").mkdir(parents=True)
    for name, source in templates.items():
        (folder / f"templates/post/{name}.j2").write_text(source)
    return State(WorkFiles(folder))


def posted(config: Config) -> str:
    """What the channel would get, or what is wrong."""
    front = FrontMatter(id="01J9ZQ4Y7M3V5N8R2T6W0X1ABC", title="T", summary="S", authors=("a",), slug="t",
                        audience=("public",), topics=("x y",))  # fmt: skip
    found = offer(config, People(), Piece(front, "B", "drafts/t.md"), config.channels["toot"])
    return found.post.parts[0] if found.post else f"{found.findings[0].path} {found.findings[0].code}"


def test_a_workspace_has_templates_of_its_own(tmp_path: Path) -> None:
    """A channel's own template goes before its publisher's, and a workspace's before the packaged one."""
    packaged, publisher, channel = (tmp_path / name for name in "abc")
    for folder in (packaged, publisher, channel):
        folder.mkdir()

    assert "T\n\nB\n\n#XY" == posted(state(packaged).config)
    assert "P T" == posted(state(publisher, mastodon="P {{ title }}").config)
    assert "C T" == posted(state(channel, mastodon="P", toot="C {{ title }}").config)


def test_a_broken_template_stops_its_channel(tmp_path: Path) -> None:
    """It is told as a finding of that file."""
    assert "templates/post/toot.j2 XP-TEMPLATE" == posted(state(tmp_path, toot="{{ who }}").config)


def test_the_packaged_config_has_none() -> None:
    """Settings alone bring no templates."""
    assert {} == read_config(SETTINGS.encode()).templates


BODY = "First paragraph, which is long enough.\n\nSecond **strong** one. With two sentences.\n\nThird."


def test_a_thread_is_cut_at_paragraphs() -> None:
    """Every part carries its number; title, words and address are all there; a summary is not."""
    asked = replace(PLAIN, body=BODY, front=replace(PLAIN.front, thread=True))
    expected = (
        "Look both ways\n\nFirst paragraph, which is long enough. 1/3",
        "Second strong one. With two sentences.\n\nThird. 2/3",
        f"{URL} 3/3",
    )

    assert expected == plain_parts(asked, 60, weighted, 25)


def test_a_thread_keeps_its_styles() -> None:
    """Each part has the styles of its own words."""
    asked = replace(PLAIN, body=BODY, front=replace(PLAIN.front, thread=True))
    first, second = styled_parts(asked, 60, len, 25)

    assert ("Look both ways", Style.STRONG) == (first.text[first.spans[0].start : first.spans[0].end], Style.STRONG)
    assert ["strong"] == [second.text[span.start : span.end] for span in second.spans]


def test_without_a_thread_there_is_one_part() -> None:
    """Neither a piece that asks for none nor a service that takes one part gets several."""
    asked = replace(PLAIN, body=BODY, front=replace(PLAIN.front, thread=True))

    assert 1 == len(plain_parts(asked, 60, len, 1)) == len(plain_parts(replace(PLAIN, body=BODY), 60, len, 25))
