"""A bundle says who approved a text and where it went, and any change of it is found: by expertpost and without it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.attacks.office import Office, open_office
from tests.flows.mailroom import BY, Trap
from tests.flows.organisation import START, entry
from tests.flows.proving import bytes_change, checked, packed, refused_by_both, renew_sums, verified
from tests.flows.reviewing import refused

from expertpost.flows.proof_check import check
from expertpost.flows.prove import prove
from expertpost.model.event import EventKind
from expertpost.model.outcome import Receipt
from expertpost.store.git import Git
from expertpost.store.ledger_git import segment
from expertpost.store.ledger_json import row_line
from expertpost.store.writing import write_commit


@pytest.fixture
def office(tmp_path: Path, receiver: Trap) -> Office:
    """Bob has approved, Cara has said something, and it went out."""
    made = open_office(tmp_path, receiver)
    made.approve_as()
    made.say(made.statement("cara", EventKind.COMMENT, text='Fine: "],"by":"bob" is no trick'))
    made.publish()
    made.anna.clock.at = START + timedelta(hours=3)
    return made


def test_a_bundle_proves_who_approved_and_where_it_went(office: Office) -> None:
    """The script and ``--check`` agree: this text, these people, this post, and the delivery in the ledger."""
    folder, done = packed(office.anna)
    code, says = verified(folder)

    assert (("bob",), (), True, 0, 1) == (
        done.approved_by, done.missing, done.signed, done.unsigned, len(done.copies),
    )  # fmt: skip
    assert 0 == code, says
    for line in ("approve by bob, signed by bob", "submit by anna, signed by anna", "comment by cara, signed by cara",
                 "is what hook got", "hook: 1 of 1 approvals",
                 "delivered to hook", done.checksum):  # fmt: skip
        assert line in says
    found = checked(office.anna, folder)
    assert ((), ("bob",), done.digest, done.checksum) == (
        found.findings, found.approved_by, found.digest, found.checksum,
    )  # fmt: skip
    assert "Turn it gently." in json.loads((folder / "posts" / "hook.json").read_bytes())["parts"][0]


def test_no_byte_can_be_changed_unseen(office: Office) -> None:
    """One byte of any file, a file more or a file less: both checks find it."""
    folder, _ = packed(office.anna)
    bytes_change(office.anna, folder)


FORGED = [
    ("drafts/piece-1.md", "gently", "fast"),
    ("content.json", "gently", "fast"),
    ("posts/hook.json", "gently", "fast"),
    ("events.tsv", "\tbob\t", "\tcara\t"),
    ("events.tsv", "\tsigned", "\tunsigned"),
    ("approvals.tsv", "hook\t", "mail\t"),
    ("facts.tsv", "digest\t", "digest\t0"),
    ("deliveries.tsv", "delivered", "rejected"),
    ("allowed_signers", "bob", "dave"),
    ("bound.tsv", "date", "dato"),
    ("sent.tsv", "hook", "mail"),
    ("ledger/deliveries.jsonl", '"bound":{"date":"2026', '"bound":{"date":"2027'),
]


def test_new_checksums_do_not_help_a_forger(office: Office) -> None:
    """What is signed, and what follows from it, cannot be changed by whoever can count checksums."""
    folder, _ = packed(office.anna)
    for path, old, new in FORGED:
        file = folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        renew_sums(folder)
        refused_by_both(office.anna, folder)
        file.write_text(text)


def test_a_forger_cannot_say_what_was_sent(office: Office) -> None:
    """The post that went out is the approved one, filled in; another word in it, or another date, is found by both."""
    folder, _ = packed(office.anna)
    (sent,) = (folder / "sent").glob("*.json")
    assert "2026-11-23T" in json.loads(sent.read_bytes())["parts"][0]
    assert "2026-11-23T" not in (folder / "posts" / "hook.json").read_text()
    before = sent.read_text()
    for old, new in (("gently", "fast"), ("2026-11-23T", "2026-11-24T")):
        sent.write_text(before.replace(old, new))
        renew_sums(folder)
        refused_by_both(office.anna, folder)


def test_fewer_approvals_than_the_rule_asks_for_do_not_pass(office: Office) -> None:
    """How many are needed follows from the settings in the bundle, which --check reads."""
    folder, _ = packed(office.anna)
    rules = folder / "rules.tsv"
    rules.write_text(rules.read_text().replace("\t1", "\t0"))
    renew_sums(folder)

    assert {"rules.tsv", "SHA256SUMS"} == {finding.path for finding in checked(office.anna, folder).findings}


def test_an_event_cannot_be_rewritten_in_a_bundle(office: Office) -> None:
    """A statement with another word, under its old name or its new one, is found by both."""
    folder, _ = packed(office.anna)
    for file in sorted((folder / "events").glob("*.json")):
        before = file.read_bytes()
        file.write_bytes(before.replace(b'"by":"bob"', b'"by":"cara"').replace(b'"by":"anna"', b'"by":"bob"'))
        if file.read_bytes() != before:
            renew_sums(folder)
            assert (True, 1) == (bool(checked(office.anna, folder).findings), verified(folder)[0])
            file.write_bytes(before)


def test_what_happens_to_a_key_later_changes_no_proof(office: Office) -> None:
    """Bob's key is revoked after it went out: the bundle shows what was judged when it did."""
    office.key_of("bob", "revoked: true")
    folder, done = packed(office.anna)

    assert (("bob",), ()) == (done.approved_by, done.missing)
    assert 0 == verified(folder)[0]


def test_an_address_names_the_text_that_went_there(office: Office) -> None:
    """A copy's address finds the text as it was sent, though main reads otherwise by now; a page's finds main's."""
    (row,) = office.rows().values()
    assert row.receipt is not None
    told = replace(row, receipt=Receipt(row.receipt.remote_id, "https://social.example/@acme/1"))
    remote, ledger = Git(office.org.remote), "refs/heads/expertpost-ledger"
    tip = remote.commit_of(ledger)
    commit = write_commit(remote, {segment(row.key.id): row_line(told) + b"\n"}, "a", BY, START, base=tip)
    assert remote.move_refs({ledger: (commit, tip)})
    site = '[sites.hub]\nreaders = ["colleagues"]\nbase_url = "https://hub.example/"\n'
    settings = office.anna.clone / "expertpost.toml"
    settings.write_text(f"{settings.read_text()}\n{site}")
    office.merge(1, body="Turn it fast.")
    folder, done = packed(office.anna, "https://social.example/@acme/1/#top")

    assert (row.intent.content, ("bob",)) == (done.digest, done.approved_by)
    assert 0 == verified(folder)[0]
    page = prove(office.anna.world, "https://hub.example/pieces/piece-1.html", str(folder.parent / "page"))
    assert done.digest != page.digest
    refused("XP-REF-NONE", prove, office.anna.world, "https://nowhere.example/")


def test_a_text_that_nobody_approved_is_said_to_be_so(office: Office) -> None:
    """A changed text makes a bundle that says what is missing."""
    office.merge(1, body="Turn it fast.")
    folder, done = packed(office.anna)

    assert ((), ("sites: 0 of 1 approvals",)) == (done.approved_by, done.missing)
    assert "missing" in verified(folder)[1]
    refused("XP-PROVE-FOLDER", prove, office.anna.world, "piece-1", str(folder))
    refused("XP-PROVE-NONE", check, office.anna.world, str(folder.parent))


def test_unsigned_approvals_are_called_so(office: Office) -> None:
    """Where names are enough, the bundle says that they prove nothing."""
    settings = office.anna.clone / "expertpost.toml"
    settings.write_text(settings.read_text().replace("signed = true", "signed = false"))
    office.anna.write("people/bob.md", entry(office.org.people["bob"]).replace("keys: ", "topics: "))
    office.anna.push("No keys")
    office.merge(1, body="Turn it fast.")
    office.submit()
    folder, done = packed(office.anna)

    assert not done.signed
    assert "only what somebody typed" in verified(folder)[1]
