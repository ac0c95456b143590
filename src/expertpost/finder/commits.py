"""What a history tells: who wrote, reviewed and owns what. Topics are those that the workspace knows already."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from expertpost.finder.evidence import Evidence, Part
from expertpost.finder.gather import topic_key
from expertpost.model.commit import Commit

_MACHINE = re.compile(r"\[bot\]|^(?:no-?reply|bot|root)@|@(?:localhost|\(none\))$")


def of_commits(repo: str, commits: Iterable[Commit], topics: Collection[str]) -> Iterator[Evidence]:
    """Who wrote each commit and who is named in its review trailers. Machines are nobody."""
    for commit in commits:
        reached = tuple(sorted({topic_key(part) for path in commit.paths for part in path.split("/")} & {*topics}))
        body = re.sub(r"\n\s*\n", "\n", commit.body.strip())
        text = f"{' '.join(commit.subject.split())}\n\n{body}\n" + "\n".join(commit.paths)
        source = f"commit {repo} {commit.id[:12]}"
        said = {**dict.fromkeys(commit.reviewed, Part.CHECKED),
                **dict.fromkeys((commit.author, *commit.wrote), Part.COMMITTED)}  # fmt: skip
        for mail, part in said.items():
            if not _MACHINE.search(mail):
                yield Evidence(mail, text, reached, commit.at, 1, source, part)


def of_owners(
    repo: str, rules: Iterable[tuple[str, tuple[str, ...]]], at: datetime, topics: Collection[str]
) -> Iterator[Evidence]:
    """Who is said to own what, mail addresses and @names, as of the newest commit; teams are nobody."""
    for number, (pattern, owners) in enumerate(rules, 1):
        reached = tuple(sorted({topic_key(part) for part in pattern.strip("/*").split("/")} & {*topics}))
        text = f"owner of {pattern}"
        for owner in dict.fromkeys(owners):
            if "/" not in owner:
                yield Evidence(owner, text, reached, at, 1, f"owners {repo} line {number}", Part.OWNS)
