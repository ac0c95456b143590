"""The index of evidence: what is put in is found by words, topics and people, and it may be deleted any time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from expertpost.errors import Failure
from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.index import Knowledge
from expertpost.finder.rank import Query

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def wrote(person: str, text: str, *topics: str, source: str = "") -> Evidence:
    """A piece by a person, of today."""
    return Evidence(person, text, topics, NOW, 1, source or f"piece {text[:20]}")


@pytest.fixture
def knowledge() -> Knowledge:
    """Three people's work, in memory."""
    found = Knowledge()
    found.renew(
        "pieces",
        [
            wrote("ana", "Choosing a seal\nRubber that survives steam\n\nEthylene oxide swells it.", "seals"),
            wrote("ben", "Pump curves\nWhere a pump should run\n\nNever against a closed valve.", "pumps"),
            wrote("cem", "Buying valves\nWhom to ask for prices\n\nThree offers at least.", "buying"),
        ],
    )
    return found


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (Query("which seals survive steam?"), "ana"),
        (Query("closed valve"), "ben"),
        (Query("ÉTHYLENE oxides"), "ana"),
        (Query(topics=("buying",)), "cem"),
        (Query("pumps", people=("ben",)), None),
        (Query("nothing of this kind"), None),
        (Query(""), None),
    ],
)
def test_people_are_found(knowledge: Knowledge, query: Query, first: str | None) -> None:
    """By words in any form and place, by topic; never who asks, and nobody where nothing fits."""
    assert first == next((expert.person for expert in knowledge.experts(query, NOW)), None)


@pytest.mark.parametrize(
    "text", ['"', "a OR b", "NEAR(seal steam)", "title:seal", "seal*", "^seal", "--", "';DROP", "\0"]
)
def test_query_syntax_in_a_question_means_nothing(knowledge: Knowledge, text: str) -> None:
    """A question is words: whatever FTS5 or SQL would read into it is not obeyed and breaks nothing."""
    knowledge.experts(Query(text), NOW)

    assert {"ana", "ben", "cem"} == knowledge.people()


def test_an_origin_says_exactly_what_it_said_last(knowledge: Knowledge) -> None:
    """Renewing drops what is gone, changes what changed, and leaves other origins alone."""
    knowledge.add("scan", [Evidence("dora", "Fix the seal gap", (), NOW, 1, "commit 1", Part.COMMITTED)])
    knowledge.renew("pieces", [wrote("ana", "Choosing a seal\nAll new", "rubber", source="piece Choosing a seal\nRub")])

    assert {"ana", "dora"} == knowledge.people()
    assert {"rubber"} == knowledge.topics()
    assert () == knowledge.experts(Query("steam"), NOW)


def test_hostile_text_is_only_text(knowledge: Knowledge) -> None:
    """Lone surrogates, zero bytes and quotes in a text, a name or a topic are kept out of harm's way."""
    knowledge.add(
        "scan", [Evidence("a\ud800\0'\"", "x\ud800\0 zebra", ("t\ud800",), NOW, 1, "s\udfff", Part.COMMITTED)]
    )

    assert 1 == len(knowledge.experts(Query("zebra"), NOW))


def test_the_file_is_disposable(tmp_path: Path) -> None:
    """A damaged index says so once and is gone; the next look begins with an empty one."""
    file = tmp_path / "deep" / "experts.sqlite"
    first = Knowledge(file)
    first.renew("pieces", [wrote("ana", "Seals")])
    first.close()
    assert {"ana"} == Knowledge(file).people()
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(Failure, match="damaged"):
        Knowledge(file)

    assert frozenset() == Knowledge(file).people()


def test_an_index_of_another_format_is_thrown_away(tmp_path: Path) -> None:
    """What another version laid out is not read."""
    import sqlite3

    file = tmp_path / "experts.sqlite"
    other = sqlite3.connect(file)
    other.executescript("CREATE TABLE part (x); PRAGMA user_version = 7")
    other.close()

    assert frozenset() == Knowledge(file).people()
