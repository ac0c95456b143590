"""Changes of who may decide, by which rules, and of what runs: shown as such, and approved by an admin."""

from pathlib import Path

import pytest
from tests.cli.test_review import call
from tests.flows.organisation import SETTINGS, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import on_main, refused, seen

from expertpost.errors import Exit, Problems
from expertpost.flows.join import join
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import return_
from expertpost.flows.submit import submit

MAIL = """
[channels.mail]
publisher = "email"
readers = ["suppliers"]
host = "smtp.acme.example"
sender = "us@acme.example"
recipients = { file = "lists/suppliers.txt" }
"""


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Bob and Cara are admins, Anna and Dan are not."""
    made = organisation(tmp_path, "anna", "bob", "cara", "dan", settings=SETTINGS + MAIL)
    anna = made.people["anna"]
    for handle in ("bob", "cara"):
        anna.write(f"people/{handle}.md", entry(made.people[handle], roles="[admin]"))
    anna.write("lists/suppliers.txt", "one@supplier.example\n")
    anna.push("Admins")
    return made


def proposed(person: Colleague, branch: str, **files: str) -> None:
    """A review branch on main's tip with these files."""
    person.run("fetch", "--quiet", "origin")
    person.run("switch", "--quiet", "--force", "--create", branch, "origin/main")
    for path, text in files.items():
        person.write(path, text)
    person.push("Proposed", f"review/{branch}")


@pytest.mark.parametrize(
    ("path", "guard"),
    [
        ("expertpost.toml", "settings"),
        ("lists/suppliers.txt", "recipients"),
        (".github/workflows/x.yml", "CI"),
    ],
)
def test_what_decides_is_shown_and_needs_an_admin(org: Organisation, path: str, guard: str) -> None:
    """Each such file is shown as what it is; without an admin's approval it is not merged, with one it is."""
    dan, bob = org.people["dan"], org.people["bob"]
    text = SETTINGS + MAIL + "\n# more\n" if path == "expertpost.toml" else "changed\n"
    proposed(dan, "more", **{path: text})
    (waiting,) = review_list(bob.world)
    assert ("settings/more", (guard,), ("1 more approval by somebody else with the role admin",)) == (
        waiting.slug,
        waiting.guards,
        waiting.needs,
    )
    assert Exit.NEEDS_PERSON == refused("XP-FINDINGS", merge, dan.world, "review/more").exit_code
    assert f"b/{path}" in review_show(bob.world, "settings/more").diff
    approve(bob.world, "settings/more")
    merge(dan.world, "more")

    assert text == on_main(bob, path)
    assert () == review_list(bob.world)


def test_only_an_admin_who_is_not_at_it_approves_settings(org: Organisation) -> None:
    """Neither who has another role nor the admin who changed it; another admin may."""
    anna, bob, cara = (org.people[name] for name in ("anna", "bob", "cara"))
    proposed(bob, "more", **{"expertpost.toml": SETTINGS + MAIL + "\n# more\n"})
    for person, code in ((anna, "XP-APPROVE-ADMIN"), (bob, "XP-APPROVE-OWN")):
        review_show(person.world, "settings/more")
        refused(code, approve, person.world, "settings/more")
    told = call(cara, "review", "show", "settings/more")[0]
    assert "! the branch changes settings: that decides who may do what, and an admin approves it" in told
    assert "+# more" in told
    assert "changes settings: for an admin" in call(cara, "review", "list")[0]
    assert "Approved: Changes of settings" in call(cara, "review", "approve", "settings/more")[0]

    assert () == review_list(cara.world)[0].needs


def test_a_change_of_the_branch_voids_the_approval(org: Organisation) -> None:
    """What was approved is each file with what it was and what it becomes; a return holds it up."""
    dan, bob = org.people["dan"], org.people["bob"]
    proposed(dan, "more", **{"lists/suppliers.txt": "two@supplier.example\n"})
    review_show(bob.world, "settings/more")
    approve(bob.world, "settings/more")
    dan.write("lists/suppliers.txt", "mallory@elsewhere.example\n")
    dan.push("And now", "review/more")

    refused("XP-FINDINGS", merge, dan.world, "more")
    refused("XP-APPROVE-MOVED", approve, bob.world, "settings/more")
    review_show(bob.world, "settings/more")
    return_(bob.world, "settings/more", "Who is that?")
    assert "returned by bob: Who is that?" in review_list(bob.world)[0].needs


def test_a_piece_and_settings_on_one_branch_need_both(org: Organisation) -> None:
    """Anybody may approve the piece, the admin the settings; neither is enough alone."""
    dan, anna, bob = (org.people[name] for name in ("dan", "anna", "bob"))
    dan.write("drafts/torque.md", piece(authors="[dan]"))
    submit(dan.world)
    dan.run("fetch", "--quiet", "origin")
    dan.run("switch", "--quiet", "--force", "--create", "both", "origin/review/torque")
    dan.write("expertpost.toml", SETTINGS + MAIL + "\n# more\n")
    dan.push("And settings", "review/torque")
    seen(anna)
    by_slug = {each.slug: each for each in review_list(anna.world)}
    assert (("settings",), ("expertpost.toml",), ()) == (
        by_slug["torque"].guards,
        by_slug["torque"].also,
        by_slug["torque"].needs,
    )
    refused("XP-FINDINGS", merge, anna.world, "torque")
    review_show(bob.world, "settings/torque")
    approve(bob.world, "settings/torque")

    assert {"torque", "settings/torque"} == set(merge(anna.world, "review/torque").slugs)


def test_broken_settings_are_never_merged(org: Organisation) -> None:
    """Settings that nobody could read would stop everybody: they are shown with their errors, and not approved."""
    dan, bob = org.people["dan"], org.people["bob"]
    proposed(dan, "broken", **{"expertpost.toml": "[[[ broken"})
    review_show(bob.world, "settings/broken")

    assert isinstance(refused("XP-", approve, bob.world, "settings/broken"), Problems)
    refused("XP-", merge, bob.world, "broken")


def test_an_entry_needs_an_admin_where_there_is_one(org: Organisation) -> None:
    """People decide who may approve, so where somebody has the role, one of them approves each entry."""
    eve = org.clone(org.colleague("eve"))
    join(eve.world)
    (waiting,) = review_list(org.people["anna"].world)
    assert (("people",), ("1 more approval by somebody else with the role admin",)) == (waiting.guards, waiting.needs)
    seen(org.people["anna"], "eve")
    refused("XP-FINDINGS", merge, eve.world, "eve")
    seen(org.people["bob"], "eve")
    merge(org.people["anna"].world, "eve")

    assert "name: Eve" in (on_main(eve, "people/eve.md") or "")


def test_without_an_admin_people_join_and_settings_stay(tmp_path: Path) -> None:
    """A small workspace has no admin: anybody listed lets people in, but nobody makes an admin or changes settings."""
    org = organisation(tmp_path, "anna", "bob")
    anna, bob = org.people["anna"], org.people["bob"]
    eve = org.clone(org.colleague("eve"))
    join(eve.world)
    seen(bob, "eve")
    merge(bob.world, "eve")
    proposed(anna, "more", **{"expertpost.toml": SETTINGS + "\n# more\n"})
    says = "nobody in people/ has the role admin, so such files are changed on main by whoever may write it"
    assert [(says,)] == [each.needs for each in review_list(bob.world)]
    review_show(bob.world, "settings/more")
    refused("XP-APPROVE-ADMIN", approve, bob.world, "settings/more")
    refused("XP-FINDINGS", merge, bob.world, "more")

    proposed(anna, "crown", **{"people/eve.md": entry(eve, roles="[admin]")})
    needs = next(each.needs for each in review_list(bob.world) if each.slug == "eve")
    assert "whoever may write main names the first admin there" in needs
