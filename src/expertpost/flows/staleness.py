"""What exactly made an approval stale, and which earlier text of a piece would have needed more than this one does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import unified_diff
from typing import TYPE_CHECKING

from expertpost.errors import Failure
from expertpost.flows.desk import Desk
from expertpost.flows.proposals import Subject
from expertpost.model.canonical import Json
from expertpost.model.config import Rule
from expertpost.model.event import Event, EventKind
from expertpost.model.piece import Piece
from expertpost.model.policy import reaches
from expertpost.model.post import fill, placeholders_in
from expertpost.model.review import Review
from expertpost.model.rules import SITES, Facts, facts_in, facts_of, is_milder, rule_for
from expertpost.store.changes import touched
from expertpost.store.kept import kept

if TYPE_CHECKING:
    from expertpost.flows.posts import Offer

MAX_DIFF = 200
"""Lines of a diff that are told."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise than what was approved. ``kind``: front, body, asset, post, or text (not kept).

    ``name``: the front-matter key, the file, or the channel. ``diff``: the lines as ``diff -u`` shows them, or "".
    """

    kind: str
    name: str
    says: str
    diff: str = ""


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody's last approval, and why it does not count for all that is there now."""

    by: str
    at: datetime
    digest: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Tier:
    """Places where an earlier text of the piece came under a stricter rule. ``changed``: what in the piece did that.

    ``earlier``: where that text was: on main, or submitted by whom.
    """

    places: tuple[str, ...]
    before: Rule
    now: Rule
    changed: tuple[str, ...]
    earlier: str


def tiers(desk: Desk, subject: Subject, review: Review) -> tuple[Tier, ...]:
    """Where main's text, or one submitted since, needed more. Rules are matched by the text as it is now."""
    piece = subject.piece
    if piece is None or not desk.config.review.rules:
        return ()
    earlier = tuple(_earlier(desk, subject, review))
    now = facts_of(piece)
    found: dict[Tier, list[str]] = {}
    channels = desk.config.channels.values()
    open_ = [each.name for each in channels if reaches(desk.config, piece, each.name, each.readers) is None]
    for place in (SITES, *open_):
        if tier := _tier(desk, place, now, earlier):
            found.setdefault(tier, []).append(place or "the sites")
    return tuple(replace(tier, places=tuple(places)) for tier, places in found.items())


def _earlier(desk: Desk, subject: Subject, review: Review) -> Iterable[tuple[str, Facts]]:
    """Earlier texts, the newest first: who submitted each since main got what it has, and that of main."""
    base = subject.proposal.base if subject.proposal else ""
    path = [subject.path]
    on_main = [each.piece for each in touched(desk.workspace.at(base).files, desk.config, path).pieces] if base else []
    main = next((piece for piece in on_main if piece and piece.id == subject.id), None)
    submits = list(review.of(EventKind.SUBMIT))
    if main and main.digest in (digests := [event.digest for event in submits]):
        submits = submits[len(digests) - digests[::-1].index(main.digest) :]
    contents = kept(desk.hub, subject.id, {event.digest for event in submits})
    for event in reversed(submits):
        if event.digest in contents and event.digest != subject.digest:
            yield f"submitted by {event.by} on {event.at:%Y-%m-%d %H:%M}", facts_in(contents[event.digest])
    if main:
        yield f"on {desk.config.branches.main}", facts_of(main)


def _tier(desk: Desk, place: str, now: Facts, earlier: Iterable[tuple[str, Facts]]) -> Tier | None:
    rule = rule_for(desk.config, now, place, desk.people)
    for where, facts in earlier:
        before = rule_for(desk.config, facts, place, desk.people)
        if is_milder(rule, before):
            keys = ("audience", "kind", "topics", "authors")
            changed = tuple(key for key in keys if _value(facts, key) != _value(now, key))
            return Tier((), before, rule, changed, where)
    return None


def _value(facts: Facts, key: str) -> object:
    value: object = getattr(facts, key)
    return sorted(map(str, value)) if isinstance(value, tuple) else value


def stale(desk: Desk, subject: Subject, review: Review, offers: "Sequence[Offer | Failure]") -> tuple[Stale, ...]:
    """Everybody's last approval that does not count for all that is there now, oldest first."""
    piece = subject.piece
    if piece is None:
        return ()
    approvers = sorted({event.by for event in review.of(EventKind.APPROVE)})
    last = [events[-1] for handle in approvers if (events := review.approved_by(handle))]
    digests = {event.digest for event in last} | {digest for event in last for digest in event.posts.values()}
    contents = kept(desk.hub, piece.id, digests) if last else {}
    found = (
        Stale(
            event.by, event.at, event.digest, (*_of_content(event, piece, contents), *_posts(event, offers, contents))
        )
        for event in sorted(last, key=lambda e: (e.at, e.id))
    )
    return tuple(one for one in found if one.differences)


def _of_content(event: Event, piece: Piece, contents: Mapping[str, Mapping[str, Json]]) -> Iterable[Difference]:
    """What in the text differs from the approved one."""
    if event.digest == piece.digest:
        return
    old = contents.get(event.digest)
    if old is None:
        yield Difference("text", "", f"another text was approved ({event.digest[:12]}), which is not kept")
        return
    before, now = _map(old.get("front")), piece.front.read_by_us()
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            yield Difference("front", key, f"{key} was {_short(before.get(key))}, is {_short(now.get(key))}")
    body, text = str(old.get("body", "")), str(piece.content["body"])
    if body != text:
        yield Difference(
            "body", "", f"the text: {_lines(body, text, piece.body_line)}", diff(body, text, "approved", "now")
        )
    files, there = _map(old.get("assets")), {asset.name: asset.blob for asset in piece.assets}
    for name in sorted(files.keys() | there.keys()):
        if files.get(name) != there.get(name):
            did = "is new" if name not in files else "is gone" if name not in there else "has other bytes"
            yield Difference("asset", name, f"{name} {did}")


def _posts(
    event: Event, offers: "Sequence[Offer | Failure]", contents: Mapping[str, Mapping[str, Json]]
) -> Iterable[Difference]:
    """The channels that would get another post than the approved one."""
    posts = {offer.channel.name: offer.post for offer in offers if not isinstance(offer, Failure)}
    for name, digest in sorted(event.posts.items()):
        post = posts.get(name)
        if post is None:
            yield Difference("post", name, f"{name} would get nothing now")
        elif post.digest != digest:
            old = contents.get(digest)
            told = diff(readable(old), readable(post.content), "approved", "now") if old else ""
            yield Difference("post", name, f"{name} would get another post", told)


def readable(content: Mapping[str, Json]) -> str:
    """The content of an unbound post as lines to read and compare."""
    parts, fields, media = (_list(content.get(key)) for key in ("parts", "fields", "media"))
    lines = [f"{name}: {text}" for name, text in (_two(field) for field in fields)]
    lines += [str(part) for part in parts]
    lines += ["picture: " + " ".join(map(str, _list(one))) for one in media]
    if link := str(content.get("link", "")):
        lines.append(f"link: {link}")
    text = "\n".join(lines) + "\n"
    return fill(text, {name: f"«{name}»" for name in placeholders_in(text)})


def diff(before: str, now: str, from_: str, to: str) -> str:
    """Two texts as ``diff -u`` shows them, at most ``MAX_DIFF`` lines."""
    lines = list(unified_diff(before.splitlines(), now.splitlines(), from_, to, lineterm="", n=1))
    more = [f"… {len(lines) - MAX_DIFF} more lines"] if len(lines) > MAX_DIFF else []
    return "\n".join((*lines[:MAX_DIFF], *more))


def _lines(before: str, now: str, first: int) -> str:
    """Which lines of the file differ, in words; its text begins at line ``first``."""
    hunks = [line for line in unified_diff(before.splitlines(), now.splitlines(), n=0) if line.startswith("@@")]
    told = []
    for hunk in hunks[:8]:
        start, _, size = hunk.split("+")[1].split(" ")[0].partition(",")
        begin, count = int(start) + first - 1, int(size or 1)
        told.append(str(begin) if count < 2 else f"{begin}–{begin + count - 1}")
    more = f" and {len(hunks) - 8} more places" if len(hunks) > 8 else ""
    return f"line{'s' if len(told) > 1 or '–' in told[0] else ''} {', '.join(told)}{more}"


def _map(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list | tuple) else ()


def _two(value: Json) -> tuple[str, str]:
    pair = _list(value)
    return (str(pair[0]), str(pair[1])) if len(pair) == 2 else ("", str(value))


def _short(value: Json) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"“{text[:80]}{'…' if len(text) > 80 else ''}”" if value not in (None, "", [], {}) else "not set"
