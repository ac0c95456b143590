"""Which picture a site gives networks to show, and when it is drawn."""

import json
from pathlib import Path

import pytest
from tests.web.small_site import SmallSite, small_site, text

from expertpost.flows.preview import Glass, open_glass
from expertpost.model.post import THUMBNAIL
from expertpost.render.social import Words, draw
from expertpost.testing.samples import PICTURE

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="3"/></svg>'
SKY = """
[channels.sky]
publisher = "bluesky"
readers = ["public"]
handle = "acme.bsky.social"
password = { env = "BLUESKY" }
"""
BASE = "https://experts.acme.example/notes/pieces/"


@pytest.fixture
def site(tmp_path: Path) -> SmallSite:
    """Pieces without a cover, with a picture, with a drawing, and with a title that cannot be drawn."""
    made = small_site(tmp_path)
    settings = (made.anna.clone / "expertpost.toml").read_text()
    made.write("expertpost.toml", settings.replace('title = "Notes', 'cards = true\ntitle = "Notes'))
    made.write("drafts/bare.md", text(1, "Bare"))
    made.write("drafts/shot/index.md", text(2, "Shot", cover="a.png", cover_alt="A seal"))
    made.write("drafts/shot/a.png", PICTURE)
    made.write("drafts/drawn/index.md", text(3, "Drawn", cover="a.svg", cover_alt="A ring"))
    made.write("drafts/drawn/a.svg", DRAWING)
    made.write("drafts/far.md", text(4, "密封件", slug="far"))
    made.merge()
    made.build()
    return made


def shown(site: SmallSite, slug: str) -> str:
    """The address of the picture that networks are given, "" where there is none."""
    page = site.files("outside")[f"pieces/{slug}.html"].decode()
    _, found, rest = page.partition('<meta property="og:image" content="')
    return rest.partition('"')[0].removeprefix(BASE) if found else ""


def on_bluesky(site: SmallSite, slug: str) -> Glass:
    """What would be posted of a piece."""
    settings = (site.anna.clone / "expertpost.toml").read_text()
    site.write("expertpost.toml", settings + SKY)
    site.merge()
    return open_glass(site.anna.world, slug, "sky")


def test_the_cover_goes_before_a_card(site: SmallSite) -> None:
    """A picture as cover is shown itself; a drawing is none that networks show; what cannot be drawn gets nothing."""
    files = site.files("outside")

    assert "shot/a.png" == shown(site, "shot")
    assert "" == shown(site, "far")
    for slug in ("bare", "drawn"):
        assert files[f"pieces/{shown(site, slug)}"].startswith(b"\x89PNG")
    assert [] == [path for path in site.files("inside") if path.endswith(".png") and "/a.png" not in path]


def test_a_card_is_drawn_once(site: SmallSite) -> None:
    """A new text leaves the card alone, a new title replaces it, and one that was lost is drawn again."""
    first = site.out / "outside/pieces" / shown(site, "bare")
    number = first.stat().st_ino
    site.write("drafts/bare.md", text(1, "Bare", "Other words."))
    site.merge()
    site.build()
    assert number == first.stat().st_ino

    first.unlink()
    site.build()
    assert first.is_file()

    site.write("drafts/bare.md", text(1, "Bare again", slug="bare"))
    site.merge()
    site.build()
    assert not first.exists()
    assert (site.out / "outside/pieces" / shown(site, "bare")).is_file()


def test_a_post_has_the_card_of_its_page(site: SmallSite) -> None:
    """What stands on it is approved with the post, is in the preview, and is drawn as the page's own is."""
    glass = on_bluesky(site, "bare")
    (view,) = glass.look().views
    words = Words(*json.loads(dict(view.fields)[THUMBNAIL]))
    page = site.files("outside")[f"pieces/{shown(site, 'bare')}"]

    assert ("Bare", "Anna", "Notes <from> the workshop") == words
    assert page == draw(words) == glass.picture("sky", f"{THUMBNAIL}.png")
    assert () == view.media


@pytest.mark.parametrize("slug", ["shot", "far"])
def test_a_post_has_no_card_where_its_page_has_none(site: SmallSite, slug: str) -> None:
    """A cover that networks show goes along itself, and what cannot be drawn does not."""
    glass = on_bluesky(site, slug)
    (view,) = glass.look().views

    assert THUMBNAIL not in dict(view.fields)
    assert ["a.png"][: slug == "shot"] == [media.source for media in view.media]
    assert glass.picture("sky", f"{THUMBNAIL}.png") is None
