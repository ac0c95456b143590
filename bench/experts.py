"""How well reviewers are found: ``python bench/experts.py PROPOSALS.jsonl --from 2023 --to 2025 --ranking OUT.jsonl``.

PROPOSALS has one JSON object a line: id, title, topic, date, authors, reviewers, approvers, summary, text, sorted by
date. Each proposal dated in [FROM, TO) is asked with its title, summary, topic and authors, and only proposals of
earlier days are evidence. The truth is its reviewers and approvers, less its authors, less people never seen before.
Ranked is by ``finder``'s index and model, as ``expertpost experts find`` does it. ``--without`` leaves a signal out, to
see what it is worth; ``--speed`` measures over 10,000 documents.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.index import Knowledge
from expertpost.finder.rank import MODEL, Model, Query

MANY = 10_000


class Proposal(TypedDict):
    """One line of the file; see the module."""

    id: str
    title: str
    topic: str
    date: str
    authors: list[str]
    reviewers: list[str]
    approvers: list[str]
    summary: str
    text: str


def at(proposal: Proposal) -> datetime:
    """The day of a proposal, as its first instant in UTC."""
    return datetime.fromisoformat(proposal["date"][:10]).replace(tzinfo=UTC)


def people(proposal: Proposal) -> dict[Part, list[str]]:
    """Part → who had it."""
    return {
        Part.WROTE: proposal["authors"],
        Part.REVIEWED: proposal["reviewers"],
        Part.APPROVED: proposal["approvers"],
    }


def evidence(proposal: Proposal, name: str = "") -> Iterator[Evidence]:
    """What a proposal shows about everybody who had a part in it."""
    text = f"{proposal['title']}\n{' '.join(proposal['summary'].split())}\n\n{proposal['text']}"
    for part, names in people(proposal).items():
        for person in names:
            yield Evidence(person, text, (proposal["topic"],), at(proposal), 1, name or proposal["id"], part)


def query(proposal: Proposal) -> Query:
    """What a proposal asks."""
    return Query(f"{proposal['title']} {proposal['summary']}", (proposal["topic"],), tuple(proposal["authors"]))


def rankings(
    proposals: Sequence[Proposal], first: str, last: str, model: Model
) -> Iterator[tuple[Proposal, list[str]]]:
    """Each query with everybody ranked, the likeliest first; the index grows with the days."""
    knowledge, known = Knowledge(), 0
    for proposal in proposals:
        while proposals[known]["date"] < proposal["date"]:
            knowledge.add("proposals", evidence(proposals[known]))
            known += 1
        if first <= proposal["date"] < last:
            experts = knowledge.experts(query(proposal), at(proposal), model)
            yield proposal, [expert.person for expert in experts]


def scores(proposals: Sequence[Proposal], ranked: Sequence[tuple[Proposal, list[str]]]) -> list[tuple[float, ...]]:
    """For each query that has a truth: reciprocal rank, recall at 5, recall at 10 (over min(k, size of the truth))."""
    found: list[tuple[float, ...]] = []
    for proposal, order in ranked:
        earlier = (each for each in proposals if each["date"] < proposal["date"])
        seen = {person for each in earlier for names in people(each).values() for person in names}
        truth = ({*proposal["reviewers"], *proposal["approvers"]} - {*proposal["authors"]}) & seen
        if truth:
            reciprocal = next((1 / n for n, person in enumerate(order, 1) if person in truth), 0.0)
            found.append((reciprocal, *(len(truth & {*order[:k]}) / min(k, len(truth)) for k in (5, 10))))
    return found


def speed(proposals: Sequence[Proposal]) -> None:
    """Index the file again and again until there are 10,000 documents, ask every 20th proposal; processor time."""
    knowledge = Knowledge()
    begin = time.process_time()
    numbered = ((number, proposals[number % len(proposals)]) for number in range(MANY))
    knowledge.renew("proposals", (one for number, each in numbered for one in evidence(each, f"{number}")))
    print(f"{MANY:,} documents indexed in {time.process_time() - begin:.1f} s")
    now = at(proposals[-1])
    asked = {"a title as a question": [Query(each["title"]) for each in proposals[::20]],
             "a whole proposal with its topic and authors": [query(each) for each in proposals[::20]]}  # fmt: skip
    for says, queries in asked.items():
        spent: list[float] = []
        for one in queries:
            begin = time.process_time()
            knowledge.experts(one, now)
            spent.append((time.process_time() - begin) * 1000)
        print(f"{says}: {statistics.median(spent):.0f} ms, at most {max(spent):.0f} ms")


def main() -> None:
    """Measure, print, and write the ranking where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proposals", type=Path)
    parser.add_argument("--from", dest="first", default="2023")
    parser.add_argument("--to", dest="last", default="2025")
    parser.add_argument("--ranking", type=Path)
    parser.add_argument("--without", choices=("text", "topic", "company"))
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    lines = asked.proposals.read_text(encoding="utf-8").splitlines()
    proposals: list[Proposal] = sorted(map(json.loads, lines), key=lambda each: each["date"])
    model = replace(MODEL, **{asked.without: 0.0}) if asked.without else MODEL
    ranked = list(rankings(proposals, asked.first, asked.last, model))
    found = scores(proposals, ranked)
    means = [statistics.fmean(column) for column in zip(*found, strict=True)] or [0.0, 0.0, 0.0]
    print(f"{len(found)} queries  MRR {means[0]:.3f}  R@5 {means[1]:.3f}  R@10 {means[2]:.3f}")
    if asked.ranking:
        rows = (json.dumps({"id": proposal["id"], "people": order}) for proposal, order in ranked)
        asked.ranking.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    if asked.speed:
        speed(proposals)


if __name__ == "__main__":
    main()
