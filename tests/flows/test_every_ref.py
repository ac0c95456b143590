"""Every verb that takes a REF takes a slug, the beginning of an id, a path, and the address of a published copy."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.attacks.office import Office, open_office
from tests.flows.mailroom import BY, Trap
from tests.flows.organisation import START, Colleague
from tests.flows.reviewing import refused

from expertpost.errors import Failure
from expertpost.flows import outbox
from expertpost.flows.check import check
from expertpost.flows.gate import gate
from expertpost.flows.insights import insights
from expertpost.flows.policy import explain
from expertpost.flows.preview import open_glass
from expertpost.flows.prove import prove
from expertpost.flows.review import review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_export import review_export
from expertpost.flows.review_log import review_log
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import comment, return_, withdraw
from expertpost.flows.submit import submit
from expertpost.flows.unsubmit import unsubmit
from expertpost.model.outcome import Receipt
from expertpost.store.git import Git
from expertpost.store.ledger_git import segment
from expertpost.store.ledger_json import row_line
from expertpost.store.writing import write_commit

COPY = "https://social.example/@acme/1"
PAGE = "https://hub.example/pieces/piece-1.html"
FORMS = ("piece-1", "01jd0000000000000000pce", "drafts/piece-1.md", "./drafts/piece-1", PAGE, COPY, f"{COPY}/#top")


@pytest.fixture
def office(tmp_path: Path, receiver: Trap) -> Office:
    """The piece went out, to an address; another text of it is in review."""
    made = open_office(tmp_path, receiver)
    settings = made.anna.clone / "expertpost.toml"
    settings.write_text(
        f'{settings.read_text()}\n[sites.hub]\nreaders = ["colleagues"]\nbase_url = "https://hub.example/"\n'
    )
    made.anna.push("A site")
    made.approve_as()
    made.publish()
    (row,) = made.rows().values()
    remote, ledger = Git(made.org.remote), "refs/heads/expertpost-ledger"
    tip = remote.commit_of(ledger)
    line = row_line(
        type(row)(**{**{name: getattr(row, name) for name in row.__slots__}, "receipt": Receipt("1", COPY)})
    )
    commit = write_commit(remote, {segment(row.key.id): line + b"\n"}, "a", BY, START, base=tip)
    assert remote.move_refs({ledger: (commit, tip)})
    file = made.anna.clone / "drafts" / "piece-1.md"
    file.write_text(file.read_text().replace("gently", "softly"))
    submit(made.anna.world, ["piece-1"])
    for person in made.org.people.values():
        if person.clone.exists():
            person.hub.fetch()
    return made


ASKED: dict[str, Callable[[Colleague, str], object]] = {
    "check": lambda who, ref: check(who.world, [ref]).pieces,
    "preview": lambda who, ref: open_glass(who.world, ref).path,
    "submit": lambda who, ref: [one.slug for one in submit(who.world, [ref], dry_run=True)],
    "unsubmit": lambda who, ref: unsubmit(who.world, ref, dry_run=True).slug,
    "policy explain": lambda who, ref: explain(who.world, ref).slug,
    "review show": lambda who, ref: review_show(who.world, ref).waiting.slug,
    "review log": lambda who, ref: review_log(who.world, ref).slug,
    "review export": lambda who, ref: review_export(who.world, ref).slug,
    "review gate": lambda who, ref: gate(who.world, ref).slugs,
    "insights": lambda who, ref: [out.piece.front.slug for out in insights(who.world, ref).pieces],
    "outbox show": lambda who, ref: [one.slug for one in outbox.show(who.world, ref)],
    "prove": lambda who, ref: prove(who.world, ref, f"../{abs(hash(ref))}").slug,
}
"""Each verb that reads, and what it says of the piece."""


def test_a_verb_that_reads_takes_every_form(office: Office) -> None:
    """However the piece is named, the answer is the same; an address that is not ours is refused."""
    answers = {(verb, ref): ask(office.anna, ref) for verb, ask in ASKED.items() for ref in FORMS}

    assert {(verb, ref): answers[verb, "piece-1"] for verb in ASKED for ref in FORMS} == answers
    assert all(answers.values())
    for ask in ASKED.values():
        with pytest.raises(Failure, match="XP-REF-NONE"):
            ask(office.anna, "https://nowhere.example/")


def test_a_verb_that_speaks_takes_every_form(office: Office) -> None:
    """Comment, return, approve, withdraw and merge speak of the piece, however it is named."""
    bob = office.org.people["bob"]
    said = []
    for ref in FORMS:
        review_show(bob.world, ref)
        said += [comment(bob.world, ref, "Softly?"), approve(bob.world, ref), withdraw(bob.world, ref)]
    said += [return_(bob.world, COPY, "Say how."), approve(bob.world, PAGE)]

    assert {"piece-1"} == {one.slug for one in said}
    assert ("piece-1",) == merge(bob.world, COPY).slugs
    refused("XP-REF-NONE", comment, bob.world, "https://nowhere.example/", "Hm.")
