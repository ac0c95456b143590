"""What is found on 52 real articles, and who, kept as people have approved it: a change of it is seen, and meant.

After such a change write it anew, look at each answer, and at the difference:

    python -m tests.unit.test_corpus_answers
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.index import Knowledge
from expertpost.finder.rank import Query
from expertpost.finder.search import SearchIndex
from expertpost.finder.texts import Text
from expertpost.render.words import visible_words
from expertpost.store.pieces import read_raw

CORPUS = Path(__file__).parents[1] / "corpus"
KEPT = Path(__file__).with_name("corpus_answers.txt")
NOW = datetime(2026, 11, 25, tzinfo=UTC)
AUTHORS = {
    "dal": "arm64-exception-handling extension-dlls importing-and-exporting export-exports-a-function"
    " delay-delay-load-import-settings building-an-import-library-and-export-file",
    "cam": "cmakesettings-reference modify-project-properties-without-changing-project-file nmake-function-findstring"
    " common-problems-when-creating-a-release-build ignore-ignore-specific-warnings",
    "lin": "pgomgr pgd-specify-database-for-profile-guided-optimizations linkrepro subsystem heap highentropyva"
    " gf-eliminate-duplicate-strings why-floating-point-numbers-may-lose-precision",
    "sec": "cetcompat qspectre-jmp lnt-arithmetic-overflow lnt-uninitialized-local",
    "win": "building-c-cpp-isolated-applications-and-side-by-side-assemblies"
    " how-to-build-registration-free-com-components"
    " localized-resources-in-mfc-applications-satellite-dlls",
    "ida": "add-interface-definition-library-property-wizard adding-a-method-visual-cpp adding-a-property-visual-cpp"
    " adding-an-event-handler-visual-cpp extract-function implement-pure-virtuals convert-to-raw-string-literal",
    "cora": "map hash-map any boyer-moore-searcher-class regex-error-class bernoulli-distribution-class",
    "mel": "memory-resource-operators bad-alloc-class enable-shared-from-this-class",
    "tess": "condition-variable mutex-class-stl recursive-mutex-class shared-future-class thread-class",
    "stan": "charconv codecvt-utf16-class utf-8-set-source-and-executable-character-sets-to-utf-8 zc-u8escapeencoding"
    " j-default-char-type-is-unsigned",
}
"""Who wrote which article: made people, each with a field."""
QUESTIONS = """\
How does exception unwinding work on ARM64?
share MFC classes among applications in a DLL
How do I export a function from a DLL by name?
Which generators does CMakeSettings.json know?
merge pgc files for profile-guided optimization
protect against Spectre variants
shadow stack compatible
Why do floating-point numbers lose precision?
set the size of the heap
Which subsystem has a console application?
COM without registration
Where do resources in other languages live?
Add a property with a wizard
turn selected code into a function
arithmetic overflow found by the linter
Which container keeps its keys sorted and unique?
a Boyer-Moore searcher for a long text
allocation failed
wait until a condition holds, spurious wakeups
lock a mutex twice in one thread
run a function in its own thread and get its result
convert a number to text without locale
source files in UTF-8
random true or false
""".splitlines()


def articles() -> Iterator[tuple[str, str, Text, datetime]]:
    """Each article: who wrote it, its text, itself as search knows it, and its day."""
    of = {stem: author for author, stems in AUTHORS.items() for stem in stems.split()}
    files = sorted(CORPUS.rglob("*.md"))
    assert sorted(of) == sorted(file.stem for file in files)
    for file in files:
        raw, _ = read_raw(file.name, file.read_bytes())
        assert raw
        title, summary, date = (str(raw.values.get(key, "")) for key in ("title", "description", "ms.date"))
        author, path = of[file.stem], f"drafts/{file.stem}.md"
        text = Text(
            path, file.stem.upper(), file.stem, title, summary, visible_words(raw.body), (author,), (), (), "article",
            ("colleagues",),
        )  # fmt: skip
        yield author, f"{title}\n{summary}\n\n{raw.body}", text, datetime.strptime(date, "%m/%d/%Y").replace(tzinfo=UTC)


def answers() -> str:
    """Each question with the first three articles and the first three people."""
    index, knowledge = SearchIndex(), Knowledge()
    found = list(articles())
    index.follow(None, [text for _, _, text, _ in found], {})
    knowledge.renew("corpus", (Evidence(by, says, (), at, 1, text.slug, Part.WROTE) for by, says, text, at in found))
    lines = []
    for question in QUESTIONS:
        pieces = [hit.slug for hit in index.find(question).hits][:3]
        people = [expert.person for expert in knowledge.experts(Query(question), NOW)][:3]
        lines.append(f"{question}\n    {', '.join(pieces)}\n    {', '.join(people)}\n")
    return "".join(lines)


def test_what_is_found_is_what_was_approved() -> None:
    """For two dozen questions the first three articles and the first three people are as they were."""
    assert KEPT.read_text(encoding="utf-8") == answers()


if __name__ == "__main__":
    KEPT.write_text(answers(), encoding="utf-8", newline="\n")
