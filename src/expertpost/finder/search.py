"""Pieces found by their words (SQLite FTS5, BM25), in an index of what one set of readers may read and nothing else.

One index for each set of readers, so that neither a hit nor a snippet, a corrected spelling or the rank of another text
can tell of what somebody may not read. The file is disposable; all text is untrusted and reaches SQLite as a value.
"""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from zlib import crc32

from expertpost.finder.asked import Term, any_of, each_of, matching, plain_word, prepared, readable, terms_of, words_in
from expertpost.finder.disposable import connect, telling
from expertpost.finder.spelling import kept_ends, nearest_words, slips_in
from expertpost.finder.texts import Answer, Hit, Text
from expertpost.finder.words import words_of

MEANING = 1
"""Raised whenever texts are prepared otherwise."""
_TABLES = """
CREATE TABLE piece (number INTEGER PRIMARY KEY, path TEXT UNIQUE, id TEXT, slug TEXT, kind TEXT, audience TEXT,
  authors TEXT, topics TEXT, review_by TEXT, language TEXT);
CREATE TABLE author (piece INTEGER, name TEXT);
CREATE TABLE topic (piece INTEGER, name TEXT);
CREATE TABLE called (name TEXT PRIMARY KEY, handle TEXT, says TEXT);
CREATE TABLE word (plain TEXT PRIMARY KEY, backwards TEXT, word TEXT, pieces INTEGER) WITHOUT ROWID;
CREATE TABLE stopped (id TEXT PRIMARY KEY, says TEXT) WITHOUT ROWID;
CREATE TABLE note (name TEXT PRIMARY KEY, says TEXT);
CREATE INDEX author_name ON author (name, piece);
CREATE INDEX author_piece ON author (piece);
CREATE INDEX topic_name ON topic (name, piece);
CREATE INDEX topic_piece ON topic (piece);
CREATE INDEX word_backwards ON word (backwards);
CREATE VIRTUAL TABLE said USING fts5 (title, topics, summary, body, tokenize = 'porter unicode61 remove_diacritics 2');
"""
FORMAT = crc32(f"{MEANING}{_TABLES}".encode()) & 0x7FFFFFFF or 1
"""An index of another format is thrown away."""
_WEIGHTS = "8, 4, 3, 1"
"""How much a word counts in a title, a topic, a summary, a body."""
_BODY, _TOKENS = 3, 28
_ALIKE = "SELECT name FROM called WHERE handle = (SELECT handle FROM called WHERE name = ?) UNION SELECT ?"
_HIGHEST = "\U0010ffff"


class SearchIndex:
    """The file, opened (None: in memory). Every method raises Failure XP-SEARCH-INDEX where SQLite fails."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        with self._telling():
            self._base = connect(file, _TABLES, FORMAT)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def note(self, name: str) -> str:
        """What was noted under this name, "" where nothing was."""
        with self._telling():
            found = self._base.execute("SELECT says FROM note WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def follow(self, gone: Iterable[str] | None, texts: Iterable[Text], notes: dict[str, str]) -> None:
        """Forget the pieces at the paths ``gone`` (None: all), take these texts, and note this, all at once."""
        with self._writing():
            words: Counter[str] = Counter()
            if gone is None:
                for table in ("piece", "author", "topic", "word", "said"):
                    self._base.execute(f"DELETE FROM {table}")  # noqa: S608 – our own names
            for path in gone or ():
                words.subtract(self._drop(path))
            for text in texts:
                words.subtract(self._drop(text.path))
                words.update(self._add(text))
            self._count(words)
            self._base.executemany("REPLACE INTO note VALUES (?, ?)", notes.items())

    def call(self, names: Iterable[tuple[str, str, str]], notes: dict[str, str]) -> None:
        """Know people anew: each name in small letters with its handle and what they are called."""
        with self._writing():
            self._base.execute("DELETE FROM called")
            self._base.executemany("INSERT OR IGNORE INTO called VALUES (?, ?, ?)", names)
            self._base.executemany("REPLACE INTO note VALUES (?, ?)", notes.items())

    def stop(self, stopped: Mapping[str, str], notes: dict[str, str]) -> None:
        """Know anew which pieces (by id) are stopped, and how; see ``Hit``."""
        with self._writing():
            self._base.execute("DELETE FROM stopped")
            self._base.executemany("INSERT INTO stopped VALUES (?, ?)", stopped.items())
            self._base.executemany("REPLACE INTO note VALUES (?, ?)", notes.items())

    def called(self, names: Iterable[str]) -> dict[str, str]:
        """Each name, as pieces have it, with what that person is called now."""
        asked = "SELECT says FROM called WHERE name = ?"
        with self._telling():
            found = {name: self._base.execute(asked, (_valid(name.casefold()),)).fetchone() for name in names}
        return {name: row[0] if row else name for name, row in found.items()}

    def topics(self) -> tuple[str, ...]:
        """Every topic, as topics are compared."""
        with self._telling():
            return tuple(name for (name,) in self._base.execute("SELECT DISTINCT name FROM topic ORDER BY name"))

    def authors(self) -> tuple[str, ...]:
        """Every author, as pieces name them."""
        with self._telling():
            return tuple(name for (name,) in self._base.execute("SELECT DISTINCT name FROM author ORDER BY name"))

    def find(
        self, query: str, topics: Iterable[str] = (), author: str = "", limit: int = 10, *, stopped: bool = True
    ) -> Answer:
        """Pieces that say all of it, or where none does, some of it; of these topics and by this author alone.

        ``stopped``: also what somebody stopped.
        """
        terms = terms_of(query)
        with self._telling():
            only, values = self._only(tuple(topics), author, stopped=stopped)
            found = self._matches(each_of(map(matching, terms)), only, values) if terms else []
            instead: dict[str, tuple[str, ...]] = {}
            partly = False
            asked = each_of(map(matching, terms))
            if terms and not found:
                ways = self._meant(terms, instead)
                asked = each_of(ways)
                found = self._matches(asked, only, values) if ways and instead else []
                if partly := not found and len(ways) > 1:
                    asked = any_of(_telling_most(terms, ways))
                    found = self._matches(asked, only, values)
            hits = tuple(self._hits(asked, found[: max(limit, 0)]))
        return Answer(hits, len(found), instead, partly and bool(found))

    def _only(self, topics: tuple[str, ...], author: str, *, stopped: bool) -> tuple[str, list[str]]:
        """The condition that leaves only some pieces, with its values."""
        parts = ["AND rowid IN (SELECT piece FROM topic WHERE name = ?)" for _ in topics]
        if not stopped:
            parts.append("AND rowid NOT IN (SELECT number FROM piece WHERE id IN (SELECT id FROM stopped))")
        values = [*topics]
        if author:
            parts.append(f"AND rowid IN (SELECT piece FROM author WHERE name IN ({_ALIKE}))")  # noqa: S608 – our own
            values += [author.casefold()] * 2
        return " ".join(parts), [value.encode("utf-8", "replace").decode() for value in values]

    def _matches(self, asked: str, only: str, values: list[str]) -> list[tuple[int, float]]:
        """The numbers of the pieces that match, with their fit, the best first."""
        query = f"""SELECT rowid, -bm25(said, {_WEIGHTS}) AS fit FROM said WHERE said MATCH ? {only}
            ORDER BY fit DESC, rowid"""  # noqa: S608 – our own names
        return self._base.execute(query, (asked, *values)).fetchall()

    def _hits(self, asked: str, found: list[tuple[int, float]]) -> Iterator[Hit]:
        query = f"""SELECT path, id, slug, kind, audience, authors, piece.topics, review_by, title, summary,
            snippet(said, {_BODY}, '', '', '…', {_TOKENS}), coalesce(says, '')
            FROM said JOIN piece ON number = said.rowid LEFT JOIN stopped USING (id)
            WHERE said MATCH ? AND said.rowid = ?"""  # noqa: S608
        for number, fit in found:
            row = self._base.execute(query, (asked, number)).fetchone()
            path, id_, slug, kind, *lists, review_by = row[:8]
            audience, authors, topics = (tuple(each.split("\n")) if each else () for each in lists)
            title, summary, snippet = map(readable, row[8:11])
            told = (audience, authors, topics, review_by, title, summary, snippet, fit)
            yield Hit(path, id_, slug, kind, *told, stopped=row[11])

    def _meant(self, terms: tuple[Term, ...], instead: dict[str, tuple[str, ...]]) -> list[str]:
        """An expression for each part; a word that no text has stands for those that begin so, or are spelt nearly so.

        What was put in its place is added to ``instead``.
        """
        ways: list[str] = []
        for term in terms:
            way, only = matching(term), len(term.words) == 1 and not term.begins
            if only and not self._base.execute("SELECT 1 FROM said WHERE said MATCH ? LIMIT 1", (way,)).fetchone():
                word = term.words[0]
                plain = plain_word(word)
                found = self._longer(plain) or self._written(nearest_words(plain, self._alike(plain)))
                if words := tuple(dict.fromkeys(found)):
                    instead[word] = words
                    way = any_of(matching(Term((other,))) for other in words)
            ways.append(way)
        return ways

    def _longer(self, plain: str) -> list[str]:
        """Known words that begin with a word, the most frequent first."""
        asked = "SELECT word FROM word WHERE plain > ? AND plain < ? ORDER BY pieces DESC, plain LIMIT 8"
        return [word for (word,) in self._base.execute(asked, (plain, plain + _HIGHEST))]

    def _written(self, plains: Iterable[str]) -> list[str]:
        """Known words as texts write them."""
        asked = "SELECT word FROM word WHERE plain = ?"
        return [word for plain in plains for (word,) in self._base.execute(asked, (plain,))]

    def _alike(self, plain: str) -> list[tuple[str, int]]:
        """Known words of nearly the same length that begin or end like a word, with how many pieces have them."""
        begin, end = kept_ends(plain)
        back, few = end[::-1], slips_in(plain)
        asked = """SELECT plain, pieces FROM word WHERE plain >= ? AND plain < ? AND length(plain) BETWEEN ? AND ?
            UNION SELECT plain, pieces FROM word
            WHERE backwards >= ? AND backwards < ? AND length(plain) BETWEEN ? AND ?"""
        size = (len(plain) - few, len(plain) + few)
        values = (begin, begin + _HIGHEST, *size, back, back + _HIGHEST, *size)
        return self._base.execute(asked, values).fetchall()

    def _drop(self, path: str) -> set[str]:
        """Forget the piece at a path; the words it had."""
        asked = """SELECT number, title, said.topics, summary, body
            FROM piece JOIN said ON said.rowid = number WHERE path = ?"""
        found = self._base.execute(asked, (_valid(path),)).fetchone()
        if found is None:
            return set()
        number, *said = found
        for table, key in (("piece", "number"), ("author", "piece"), ("topic", "piece"), ("said", "rowid")):
            self._base.execute(f"DELETE FROM {table} WHERE {key} = ?", (number,))  # noqa: S608 – our own names
        return set(words_in("\n".join(said)))

    def _add(self, text: Text) -> set[str]:
        """Take a piece; the words it has."""
        lists = ("\n".join(each) for each in (text.audience, text.authors, text.topics))
        row = (text.path, text.id, text.slug, text.kind, *lists, text.review_by, text.language)
        number = self._base.execute(
            "INSERT INTO piece VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [_valid(each) for each in row]
        ).lastrowid
        said = [prepared(each) for each in (text.title, "\n".join(text.topics), text.summary, text.body)]
        self._base.execute(
            "INSERT INTO said (rowid, title, topics, summary, body) VALUES (?, ?, ?, ?, ?)", (number, *said)
        )
        for table, names in (("author", [name.casefold() for name in text.authors]), ("topic", text.names)):
            self._base.executemany(
                f"INSERT INTO {table} VALUES (?, ?)",  # noqa: S608 – our own names
                [(number, _valid(name)) for name in dict.fromkeys(names)],
            )
        return set(words_in("\n".join(said)))

    def _count(self, words: Counter[str]) -> None:
        changed = [(plain_word(word), word, count) for word, count in words.items() if count]
        self._base.executemany(
            "INSERT INTO word VALUES (?, ?, ?, ?) ON CONFLICT (plain) DO UPDATE SET pieces = pieces + excluded.pieces",
            ((plain, plain[::-1], word, count) for plain, word, count in changed),
        )
        gone = ((plain,) for plain, _, count in changed if count < 0)
        self._base.executemany("DELETE FROM word WHERE plain = ? AND pieces <= 0", gone)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._telling(), self._base:
            self._base.execute("BEGIN IMMEDIATE")
            yield

    def _telling(self) -> contextlib.AbstractContextManager[None]:
        return telling(self._file, "XP-SEARCH-INDEX", "the index of pieces", "run the command again: it is built anew")


def _telling_most(terms: tuple[Term, ...], ways: list[str]) -> list[str]:
    """The expressions without those of words that only ask, where there are others."""
    telling_words = words_of(" ".join(word for term in terms for word in term.words))
    return [way for term, way in zip(terms, ways, strict=True) if {*term.words} & {*telling_words}] or ways


def _valid(text: str) -> str:
    """Text that SQLite takes: what is no valid Unicode is replaced."""
    return text.encode("utf-8", "replace").decode()
