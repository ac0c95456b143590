"""What is looked up and what is found: values of the index of pieces."""

from typing import NamedTuple


class Text(NamedTuple):
    """What the readers may see of one piece. ``names``: its topics as they are compared; ``review_by`` is ISO or ""."""

    path: str
    id: str
    slug: str
    title: str
    summary: str
    body: str
    authors: tuple[str, ...]
    topics: tuple[str, ...]
    names: tuple[str, ...]
    kind: str
    audience: tuple[str, ...]
    review_by: str = ""
    language: str = ""


class Hit(NamedTuple):
    """One piece that was found. ``authors``: as it names them; ``fit`` compares within one answer, more is better.

    ``stopped``: "held" or "taken back" where somebody said so, "" where it stands.
    """

    path: str
    id: str
    slug: str
    kind: str
    audience: tuple[str, ...]
    authors: tuple[str, ...]
    topics: tuple[str, ...]
    review_by: str
    title: str
    summary: str
    snippet: str
    fit: float
    stopped: str = ""


class Answer(NamedTuple):
    """What was found, the best first. ``instead``: word as asked → what was looked for in its place.

    ``partly``: nothing has all the words, so these have some of them.
    """

    hits: tuple[Hit, ...]
    total: int
    instead: dict[str, tuple[str, ...]]
    partly: bool = False
