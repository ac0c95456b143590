"""Who knows what: found from pieces, reviews and entries, with the work that says so."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.knowing import copied, listed, people, pulled, pump_history, reviewed
from tests.flows.organisation import START, Colleague, Organisation, piece
from tests.flows.reviewing import refused

from expertpost.flows.experts import find, gaps, show
from expertpost.flows.experts_scan import scan


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """See ``reviewed``."""
    return reviewed(tmp_path_factory.mktemp("acme"))


@pytest.fixture
def acme(original: Organisation, tmp_path: Path) -> Organisation:
    """A copy for one test."""
    return copied(original, tmp_path)


@pytest.fixture
def pumps(acme: Organisation, tmp_path: Path) -> Colleague:
    """See ``pump_history``."""
    return pump_history(acme, tmp_path)


def test_authors_and_approvers_are_found_with_reasons(acme: Organisation) -> None:
    """A question is answered with people, each with the pieces that made the score."""
    found = find(pulled(acme.people["dora"]).world, "what does ethylene oxide do?")

    assert ["anna", "bob"] == people(found)
    assert ("Seals for steam", "piece seals", "wrote") == (
        found.experts[0].expert.reasons[0].evidence.title,
        found.experts[0].expert.reasons[0].evidence.source,
        found.experts[0].expert.reasons[0].evidence.part,
    )
    assert {"approved"} == {reason.evidence.part for reason in found.experts[1].expert.reasons}


def test_a_topic_in_the_words_is_asked_for(acme: Organisation) -> None:
    """Whoever names a topic asks about it, in whatever letter case; and may name it apart."""
    dora = pulled(acme.people["dora"])

    assert ("torque",) == find(dora.world, "Who knows TORQUE?").query.topics
    assert ("seals",) == find(dora.world, "who?", ["Seals"]).query.topics


def test_a_topic_that_nobody_knows_is_told(acme: Organisation) -> None:
    """A misspelt topic is named, with the one that was probably meant."""
    dora = pulled(acme.people["dora"])

    assert ("nothing is about 'torqe': did you mean torque?",) == find(dora.world, "who?", ["torqe", "Seals"]).notes


def test_who_asks_is_no_answer(acme: Organisation) -> None:
    """Anna is not sent to herself."""
    assert ["bob"] == people(find(pulled(acme.people["anna"]).world, "torque"))


def test_an_entry_says_what_somebody_knows(acme: Organisation) -> None:
    """Topics and words of a person's own entry count, less than work does."""
    listed(acme, "cem", topics="[valves, torque]")
    dora = pulled(acme.people["dora"])

    assert ["cem"] == people(find(dora.world, "valves"))
    assert ["anna", "bob", "cem"] == people(find(dora.world, "torque"))


def test_nothing_is_told_about_who_opted_out(acme: Organisation, pumps: Colleague) -> None:
    """Whoever opts out is in no answer any more, whatever was scanned before."""
    anna = pulled(acme.people["anna"])
    scan(anna.world, [str(pumps.clone)])
    assert ["cem"] == people(find(anna.world, "impeller"))
    listed(acme, "cem", opt_out="true")
    listed(acme, "bob", opt_out="true")
    pulled(anna)

    assert [] == people(find(anna.world, "impeller"))
    assert [] == people(find(anna.world, "torque"))
    assert ((), ()) == (show(anna.world, "cem").topics, show(anna.world, "cem").other)
    assert [] == [who for gap in gaps(anna.world).alone for who in gap.people if who.id in ("cem", "bob")]


def test_who_is_away_is_told(acme: Organisation) -> None:
    """Somebody away stays in the answer, with the day until which they are."""
    listed(acme, "anna", away_until="2026-12-24")
    found = find(pulled(acme.people["dora"]).world, "ethylene")

    assert ["2026-12-24", "None"] == [str(known.who.away_until) for known in found.experts]
    assert "None" == str(find(replace(acme.people["dora"].world, now=lambda: START + timedelta(days=60)), "ethylene")
                         .experts[0].who.away_until)  # fmt: skip


def test_who_left_is_no_answer_but_named(acme: Organisation) -> None:
    """An entry that main had once and has no more is somebody who left: their pieces say so, nobody is sent there."""
    bob = pulled(acme.people["bob"])
    bob.run("rm", "--quiet", "people/anna.md")
    bob.push("Anna has left")
    found = find(pulled(acme.people["dora"]).world, "ethylene")

    assert ["bob"] == people(found)
    assert ["anna"] == [who.id for who in found.left]


def test_the_load_is_told(acme: Organisation) -> None:
    """How many pieces somebody reviewed in the last 30 days stands beside their name."""
    found = find(pulled(acme.people["dora"]).world, "ethylene")

    assert [("anna", 0), ("bob", 2)] == [(known.who.id, known.recent) for known in found.experts]


def test_show_tells_all_that_is_said(acme: Organisation) -> None:
    """Everybody sees what is said about a person, by topic, and why; without a name it is about who asks."""
    world = replace(pulled(acme.people["bob"]).world, now=lambda: START)
    shown = show(world)

    assert ("bob", ["seals", "torque"]) == (shown.who.id, [each.topic for each in shown.topics])
    assert [["piece seals"], ["piece torque"]] == [[one.source for one in each.works] for each in shown.topics]
    assert shown == show(world, "Bob")
    assert "anna" in refused("XP-EXPERTS-NOBODY", show, world, "ana").cure


def test_gaps_tell_where_knowledge_is_thin(acme: Organisation) -> None:
    """Named and never written; known to one; nothing new for 600 days; and what goes with a person."""
    listed(acme, "cem", topics="[valves]")
    dora = pulled(acme.people["dora"])
    found = gaps(dora.world, without="anna")

    assert ["valves"] == [gap.topic for gap in found.unwritten]
    assert ["valves"] == [gap.topic for gap in found.alone]
    assert () == found.stale
    assert [("seals", ["bob"]), ("torque", ["bob"])] == [
        (gap.topic, [who.id for who in gap.people]) for gap in found.leaving
    ]
    later = gaps(replace(dora.world, now=lambda: START + timedelta(days=700)))
    assert {"seals", "torque"} <= {gap.topic for gap in later.stale}


def test_what_one_person_knows_nearly_alone_names_one_person(acme: Organisation) -> None:
    """Whoever has only a little part in a topic is not named beside the one who holds it."""
    anna = pulled(acme.people["anna"])
    for number in range(12):
        id_ = f"01JD00000000000000000000{number + 10}"
        anna.write(f"drafts/valves-{number}.md", piece(id_, f"Valves {number}", topics="[valves]"))
    anna.push("A lot about valves")
    listed(acme, "cem", topics="[valves]")

    assert [["anna"]] == [
        [who.id for who in gap.people] for gap in gaps(pulled(acme.people["dora"]).world).alone if gap.topic == "valves"
    ]


def test_what_changed_is_seen_and_what_did_not_is_kept(acme: Organisation) -> None:
    """The index follows main; deleting it changes no answer."""
    dora = pulled(acme.people["dora"])
    before = find(dora.world, "ethylene")
    index = dora.clone / ".git" / "expertpost" / "experts.sqlite"
    index.unlink()

    assert people(before) == people(find(dora.world, "ethylene"))
    anna = pulled(acme.people["anna"])
    anna.run("rm", "--quiet", "drafts/seals.md")
    anna.push("Seals are gone")
    assert [] == people(find(pulled(dora).world, "ethylene"))


def test_a_plug_in_adds_evidence(acme: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another distribution's entry point is asked like ours, and what it said is gone when it is."""
    info = tmp_path / "wiki-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wiki\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[expertpost.evidence]\nwiki = wiki_evidence:gather\n")
    (tmp_path / "wiki_evidence.py").write_text(
        "from expertpost.finder.evidence import Evidence\n"
        "def gather(seen):\n    yield Evidence('Cem', 'Gearboxes', ('gears',), seen.now, 1, 'wiki 1')\n"
    )
    from expertpost.finder.gather import installed

    monkeypatch.syspath_prepend(str(tmp_path))
    installed.cache_clear()
    dora = pulled(acme.people["dora"])

    assert ["cem"] == people(find(dora.world, "gearboxes"))
    (info / "entry_points.txt").write_text("")
    installed.cache_clear()
    assert [] == people(find(dora.world, "gearboxes"))


@pytest.mark.parametrize(
    "says",
    [
        "raise RuntimeError('the wiki is down')",
        "yield Evidence('Cem', 'Gears', ('gears',), seen.now, 1, 'wiki 1')\n    raise KeyError('page')",
        "yield 'Cem'",
        "yield Evidence('Cem', 'Gears', ('gears',), seen.now.replace(tzinfo=None), 1, 'wiki 1')",
        "return 7",
    ],
)
def test_a_plug_in_that_breaks_is_named(
    acme: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    """Whatever a source of evidence raises or yields: an error with its name, and what was known before is kept."""
    from expertpost.finder.gather import installed

    dora = pulled(acme.people["dora"])
    before = people(find(dora.world, "ethylene"))
    info = tmp_path / "wiki-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wiki\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[expertpost.evidence]\nwiki = wiki_{abs(hash(says))}:gather\n")
    (tmp_path / f"wiki_{abs(hash(says))}.py").write_text(
        f"from expertpost.finder.evidence import Evidence\ndef gather(seen):\n    {says}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    installed.cache_clear()

    assert "'wiki'" in refused("XP-PLUGIN-BROKEN", find, dora.world, "ethylene").what
    (info / "entry_points.txt").write_text("")
    installed.cache_clear()
    assert before == people(find(dora.world, "ethylene"))


def test_a_forged_review_shows_nothing(acme: Organisation) -> None:
    """A comment in the name of somebody with a key that they did not sign is no evidence about them."""
    from expertpost.flows.review_say import comment

    mallory = pulled(acme.people["cem"])
    (mallory.home / ".ssh" / "id_ed25519").unlink()
    (mallory.home / ".ssh" / "id_ed25519.pub").unlink()
    mallory.run("config", "user.email", "dora@acme.example")
    comment(mallory.world, "torque", "I know all about it")

    assert "dora" not in people(find(pulled(acme.people["anna"]).world, "torque"))


def test_the_command_line_tells_it_all(acme: Organisation, pumps: Colleague, capsys: pytest.CaptureFixture[str],
                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Each verb speaks to people and, with --json, to programs; hostile text reaches no terminal."""
    from expertpost.cli import run

    dora = pulled(acme.people["dora"])
    monkeypatch.chdir(dora.clone)
    for key, value in dora.env.items():
        monkeypatch.setenv(key, value)
    pumps.run("commit", "--quiet", "--allow-empty", "-m", "\x1b[2Jescaping valves")
    said = []
    for argv in (
        ("scan", str(pumps.clone)),
        ("find", "escaping", "valves"),
        ("show", "cem"),
        ("gaps", "--without", "anna"),
    ):
        assert 0 == run(["experts", *argv])
        said.append(capsys.readouterr().out)
        assert 0 == run(["experts", *argv, "--json"])
        assert f"expertpost.experts-{argv[0]}/1" == json.loads(capsys.readouterr().out)["schema"]

    assert "3 works read" in said[0]
    assert "1. Cem (cem)\n   committed “�[2Jescaping valves”" in said[1]
    assert "\x1b" not in "".join(said)
    assert "Would go with them" in said[3]
