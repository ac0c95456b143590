"""A clone whose own settings start programs, names that look like options, and a text that is swapped while it goes."""

import contextlib
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.attacks.office import Office, open_office
from tests.attacks.test_bad_pieces import BOMB
from tests.flows.mailroom import Trap
from tests.flows.organisation import SETTINGS, TORQUE, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import CHANNELS

from expertpost.errors import Failure, Problems
from expertpost.flows.check import check
from expertpost.flows.plan import plan
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_merge import merge
from expertpost.flows.status import status
from expertpost.flows.submit import submit

PLANTED: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "file-system monitor": ({"core.fsmonitor": "{run}; false"}, ("status",)),
    "hooks": ({"core.hooksPath": "{hooks}"}, ("commit", "--quiet", "--allow-empty", "--message", "x")),
    "filter": ({"filter.evil.clean": "{run}; cat"}, ("add", "--all")),
    "filter with a name of its own": ({"filter.a=b.clean": "{run}; cat"}, ("add", "--all")),
    "filter process": ({"filter.evil.process": "{run}", "filter.evil.required": "false"}, ("add", "--all")),
    "text conversion": ({"diff.evil.textconv": "{run}; cat"}, ("diff", "HEAD~1", "HEAD")),
    "external difference": ({"diff.evil.command": "{run}; true"}, ("diff", "HEAD~1", "HEAD")),
    "merge driver": ({"merge.evil.driver": "{run}; false"}, ("merge", "--no-edit", "theirs")),
    "other end": ({"remote.origin.uploadpack": "{run}; git-upload-pack"}, ("fetch", "--quiet")),
    "signing program": (
        {"gpg.ssh.program": "{script}", "commit.gpgSign": "true", "gpg.format": "ssh", "user.signingKey": "~/.ssh/id"},
        ("commit", "--quiet", "--allow-empty", "--message", "x"),
    ),
}
"""What .git/config can name, and the plain git command that starts it (so that the test would see it)."""


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna has submitted a piece, and main has another version of it by now."""
    made = organisation(tmp_path, "anna", "bob", settings=SETTINGS + CHANNELS)
    anna = made.people["anna"]
    anna.write(".gitattributes", "*.md filter=evil diff=evil merge=evil\n")
    anna.write("drafts/torque.md", piece(summary="How."))
    anna.push("Begin")
    return made


def plant(person: Colleague, mark: Path, settings: dict[str, str]) -> None:
    """Settings in the clone that leave a mark when anything runs."""
    hooks = person.home / "hooks"
    hooks.mkdir()
    script = person.home / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\nexit 1\n")
    script.chmod(0o755)
    for name in ("pre-commit", "post-checkout", "reference-transaction", "pre-push", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{mark}'\n")
        (hooks / name).chmod(0o755)
    if any("a=b" in name for name in settings):
        person.write(".gitattributes", "*.md filter=a=b\n")
    for name, value in settings.items():
        person.run("config", name, value.format(run=f"touch '{mark}'", hooks=hooks, script=script))


@pytest.mark.parametrize("what", PLANTED)
def test_a_program_named_by_a_clones_settings_is_not_run(org: Organisation, tmp_path: Path, what: str) -> None:
    """Every step of a piece, in a clone that plain git could not touch without running it."""
    settings, plain = PLANTED[what]
    anna, bob, mark = org.people["anna"], org.people["bob"], tmp_path / "ran"
    bob.run("pull", "--quiet")
    for person in (anna, bob):
        plant(person, mark, settings)
    anna.write("drafts/torque.md", piece(summary="How.", body="Turn it softly."))
    for verb in (status, check, plan):
        verb(anna.world)
    submit(anna.world)
    review_list(bob.world)
    review_show(bob.world, "torque")
    approve(bob.world, "torque")
    merge(bob.world, "torque")
    assert not mark.exists()

    _plainly(bob, plain)
    assert mark.exists()


def _plainly(person: Colleague, command: tuple[str, ...]) -> None:
    """What plain git does in that clone, whether it succeeds or not."""

    def git(*args: str) -> None:
        subprocess.run(["git", *args], cwd=person.clone, env=person.env, capture_output=True, check=False, timeout=60)

    if command[0] == "merge":
        git("switch", "--quiet", "--create", "theirs")
    person.write("drafts/torque.md", piece(summary="How.", body="Turn it by hand."))
    if command[0] in ("merge", "diff"):
        git("commit", "--quiet", "--all", "--message", "theirs")
    if command[0] == "merge":
        git("switch", "--quiet", "main")
        person.write("drafts/torque.md", piece(summary="How.", body="Turn it by foot."))
        git("commit", "--quiet", "--all", "--message", "mine")
    git(*command)


NAMES = ("--output=owned.md", "-q.md", ":(exclude)x.md", "a;touch owned.md", "$(touch owned).md", "-C..md")


@pytest.mark.parametrize("name", NAMES)
def test_a_path_that_looks_like_an_option_is_only_a_path(org: Organisation, name: str) -> None:
    """A file name reaches git as a file name: submitted and read as such, or refused, and nothing else happens."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write(f"drafts/{name}", piece(id_="01JD0000000000000000NAM001", title="Named", summary="How.", slug="named"))
    before = {path.name for path in anna.clone.rglob("*owned*")}
    with contextlib.suppress(Failure):
        submit(anna.world, ["named"])
        review_show(bob.world, "named")

    assert before == {path.name for folder in (anna.clone, bob.clone) for path in folder.rglob("*owned*")}
    assert "How." in (anna.clone / "drafts" / name).read_text()


REFS = ("--output=owned", "--upload-pack=touch owned", "-x", "@{-1}", "review/../main", "HEAD:people/bob.md")


@pytest.mark.parametrize("ref", REFS)
@pytest.mark.parametrize("verb", [review_show, merge, lambda world, ref: check(world, [ref])])
def test_a_ref_that_looks_like_an_option_names_nothing(
    org: Organisation, verb: Callable[[object, str], object], ref: str
) -> None:
    """A slug or branch that somebody is talked into typing reaches git as a name, and no piece has it."""
    bob = org.people["bob"]
    with pytest.raises(Failure, match="XP-"):
        verb(bob.world, ref)

    assert not list(bob.clone.rglob("owned*"))


@pytest.mark.parametrize(
    "more", [{"roles": "[admin]\nroles: []"}, {"roles": f"[admin]\na: &a [x, x]\n{BOMB}"}], ids=["twice", "bomb"]
)
def test_a_duplicate_key_or_an_alias_bomb_in_people_gives_nobody_a_right(
    org: Organisation, more: dict[str, str]
) -> None:
    """An entry that reads one way to a reviewer and another way to a program is no entry."""
    anna = org.people["anna"]
    anna.write("people/bob.md", entry(org.people["bob"], **more))
    anna.push("Bob")

    with pytest.raises(Problems, match="people/ has errors"):
        _ = anna.listed


def test_a_text_that_is_swapped_while_it_goes_out_is_not_sent(tmp_path: Path, receiver: Trap) -> None:
    """Between claim and send main and the work tree change: what goes out is the approved text of one commit."""
    office: Office = open_office(tmp_path, receiver)
    office.approve_as()
    asked, swapped = [], []

    def swap() -> bool:
        asked.append(len(receiver.arrived()))
        # The runner asks before it claims, and again before each send.
        if len(asked) == 2:
            swapped.append(office.merge(1, body="Turn it with a hammer."))
            office.runner.write("drafts/piece-1.md", piece(id_=TORQUE, body="Turn it with a hammer."))
        return False

    office.publish(stop=swap)

    assert swapped
    assert [(True, False)] == [("gently" in one.text, "hammer" in one.text) for one in receiver.arrived()]


LIMITED = """
import resource, sys
from tests.attacks.test_templates import EVIL, GIVEN
from expertpost.errors import Failure
from expertpost.flows.scaffold import fill_piece
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for source in EVIL:
    try:
        fill_piece(source, GIVEN, "templates/note.md.j2")
    except Failure:
        continue
    sys.exit(f"taken: {source[:60]}")
"""


def test_no_template_needs_more_than_its_share_of_cpu_and_memory() -> None:
    """All hostile templates together, in a process that may use 20 seconds and 1 GiB: each is refused within that."""
    assert resource.RLIMIT_AS
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=300, check=False)

    assert (0, "") == (done.returncode, done.stderr)
