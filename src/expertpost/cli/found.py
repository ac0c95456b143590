"""What ``search`` does and says, however its command line was read."""

from collections.abc import Iterable
from shlex import quote
from typing import TYPE_CHECKING

from expertpost.cli.output import finding_json, note, print_json, say, world
from expertpost.flows.search import FEW
from expertpost.flows.search import search as look

if TYPE_CHECKING:
    from expertpost.flows.search import Found, Hit
    from expertpost.model.canonical import Json


def search(
    *words: str,
    audience: Iterable[str] = (),
    topics: Iterable[str] = (),
    author: str = "",
    limit: int = FEW,
    as_json: bool = False,
) -> None:
    """Find pieces and tell where they are; see ``flows.search``."""
    found = look(world(), " ".join(words), audience, topics, author, limit)
    if as_json:
        print_json("expertpost.search/1", _value(found))
        return
    answer = found.answer
    for finding in found.findings:
        note(str(finding))
    for word, others in answer.instead.items():
        note(f"No piece has “{word}”: looked for {' or '.join(others)}")
    if answer.partly:
        note("No piece has all the words: these have some of them.")
    for number, hit in enumerate(answer.hits, 1):
        say(f"{number}. {hit.title}{f' ({hit.stopped})' if hit.stopped else ''}")
        say(f"   {' · '.join(filter(None, _about(hit, found)))}")
        if hit.snippet:
            say(f"   {hit.snippet}")
    if not answer.hits:
        say(f"Nothing that {' and '.join(found.readers)} may read says it.")
        say(f"Who may know: expertpost experts find {quote(' '.join(words))}")
    elif answer.total > len(answer.hits):
        say(f"{answer.total - len(answer.hits):,} more: --limit {answer.total}")


def _about(hit: "Hit", found: "Found") -> tuple[str, ...]:
    authors = ", ".join(found.names[name] for name in hit.authors)
    return (authors, ", ".join(hit.topics), "" if hit.kind == "article" else hit.kind, hit.path)


def _value(found: "Found") -> "dict[str, Json]":
    hits: list[Json] = [
        {
            "id": hit.id,
            "slug": hit.slug,
            "path": hit.path,
            "title": hit.title,
            "summary": hit.summary,
            "snippet": hit.snippet,
            "authors": [{"author": name, "name": found.names[name]} for name in hit.authors],
            "topics": list(hit.topics),
            "kind": hit.kind,
            "audience": list(hit.audience),
            "review_by": hit.review_by or None,
            "stopped": hit.stopped or None,
            "fit": float(f"{hit.fit:.4g}"),
        }
        for hit in found.answer.hits
    ]
    instead: dict[str, Json] = {word: list(others) for word, others in found.answer.instead.items()}
    return {
        "readers": list(found.readers),
        "total": found.answer.total,
        "partly": found.answer.partly,
        "instead": instead,
        "findings": [finding_json(finding) for finding in found.findings],
        "pieces": hits,
    }
