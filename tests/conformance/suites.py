"""What others have published about right and wrong, and how much of it we keep: the suites behind one table.

The table stands in the handbook. After a change that is meant, write it anew and look at the difference:

    python -m tests.conformance.suites
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import feedparser
from jsonschema import Draft202012Validator, FormatChecker
from standardwebhooks import Webhook as Oracle
from tests.conformance.lexicon import FORMATS, problems
from tests.contract.test_bluesky import PdsTwin, ready
from tests.docs.test_every_post import rich
from tests.unit.test_markdown import OF_MARKDOWN, has_foreign_scheme, has_raw_html, tokens
from tests.unit.test_webhook import AT, KEY, SECRET

from expertpost.model.audience import Audiences
from expertpost.model.outcome import Receipt
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.webhook import signed_headers
from expertpost.render.announce import hashtag
from expertpost.render.counts import weighted
from expertpost.render.families.chat import JOINER, without_mentions
from expertpost.render.families.x_urls import x_urls
from expertpost.render.markdown import to_html
from expertpost.render.shown import show
from expertpost.testing.samples import MEDIA, SAMPLES
from expertpost.testing.stage import URL
from expertpost.web.cards import card
from expertpost.web.feeds import Entry, atom, json_feed
from expertpost.web.pages import Face

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "drafts" / "handbook" / "conformance.md"
MARK = "<!-- the table is written by tests/conformance/suites.py -->"


@dataclass(frozen=True, slots=True)
class Suite:
    """``cases`` of one source, each with a name, and what has to hold for each of them."""

    source: str
    held: str
    cases: Sequence[tuple[str, Any]]
    holds: Callable[[Any], bool]
    left_out: str = "–"

    def broken(self) -> tuple[str, ...]:
        """The names of the cases that do not hold."""
        return tuple(name for name, case in self.cases if not self.holds(case))


@cache
def _of_x() -> dict[str, dict[str, list[dict[str, Any]]]]:
    found: dict[str, dict[str, list[dict[str, Any]]]] = json.loads(
        (HERE / "twitter-text" / "cases.json").read_text(encoding="utf-8")
    )
    return found


def _x(part: str) -> list[tuple[str, Any]]:
    return [(f"{group}: {one['description']}", one) for group, cases in _of_x()[part].items() for one in cases]


def _nobody_is_called(case: dict[str, Any]) -> bool:
    quiet = without_mentions(case["text"])
    called = [name for name in case["names"] if re.search(f"[@＠]{name}", quiet, re.IGNORECASE)]
    return not called and quiet.replace(JOINER, "") == case["text"].replace(JOINER, "")


def _is_tagged(case: dict[str, Any]) -> bool:
    return all(hashtag(tag) == f"#{tag}" for tag in case["tags"])


def _lines(name: str) -> list[str]:
    whole = (HERE / "atproto" / name).read_text(encoding="utf-8").split("\n")
    return [line for line in whole if line and not line.startswith("#")]


def _syntax(name: str, kind: str) -> Suite:
    cases: list[tuple[str, Any]] = [
        (f"{name}: {line[:60]}", (line, True)) for line in _lines(f"{name}_syntax_valid.txt")
    ]
    wrong = _lines(f"{name}_syntax_invalid.txt") + (_lines("datetime_parse_invalid.txt") if name == "datetime" else [])
    cases += [(f"no {name}: {line[:60]}", (line, False)) for line in wrong]
    return Suite("atproto", f"syntax: {kind}", cases, lambda case: FORMATS[kind](case[0]) == case[1])


@cache
def _records() -> list[tuple[str, Any]]:
    """Every record that the Bluesky publisher puts for the samples, and for a rich piece at a page and without one."""
    pieces = [(sample.name, sample.shown) for sample in SAMPLES]
    for has_page in (True, False):
        shown = show(rich(summary="What to measure"), ("public",), Audiences(), {}, has_page=has_page)
        pieces.append(
            (
                f"rich, {'announced' if has_page else 'in full'}",
                replace(shown, front=replace(shown.front, language="de")),
            )
        )
    with closing(PdsTwin()) as twin:
        publisher = ready(twin)
        for number, (_, shown) in enumerate(pieces):
            post = bind(publisher.render(shown, publisher.settings), publisher.values(Address(), KEY, AT, URL))
            sent = publisher.send(Sending(post, f"{number:064x}", Address(), AT, MEDIA))
            assert isinstance(sent, Receipt)
        return list(zip((name for name, _ in pieces), twin.records.values(), strict=True))


def _html_holds(example: dict[str, str]) -> bool:
    actual = to_html(example["markdown"])
    if has_raw_html(example):
        return set(re.findall(r"</?([a-zA-Z0-9]+)", actual)) <= OF_MARKDOWN
    return "href" not in actual if has_foreign_scheme(example) else tokens(example["html"]) == tokens(actual)


@cache
def _examples() -> list[tuple[str, Any]]:
    spec = json.loads((HERE / "commonmark" / "spec-0.31.2.json").read_text(encoding="utf-8"))
    return [(f"{one['section']} {one['example']}", one) for one in spec]


def _signed(payload: str) -> bool:
    """Whether our signature is the one that the specification's own library makes, and that it takes."""
    headers = signed_headers(SECRET, KEY, datetime.now(UTC), payload.encode())
    Oracle(SECRET).verify(payload, headers)
    same = signed_headers(SECRET, KEY, AT, payload.encode())["webhook-signature"]
    return Oracle(SECRET).sign(KEY, AT, payload) == same


def _payloads() -> list[tuple[str, Any]]:
    texts = ["", "a.b.c", "ü€👍", "\x00", "x" * 70_000, *(sample.shown.body for sample in SAMPLES)]
    return [(text[:20], json.dumps({"text": text}, ensure_ascii=number % 2 == 0)) for number, text in enumerate(texts)]


def _cards() -> Iterator[tuple[str, Entry]]:
    for sample in SAMPLES:
        for at in (None, AT):
            made = card(sample.shown, "0" * 64, [("Anna", "anna"), ("Jo <b>", "")], sample.shown.front.summary, at, at)
            yield f"{sample.name}, {'with' if at else 'without'} a date", Entry(made, to_html(sample.shown.body))


def _face(base_url: str = "https://hub.example.com/") -> Face:
    return Face('A "site" & <more>', base_url)


@cache
def _schema() -> Draft202012Validator:
    schema = json.loads((HERE / "jsonfeed" / "schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def _is_json_feed(entry: Entry) -> bool:
    feeds = (json_feed(_face(url), entries) for url in ("", "https://hub.example.com/") for entries in ([], [entry]))
    return all(_schema().is_valid(json.loads(feed)) for feed in feeds)


def _is_atom(entry: Entry) -> bool:
    found = feedparser.parse(atom(_face(), "urn:uuid:0", [entry]))
    (one,) = found.entries
    title = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", entry.card.title)
    whole = one.id.startswith("urn:uuid:") and one.link.endswith(entry.card.path) and one.title == title.strip()
    return not found.bozo and whole and [a.name for a in one.authors] == [name for name, _ in entry.card.authors]


@cache
def suites() -> tuple[Suite, ...]:
    """Every suite, in the order of the table."""
    foreign = sum(has_foreign_scheme(one) for _, one in _examples() if not has_raw_html(one))
    raw = sum(has_raw_html(one) for _, one in _examples())
    policy = f"raw HTML in {raw} is shown as words; links in {foreign} have a scheme that we refuse, and are words too"
    return (
        Suite("twitter-text, v3", "how long a post is", _x("validate"),
              lambda c: c["weightedLength"] == weighted(c["text"]),
              "cases of configurations v1 and v2"),
        Suite("twitter-text", "what is a web address", _x("extract"),
              lambda c: c["urls"] == [c["text"][start:end] for start, end in x_urls(c["text"])]),
        Suite("twitter-text", "nobody is called by a mention", _x("mentions"), _nobody_is_called),
        Suite("twitter-text", "a topic becomes a hashtag that is one", _x("hashtags"), _is_tagged),
        *(_syntax(*each) for each in (("tid", "tid"), ("recordkey", "record-key"), ("handle", "handle"),
                                      ("aturi", "at-uri"), ("datetime", "datetime"), ("language", "language"))),
        Suite("atproto", "lexicons: every record we put is an app.bsky.feed.post", _records(),
              lambda record: not list(problems(record, "app.bsky.feed.post")), "kinds of embeds that we never send"),
        Suite("CommonMark 0.31.2", "pages", _examples(), _html_holds, policy),
        Suite("Standard Webhooks", "signatures are those of the specification’s own library", _payloads(), _signed),
        Suite("JSON Feed 1.1", "feeds", list(_cards()), _is_json_feed),
        Suite("Atom (feedparser)", "feeds", list(_cards()), _is_atom),
    )  # fmt: skip


def table() -> str:
    """The table, as it stands in the handbook."""
    rows = (
        f"| {one.source} | {one.held} | {len(one.cases)} | {len(one.cases) - len(one.broken())} | {one.left_out} |"
        for one in suites()
    )
    return "\n".join(
        ("| source | held to | cases | kept | not as it says, or left out |", "|---|---|---|---|---|", *rows)
    )


def page() -> str:
    """The page with the table as it is now."""
    before, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    return f"{before}{mark}\n\n{table()}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
