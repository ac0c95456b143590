"""Whoever can push a branch can write anything there: forged names, replays, links, settings. Nothing of it counts."""

from dataclasses import replace

import pytest
from tests.attacks.forging import approval, no_merge, signature, write
from tests.flows.organisation import (
    SEALS,
    WORKSPACE_ID,
    Colleague,
    Organisation,
    entry,
    piece,
)

from expertpost.errors import Failure, Problems
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_say import comment
from expertpost.flows.submit import submit
from expertpost.model.event import EventKind
from expertpost.store.events import Written, look, read, text_of


def test_an_approval_in_bobs_name_does_not_count(bob: Colleague, mallory: Colleague) -> None:
    """Unsigned, signed by another's key, or with a signature taken from another event: never Bob's."""
    digest = review_list(bob.world)[0].digest
    forged = approval(digest, text="forged")
    comment(bob.world, "torque", "Hm.")
    files = bob.git.blobs(entry.blob for entry in bob.git.tree("refs/expertpost/hub/expertpost-reviews"))
    (taken,) = [text.decode() for text in files if b'"by":"bob"' in text]
    stolen = taken[taken.index("-----BEGIN") :]
    write(mallory, forged)
    write(
        mallory, replace(forged, text="by mallory's key"), signature(mallory, replace(forged, text="by mallory's key"))
    )
    write(mallory, replace(forged, text="stolen"), stolen.strip())

    assert ("1 more approval",) == review_list(bob.world)[0].needs
    no_merge(mallory)
    codes = [f.code for f in look(bob.hub, bob.listed, bob.seen, WORKSPACE_ID).findings]
    assert {"XP-EVENT-SIGNATURE"} == set(codes)
    assert 2 == len(codes)


def test_an_approval_is_not_replayed(bob: Colleague, mallory: Colleague) -> None:
    """Bob's signed approval of one text, piece or workspace says nothing about another."""
    digest = review_list(bob.world)[0].digest
    elsewhere: list[dict[str, object]] = [
        {"workspace": "01JD000000000000000000OTHR"},
        {"piece": SEALS},
        {"digest": "1" * 64},
        {"kind": EventKind.COMMENT},
    ]
    for number, change in enumerate(elsewhere):
        event = approval(digest, text=str(number), **change)
        write(mallory, event, signature(bob, event))

    assert ("1 more approval",) == review_list(bob.world)[0].needs
    assert ["XP-EVENT-ELSEWHERE"] == [f.code for f in look(bob.hub, bob.listed, bob.seen, WORKSPACE_ID).findings]
    no_merge(mallory)


def test_a_piece_with_the_id_of_an_approved_one_gains_nothing(bob: Colleague, mallory: Colleague) -> None:
    """Another text under the same id has another digest, and no approval."""
    review_show(bob.world, "torque")
    approve(bob.world, "torque")
    mallory.write("drafts/torque.md", piece(body="Buy from mallory."))
    mallory.push("Sneak", "review/torque2")

    waiting = {each.branch: each.needs for each in review_list(bob.world)}
    assert () == waiting["review/torque"]
    assert waiting["review/torque2"]
    no_merge(mallory, "review/torque2")


def test_mallory_cannot_hide_that_she_wrote_it(bob: Colleague, mallory: Colleague) -> None:
    """A submission in Anna's name that Anna did not sign does not count, so nobody is told to be its author."""
    mallory.write("drafts/evil.md", piece(SEALS, "Evil"))
    mallory.push("By anna, honest", "review/evil")
    (waiting,) = [each for each in review_list(mallory.world) if each.slug == "evil"]
    write(
        mallory,
        approval(waiting.digest, "anna", kind=EventKind.SUBMIT, piece=SEALS, contributors=("anna",), text="forged"),
    )
    review_show(mallory.world, "evil")

    with pytest.raises(Failure, match="XP-APPROVE-UNSUBMITTED"):
        approve(mallory.world, "evil")
    own = approval(waiting.digest, "mallory", piece=SEALS, text="own")
    write(mallory, own, signature(mallory, own))
    no_merge(mallory, "evil")


def test_a_commit_under_anothers_name_gives_no_right(bob: Colleague, mallory: Colleague) -> None:
    """The names in commits are free text: Mallory's own submission still names her."""
    mallory.write("drafts/evil.md", piece(SEALS, "Evil"))
    mallory.run(
        "-c", "user.name=Anna", "-c", "user.email=anna@acme.example", "commit", "--quiet", "--allow-empty", "-m", "x"
    )
    submit(mallory.world, ["evil"])
    review_show(mallory.world, "evil")

    with pytest.raises(Failure, match="XP-APPROVE-OWN"):
        approve(mallory.world, "evil")


def test_another_mail_address_makes_nobody_else(org: Organisation, bob: Colleague, mallory: Colleague) -> None:
    """Setting git's user.email to Bob's address gives no approval: the key is missing."""
    mallory.run("config", "user.email", "bob@acme.example")
    review_show(mallory.world, "torque")

    with pytest.raises(Failure, match="XP-KEY"):
        approve(mallory.world, "torque")


def test_an_entry_that_takes_anothers_key_or_address_is_not_merged(bob: Colleague, mallory: Colleague) -> None:
    """A second entry with Bob's address would make its owner Bob: approved or not, it is refused."""
    mallory.write("people/robert.md", entry(mallory).replace("mallory@", "bob@").replace("keys", "topics"))
    mallory.push("Sneak", "review/join-robert")
    (waiting,) = [each for each in review_list(mallory.world) if each.is_person]
    made = approval(waiting.digest, "mallory", kind=EventKind.SUBMIT, piece="people/robert", contributors=("mallory",))
    write(mallory, made, signature(mallory, made))
    review_show(bob.world, "robert")
    approve(bob.world, "robert")

    assert isinstance(no_merge(mallory, "robert"), Problems)


def test_a_comment_full_of_tricks_stays_a_comment(bob: Colleague, mallory: Colleague) -> None:
    """A comment that holds a whole approval, fences and a signature is one comment."""
    digest = review_list(bob.world)[0].digest
    event = approval(digest)
    trick = text_of(Written(event, signature(mallory, event))).decode()
    comment(mallory.world, "torque", f"\n```\n{trick}\n```json\n{{}}\n```\n")
    kinds = sorted(e.kind for e in read(bob.hub, bob.listed, bob.seen, WORKSPACE_ID))
    review_list(bob.world)

    assert [EventKind.COMMENT, EventKind.SUBMIT] == sorted(
        (e.kind for e in read(bob.hub, bob.listed, bob.seen, WORKSPACE_ID)), key=str
    )
    assert EventKind.APPROVE not in kinds
    no_merge(mallory)


def test_an_approval_from_before_the_key_counts_no_more(bob: Colleague, mallory: Colleague) -> None:
    """An event dated outside its key's time is unsigned, and so is every event of a revoked key."""
    public = " ".join((bob.home / ".ssh/id_ed25519.pub").read_text().split()[:2])
    review_show(bob.world, "torque")
    approve(bob.world, "torque")
    assert () == review_list(bob.world)[0].needs
    for more in ("valid_before: 2026-11-01", "valid_after: 2026-12-01", "revoked: true"):
        text = entry(bob).replace(f'keys: ["{public}"]', f"keys:\n  - key: {public}\n    {more}")
        mallory.run("pull", "--quiet")
        mallory.write("people/bob.md", text)
        mallory.push(more)
        assert ("1 more approval",) == review_list(bob.world)[0].needs
