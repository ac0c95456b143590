"""Evidence in a SQLite file, found by words (FTS5), topics and people: disposable, and never read whole.

What comes from one origin (a plug-in, a scanned repository) is renewed together; a work that did not change is not
written again. All text is untrusted and reaches SQLite as a value only.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate, groupby
from operator import itemgetter
from pathlib import Path
from zlib import crc32

from expertpost.finder.disposable import connect, telling
from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.rank import MODEL, Expert, Model, Query, rank
from expertpost.finder.words import any_of, words_of

_TABLES = """
CREATE TABLE work (id INTEGER PRIMARY KEY, origin TEXT, source TEXT, topics TEXT, title TEXT, digest BLOB,
  UNIQUE (origin, source));
CREATE TABLE part (work INTEGER, person TEXT, part TEXT, at REAL, weight REAL);
CREATE TABLE topic (topic TEXT, at REAL, work INTEGER);
CREATE TABLE note (name TEXT PRIMARY KEY, says TEXT);
CREATE INDEX part_work ON part (work);
CREATE INDEX part_person ON part (person, at);
CREATE INDEX topic_name ON topic (topic, at);
CREATE INDEX topic_work ON topic (work);
CREATE VIRTUAL TABLE head USING fts5 (title, summary, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE body USING fts5 (words, tokenize = 'porter unicode61 remove_diacritics 2');
"""
FORMAT = crc32(_TABLES.encode()) & 0x7FFFFFFF
"""An index of another format is thrown away."""
_PARTS = {part.value: part for part in Part}
_LONGEST = 40_000
"""Characters of a text that are looked at."""
_IN_HEADS, _IN_BODIES = 24, 12
"""So many words of a question, the rarest, are looked for: common ones cost most and tell least."""
_COMMON, _HITS = 1_000, 3_000
"""A word in more texts than that is not looked for, nor one more when the words so far are in so many."""
_FITTING, _NEWEST = 300, 150
"""So many works are looked at: the best fitting ones, and the newest of each topic and each person."""


class Knowledge:
    """The file, opened (None: in memory). Every method raises Failure XP-EXPERTS-INDEX where SQLite fails.

    ``name_of``: a person as evidence names them → as they are called now; "" for somebody nothing is told about.
    """

    def __init__(self, file: Path | None = None, name_of: Callable[[str], str] = str) -> None:
        self._file = file
        self._name_of = name_of
        self._called: dict[str, list[str]] | None = None
        with self._telling():
            self._base = connect(file, _TABLES, FORMAT)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def renew(self, origin: str, evidence: Iterable[Evidence]) -> None:
        """Let an origin say exactly this. Evidence of one source must stand together."""
        with self._writing():
            gone = dict(self._base.execute("SELECT source, id FROM work WHERE origin = ?", (origin,)))
            for source, parts in groupby(evidence, key=lambda one: _plain(one.source)):
                self._write(origin, source, tuple(parts))
                gone.pop(source, None)
            self._drop(gone.values())

    def add(self, origin: str, evidence: Iterable[Evidence]) -> None:
        """Let an origin say this too; what it said of the same sources before is replaced."""
        with self._writing():
            for source, parts in groupby(evidence, key=lambda one: _plain(one.source)):
                self._write(origin, source, tuple(parts))

    def notes(self) -> dict[str, str]:
        """Everything that was noted, by name."""
        with self._telling():
            return dict(self._base.execute("SELECT name, says FROM note ORDER BY name"))

    def write_note(self, name: str, says: str) -> None:
        """Note something under a name; "" forgets it."""
        with self._writing():
            self._base.execute("DELETE FROM note WHERE name = ?", (name,))
            if says:
                self._base.execute("INSERT INTO note VALUES (?, ?)", (name, says))

    def experts(self, query: Query, now: datetime, model: Model = MODEL) -> tuple[Expert, ...]:
        """Who is likely to know; see ``rank``."""
        with self._telling():
            relevance = self._relevance(query.text)
            people = (alias for person in query.people for alias in self._aliases(person))
            named = self._newest("topic", "topic", query.topics) | self._newest("part", "person", people)
            works = dict(self._read(relevance.keys() | named))
        fits = {found[0].source: relevance[number] for number, found in works.items() if found and number in relevance}
        return rank(query, (one for found in works.values() for one in found), now, fits, model)

    def topics(self) -> frozenset[str]:
        """Every topic that there is evidence for."""
        with self._telling():
            return frozenset(topic for (topic,) in self._base.execute("SELECT DISTINCT topic FROM topic"))

    def on(self, topic: str) -> tuple[Evidence, ...]:
        """All evidence on a topic, with titles for texts."""
        with self._telling():
            works = {work for (work,) in self._base.execute("SELECT work FROM topic WHERE topic = ?", (topic,))}
            return tuple(one for _, found in self._read(works) for one in found)

    def of(self, person: str) -> tuple[Evidence, ...]:
        """All evidence about one person, newest first, with titles for texts."""
        asked = "SELECT work FROM part WHERE person = ?"
        with self._telling():
            works = {work for alias in self._aliases(person) for (work,) in self._base.execute(asked, (alias,))}
            found = [one for _, group in self._read(works) for one in group if one.person == person]
        return tuple(sorted(found, key=lambda one: (one.at, one.source), reverse=True))

    def people(self) -> frozenset[str]:
        """Everybody there is evidence about."""
        with self._telling():
            return frozenset(map(self._name_of, self._named())) - {""}

    def _named(self) -> list[str]:
        return [person for (person,) in self._base.execute("SELECT DISTINCT person FROM part")]

    def _aliases(self, person: str) -> list[str]:
        """The names under which evidence speaks of a person."""
        if self._called is None:
            self._called = {}
            for name in self._named():
                self._called.setdefault(self._name_of(name), []).append(name)
        return self._called.get(person, [])

    def _relevance(self, text: str) -> dict[int, float]:
        """Work → how well its text fits: BM25 of its head and of its body, each as a fraction of the best one's."""
        words = words_of(text)
        fits: dict[int, float] = {}
        for table, weights, most in (("head", ", 3, 1", _IN_HEADS), ("body", "", _IN_BODIES)):
            for number, fit in self._fits(table, weights, self._rarest(table, words)[:most]):
                fits[number] = fits.get(number, 0) + fit
        return dict(sorted(fits.items(), key=lambda each: (-each[1], each[0]))[:_FITTING])

    def _rarest(self, table: str, words: Iterable[str]) -> list[str]:
        """The words that tell most, the rarest in these texts first; all where each is common or nowhere."""
        asked = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT {_COMMON + 1})"  # noqa: S608
        counts = {word: int(self._base.execute(asked, (any_of((word,)),)).fetchone()[0]) for word in words}
        ordered = sorted((count, word) for word, count in counts.items() if 0 < count <= _COMMON)
        hits = accumulate(count for count, _ in ordered)
        return [word for (_, word), until in zip(ordered, hits, strict=True) if until <= _HITS] or list(counts)

    def _fits(self, table: str, weights: str, words: list[str]) -> list[tuple[int, float]]:
        if not words:
            return []
        asked = f"""SELECT rowid, -bm25({table}{weights}) AS fit FROM {table} WHERE {table} MATCH ?
            ORDER BY fit DESC LIMIT {_FITTING}"""  # noqa: S608 – our own names
        rows = self._base.execute(asked, (any_of(words),)).fetchall()
        best = rows[0][1] if rows else 0
        return [(number, fit / best) for number, fit in rows if fit > 0]

    def _newest(self, table: str, column: str, names: Iterable[str]) -> set[int]:
        asked = f"SELECT work FROM {table} WHERE {column} = ? ORDER BY at DESC LIMIT {_NEWEST}"  # noqa: S608 – our own names
        return {work for name in names for (work,) in self._base.execute(asked, (_plain(name),))}

    def _read(self, works: Iterable[int]) -> Iterator[tuple[int, tuple[Evidence, ...]]]:
        """Works with their evidence, in the order of their numbers."""
        wanted = (json.dumps(sorted(works)),)
        among = "IN (SELECT value FROM json_each(?))"
        heads = self._base.execute(f"SELECT id, title, topics, source FROM work WHERE id {among}", wanted)  # noqa: S608
        known = {number: (title, _lines(topics), source) for number, title, topics, source in heads.fetchall()}
        asked = f"SELECT work, person, at, weight, part FROM part WHERE work {among} ORDER BY work"  # noqa: S608
        name_of, when = cache(self._name_of), cache(_moment)
        for number, group in groupby(self._base.execute(asked, wanted).fetchall(), key=itemgetter(0)):
            title, topics, source = known[number]
            yield (
                number,
                tuple(
                    Evidence(person, title, topics, when(at), weight, source, _PARTS[part])
                    for _, name, at, weight, part in group
                    if (person := name_of(name))
                ),
            )

    def _write(self, origin: str, source: str, parts: tuple[Evidence, ...]) -> None:
        first = parts[0]
        digest = _digest(parts)
        known = self._base.execute("SELECT id, digest FROM work WHERE origin = ? AND source = ?", (origin, source))
        number, before = known.fetchone() or (None, None)
        if before == digest:
            return
        self._drop([number] if number is not None else ())
        text, topics = _plain(first.text[:_LONGEST]), sorted({_plain(topic) for topic in first.topics})
        row = (origin, source, "\n".join(topics), text.partition("\n")[0], digest)
        work = self._base.execute("INSERT INTO work VALUES (NULL, ?, ?, ?, ?, ?)", row).lastrowid
        head, _, body = text.partition("\n\n")
        self._base.execute("INSERT INTO head (rowid, title, summary) VALUES (?, ?, ?)", (work, *_halves(head)))
        self._base.execute("INSERT INTO body (rowid, words) VALUES (?, ?)", (work, body))
        values = [(work, _plain(one.person), one.part.value, one.at.timestamp(), one.weight) for one in parts]
        self._base.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?)", values)
        newest = max(one.at for one in parts).timestamp()
        self._base.executemany("INSERT INTO topic VALUES (?, ?, ?)", [(topic, newest, work) for topic in topics])

    def _drop(self, works: Iterable[int]) -> None:
        for table, key in (("work", "id"), ("part", "work"), ("topic", "work"), ("head", "rowid"), ("body", "rowid")):
            self._base.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(work,) for work in works])  # noqa: S608

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._telling(), self._base:
            self._base.execute("BEGIN IMMEDIATE")
            self._called = None
            yield

    def _telling(self) -> contextlib.AbstractContextManager[None]:
        again = "run the command again: it is built anew; experts scan what was scanned before"
        return telling(self._file, "XP-EXPERTS-INDEX", "the index of experts", again)


def _lines(topics: str) -> tuple[str, ...]:
    return tuple(topics.split("\n")) if topics else ()


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _halves(head: str) -> tuple[str, str]:
    title, _, summary = head.partition("\n")
    return title, summary


def _digest(parts: tuple[Evidence, ...]) -> bytes:
    """What changes whenever a work does."""
    from hashlib import blake2b

    first = parts[0]
    people = sorted((one.person, one.part.value, one.at.timestamp(), one.weight) for one in parts)
    told = json.dumps([first.text, sorted(set(first.topics)), people]).encode()
    return blake2b(told, digest_size=16).digest()


def _plain(text: str) -> str:
    """Text that SQLite takes: what is no valid Unicode is replaced."""
    return text.encode("utf-8", "replace").decode()
