"""Keys that ended, keys in wrong hands, and approvals moved to where they were not given: nothing goes out by them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.attacks.office import REVIEWS, Office, open_office
from tests.flows.mailroom import BY, Trap
from tests.flows.organisation import START, entry

from expertpost.errors import Exit, Failure
from expertpost.model.canonical import canonical_json
from expertpost.model.event import EventKind
from expertpost.store.events import Written, append
from expertpost.store.git import Git
from expertpost.store.hub import Landed
from expertpost.store.keys import sign
from expertpost.store.own_keys import found
from expertpost.store.writing import write_commit
from expertpost.testing.twin import HttpTwin

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path, receiver: HttpTwin) -> Office:
    """A piece that is merged and submitted, and people with keys."""
    return open_office(tmp_path, receiver)


def test_what_is_properly_signed_goes_out(office: Office, receiver: Trap) -> None:
    """The honest way works, so that the refusals below mean something."""
    office.approve_as()
    office.publish()

    assert 1 == len(receiver.arrived())


@pytest.mark.parametrize(
    "forged",
    [
        {"workspace": "01JD000000000000000000OTHR"},
        {"piece": "01JD0000000000000000PCE999"},
        {"digest": "1" * 64},
        {"posts": {"other": "1" * 64}},
        {"posts": {"hook": "1" * 64}},
        {"kind": EventKind.COMMENT},
    ],
    ids=["workspace", "piece", "text", "channel", "post", "kind"],
)
def test_replaying_an_approval_given_for_something_else(
    office: Office, receiver: Trap, forged: dict[str, object]
) -> None:
    """Bob's own signature, over a statement that names another workspace, piece, text, channel or post."""
    office.say(replace(office.statement("bob"), **forged))  # type: ignore[arg-type]
    office.publish()

    assert () == receiver.arrived()


def test_replaying_an_approval_for_another_edition_or_audience(office: Office, receiver: Trap) -> None:
    """A higher edition or wider readers make another text: the old approval says nothing of it."""
    office.approve_as()
    for front in ({"editions": "{hook: 2}"}, {"audience": "[public]"}):
        office.merge(1, **front)
        office.publish(after=HOUR)

    assert () == receiver.arrived()


def test_approving_in_anothers_name_with_ones_own_key(office: Office, receiver: Trap) -> None:
    """Mallory signs, and writes that she is Bob."""
    office.approve_as("bob", office.org.people["mallory"])
    office.publish()

    assert () == receiver.arrived()


def test_approving_without_a_signature(office: Office, receiver: Trap) -> None:
    """A name alone is worth nothing."""
    assert Landed() == append(office.fetched(), [Written(office.statement("bob"))], BY, START)
    office.publish()

    assert () == receiver.arrived()


def test_passing_a_signature_for_something_else_off_as_an_approval(office: Office, receiver: Trap) -> None:
    """Bob's key over the very bytes of an approval, in git's namespace: made for a commit, it approves nothing."""
    event, bob = office.statement("bob"), office.org.people["bob"]
    (key, *_) = found(None, bob.env)
    taken = sign(key, canonical_json(event.statement), bob.env, "git") or ""
    assert taken
    assert Landed() == append(office.fetched(), [Written(event, taken)], BY, START)
    office.publish()

    assert () == receiver.arrived()


def test_backdating_an_approval_with_an_ended_key(office: Office, receiver: Trap) -> None:
    """A key that ended, and a statement that says it was signed before: the runner saw it after that."""
    office.key_of("bob", f"valid_before: {(START + HOUR / 2).isoformat()}")
    office.approve_as(at=START)
    office.publish()

    assert () == receiver.arrived()


def test_what_was_seen_in_time_outlives_the_key(office: Office, receiver: Trap) -> None:
    """An approval that the runner saw while the key counted stays good: people leave, what they approved stays."""
    office.merge(1, publish_at="2026-11-24T09:00+00:00")
    office.submit()
    office.approve_as(not_before=START + DAY)
    office.publish()
    assert () == receiver.arrived()
    office.key_of("bob", f"valid_before: {(START + 2 * HOUR).isoformat()}")
    office.key_of("anna", f"valid_before: {(START + 2 * HOUR).isoformat()}")
    office.publish(after=DAY)

    assert 1 == len(receiver.arrived())


def test_using_a_revoked_key_that_was_seen_in_time(office: Office, receiver: Trap) -> None:
    """Revoking voids everything that is not out yet, whenever it was seen."""
    office.merge(1, publish_at="2026-11-24T09:00+00:00")
    office.submit()
    office.approve_as(not_before=START + DAY)
    office.publish()
    office.key_of("bob", "revoked: true")
    office.publish(after=DAY)

    assert () == receiver.arrived()


def test_adding_a_key_on_the_branch_under_review(office: Office, receiver: Trap) -> None:
    """Mallory's branch lists her key for Bob; main does not, so what she signs as Bob counts for nothing."""
    mallory = office.org.people["mallory"]
    mallory.write("people/bob.md", entry(mallory).replace("mallory", "bob").replace("Mallory", "Bob"))
    mallory.push("My key for Bob", "review/piece-1")
    office.approve_as("bob", mallory)
    office.publish()

    assert () == receiver.arrived()


def test_sending_earlier_than_what_was_approved(office: Office, receiver: Trap) -> None:
    """The approval names a day; a text that says an earlier one is another text, and waits."""
    office.merge(1, publish_at="2026-11-30T09:00+00:00")
    office.submit()
    office.approve_as(not_before=START + 7 * DAY)
    office.merge(1, publish_at="2026-11-23T08:00+00:00")
    office.submit()
    office.publish(after=HOUR)

    assert () == receiver.arrived()


def test_approving_while_the_approver_withdraws(office: Office, receiver: Trap) -> None:
    """An approval and a withdrawal that had not seen each other: the cautious one wins, in whatever order they land."""
    approval = office.approve_as()
    office.say(office.statement("bob", EventKind.WITHDRAW, at=START - HOUR, prev=(), digest=""))
    office.publish()
    assert () == receiver.arrived()
    office.approve_as(prev=(approval.id,), text="again")
    office.publish(after=HOUR)

    assert () == receiver.arrived()


@pytest.mark.parametrize("how", ["removed", "edited", "rewound", "begun anew"])
def test_taking_a_withdrawal_off_the_branch(office: Office, receiver: Trap, how: str) -> None:
    """A run that starts from an empty disk misses what an earlier one saw, and stops with exit 4."""
    office.merge(1, publish_at="2026-11-24T09:00+00:00")
    submitted = office.submit()
    approval = office.approve_as(not_before=START + DAY)
    before = Git(office.org.remote).commit_of(REVIEWS)
    back = office.statement("bob", EventKind.WITHDRAW, prev=(approval.id, submitted.id), digest="")
    office.say(back)
    office.publish()
    remote = Git(office.org.remote)
    if how == "removed":
        office.rewrite({office.path_of(back): None})
    elif how == "edited":
        office.rewrite({office.path_of(back): b"---\nkind: withdraw\n---\nnever mind\n"})
    elif how == "rewound":
        assert remote.move_refs({REVIEWS: (before, remote.commit_of(REVIEWS))})
    else:
        office.rewrite({"README.md": b"empty"}, on_top=False)
    with pytest.raises(Failure, match="XP-REWOUND") as refused:
        office.publish(after=DAY)

    assert (Exit.GUARD, ()) == (refused.value.exit_code, receiver.arrived())


def test_taking_an_event_away_by_a_commit_on_top(office: Office) -> None:
    """A clone that saw an event refuses a branch whose later commit removes or edits it, though nothing was rewound."""
    event = office.approve_as()
    office.fetched()
    office.rewrite({office.path_of(event): None})

    with pytest.raises(Failure, match="XP-REWOUND"):
        office.fetched()


def test_reordering_what_was_said(office: Office, receiver: Trap) -> None:
    """The same events by other commits in another order mean the same, and a run that saw them goes on."""
    first = office.approve_as()
    second = office.statement("cara", EventKind.COMMENT, text="Fine", at=START + HOUR)
    office.say(second)
    office.publish()
    remote = Git(office.org.remote)
    files = {entry.path: entry.blob for entry in remote.tree(REVIEWS)}
    texts = dict(zip(files, remote.blobs(files.values()), strict=True))
    paths = [office.path_of(second), office.path_of(first)]
    tip = remote.commit_of(REVIEWS)
    base = write_commit(remote, {p: t for p, t in texts.items() if p not in paths}, "1", BY, START, base=None)
    for path in paths:
        base = write_commit(remote, {path: texts[path]}, "2", BY, START, base=base)
    assert remote.move_refs({REVIEWS: (base, tip)})
    office.publish(after=HOUR)

    assert 1 == len(receiver.arrived())


def test_a_pattern_instead_of_a_name(office: Office, receiver: Trap) -> None:
    """A file people/*.md, or a pattern among somebody's addresses, would stand for many: nothing is judged then."""
    office.approve_as()
    bob = office.org.people["bob"]
    office.anna.write("people/bob.md", entry(bob).replace("bob@acme.example", "*@acme.example"))
    office.anna.push("Everybody is Bob")
    with pytest.raises(Failure, match="XP-FINDINGS") as refused:
        office.publish()

    assert (Exit.FINDINGS, ()) == (refused.value.exit_code, receiver.arrived())


def test_one_key_for_two_people(office: Office, receiver: Trap) -> None:
    """Who shares a key could speak for the other: nothing is judged until that is mended."""
    office.approve_as()
    mallory = office.org.people["mallory"]
    office.anna.write("people/maud.md", entry(mallory).replace("mallory", "maud"))
    office.anna.push("Two with one key")
    with pytest.raises(Failure, match="XP-FINDINGS"):
        office.publish()

    assert () == receiver.arrived()
