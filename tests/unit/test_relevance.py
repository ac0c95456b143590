"""A snapshot of who is found on real articles, each by somebody of its own: a change of it is seen, and meant."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.index import Knowledge
from expertpost.finder.rank import Query
from expertpost.store.pieces import read_raw

CORPUS = Path(__file__).parents[1] / "corpus"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
AUTHORS = {
    "arm64-exception-handling": "dal",
    "cmakesettings-reference": "cam",
    "extension-dlls": "ed",
    "pgomgr": "lin",
    "add-interface-definition-library-property-wizard": "ida",
    "map": "cora",
}
ASKED = {
    "How does a function unwind on ARM64?": ["dal", "cam", "ida"],
    "Who knows prolog and epilog codes of exceptions?": ["dal", "cam", "ed"],
    "Which generators does CMakeSettings.json name?": ["cam", "dal", "ed"],
    "How do I share MFC classes among applications in a DLL?": ["ed", "ida", "dal"],
    "merge pgc files for profile-guided optimization": ["lin", "cam", "ed"],
    "Where do I set the put and get of an IDL property?": ["ida", "cam", "ed"],
    "Which container has unique sorted keys?": ["cora", "cam", "dal"],
    "insert an element with a hint": ["cora", "ida"],
}
"""Question → the first three who are found."""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The articles, a day apart."""
    made = Knowledge()
    for number, (stem, author) in enumerate(AUTHORS.items()):
        (file,) = CORPUS.rglob(f"{stem}.md")
        raw, _ = read_raw(file.name, file.read_bytes())
        assert raw
        title, summary = (str(raw.values.get(key, "")) for key in ("title", "description"))
        at = NOW - timedelta(days=number)
        made.add("corpus", [Evidence(author, f"{title}\n{summary}\n\n{raw.body}", (), at, 1, stem, Part.WROTE)])
    return made


@pytest.mark.parametrize("question", ASKED)
def test_who_is_found(knowledge: Knowledge, question: str) -> None:
    """The first one is who wrote the article that answers; the next ones are as they were."""
    found = [expert.person for expert in knowledge.experts(Query(question), NOW)][:3]

    assert ASKED[question] == found
