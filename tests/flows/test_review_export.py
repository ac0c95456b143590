"""A review as one file: all there is to judge it by, nothing that runs, asks or tells what is for reviewers only."""

import re
import struct
import zlib
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.flows.organisation import SETTINGS, Colleague, Organisation, organisation, piece
from tests.flows.reviewing import CHANNELS

from expertpost.flows.review_export import review_export
from expertpost.flows.review_say import comment, resolve
from expertpost.flows.submit import submit
from expertpost.web.review_page import POLICY, review_page

EVIL = "<script>alert(1)</script>\u202e\x1b]52;c;aGk=\x07"


def png() -> bytes:
    """The smallest picture."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0abc")),
        (b"IEND", b""),
    )
    made = (struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and which are open at the end."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        """The attributes of every tag of these names."""
        return [attrs for tag, attrs in self.tags if tag in names]


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna has submitted a piece with pictures, and everybody talks about it."""
    made = organisation(tmp_path, "anna", "bob", settings=SETTINGS + CHANNELS)
    anna, bob = made.people["anna"], made.people["bob"]
    pictures = "![A flange](flange.png)\n\n![A drawing](drawing.svg)"
    body = f"{pictures}\n\n<script>alert(1)</script> <img src=x onerror=alert(1)>"
    anna.write("drafts/torque/index.md", piece(summary="How to turn.", slug="torque", body=body))
    (anna.clone / "drafts/torque/flange.png").write_bytes(png())
    (anna.clone / "drafts/torque/drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    submit(anna.world, message=EVIL)
    comment(bob.world, "torque", f"Which size? {EVIL}", 8)
    settled = comment(bob.world, "torque", "Shorter, please.").event
    resolve(bob.world, "torque", settled, "Is short now.")
    comment(bob.world, "torque", "Does legal know?", private=True)
    return made


@pytest.fixture
def page(org: Organisation) -> str:
    """The page that Bob, who sees everything, exports."""
    return review_page(review_export(org.people["bob"].world, "torque"))


def test_all_is_there_to_judge_it(page: str) -> None:
    """The text, what each channel and site would get, checks, comments at their lines, and what was done."""
    for says in ("Torque without tears", "What would go out", "export", "inside", "Checks", "Line 8", "Which size?",
                 "resolved it. Is short now.", "What was done", "1 more approval"):  # fmt: skip
        assert says in page


def test_private_notes_are_not_in_it(page: str) -> None:
    """Not even for a reviewer: a file is passed on."""
    assert "Does legal know?" not in page


def test_nothing_in_it_runs_or_asks(page: str) -> None:
    """No script, no form, no request to anywhere; the one style sheet is allowed by its digest."""
    tags = Tags(page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert f"'sha256-{b64encode(sha256(style[1].encode()).digest()).decode()}'" in POLICY
    assert [POLICY] == [each["content"] for each in tags.of("meta") if "http-equiv" in each]
    assert POLICY.startswith("default-src 'none'")
    assert [] == tags.of("script", "link", "iframe", "object", "embed", "form", "base", "svg")
    assert not [name for _, attrs in tags.tags for name in attrs if name.startswith("on") or name == "style"]
    assert all(str(each["src"]).startswith("data:image/png;base64,") for each in tags.of("img"))
    assert all(str(each["href"]).startswith("#") for each in tags.of("a") if each.get("href"))


def test_each_picture_is_in_it_once(org: Organisation) -> None:
    """However many places would get it: afterwards its number stands for it, with its words."""
    anna = org.people["anna"]
    body = "![A flange](flange.png)"
    anna.write("drafts/torque/index.md", piece(summary="How.", slug="torque", audience="[public]", body=body))
    (anna.clone / "drafts/torque/drawing.svg").unlink()
    submit(anna.world, ["torque"])
    page = review_page(review_export(org.people["bob"].world, "torque"))

    assert 1 == len(Tags(page).of("img"))
    assert 1 == page.count("(picture 1)")
    assert 1 == page.count("(picture 1, shown above: A flange)")


def test_no_control_character_reaches_the_reader(page: str) -> None:
    """Escapes and direction overrides of comments and messages are shown as replaced."""
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)
    talk = page[page.index('id="comments"') :]
    assert "\u202e" not in talk
    assert "\ufffd" in talk


def test_it_can_be_read_by_everybody(page: str) -> None:
    """A language, one h1, headings that skip no level before the posts, a skip link, and words for each picture."""
    tags = Tags(page)
    levels = [int(tag[1]) for tag, _ in tags.tags if re.fullmatch("h[1-6]", tag)]

    assert ["en"] == [each["lang"] for each in tags.of("html")]
    assert 1 == levels.count(1)
    assert 1 == levels[0]
    assert all("alt" in each for each in tags.of("img"))
    assert ["#main"] == [each["href"] for each in tags.of("a") if each.get("class") == "skip"]
    assert 1 == len(tags.of("main"))


def test_a_text_with_errors_is_shown_with_them(org: Organisation) -> None:
    """What cannot be judged has no previews, and its findings say why."""
    anna: Colleague = org.people["anna"]
    anna.run("fetch", "--quiet")
    anna.run("checkout", "--quiet", "-B", "review/torque", "origin/review/torque", "--force")
    anna.write("drafts/torque/index.md", piece(slug="torque", audience="[nobody]"))
    anna.push("Broken", "review/torque")
    page = review_page(review_export(org.people["bob"].world, "torque"))

    assert "XP-AUDIENCE" in page
    assert "What would go out" not in page
