"""People and their keys: changed on a branch and by review, each new key proven by itself, nothing else touched."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.organisation import Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import on_main, refused, seen

from expertpost.errors import Problems
from expertpost.flows.entry_text import with_key, with_line, with_more, with_times
from expertpost.flows.person import list_, show
from expertpost.flows.person_change import Wanted, add, leave, revoke, rotate
from expertpost.flows.possession import is_proven
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.submit import submit
from expertpost.model.people import SigningKey
from expertpost.store.keys import public_of


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna, Bob and Cara are listed, each with a key."""
    return organisation(tmp_path, "anna", "bob", "cara")


def new_key(person: Colleague, name: str = "id_new") -> str:
    """Another key of the person; its public half."""
    file = person.home / ".ssh" / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True, timeout=60)
    return public_of(file)


def let_in(person: Colleague, handle: str) -> None:
    """Look, approve and merge as somebody else."""
    seen(person, handle)
    merge(person.world, handle)


def test_rotating_adds_a_proven_key_and_ends_the_old_one(org: Organisation) -> None:
    """The new key signs whose it is, the old one goes on for two weeks; approved by another it counts."""
    bob, cara = org.people["bob"], org.people["cara"]
    old, new = public_of(bob.home / ".ssh" / "id_ed25519"), new_key(bob)
    done = rotate(bob.world, "~/.ssh/id_new".replace("~", str(bob.home)))

    assert ("bob", "review/person-bob", False) == (done.handle, done.branch, done.alone)
    with pytest.raises(Problems):
        merge(cara.world, "bob")
    let_in(cara, "bob")
    listed = bob.listed.by_handle("bob")
    assert listed is not None
    assert [(old, True), (new, False)] == [(key.key, key.valid_before is not None) for key in listed.keys]
    assert is_proven(listed.keys[1], "01JD0000000000000000000WRK", "bob")
    assert [("counts", False), ("counts", True)] == [(key.state, key.proven) for key in show(bob.world, "").keys]


def test_a_rotation_is_not_approved_by_its_owner(org: Organisation) -> None:
    """Nobody lets their own new key in."""
    bob = org.people["bob"]
    new_key(bob, "id_ecdsa")
    rotate(bob.world)
    review_show(bob.world, "bob")

    refused("XP-APPROVE-OWN", approve, bob.world, "bob")


def test_who_lost_the_key_can_still_ask_for_another(org: Organisation) -> None:
    """Without any listed key the proposal is unsigned and by mail address, and somebody else lets it in."""
    bob, cara = org.people["bob"], org.people["cara"]
    (bob.home / ".ssh" / "id_ed25519").unlink()
    (bob.home / ".ssh" / "id_ed25519.pub").unlink()
    new_key(bob, "id_ecdsa")
    rotate(bob.world)

    assert "bob@acme.example" == review_list(cara.world)[0].by
    let_in(cara, "bob")
    org.people["anna"].write("drafts/torque.md", piece())
    submit(org.people["anna"].world)
    assert () == seen(bob).needs


def test_a_key_without_its_own_signature_is_not_let_in(org: Organisation) -> None:
    """Whoever writes a key into an entry by hand, or copies a proof, is asked for a proof by that key."""
    bob, cara = org.people["bob"], org.people["cara"]
    new_key(bob, "id_ecdsa")
    text = rotate(bob.world, dry_run=True).text
    stolen = text.replace(text.split("proof: ")[1][:60], "A" * 60)
    bob.run("switch", "--quiet", "--create", "hand")
    bob.write("people/bob.md", stolen)
    bob.push("By hand", "review/hand")
    (waiting,) = [each for each in review_list(cara.world) if each.is_person]

    assert any("a proof that bob has the key" in need for need in waiting.needs)
    with pytest.raises(Problems) as refused:
        merge(cara.world, "bob")
    assert any("a proof that bob has the key" in finding.what for finding in refused.value.findings)


def test_a_proof_holds_for_one_person_in_one_workspace() -> None:
    """A proof that was made for somebody else, elsewhere, or for no key at all proves nothing."""
    assert not is_proven(SigningKey("ssh-ed25519 AAAA", proof="AAAA"), "W", "bob")
    assert not is_proven(SigningKey("ssh-ed25519 AAAA"), "W", "bob")


def test_who_leaves_decides_nothing_more_and_stays_named(org: Organisation) -> None:
    """The keys end, the entry stays with its bio; what they approve from then on does not count."""
    anna, bob, cara = (org.people[name] for name in ("anna", "bob", "cara"))
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    leave(anna.world, "bob")
    let_in(cara, "bob")
    person = bob.listed.by_handle("bob")
    assert person is not None
    assert person.left is not None
    bob.clock.at = cara.clock.at + timedelta(minutes=1)
    review_show(bob.world, "torque")
    approve(bob.world, "torque")

    assert ("1 more approval",) == review_list(cara.world)[0].needs
    assert ["ended"] == [key.state for key in show(anna.world, "bob").keys]


def test_the_last_one_does_not_leave(tmp_path: Path) -> None:
    """Nobody could let anybody in afterwards; and what the only one proposes about others nobody can approve."""
    org = organisation(tmp_path, "anna", "bob")
    anna, bob = org.people["anna"], org.people["bob"]
    assert [False, True] == [leave(anna.world, name, dry_run=True).stuck for name in ("anna", "bob")]
    leave(anna.world, "bob")
    anna.run("push", "--quiet", "origin", "origin/review/person-bob:main")

    refused("XP-PERSON-LAST", leave, anna.world, "anna")
    refused("XP-PERSON-LAST", leave, bob.world, "anna")
    assert add(anna.world, "dora", Wanted("Dora", ("dora@acme.example",)), dry_run=True).stuck


def test_a_revoked_key_counts_no_more(org: Organisation) -> None:
    """What it approved and is not out yet needs another approval."""
    anna, bob, cara = (org.people[name] for name in ("anna", "bob", "cara"))
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    assert () == seen(bob).needs
    revoke(anna.world, "bob")
    let_in(cara, "bob")

    assert ("1 more approval",) == review_list(cara.world)[0].needs
    review_show(bob.world, "torque")
    refused("XP-KEY", approve, bob.world, "torque")
    refused("XP-PERSON-KEY", revoke, anna.world, "bob")


def test_somebody_is_proposed_by_somebody(org: Organisation) -> None:
    """A new entry needs a name and an address and lists no key; more can be added to it later."""
    anna, bob = org.people["anna"], org.people["bob"]
    refused("XP-PERSON-NEW", add, anna.world, "dora", Wanted(name="Dora"))
    refused("XP-PERSON-HANDLE", add, anna.world, "*", Wanted(name="Dora"))
    add(anna.world, "dora", Wanted("Dora", ("dora@acme.example",), ("editor",)))
    add(anna.world, "dora", Wanted(topics=("seals",)))
    let_in(bob, "dora")

    (dora,) = [one for one in list_(bob.world).people if one.person.handle == "dora"]
    assert (("editor",), ("seals",), False) == (dora.person.roles, dora.person.topics, dora.signs)
    refused("XP-PERSON-SAME", add, anna.world, "dora", Wanted(topics=("seals",)))
    refused("XP-PERSON-NONE", leave, anna.world, "nobody")


def test_a_dry_run_changes_nothing(org: Organisation) -> None:
    """Nothing is pushed, and the text that would be is told."""
    bob = org.people["bob"]
    new_key(bob, "id_ecdsa")
    before = bob.run("ls-remote", "origin")
    texts = [rotate(bob.world, dry_run=True).text, leave(bob.world, "anna", "2026-12-01", dry_run=True).text]

    assert (before, True, True) == (bob.run("ls-remote", "origin"), "proof: " in texts[0], "left: 2026-1" in texts[1])
    assert entry(bob) == on_main(bob, "people/bob.md")


TEXT = """---
# who they are
name: Bob
keys:
  - ssh-ed25519 AAAA
  - {key: ssh-ed25519 BBBB, valid_after: 2026-01-01}

# what they know
topics: [seals]
mood: calm
---
Bob knows seals.
"""


def test_only_the_lines_that_change_are_changed() -> None:
    """Comments, other keys, their order and the bio survive byte for byte; line ends stay what they are."""
    changed = with_key(TEXT, SigningKey("ssh-ed25519 CCCC", proof="UFJPT0Y="))
    changed = with_times(changed, frozenset({"ssh-ed25519 BBBB"}), revoked=True)
    changed = with_line(with_more(changed, "topics", ("pumps",)), "left", "2026-11-25")
    block = (
        "keys:\n  - ssh-ed25519 AAAA\n  - key: ssh-ed25519 BBBB\n    valid_after: 2026-01-01\n    revoked: true\n"
        '  - key: ssh-ed25519 CCCC\n    proof: "UFJPT0Y="\n'
    )
    more = "\n# what they know\ntopics: [seals, pumps]\nmood: calm\nleft: 2026-11-25\n---\nBob knows seals.\n"
    wanted = f"---\n# who they are\nname: Bob\n{block}{more}"

    assert wanted.replace('"', "") == changed.replace('"', "")
    assert with_line(TEXT.replace("\n", "\r\n"), "mood", "glad") == TEXT.replace("calm", "glad").replace("\n", "\r\n")
