"""A draft is judged strictly, and every problem is told at once with its line and its cure."""

from expertpost.model.channel import Channel
from expertpost.model.config import Config
from expertpost.model.draft import RawDraft, Value, judge
from expertpost.model.piece import Kind

CONFIG = Config(name="Acme", id="W", channels={"mail": Channel("mail", "email", ("suppliers",))})
ID = "01JD0000000000000000000000"


def draft(path: str = "drafts/seals.md", **values: Value) -> RawDraft:
    """A raw draft whose keys stand on lines 2, 3 and so on."""
    return RawDraft(path, values, {key: line for line, key in enumerate(values, 2)}, "Body\n", len(values) + 3)


def codes(raw: RawDraft) -> list[tuple[int, str]]:
    """Line and code of each finding."""
    return [(f.line, f.code) for f in judge(raw, CONFIG)[1]]


def test_a_good_draft_becomes_front_matter() -> None:
    """All keys of ours are read; aliases stand for them; unknown keys are kept by name."""
    front, findings = judge(
        draft(
            id=ID, title="Seals", author="ana", description="Why seals leak", tags=["seals", "pumps"],
            audience=["suppliers", "customers"], channels="mail", publishDate="2026-12-01T09:00",
            timezone="Europe/Berlin", review_by="2027-01-01", kind="case", weight=3,
        ),
        CONFIG,
    )  # fmt: skip

    assert () == findings
    assert front is not None
    assert ("ana",) == front.authors
    assert "Why seals leak" == front.summary
    assert ("seals", "pumps") == front.topics
    assert ("mail",) == front.channels
    assert "2026-12-01T09:00:00+01:00" == (front.publish_at.isoformat() if front.publish_at else "")
    assert Kind.CASE is front.kind
    assert "seals" == front.slug
    assert ("weight",) == front.unknown


def test_every_problem_is_told_at_once() -> None:
    """One look finds all that is wrong, each with the line of its key."""
    raw = draft(id="x", title="", authors=[], audience="supliers", channels=["mial"], publish_at="2026-12-01T09:00",
                slug="../x", kind="poem", cover="../a.png", posts=["x"], editions={"mail": 0}, thread="yes",
                canonical_url="javascript:x", language="no way", review_by="soon")  # fmt: skip

    assert {
        (2, "XP-ID"),
        (3, "XP-TITLE"),
        (4, "XP-AUTHORS"),
        (5, "XP-AUDIENCE"),
        (6, "XP-CHANNELS"),
        (7, "XP-PUBLISH-AT"),
        (8, "XP-SLUG"),
        (9, "XP-KIND"),
        (10, "XP-COVER"),
        (1, "XP-COVER-ALT"),
        (11, "XP-POSTS"),
        (12, "XP-EDITIONS"),
        (13, "XP-THREAD"),
        (14, "XP-CANONICAL-URL"),
        (15, "XP-LANGUAGE"),
        (16, "XP-REVIEW-BY"),
    } == set(codes(raw))


def test_an_unknown_word_gets_a_suggestion() -> None:
    """A misspelt audience is answered with the one that was meant."""
    findings = judge(draft(id=ID, title="T", authors="ana", audience="supliers"), CONFIG)[1]

    assert ["did you mean suppliers?"] == [f.cure for f in findings]


def test_invisible_characters_are_no_part_of_a_title() -> None:
    """Terminal escapes and direction overrides in a title are refused."""
    for title in ("a\x1b[2Jb", "a\u202eb", "a\u200bb"):
        assert [(3, "XP-TITLE")] == codes(draft(id=ID, title=title, authors="ana"))


def test_emoji_and_joiners_are_welcome() -> None:
    """Joiners inside emoji and scripts that need them are ordinary text."""
    assert [] == codes(draft(id=ID, title="Team 👩‍🔬 नमस्ते می‌خواهم", authors="ana"))
