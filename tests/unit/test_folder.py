"""The rules of pages in a site's folder: whole or not there, ours or untouched, inside or refused."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
import yaml

from expertpost.model.identity import moment_of
from expertpost.model.outcome import Because, Busy, Receipt, Refused
from expertpost.model.post import Media, Post, bind
from expertpost.publishers.base import Address, Sending, Unreadable
from expertpost.publishers.folder import Folder, FolderSettings
from expertpost.render.families.builders import Style, fingerprint
from expertpost.render.shown import Shown
from expertpost.testing.samples import MEDIA, PICTURE, PLAIN, SAMPLES

AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
KEY, OTHER_KEY = "0b5e" * 16, "f00d" * 16
STYLES: tuple[Style, ...] = get_args(Style)
WITH_PICTURES = next(sample.shown for sample in SAMPLES if sample.name == "pictures")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's folder in a workspace."""
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def publisher(site: Path, style: Style = "hugo") -> Folder:
    """A publisher into that folder, named relative to the workspace."""
    return Folder(FolderSettings("site", style), {}, site.parent)


def sending(folder: Folder, shown: Shown = PLAIN, key: str = KEY) -> Sending:
    """One delivery."""
    post = bind(folder.render(shown, folder.settings), folder.values(Address(), key, AT, ""))
    return Sending(post, key, Address(), AT, {media.source: MEDIA[media.source] for media in post.media})


def front_matter(page: Path) -> dict[str, object]:
    """The front matter as YAML."""
    found: dict[str, object] = yaml.safe_load(page.read_text(encoding="utf-8").split("---\n")[1])
    return found


def test_a_page_for_hugo(site: Path) -> None:
    """Hugo gets a page bundle: Markdown with front matter, and the files beside it."""
    assert Receipt("look-both-ways/index.md") == publisher(site).send(sending(publisher(site), WITH_PICTURES))
    page = site / "look-both-ways" / "index.md"

    assert {
        "title": "With pictures",
        "date": "2026-12-01T08:00:00Z",
        "authors": ["Anna Muster", "Jo O’Neill"],
        "tags": ["sealing", "safety & care"],
        "slug": "look-both-ways",
        "images": ["seal.png"],
        "expertpost": {
            "id": WITH_PICTURES.front.id,
            "key": KEY,
            "text": fingerprint("See ![a seal](seal.png) and [the file](seal.png).\n"),
            "files": ["look-both-ways/seal.png"],
        },
    } == front_matter(page)
    assert page.read_text(encoding="utf-8").endswith("---\nSee ![a seal](seal.png) and [the file](seal.png).\n")
    assert PICTURE == (site / "look-both-ways" / "seal.png").read_bytes()


def test_a_page_for_jekyll(site: Path) -> None:
    """Jekyll gets a post in HTML whose own address is the folder of its files."""
    folder = publisher(site, "jekyll")
    outcome = folder.send(sending(folder, WITH_PICTURES))
    day = moment_of(WITH_PICTURES.front.id).date()
    page = site / "_posts" / f"{day}-look-both-ways.html"

    assert Receipt(f"_posts/{day}-look-both-ways.html") == outcome
    assert "/look-both-ways/" == front_matter(page)["permalink"]
    assert front_matter(page)["render_with_liquid"] is False
    assert '<img src="seal.png" alt="a seal" />' in page.read_text(encoding="utf-8")
    assert PICTURE == (site / "look-both-ways" / "seal.png").read_bytes()


@pytest.mark.parametrize("style", STYLES)
def test_a_repeat_changes_nothing(site: Path, style: Style) -> None:
    """The same delivery at a later moment finds its page and leaves it alone."""
    folder = publisher(site, style)
    first = folder.send(sending(folder, WITH_PICTURES))
    before = {file: file.read_bytes() for file in site.rglob("*") if file.is_file()}

    assert first == folder.send(replace(sending(folder, WITH_PICTURES), at=datetime(2027, 1, 1, tzinfo=UTC)))
    assert before == {file: file.read_bytes() for file in site.rglob("*") if file.is_file()}


def test_anothers_page_is_left_alone(site: Path) -> None:
    """A page that we did not write, or that is another delivery's, is never written over."""
    page = site / "look-both-ways" / "index.md"
    page.parent.mkdir()
    for content in ("Mine.\n", f'---\ntitle: x\nnote: "expertpost: {KEY}"\n---\n', ""):
        page.write_text(content, encoding="utf-8")

        assert isinstance(publisher(site).send(sending(publisher(site))), Refused)
        assert content == page.read_text(encoding="utf-8")


def test_a_page_of_another_delivery(site: Path) -> None:
    """Two deliveries do not share a page."""
    folder = publisher(site)
    folder.send(sending(folder))

    assert isinstance(folder.send(sending(folder, key=OTHER_KEY)), Refused)
    assert KEY in (site / "look-both-ways" / "index.md").read_text(encoding="utf-8")


def test_anothers_file_is_left_alone(site: Path) -> None:
    """A file that is there already with other content is not ours; nothing at all is written then."""
    (site / "look-both-ways").mkdir()
    (site / "look-both-ways" / "seal.png").write_bytes(b"mine")
    outcome = publisher(site).send(sending(publisher(site), WITH_PICTURES))

    assert isinstance(outcome, Refused)
    assert [b"mine"] == [file.read_bytes() for file in site.rglob("*") if file.is_file()]


def test_an_attempt_cut_short_is_taken_up(site: Path) -> None:
    """Files of an attempt that never came to its page are no hindrance."""
    (site / "look-both-ways").mkdir()
    (site / "look-both-ways" / "seal.png").write_bytes(PICTURE)

    assert isinstance(publisher(site).send(sending(publisher(site), WITH_PICTURES)), Receipt)


@pytest.mark.parametrize(
    "path",
    [
        "../x/index.md",
        "/etc/x",
        "a/../../x",
        "a\\..\\x",
        ".git/config",
        "a/.git/x",
        "",
        ".",
        "c:x",
        "a\x00b",
        "con ./x",
    ],
)
def test_nothing_outside_the_folder(site: Path, path: str) -> None:
    """No path leads out of the folder, and none into what is hidden."""
    post = Post(("x",), (("path", path), ("files", "a/")))

    assert isinstance(publisher(site).send(Sending(post, KEY, Address(), AT, {})), Refused)
    assert [] == list(site.iterdir())
    assert ["site"] == [entry.name for entry in site.parent.iterdir()]


@pytest.mark.parametrize("name", ["../../x.png", ".git/hooks/x"])
def test_no_file_outside_the_folder(site: Path, name: str) -> None:
    """A picture's name does not lead out either, and nothing is written before that is known."""
    post = Post(("x",), (("path", "a/index.md"), ("files", "a/")), (Media(name, "0" * 40, ""),))

    assert isinstance(publisher(site).send(Sending(post, KEY, Address(), AT, {name: b"x"})), Refused)
    assert [] == list(site.iterdir())


def test_no_way_through_a_link(site: Path, tmp_path: Path) -> None:
    """A link inside the folder that leads elsewhere is not followed, whether a folder or a page."""
    (tmp_path / "elsewhere").mkdir()
    (site / "look-both-ways").symlink_to(tmp_path / "elsewhere")

    assert isinstance(publisher(site).send(sending(publisher(site))), Refused)
    (site / "look-both-ways").unlink()
    (site / "look-both-ways").mkdir()
    (site / "look-both-ways" / "index.md").symlink_to(tmp_path / "elsewhere" / "x")
    assert isinstance(publisher(site).send(sending(publisher(site))), Refused)
    assert [] == list((tmp_path / "elsewhere").iterdir())


def test_no_folder_is_busy(site: Path) -> None:
    """A folder that is not there (yet) is waited for, and never made: it may be a mount or a clone that is missing."""
    site.rmdir()

    assert isinstance(publisher(site).send(sending(publisher(site))), Busy)
    assert not site.exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden to this user")
def test_a_folder_that_may_not_be_written(site: Path) -> None:
    """A folder that may not be written concerns the whole channel."""
    site.chmod(0o500)
    outcome = publisher(site).send(sending(publisher(site)))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because


def test_a_file_where_a_folder_should_be(site: Path) -> None:
    """What stands in the way is told, and stays."""
    (site / "look-both-ways").write_text("mine", encoding="utf-8")

    assert isinstance(publisher(site).send(sending(publisher(site))), Refused)


def test_nothing_half_written_is_left(site: Path) -> None:
    """After a delivery there is nothing in the folder but the page and its files."""
    publisher(site).send(sending(publisher(site), WITH_PICTURES))

    assert {"index.md", "seal.png"} == {file.name for file in (site / "look-both-ways").iterdir()}


def test_a_search_reads_front_matter_only(site: Path) -> None:
    """A key in a page's text, or in another's front matter, is not found."""
    folder = publisher(site)
    (site / "a").mkdir()
    (site / "a" / "index.md").write_text(f'---\ntitle: x\n---\nexpertpost: {{"id": "x", "key": "{KEY}"}}\n', "utf-8")

    assert folder.find(KEY) is None
    folder.send(sending(folder))
    assert Receipt("look-both-ways/index.md") == folder.find(KEY)
    (site / "b").mkdir()
    (site / "b" / "index.md").mkdir()
    with pytest.raises(Unreadable):
        folder.find(OTHER_KEY)


def test_a_removal_takes_its_own_files_and_no_others(site: Path) -> None:
    """The page goes with the files that came with it; what somebody put beside them stays."""
    receipt = publisher(site).send(sending(publisher(site), WITH_PICTURES))
    (site / "look-both-ways" / "notes.txt").write_text("ours")

    assert isinstance(receipt, Receipt)
    assert receipt == publisher(site).take_back(receipt, KEY, AT)
    assert ["notes.txt"] == [file.name for file in (site / "look-both-ways").iterdir()]


def test_a_page_of_somebody_else_stays(site: Path) -> None:
    """Neither a change nor a removal touches a page that does not carry the delivery's key any more."""
    ours = publisher(site)
    receipt = ours.send(sending(ours, WITH_PICTURES))
    page = site / "look-both-ways" / "index.md"
    page.write_text("---\ntitle: Mine\n---\nWords.\n")

    assert isinstance(receipt, Receipt)
    assert isinstance(ours.update(receipt, sending(ours, WITH_PICTURES)), Refused)
    assert isinstance(ours.take_back(receipt, KEY, AT), Refused)
    assert "---\ntitle: Mine\n---\nWords.\n" == page.read_text()


@pytest.mark.parametrize("style", STYLES)
def test_what_a_person_wrote_into_a_page_stays(site: Path, style: Style) -> None:
    """Where somebody changed the text of a page since it was sent, neither a change nor a removal touches it."""
    ours = publisher(site, style)
    receipt = ours.send(sending(ours, WITH_PICTURES))
    assert isinstance(receipt, Receipt)
    page = site / receipt.remote_id
    page.write_bytes(theirs := page.read_bytes() + b"Mine.\n")

    assert isinstance(ours.update(receipt, sending(ours)), Refused)
    assert isinstance(ours.take_back(receipt, KEY, AT), Refused)
    assert theirs == page.read_bytes()


def test_a_change_takes_away_what_the_page_names_no_more(site: Path) -> None:
    """A picture that was taken out of a piece goes from the folder with the change."""
    ours = publisher(site)
    receipt = ours.send(sending(ours, WITH_PICTURES))

    assert isinstance(receipt, Receipt)
    assert receipt == ours.update(receipt, sending(ours))
    assert ["index.md"] == [file.name for file in (site / "look-both-ways").iterdir()]


def test_a_page_takes_no_file_of_others_with_it(site: Path) -> None:
    """Whoever edits the list of files in our page makes us remove nothing that lies outside the page's own folder."""
    ours = publisher(site)
    receipt = ours.send(sending(ours, WITH_PICTURES))
    page = site / "look-both-ways" / "index.md"
    (site / "other").mkdir()
    (site / "other" / "x").write_text("theirs")
    page.write_text(page.read_text().replace('["look-both-ways/seal.png"]', '["other/x", "../x", "x", 1]'))

    assert isinstance(receipt, Receipt)
    assert receipt == ours.take_back(receipt, KEY, AT)
    assert "theirs" == (site / "other" / "x").read_text()


def test_an_address_in_the_receipt(site: Path) -> None:
    """Where the settings say how pages are addressed, the receipt says where this one is."""
    ours = Folder(FolderSettings("site", url="https://blog.example.org/{slug}/"), {}, site.parent)

    assert Receipt("look-both-ways/index.md", "https://blog.example.org/look-both-ways/") == ours.send(sending(ours))
    assert [["url"], ["url"]] == [
        [one.key for one in Folder.judge(FolderSettings("x", url=url))] for url in ("https://x.example/", "{slug}")
    ]
