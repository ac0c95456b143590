"""What the handbook, the README and the design records must always be: complete, short, and pieces of our workspace."""

import re
from pathlib import Path

import pytest

from expertpost.cli import VERBS
from expertpost.model.draft import KNOWN
from expertpost.model.people import People
from expertpost.publishers import registry
from expertpost.store.files import WorkFiles
from expertpost.store.workspace import State

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "drafts" / "handbook"
RECORDS = sorted((ROOT / "drafts" / "design").glob("*.md"))
README = ROOT / "README.md"
CODE = re.compile(r"XP-[A-Z0-9]+(?:-[A-Z0-9]+)*(?![A-Z0-9-])")


def text_of(file: Path) -> str:
    """The text of a file of ours."""
    return file.read_text(encoding="utf-8")


def codes_in_source() -> set[str]:
    """Every code that the product can say; those of front-matter keys are made from the keys."""
    written = {code for file in (ROOT / "src").rglob("*.py") for code in CODE.findall(text_of(file))}
    return written | {f"XP-{key.upper().replace('_', '-')}" for key in KNOWN}


def test_every_code_is_explained() -> None:
    """The handbook has a paragraph for each code, and for none that is gone."""
    explained = re.findall(r"^### (XP-\S+)$", text_of(HANDBOOK / "error-codes.md"), re.MULTILINE)

    assert set() == codes_in_source() - set(explained)
    assert set() == set(explained) - codes_in_source()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_is_short_and_open_to_doubt(record: Path) -> None:
    """A design record has at most 120 lines and ends with what would make us change our mind."""
    text = text_of(record)
    last = re.findall(r"^## (.*)$", text, re.MULTILINE)[-1]

    assert 120 >= len(text.splitlines())
    assert "What would make us change our mind" == last


def test_our_own_workspace_is_in_order() -> None:
    """This repository is a workspace: its settings, people and pieces are all valid."""
    state = State(WorkFiles(ROOT))
    findings = [finding for loaded in state.loaded() for finding in loaded.findings]

    assert "expertpost" == state.config.name
    assert isinstance(state.people, People)
    assert [] == findings
    assert len(RECORDS) + 7 <= len(list(state.pieces()))


def test_the_readme_is_short_and_complete() -> None:
    """At most 160 lines, a row for every verb, and every publisher in the row of what it guarantees."""
    text = text_of(README)

    assert 160 >= len(text.splitlines())
    assert [] == [verb for verb in VERBS if not re.search(rf"^\|[^|]*`{verb}`", text, re.MULTILINE)]
    rows = dict(re.findall(r"^\| (keyed|searchable|blind): [^|]*\|(.*)$", text, re.MULTILINE))
    told = {name: registry.publisher(name).guarantee.value for name in registry.names()}
    assert [] == [name for name, guarantee in told.items() if f"`{name}`" not in rows[guarantee]]


def links_in(file: Path) -> list[Path]:
    """The files that a text links to."""
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)[^)]*\)", text_of(file))
    return [(file.parent / target).resolve() for target in targets]


@pytest.mark.parametrize(
    "file",
    [README, *(ROOT / ".github").glob("*.md"), *HANDBOOK.glob("*.md"), *RECORDS],
    ids=lambda file: file.name,
)
def test_links_lead_somewhere(file: Path) -> None:
    """A link between our own texts names a file that is there."""
    assert [] == [target for target in links_in(file) if not target.exists()]


@pytest.mark.parametrize("file", [README, *HANDBOOK.glob("*.md"), *RECORDS], ids=lambda file: file.name)
def test_one_sentence_per_line(file: Path) -> None:
    """Prose has one sentence per line, so that a diff shows sentences; list items and tables may hold more."""
    prose = re.sub(r"^```.*?^```", "", text_of(file), flags=re.DOTALL | re.MULTILINE)
    lines = [line for line in prose.splitlines() if line[:1].isupper()]

    assert [] == [line for line in lines if re.search(r"[a-z`*)]\. [A-Z][a-z]+ ", line)]
