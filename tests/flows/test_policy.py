"""Policy explain says which rule a piece comes under and who could approve; policy test judges the examples kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.test_review import call, value
from tests.flows.organisation import SETTINGS, Organisation, entry, organisation, piece
from tests.flows.reviewing import CHANNELS, refused, seen

from expertpost.errors import Problems
from expertpost.flows.policy import CASES, explain, judge_cases
from expertpost.flows.policy_few import of_few
from expertpost.flows.submit import submit
from expertpost.model.config import Config, ReviewPolicy, Rule
from expertpost.model.event import Event, EventKind
from expertpost.model.people import People, Person
from expertpost.model.piece import FrontMatter, Piece
from expertpost.model.policy import deadline
from expertpost.model.review import Review
from expertpost.store.config import read_config

RULES = """
[[review.rules]]
channel = ["world"]
approvals = 2
roles = ["editor"]
experts = true

[[review.rules]]
topic = ["seals"]
experts = true
"""


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Bob is an editor, Cara knows seals and is away, Dan is neither."""
    made = organisation(tmp_path, "anna", "bob", "cara", "dan", settings=SETTINGS + CHANNELS + RULES)
    bob = made.people["bob"]
    bob.write("people/bob.md", entry(bob, roles="[editor]"))
    bob.write("people/cara.md", entry(made.people["cara"], topics="[Seals, pumps]", away_until="2026-12-24"))
    bob.push("Who is who")
    return made


def test_the_rule_of_each_place_is_explained(org: Organisation) -> None:
    """Which rule, what it matched by, which ones it passed over, who approved, who could, and who of them is away."""
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write("drafts/torque.md", piece(audience="[public]", topics="[seals]", summary="How."))
    submit(anna.world)
    seen(bob)
    found = explain(anna.world, "torque")
    sites, export, world = found.places

    assert ("the sites", 2, (("topic", ("seals",)),), ((1, ("channel",)),)) == (
        sites.name, sites.rule.number, sites.matched, sites.passed,
    )  # fmt: skip
    assert ((), 1, ("cara",), ("cara",)) == (sites.approved, sites.missing, sites.could, sites.away)
    assert ("export", 2, 1) == (export.name, export.rule.number, export.missing)
    assert ("world", 1, ("bob",), 1, ("cara",)) == (
        world.name, world.rule.number, world.approved, world.missing, world.could,
    )  # fmt: skip
    assert 2 == len(found.needs)
    seen(org.people["cara"])
    found = explain(anna.world, "torque")
    assert ((), [0, 0, 0]) == (found.needs, [place.missing for place in found.places])


def test_what_never_goes_somewhere_is_explained(org: Organisation) -> None:
    """A place whose readers may not read the piece, and a piece that no rule matches."""
    anna = org.people["anna"]
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    sites, _, world = explain(anna.world, "torque").places

    assert (0, ("bob", "cara", "dan"), True) == (sites.rule.number, sites.could, bool(world.never))
    refused("XP-REF-NONE", explain, anna.world, "nothing")


def test_experts_are_found_by_topic(org: Organisation) -> None:
    """Approvals by whoever knows one of the topics count, in whatever letters; others' do not."""
    anna, dan = org.people["anna"], org.people["dan"]
    anna.write("drafts/torque.md", piece(topics="[SEALS]"))
    submit(anna.world)
    assert ("1 more approval by somebody who is an expert on one of its topics",) == seen(dan).needs

    assert () == seen(org.people["cara"]).needs


GOOD = """
[people.erin]
roles = ["editor"]

[people.finn]
topics = ["seals"]

[[case]]
says = "one editor is not enough for the world"
audience = ["public"]
channel = "world"
approvals = ["erin"]
expect = "waiting"
rule = 1

[[case]]
says = "an editor and an expert are"
audience = ["public"]
topics = ["seals"]
channel = "world"
approvals = ["erin", "finn"]
expect = "approved"

[[case]]
says = "colleagues' pieces stay in the house"
channel = "world"
expect = "never"

[[case]]
says = "nobody approves their own words"
topics = ["seals"]
authors = ["finn"]
approvals = ["finn"]
expect = "waiting"
rule = 2
"""


def test_examples_are_judged_by_the_rules_that_lie_here(org: Organisation) -> None:
    """Each case comes out as it expects, until the rules on the disk change; then it is told, with exit code 5."""
    anna = org.people["anna"]
    refused("XP-POLICY-NONE", judge_cases, anna.world)
    anna.write(CASES, GOOD)
    assert [True] * 4 == [case.good for case in judge_cases(anna.world)]
    assert "4 of 4 cases as expected" in call(anna, "policy", "test")[0]
    settings = anna.clone / "expertpost.toml"
    settings.write_text(settings.read_text().replace("approvals = 2", "approvals = 1"))

    told = call(anna, "policy", "test", code=5)[0].splitlines()
    says = "one editor is not enough for the world: approved by rule 1, expected waiting by rule 1"
    assert f"{CASES}:8: XP-POLICY-CASE {says}" == told[0]
    answer = value(anna, "policy", "test", code=5)
    assert ("expertpost.policy-test/1", False) == (answer["schema"], answer["good"])


def test_every_error_in_the_examples_is_told_at_once(org: Organisation) -> None:
    """Unknown words and keys, with their lines; nothing is judged then."""
    anna = org.people["anna"]
    anna.write(CASES, '[[case]]\nexpect = "perhaps"\nchannel = "wrld"\napprovals = ["nobody"]\nlevel = 3\n')
    failed = refused("XP-FINDINGS", judge_cases, anna.world)
    assert isinstance(failed, Problems)

    assert [(CASES, 2), (CASES, 3), (CASES, 4), (CASES, 5)] == [(f.path, f.line) for f in failed.findings]


def test_explain_in_words_and_for_programs(org: Organisation) -> None:
    """The same facts as lines and as one document."""
    anna = org.people["anna"]
    anna.write("drafts/torque.md", piece(audience="[public]", topics="[seals]"))
    submit(anna.world)
    told = call(anna, "policy", "explain", "torque")[0]
    assert "world: rule 1 (2 approvals by somebody who is editor or an expert on one of its topics)" in told
    assert "could be bob, cara (away)" in told
    answer = value(anna, "policy", "explain", "torque")

    assert ("expertpost.policy-explain/1", "torque") == (answer["schema"], answer["slug"])


def test_a_rule_that_can_never_match_is_an_error() -> None:
    """A misspelt audience, channel or kind would make a rule silently milder; each is told with its own line."""
    words = 'audience = ["publc"]\nchannel = ["x"]\nkind = ["artcle"]\n'
    rules = f"[[review.rules]]\napprovals = 2\n\n[[review.rules]]\n{words}"
    with pytest.raises(Problems) as failed:
        read_config(f"{SETTINGS}{rules}escalate = ['boss']\nfast_lane = 1000\n".encode())
    first = SETTINGS.count("\n") + 5

    assert [first + n for n in range(5)] == [f.line for f in failed.value.findings]
    assert "review.rules.2.audience: 'publc' is unknown" in failed.value.findings[0].what


def test_a_deadline_is_told_until_nothing_is_missing() -> None:
    """It runs from the submission of the text; when it is over, the roles named are asked too."""
    rule = Rule(approvals=1, due_days=3, escalate=("chief",), number=1)
    config = Config(name="A", id="W", review=ReviewPolicy(signed=False, rules=(rule,)))
    people = People((Person(handle="bob", name="Bob"), Person(handle="eve", name="Eve", roles=("chief",))))
    front = FrontMatter(id="01JD0000000000000000TRQ001", title="T", authors=("anna",), slug="t")
    text = Piece(front, "x", "drafts/t.md")
    start = datetime(2026, 11, 23, tzinfo=UTC)
    sent = Event(kind=EventKind.SUBMIT, workspace="W", piece=text.id, digest=text.digest, by="anna", at=start)
    found = [deadline(config, text, Review((sent,)), people, start + timedelta(days=days)) for days in (1, 4)]
    yes = replace(sent, kind=EventKind.APPROVE, by="bob", prev=(sent.id,))

    assert [(start + timedelta(days=3), False, ()), (start + timedelta(days=3), True, ("eve",))] == [
        (each.at, each.late, each.helpers(people)) for each in found if each
    ]
    assert deadline(config, text, Review((sent, yes)), people, start) is None
    assert deadline(config, text, Review(), people, start) is None


@pytest.mark.parametrize(
    ("roles", "alone", "says"),
    [
        ([()], False, ["only p0 is listed, so nobody can approve"]),
        ([()], True, ["only p0 is listed and may publish alone"]),
        ([(), ()], False, ["p0 and p1 approve what the other wrote"]),
        ([("admin",), ()], False, ["p0 and p1 approve what the other wrote", "p0 is the only admin"]),
        ([("admin",), (), ()], False, ["p0 is the only admin"]),
        ([("admin",), ("admin",), ()], False, []),
        ([(), (), ()], False, []),
    ],
)
def test_few_people_are_told_what_they_cannot_do(roles: list[tuple[str, ...]], alone: bool, says: list[str]) -> None:
    """One person, two people, and a single admin: each is told who is missing, and what helps."""
    people = People(tuple(Person(handle=f"p{n}", name="P", roles=own) for n, own in enumerate(roles)))
    found = list(of_few(Config(name="Acme", id="W", review=ReviewPolicy(alone=alone)), people))

    assert len(says) == len(found)
    assert all(told.startswith(begin) for told, begin in zip(found, says, strict=True))


def test_two_people_are_told_by_policy_explain(tmp_path: Path) -> None:
    """A rule that asks for two where two are listed cannot be met: it is said, with who is told when it is late."""
    rule = "\n[[review.rules]]\napprovals = 2\ndue_days = 3\nescalate = ['chief', 'bob']\n"
    anna = organisation(tmp_path, "anna", "bob", settings=SETTINGS + rule).people["anna"]
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    said = call(anna, "policy", "explain", "torque")[0]

    assert "2 missing; could be bob\n  so it cannot be approved here" in said
    assert "to be decided within 3 days; then chief or bob is asked too: bob" in said
    assert "Note: anna and bob approve what the other wrote" in said
    assert ("bob",) == explain(anna.world, "torque").places[0].late
