"""What stands on a host's page about a review: the text of a pull request, and comments that mirror events. Pure.

Texts of people stand in code or behind ``>``, so that they cannot end the page, call people or pass for our own marks.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from expertpost.model.event import Event, EventKind
from expertpost.model.post import Post, fill, placeholders_in

LONGEST = 50_000
"""Characters of the text of a request; hosts take at most 65,536."""
_LONGEST_PREVIEW = 4_000
_MARK = re.compile(r"<!-- expertpost event ([0-9a-f]{64}) -->")
_DID = {
    EventKind.COMMENT: "commented",
    EventKind.RETURN: "returned it",
    EventKind.APPROVE: "approved it",
    EventKind.WITHDRAW: "withdrew the approval",
    EventKind.HOLD: "holds it back",
    EventKind.RELEASE: "released it",
    EventKind.UNSUBMIT: "took it back",
    EventKind.RETRACT: "took back what was published",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a request: what it is, what each channel would get, and what it still needs."""

    title: str
    slug: str
    digest: str
    audience: tuple[str, ...]
    posts: tuple[tuple[str, Post], ...]
    needs: tuple[str, ...]


def title_of(titles: Sequence[str]) -> str:
    """The title of a request: the pieces' own."""
    return " ".join(f"Review: {', '.join(titles)}".split())[:200]


def body_of(counts: str, parts: Iterable[Part]) -> str:
    """The text of a request. ``counts``: its first line, whether an approval on this page counts."""
    whole = "\n\n".join((counts, *map(_part, parts), _CHECKLIST))
    return (
        whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}\n````````\n\n(The rest is cut: expertpost review show.)"
    )


_CHECKLIST = """\
**Before you approve**

- [ ] It is true.
- [ ] Everybody it is for may read it, and nobody else gets it.
- [ ] What each channel would get reads well."""


def _part(part: Part) -> str:
    needs = f"It still needs: {'; '.join(map(code, part.needs))}." if part.needs else "Nothing is missing."
    head = f"### {code(part.title)}\n\nFor {code(', '.join(part.audience))}; text {code(part.digest[:12])}. {needs}"
    posts = [
        f"<details><summary>{_name(name)} would get</summary>\n\n{_preview(post)}\n</details>"
        for name, post in part.posts
    ]
    ways = f"Look and decide in a terminal: {code(f'expertpost review show {part.slug}')}"
    return "\n\n".join((head, *posts, ways))


def _preview(post: Post) -> str:
    texts = [f"{key}: {text}" for key, text in post.fields if key != "html"] + list(post.parts)
    whole = "\n\n".join(fill(text, {name: f"«{name}»" for name in placeholders_in(text)}) for text in texts)
    return fenced(whole[:_LONGEST_PREVIEW] + ("\n…" if len(whole) > _LONGEST_PREVIEW else ""))


def fenced(text: str) -> str:
    """A text as a block of code that it cannot end itself."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def code(text: str) -> str:
    """A text as code inside a line."""
    return f"`{' '.join(text.replace('`', '’').split()) or ' '}`"


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9-]", "", text)


def comment_of(event: Event) -> str:
    """The comment that mirrors an event; its last line is our mark."""
    signed = "signed" if event.signer == event.by else "unsigned"
    where = f" on line {event.line} ({code(event.quote[:80])})" if event.line else ""
    text = f" text {code(event.digest[:12])}," if event.digest else ""
    said = "".join(f"\n> {line}" for line in event.text.replace("<!--", "<!- -").splitlines())
    return f"{code(event.by)} {_DID[event.kind]}{where}:{text} {signed}\n{said}\n\n{mark(event)}"


def is_mirrored_kind(event: Event) -> bool:
    """Whether an event is one that is shown on the host; what was submitted is seen there anyway."""
    return event.kind in _DID


def mark(event: Event) -> str:
    """The line by which a comment of ours is known."""
    return f"<!-- expertpost event {event.id} -->"


def marked(text: str) -> str:
    """The id of the event that a comment mirrors, "" where its last line is no mark."""
    lines = text.rstrip().splitlines()
    found = _MARK.fullmatch(lines[-1].strip()) if lines else None
    return found[1] if found else ""
