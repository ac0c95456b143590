"""The digest: what is new, changed, answered and old, for its readers alone, as a draft that passes check."""

from pathlib import Path

import pytest
from tests.flows.knowing import copied, pulled, reviewed
from tests.flows.organisation import Colleague, Organisation, piece
from tests.flows.reviewing import refused, seen

from expertpost.flows.ask import ask
from expertpost.flows.ask_answer import answer
from expertpost.flows.check import check
from expertpost.flows.digest import Digest, digest
from expertpost.flows.review_merge import merge
from expertpost.flows.submit import submit

LATER = "01JD0000000000000000KAT003"
BOARD = '\n[audiences.board]\nsays = "the board"\nincludes_colleagues = false\n'


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """See ``reviewed``."""
    return reviewed(tmp_path_factory.mktemp("acme"))


@pytest.fixture
def acme(original: Organisation, tmp_path: Path) -> Organisation:
    """A copy for one test."""
    return copied(original, tmp_path)


def published(acme: Organisation, slug: str, text: str) -> None:
    """Let Anna write something, and Bob approve and merge it."""
    anna, bob = pulled(acme.people["anna"]), acme.people["bob"]
    anna.write(f"drafts/{slug}.md", text)
    submit(anna.world, [slug], reviewers=["bob"])
    seen(bob, slug)
    merge(bob.world, slug)


def slugs(found: Digest) -> tuple[list[str], list[str], list[str], list[str]]:
    """The slugs of what is new, changed, answered, old."""
    return (
        [each.front.slug for each in found.new],
        [each.front.slug for each in found.changed],
        [each.front.slug for _, each in found.answered],
        [each.piece.front.slug for each in found.stale],
    )


def test_what_is_new_is_told_in_a_draft(acme: Organisation) -> None:
    """Titles, authors and summaries of what came since the day, with links; the draft passes check."""
    dora = pulled(acme.people["dora"])
    found = digest(dora.world, "2026-11-01")
    text = (dora.clone / found.path).read_text()

    assert (["seals", "torque"], [], [], []) == slugs(found)
    assert "- [Torque without tears](torque.md), by Anna: How to turn.\n" in text
    assert "audience: [colleagues]" in text or "audience:\n- colleagues" in text
    assert [] == [str(each) for each in check(dora.world, [found.slug]).findings]


def test_nothing_new_is_no_draft(acme: Organisation) -> None:
    """From a day on which nothing happened nothing is written."""
    dora = pulled(acme.people["dora"])
    found = digest(dora.world, "2030-01-01")

    assert (([], [], [], []), "") == (slugs(found), found.path)
    assert [] == list((dora.clone / "drafts").glob("digest*"))


def test_answered_questions_are_told_as_such(acme: Organisation) -> None:
    """A question with its answer, once; what will be old within a month beside it."""
    dora, anna = pulled(acme.people["dora"]), acme.people["anna"]
    done = ask(dora.world, "What does [ethylene] do to rubber?")
    draft = answer(pulled(anna).world, done.id).draft
    made = draft.text.replace("## The answer\n", "## The answer\n\nA lot.\n")
    published(acme, draft.slug, made)
    published(acme, "later", piece(LATER, "Lids", "Close them.", review_by="2026-12-10"))
    found = digest(pulled(dora).world, "2026-11-01", dry_run=True)

    assert (["later", "seals", "torque"], [], [draft.slug], ["later"]) == slugs(found)
    assert "- What does \\[ethylene\\] do to rubber? – [What does \\[ethylene\\]" in found.text
    assert not (dora.clone / found.path).exists()


def test_what_fewer_may_read_is_in_no_digest_of_more(acme: Organisation) -> None:
    """A canary in title, summary and question of the board: nothing for colleagues, all for the board."""
    anna = pulled(acme.people["anna"])
    anna.write("expertpost.toml", (anna.clone / "expertpost.toml").read_text() + BOARD)
    anna.push("There is a board")
    done = ask(pulled(acme.people["dora"]).world, "Who is Zebra?", ["board"])
    draft = answer(pulled(anna).world, done.id).draft
    published(acme, draft.slug, draft.text.replace("## The answer\n", "## The answer\n\nZebra is a firm.\n"))
    dora: Colleague = pulled(acme.people["dora"])

    assert "ebra" not in digest(dora.world, "2026-11-01", dry_run=True).text
    assert "Zebra" in digest(dora.world, "2026-11-01", ["board"], dry_run=True).text


def test_what_is_not_out_is_not_told(acme: Organisation) -> None:
    """A merged piece that comes out next year, and one that nobody approved, are nobody's news yet."""
    published(acme, "later", piece(LATER, "Lids", "Close.", publish_at="2027-06-01T09:00+00:00"))
    anna = pulled(acme.people["anna"])
    anna.write("drafts/rushed.md", piece("01JD0000000000000000RVS004", "Rushed"))
    anna.push("Without a review")

    assert (["seals", "torque"], [], [], []) == slugs(digest(anna.world, "2026-11-01", dry_run=True))


def test_wrong_wishes_are_refused(acme: Organisation) -> None:
    """A day that is none, and readers nobody knows."""
    refused("XP-DIGEST-SINCE", digest, acme.people["dora"].world, "yesterday")
    refused("XP-AUDIENCE", digest, acme.people["dora"].world, "", ["colleages"])
