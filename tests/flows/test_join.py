"""Joining: a clone from an address nobody trusts, and one's own entry proposed to those who are listed."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.flows.organisation import Colleague, Organisation, entry, organisation, piece

from expertpost.errors import Exit, Failure, Problems
from expertpost.flows.context import World
from expertpost.flows.join import join
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import return_
from expertpost.flows.submit import submit
from expertpost.flows.unsubmit import unsubmit


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna and Bob are listed."""
    return organisation(tmp_path)


@pytest.fixture
def carol(org: Organisation) -> Colleague:
    """Somebody new, with a key and without a clone."""
    (org.folder / "clones").mkdir(exist_ok=True)
    return org.colleague("carol")


def outside(person: Colleague) -> World:
    """The person's world before they have a clone."""
    return replace(person.world, here=person.clone.parent)


def take_part(person: Colleague, org: Organisation) -> None:
    """Join into the folder where the tests expect the clone."""
    joined = join(outside(person), str(org.remote), person.handle)
    assert (person.clone.resolve(), True, False) == (joined.root, joined.cloned, joined.listed)


def test_joining_clones_and_proposes_an_entry(org: Organisation, carol: Colleague) -> None:
    """The workspace lies here, clean; the proposal holds name, address and public key, and no role."""
    take_part(carol, org)

    assert "" == carol.run("status", "--short")
    (waiting,) = review_list(carol.world)
    assert ("carol", True, "carol@acme.example", "in review") == (
        waiting.slug, waiting.is_person, waiting.by, waiting.state,
    )  # fmt: skip
    text = review_show(carol.world, "carol").text
    key = " ".join((carol.home / ".ssh/id_ed25519.pub").read_text().split()[:2])
    assert (True, False) == (key in text, "roles" in text)


def test_a_listed_person_lets_them_in(org: Organisation, carol: Colleague) -> None:
    """Shown, approved and merged by somebody listed, the newcomer is listed and signs from then on."""
    take_part(carol, org)
    bob = org.people["bob"]
    with pytest.raises(Problems):
        merge(bob.world, "carol")
    with pytest.raises(Failure, match="XP-APPROVE-UNSEEN"):
        approve(bob.world, "carol")
    review_show(bob.world, "carol")
    assert () == approve(bob.world, "carol").needs
    merge(bob.world, "carol")

    assert join(carol.world).listed
    assert {"anna", "bob", "carol"} == {person.handle for person in carol.listed.listed}
    carol.write("drafts/torque.md", piece(authors="[carol]"))
    assert submit(carol.world)[0].signed


def test_an_entry_waits_for_those_who_may_let_somebody_in(org: Organisation, carol: Colleague) -> None:
    """It is on everybody's own list, until there is an admin; not on the list of who joins."""
    take_part(carol, org)
    anna = org.people["anna"]
    listed = {
        who.handle: [one.slug for one in review_list(who.world, mine=True)]
        for who in org.people.values()
        if who.clone.exists()
    }
    assert {"anna": ["carol"], "bob": ["carol"], "carol": []} == listed
    anna.write("people/bob.md", entry(org.people["bob"], roles="[admin]"))
    anna.push("Bob decides")

    assert ([], ["carol"]) == (
        [one.slug for one in review_list(anna.world, mine=True)],
        [one.slug for one in review_list(org.people["bob"].world, mine=True)],
    )


def test_nobody_lets_themselves_in(org: Organisation, carol: Colleague) -> None:
    """The newcomer can neither approve nor merge their own entry, and a return holds it."""
    take_part(carol, org)
    review_show(carol.world, "carol")
    with pytest.raises(Failure, match="XP-NOT-LISTED"):
        approve(carol.world, "carol")
    with pytest.raises(Problems, match="not ready"):
        merge(carol.world, "carol")
    return_(org.people["anna"].world, "carol", "Who are you?")

    assert "returned" == review_list(carol.world)[0].state


def test_nobody_changes_an_entry_alone(org: Organisation) -> None:
    """A listed person who writes a new key into somebody's entry, or their own, cannot approve it."""
    bob = org.people["bob"]
    bob.run("switch", "--quiet", "--create", "key")
    bob.write("people/anna.md", entry(bob).replace("bob", "anna").replace("Bob", "Anna"))
    bob.push("A key for Anna", "review/join-anna")
    review_show(bob.world, "anna")

    with pytest.raises(Failure, match="XP-APPROVE-UNSUBMITTED"):
        approve(bob.world, "anna")
    with pytest.raises(Problems, match="not ready"):
        merge(bob.world, "anna")


def test_joining_again_proposes_nothing_new(org: Organisation, carol: Colleague) -> None:
    """Who has proposed themselves is told that it waits; who is listed, that they are."""
    take_part(carol, org)
    tip = carol.run("ls-remote", "origin")
    again = join(carol.world)

    assert (True, "review/join-carol", tip) == (again.before, again.branch, carol.run("ls-remote", "origin"))
    assert join(org.people["bob"].world).listed


def test_a_proposal_can_be_taken_back(org: Organisation, carol: Colleague) -> None:
    """Whoever has the very entry on the disk may take it back from review."""
    take_part(carol, org)
    carol.write("people/carol.md", review_show(carol.world, "carol").text)
    unsubmit(carol.world, "carol")

    assert () == review_list(carol.world)


def test_a_handle_that_is_taken_gets_a_number(org: Organisation) -> None:
    """Two people of one name get two handles; a wish for a taken one is refused."""
    twin = org.colleague("anna2")
    (twin.home / ".gitconfig").write_text("[user]\n\tname = Anna\n\temail = other@acme.example\n")
    with pytest.raises(Failure, match="XP-JOIN-HANDLE"):
        join(outside(twin), str(org.remote), "x", handle="anna")
    with pytest.raises(Failure, match="XP-JOIN-HANDLE"):
        join(outside(twin), str(org.remote), "y", handle="../anna")
    twin.clone = org.folder / "clones" / "x"

    assert "anna-2" == join(twin.world).handle


def test_without_a_key_it_works_unsigned(org: Organisation) -> None:
    """Somebody without an SSH key is proposed without one."""
    carol = org.colleague("carol", key=False)
    (org.folder / "clones").mkdir(exist_ok=True)
    joined = join(outside(carol), str(org.remote), "carol")

    assert not joined.key
    assert "keys" not in review_show(carol.world, "carol").text


def test_the_first_person_needs_nobody(tmp_path: Path) -> None:
    """Where nobody is listed, the first entry is merged by whoever proposed it."""
    org = organisation(tmp_path)
    anna = org.people["anna"]
    anna.run("rm", "--quiet", "-r", "people")
    anna.push("Nobody")
    joined = join(anna.world)
    merge(anna.world, "anna")

    assert (True, False) == (joined.alone, joined.listed)
    assert ["anna"] == [person.handle for person in anna.listed.listed]


def test_whoever_may_not_push_is_told(org: Organisation, carol: Colleague, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading without writing is said with exit 3; the clone stays and can be used later."""
    hook = org.remote / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho read only >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Failure, match="XP-DENIED") as refused:
        join(outside(carol), str(org.remote), "carol")

    assert (Exit.NEEDS_PERSON, True) == (refused.value.exit_code, (carol.clone / "expertpost.toml").is_file())


def test_no_identity_is_told_before_anything_is_fetched(org: Organisation, carol: Colleague) -> None:
    """Without user.name and user.email nothing is cloned."""
    (carol.home / ".gitconfig").write_text("")
    with pytest.raises(Failure, match="XP-IDENTITY"):
        join(outside(carol), str(org.remote), "carol")

    assert not carol.clone.exists()


@pytest.mark.parametrize(
    "address",
    [
        "ext::sh -c 'touch pwned'",
        "ext::sh",
        "fd::3",
        "--upload-pack=touch pwned",
        "-x",
        "ssh://-oProxyCommand=touch%20pwned/x",
        "ssh://user@-oProxyCommand=x/y",
        "-oProxyCommand=x:y",
        "user@-oProxyCommand=x:y",
        "https://example.org/\nx",
        "javascript:alert(1)\x1b[2J",
        "nothing-there",
        "",
        "ftp://example.org/x",
    ],
)
def test_an_address_that_could_run_something_is_refused(org: Organisation, carol: Colleague, address: str) -> None:
    """Transport helpers, options in disguise and unknown schemes never reach git."""
    with pytest.raises(Failure) as refused:
        join(outside(carol), address, "carol")

    assert refused.value.code in ("XP-JOIN-ADDRESS", "XP-WORKSPACE-NONE")
    assert [] == list(org.folder.rglob("*pwned*"))


def test_a_folder_that_is_in_use_is_kept(org: Organisation, carol: Colleague) -> None:
    """Nothing is cloned over anything."""
    carol.write("mine.txt", "mine")
    with pytest.raises(Failure, match="XP-JOIN-FOLDER"):
        join(outside(carol), str(org.remote), "carol")

    assert ["mine.txt"] == [path.name for path in carol.clone.iterdir()]


def test_what_is_no_workspace_leaves_nothing_behind(org: Organisation, carol: Colleague) -> None:
    """A repository without expertpost.toml, and one that is not there, leave no folder."""
    anna = org.people["anna"]
    anna.run("rm", "--quiet", "expertpost.toml")
    anna.push("No workspace any more")
    for address in (str(org.remote), "https://127.0.0.1:1/none.git"):
        with pytest.raises(Failure, match=r"XP-WORKSPACE-NONE|XP-JOIN-CLONE"):
            join(outside(carol), address, "carol")
        assert not carol.clone.exists()


def test_a_dry_run_clones_nothing(org: Organisation, carol: Colleague) -> None:
    """It tells where the workspace would lie."""
    told = join(outside(carol), str(org.remote), "carol", dry_run=True)

    assert (carol.clone.resolve(), False) == (told.root, carol.clone.exists())


def test_the_hooks_of_a_template_are_not_taken_along(org: Organisation, carol: Colleague) -> None:
    """A clone has no hooks, whatever this machine's templates hold."""
    template = org.folder / "template" / "hooks"
    template.mkdir(parents=True)
    hook = template / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {org.folder}/pwned\n")
    hook.chmod(0o755)
    config = carol.home / ".gitconfig"
    config.write_text(config.read_text() + f"\ttemplateDir = {template.parent}\n")
    take_part(carol, org)

    assert not (org.folder / "pwned").exists()
    assert not (carol.clone / ".git" / "hooks" / "post-checkout").exists()
