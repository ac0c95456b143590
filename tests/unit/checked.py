"""One piece as the checks see it, with a few neighbours."""

from collections.abc import Iterable

from expertpost.checks.context import Beside, Check, Context, Neighbours
from expertpost.errors import Finding
from expertpost.model.channel import Site
from expertpost.model.config import Config
from expertpost.model.draft import RawDraft, Value, judge
from expertpost.model.people import People, Person
from expertpost.model.piece import Piece

ID = "01JD0000000000000000PCE001"
CONFIG = Config(
    name="Acme",
    id="W",
    sites={"inside": Site("inside", ("colleagues",)), "outside": Site("outside", ("public",))},
)
NEAR = Neighbours(
    audience_of={
        "drafts/a/x.md": ("colleagues",),
        "drafts/a/y.md": ("colleagues",),
        "drafts/b/z/index.md": ("public",),
        "drafts/_index.md": ("public",),
    },
    files=frozenset({"drafts/a/loose.png"}),
    by_path={"drafts/a/y.md": ("drafts/a/y.md",)},
    by_name={"z": ("drafts/b/z/index.md",)},
)


def context(body: str, path: str = "drafts/a/x.md", **front: Value) -> Context:
    """What the checks see of a piece by anna."""
    values: dict[str, Value] = {"id": ID, "title": "T", "authors": ["anna"], **front}
    raw = RawDraft(path, values, {key: number for number, key in enumerate(values, 2)}, body, 10)
    judged, _ = judge(raw, CONFIG)
    piece = Piece(judged, body, path, (), 10) if judged else None
    return Context(raw, piece, CONFIG, People((Person(handle="anna", name="Anna Berg"),)), NEAR)


def found(check: Check, body: str, path: str = "drafts/a/x.md", **front: Value) -> list[str]:
    """The codes of what a check finds."""
    return codes(check(context(body, path, **front)))


def codes(findings: Iterable[Finding]) -> list[str]:
    """The codes of findings."""
    return [finding.code for finding in findings]


def file(name: str, content: bytes = b"", trouble: str = "", size: int = 1) -> Beside:
    """A file beside a piece."""
    return Beside(name, size, trouble, lambda: content)
