"""Whom submit asks: entitled, close to the topics, free, and told why; and what waits for whom."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.organisation import SEALS, SETTINGS, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import refused, seen

from expertpost.flows.asked import ASKED
from expertpost.flows.experts import find
from expertpost.flows.propose import MAX_OPEN
from expertpost.flows.review import review_list
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import return_
from expertpost.flows.submit import submit
from expertpost.model.event import EventKind
from expertpost.store.events import read

RULES = """
[sites.outside]
readers = ["public"]

[[review.rules]]
audience = ["public"]
approvals = 2
roles = ["editor"]

[[review.rules]]
kind = ["note"]
due_days = 3
escalate = ["editor"]
"""


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Four people; nobody lists a topic yet."""
    return organisation(tmp_path, "anna", "bob", "cara", "dora", settings=SETTINGS + RULES)


def say_of(org: Organisation, handle: str, **more: str) -> None:
    """Somebody's entry on main, with more in it."""
    anna = org.people["anna"]
    anna.run("pull", "--quiet", "--rebase")
    anna.write(f"people/{handle}.md", entry(org.people[handle], **more))
    anna.push(f"About {handle}")


def asked(anna: Colleague, slug: str = "torque", **front: str) -> list[tuple[str, str]]:
    """Who is asked for a new piece about seals, and why."""
    number = sum(map(ord, slug)) % 1000
    anna.write(f"drafts/{slug}.md", piece(f"01JD0000000000000000TRQ{number:03d}", slug, topics="[seals]", **front))
    (sent,) = submit(anna.world, [slug])
    return [(each.handle, each.why) for each in sent.reviewers]


def test_who_lists_the_topic_is_asked(org: Organisation, anna: Colleague) -> None:
    """One approval is wanted, so one person is asked: the one who knows the topic, recorded in the signed event."""
    say_of(org, "cara", topics="[seals]")

    assert [("cara", "knows seals")] == asked(anna)
    assert ("cara",) == review_list(anna.world)[0].asked


def test_who_wrote_or_reviewed_about_it_is_asked(org: Organisation, anna: Colleague) -> None:
    """Work shows what people know: a piece of Dora's that Cara approved makes both of them close to its topics."""
    dora, cara = org.people["dora"], org.people["cara"]
    dora.write("drafts/seals.md", piece(SEALS, "Seals", authors="[dora]", topics="[seals]"))
    submit(dora.world, reviewers=["cara"])
    seen(cara, "seals")
    merge(cara.world, "seals")
    anna.run("pull", "--quiet")
    assert [("cara", "reviewed 1 piece about it")] == asked(anna)
    say_of(org, "cara", opt_out="true")

    assert [("dora", "wrote 1 piece about it")] == asked(anna, "turning")


def test_who_is_away_or_has_opted_out_is_not_asked(org: Organisation, anna: Colleague) -> None:
    """Away until a day that has not passed, or opted out: somebody else is asked."""
    say_of(org, "cara", topics="[seals]", away_until="2026-12-24")
    say_of(org, "dora", topics="[seals]", opt_out="true")

    assert [("bob", "may approve it")] == asked(anna)


def test_who_has_too_much_to_review_is_not_asked(org: Organisation, anna: Colleague) -> None:
    """After some open reviews the next one goes to somebody else."""
    say_of(org, "cara", topics="[seals]")
    for number in range(MAX_OPEN):
        assert ["cara"] == [handle for handle, _ in asked(anna, f"piece-{number}")]

    assert ["bob"] == [handle for handle, _ in asked(anna, "one-more")]


def test_as_many_as_the_policy_wants_with_the_roles_it_wants(org: Organisation, anna: Colleague) -> None:
    """Two approvals by editors: two editors are asked, however much others know."""
    say_of(org, "bob", roles="[editor]")
    say_of(org, "dora", roles="[editor]")
    say_of(org, "cara", topics="[seals]")

    assert ["bob", "dora"] == [handle for handle, _ in asked(anna, audience="[public]")]


def test_who_is_named_is_asked_and_nobody_else(org: Organisation, anna: Colleague) -> None:
    """A name of one's own beats every proposal; asking somebody else of the same text is said anew."""
    say_of(org, "cara", topics="[seals]")
    anna.write("drafts/torque.md", piece(topics="[seals]"))
    submit(anna.world, reviewers=["bob"])
    assert ("bob",) == review_list(anna.world)[0].asked
    (again,) = submit(anna.world, ["torque"], reviewers=["dora"])

    assert (False, ("dora",)) == (again.unchanged, review_list(anna.world)[0].asked)


def test_who_cannot_approve_cannot_be_named(anna: Colleague) -> None:
    """Nobody unknown, and nobody who wrote it."""
    anna.write("drafts/torque.md", piece())

    assert "did you mean" in refused("XP-REVIEWER", submit, anna.world, reviewers=["bop"]).cure
    refused("XP-REVIEWER", submit, anna.world, reviewers=["anna"])


def test_those_asked_stay_asked(org: Organisation, anna: Colleague) -> None:
    """Another text goes to those who know the first one, whoever knows more about it meanwhile."""
    anna.write("drafts/torque.md", piece(topics="[seals]"))
    submit(anna.world, reviewers=["bob"])
    return_(org.people["bob"].world, "torque", "More, please.")
    say_of(org, "cara", topics="[seals]")
    anna.write("drafts/torque.md", piece(topics="[seals]", body="Turn it gently, twice."))
    (sent,) = submit(anna.world, ["torque"])

    assert [("bob", "asked before")] == [(each.handle, each.why) for each in sent.reviewers]


def test_the_list_of_ones_own(org: Organisation, anna: Colleague) -> None:
    """Mine is what I am asked for, and what is about my topics; not what I wrote or have decided."""
    bob, cara, dora = (org.people[handle] for handle in ("bob", "cara", "dora"))
    say_of(org, "cara", topics="[seals]")
    anna.write("drafts/torque.md", piece(topics="[seals]"))
    submit(anna.world, reviewers=["bob"])

    assert [ASKED] == [each.for_me for each in review_list(bob.world, mine=True)]
    assert ["about seals"] == [each.for_me for each in review_list(cara.world, mine=True)]
    assert () == review_list(dora.world, mine=True)
    assert () == review_list(anna.world, mine=True)
    seen(bob)
    assert () == review_list(bob.world, mine=True)


def test_a_review_has_a_day_on_which_it_is_due(org: Organisation, anna: Colleague) -> None:
    """Where a rule says so: until then those who are asked, after it also those with the roles it names."""
    bob, dora = org.people["bob"], org.people["dora"]
    say_of(org, "dora", roles="[editor]")
    anna.write("drafts/torque.md", piece(kind="note"))
    submit(anna.world, reviewers=["bob"])
    (waiting,) = review_list(anna.world)
    assert waiting.since
    assert (waiting.since + timedelta(days=3), ("bob",)) == (waiting.due, waiting.asked)
    dora.clock.at += timedelta(days=4)
    assert ("bob", "dora") == review_list(dora.world)[0].asked
    assert [ASKED] == [each.for_me for each in review_list(dora.world, mine=True)]
    seen(bob)

    assert (None, ()) == (lambda found: (found.due, found.asked))(review_list(dora.world)[0])


def test_the_request_is_part_of_what_is_signed(org: Organisation, anna: Colleague) -> None:
    """Whoever changes who was asked breaks the signature: it is in the statement of the submission."""
    anna.write("drafts/torque.md", piece())
    submit(anna.world, reviewers=["bob", "cara"])
    bob = org.people["bob"]
    people = bob.listed
    (event,) = [e for e in read(bob.hub, people, bob.seen) if e.kind is EventKind.SUBMIT]

    assert (("bob", "cara"), "anna") == (event.reviewers, event.signer)


def test_reviewers_are_ranked_as_experts_are(org: Organisation, anna: Colleague) -> None:
    """Where evidence was gathered, who is asked is who ``experts find`` names first: by words, not by topics alone."""
    cara, dora = org.people["cara"], org.people["dora"]
    cara.write("drafts/gas.md", piece(SEALS, "Ethylene oxide", authors="[cara]", topics="[gas]"))
    submit(cara.world, reviewers=["dora"])
    seen(dora, "gas")
    merge(dora.world, "gas")
    say_of(org, "bob", topics="[seals]")
    anna.write("drafts/swell.md", piece(title="Ethylene oxide and rubber", topics="[gas]"))
    found = find(anna.world, "Ethylene oxide and rubber How to turn.", ["gas"])
    (sent,) = submit(anna.world, ["swell"])

    assert [known.who.id for known in found.experts][:1] == [each.handle for each in sent.reviewers]
    assert "wrote 1 piece about it" == sent.reviewers[0].why


def test_a_broken_index_does_not_stop_a_submission(org: Organisation, anna: Colleague) -> None:
    """What cannot be read is as if it were not there: topics tell who is asked."""
    say_of(org, "cara", topics="[seals]")
    index = anna.clone / ".git" / "expertpost" / "experts.sqlite"
    index.parent.mkdir(exist_ok=True)
    index.write_bytes(b"no database" * 100)

    assert [("cara", "knows seals")] == asked(anna)
