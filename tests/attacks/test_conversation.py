"""What people write about a piece is untrusted: it reaches no terminal, no CI runner and nobody whom it is not for."""

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.attacks.forging import approval, no_merge, signature, write
from tests.flows.organisation import SEALS, SETTINGS, Colleague, Organisation, entry, organisation, piece
from tests.flows.reviewing import CHANNELS

from expertpost.cli import run
from expertpost.flows.review import review_list, review_show
from expertpost.flows.review_log import Signature, review_log
from expertpost.flows.review_say import comment, resolve
from expertpost.flows.submit import submit
from expertpost.model.event import EventKind

HOSTILE = "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\u202eevil\u2066\r\x08"
COMMANDS = "fine\n::error::one\n   ::set-output name=x::two\n##[add-mask]three"
Run = Callable[..., str]


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna has submitted; Bob reviews; Mallory is listed, with a name, a topic and a role full of tricks."""
    made = organisation(tmp_path, "anna", "bob", "mallory", settings=SETTINGS + CHANNELS)
    anna = made.people["anna"]
    anna.write("drafts/torque.md", piece(body="Turn it.\n\nThe line."))
    submit(anna.world, reviewers=["bob"])
    return made


@pytest.fixture
def cli(org: Organisation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line as somebody; everything that it printed."""

    def call(person: Colleague, *argv: str, code: int = 0, **env: str) -> str:
        monkeypatch.chdir(person.clone)
        for name in ("GITHUB_ACTIONS", "CI"):
            monkeypatch.delenv(name, raising=False)
        for name, text in {**person.env, **env}.items():
            monkeypatch.setenv(name, text)
        assert code == run(argv)
        told = capsys.readouterr()
        return told.out + told.err

    return call


def everything(cli: Run, person: Colleague, **env: str) -> str:
    """What every reading verb of reviewing prints, for people and as JSON."""
    verbs = (
        ("review", "list"),
        ("review", "list", "--mine"),
        ("review", "show", "torque"),
        ("review", "log", "torque"),
    )
    out = [cli(person, *verb, *more, **env) for verb in verbs for more in ((), ("--json",))]
    for verb in (("review", "export", "torque", "--out", "-"), ("review", "comment", "torque", "x", "--dry-run")):
        out.append(cli(person, *verb, **env))
    return "".join(out)


def test_no_escape_in_any_field_reaches_the_terminal(org: Organisation, cli: Run) -> None:
    """Texts, quotes, company, slugs, channels, asked handles and messages of events written past every check."""
    anna, bob, mallory = (org.people[handle] for handle in ("anna", "bob", "mallory"))
    digest = review_list(bob.world)[0].digest
    seen = tuple(each.id for each in review_show(bob.world, "torque").events)
    fields = {"text": HOSTILE, "slug": HOSTILE, "quote": HOSTILE, "above": HOSTILE, "below": HOSTILE, "line": 3}
    write(mallory, approval(digest, "mallory", kind=EventKind.COMMENT, **fields))
    write(mallory, approval(digest, "mallory", kind=EventKind.RETURN, text=HOSTILE, slug=HOSTILE, prev=seen))
    for kind in (EventKind.APPROVE, EventKind.SUBMIT):
        event = approval(
            digest, "mallory", kind=kind, text=HOSTILE, posts={HOSTILE: HOSTILE}, audience=(HOSTILE,), prev=seen,
            contributors=(HOSTILE,), reviewers=("bob", HOSTILE), pieces=(HOSTILE,), reply=HOSTILE, slug=HOSTILE,
        )  # fmt: skip
        write(mallory, event, signature(mallory, event))
    told = everything(cli, anna) + everything(cli, bob)

    assert set() == {c for c in told if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs")} - {"\n", "\t"}
    assert "\ufffd" in told


def test_a_comment_gives_a_runner_of_ci_no_command(org: Organisation, cli: Run) -> None:
    """In GitHub Actions no line that a stranger wrote begins as a command, not even indented; elsewhere it stays."""
    bob = org.people["bob"]
    comment(org.people["mallory"].world, "torque", COMMANDS, 9)
    told = everything(cli, bob, GITHUB_ACTIONS="true")

    assert [] == [line for line in told.splitlines() if line.strip().startswith("::")]
    assert not re.search(r"##\[", told[: told.index("<!doctype html>")])
    assert "::error::one" in cli(bob, "review", "log", "torque")
    whole = json.loads(cli(bob, "review", "log", "torque", "--json", GITHUB_ACTIONS="true"))
    assert COMMANDS == whole["events"][-1]["text"]


def test_nobody_settles_a_thread_in_anothers_name(org: Organisation) -> None:
    """An unsigned resolution in Bob's name leaves the thread open, and the log says that it does not count."""
    bob, mallory = org.people["bob"], org.people["mallory"]
    first = comment(bob.world, "torque", "Is it true?").event
    digest = review_list(bob.world)[0].digest
    heads = tuple(each.id for each in review_show(bob.world, "torque").events)
    write(mallory, approval(digest, "bob", kind=EventKind.RESOLVE, reply=first, prev=heads))

    assert 1 == review_list(bob.world)[0].open_comments
    assert [(Signature.NONE, False)] == [
        (line.signature, line.counts)
        for line in review_log(bob.world, "torque").lines
        if line.event.kind is EventKind.RESOLVE
    ]


def test_a_forged_signature_is_told_in_the_log(org: Organisation) -> None:
    """A comment in Bob's name under Mallory's key is shown as not valid."""
    bob, mallory = org.people["bob"], org.people["mallory"]
    event = approval(review_list(bob.world)[0].digest, "bob", kind=EventKind.COMMENT, text="I like it")
    write(mallory, event, signature(mallory, event))

    assert [Signature.BAD] == [
        line.signature for line in review_log(bob.world, "torque").lines if line.event.kind is EventKind.COMMENT
    ]


def test_an_author_gets_no_private_note_by_any_way(org: Organisation, cli: Run) -> None:
    """Not by answering or resolving it, by dropping out of the front matter, or by asking for JSON."""
    anna, bob = org.people["anna"], org.people["bob"]
    note = comment(bob.world, "torque", "PRIVATE words", private=True).event
    anna.write("drafts/torque.md", piece(body="Without me.").replace("[anna]", "[mallory]"))
    submit(anna.world)
    told = everything(cli, anna) + cli(anna, "status") + cli(anna, "check", "torque")
    told += cli(anna, "review", "comment", "torque", "x", "--reply", note[:8], code=2)
    told += cli(anna, "review", "resolve", "torque", note[:8], code=2)

    assert "PRIVATE words" not in told
    assert "PRIVATE words" in cli(bob, "review", "show", "torque")


def test_a_private_note_lets_nothing_through_and_stops_nothing(org: Organisation) -> None:
    """It is a comment: neither an approval nor a return."""
    bob = org.people["bob"]
    comment(bob.world, "torque", "I approve", private=True)

    assert ("1 more approval",) == review_list(bob.world)[0].needs
    no_merge(bob)


def test_a_request_by_a_stranger_asks_nobody(org: Organisation) -> None:
    """A later submission in Anna's name, unsigned, does not change who is asked."""
    bob, mallory = org.people["bob"], org.people["mallory"]
    digest = review_list(bob.world)[0].digest
    heads = tuple(each.id for each in review_show(bob.world, "torque").events)
    forged = approval(digest, "anna", kind=EventKind.SUBMIT, reviewers=("mallory",), contributors=("anna",), prev=heads)
    write(mallory, forged)

    assert ("bob",) == review_list(bob.world)[0].asked


def test_names_in_people_are_made_safe_where_they_are_proposed(org: Organisation, cli: Run) -> None:
    """Who is asked is told with name and reason; neither brings an escape along."""
    anna, mallory = org.people["anna"], org.people["mallory"]
    anna.run("pull", "--quiet", "--rebase")
    text = entry(mallory, topics="[seals]").replace("name: Mallory", 'name: "Mal\\e[31mlory"')
    anna.write("people/mallory.md", text)
    (anna.clone / "drafts/torque.md").unlink()
    anna.push("Mallory is listed so")
    anna.write("drafts/seals.md", piece(SEALS, "Seals", topics="[seals]"))
    told = cli(anna, "submit", "seals", "--dry-run")

    assert "\x1b" not in told
    assert "Mal\ufffd[31mlory" in told


def test_an_old_resolution_does_not_hide_a_new_answer(org: Organisation) -> None:
    """Resolving and answering at the same moment leaves the thread open, in whatever order they arrive."""
    anna, bob = org.people["anna"], org.people["bob"]
    first = comment(bob.world, "torque", "Is it true?").event
    heads = tuple(each.id for each in review_show(bob.world, "torque").events)
    resolve(bob.world, "torque", first[:8])
    late = approval(
        review_list(bob.world)[0].digest, "anna", kind=EventKind.COMMENT, reply=first, text="No.", prev=heads
    )
    write(anna, late, signature(anna, late))

    assert 1 == review_list(bob.world)[0].open_comments
