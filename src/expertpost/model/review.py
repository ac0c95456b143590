"""People's signed facts about pieces, and the review they add up to, whatever order they arrive in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from expertpost.model.canonical import Json, digest_of


class EventKind(StrEnum):
    """What a person did (protocol §1 and §2)."""

    SUBMIT = "submit"
    UNSUBMIT = "unsubmit"
    COMMENT = "comment"
    RETURN = "return"
    APPROVE = "approve"
    WITHDRAW = "withdraw"
    HOLD = "hold"
    RELEASE = "release"
    ADOPT = "adopt"
    RESOLVE = "resolve-thread"
    REMIND = "remind"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One fact. ``by`` is a handle, or a mail address for somebody who is not listed; ``at`` is an aware datetime.

    ``piece`` is a piece's id, or ``people/<handle>`` for somebody's entry; ``digest`` the content it speaks of.
    ``posts`` (approve): per channel the digest of the unbound post. ``prev``: ids of the piece's events that the
    author had seen. ``adopted`` (adopt): piece id → content digest. ``line`` to ``below`` (comment): the place that it
    speaks of, see ``model.anchor``. ``reply`` (comment, resolve-thread): the id of the comment that is answered.
    ``private``: for reviewers only. ``reviewers`` (submit): the handles of those who are asked. ``pieces`` (remind):
    the ids of what somebody is reminded of.
    ``since`` (approve): in the fast lane the digest of the fully approved text that this one corrects, and ``changed``
    the characters that differ. ``before`` is the content behind ``since``, None where it was not found: it proves
    itself by its digest and is no part of the statement.
    ``origin``: where on a host ``by`` said it (``git.example/owner/name#12 review 34``), "" for what was said here;
    ``carrier``: who brought it from there, and whose signature it then has.
    ``signer`` is the handle whose listed key made a good signature over the statement, or None; it is found by
    verification and is no part of the statement.
    """

    kind: EventKind
    workspace: str
    piece: str
    digest: str
    by: str
    at: datetime
    prev: tuple[str, ...] = ()
    slug: str = ""
    audience: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    posts: Mapping[str, str] = field(default_factory=dict)
    editions: Mapping[str, int] = field(default_factory=dict)
    not_before: datetime | None = None
    text: str = ""
    line: int = 0
    quote: str = ""
    adopted: Mapping[str, str] = field(default_factory=dict)
    since: str = ""
    changed: int = 0
    before: Mapping[str, Json] | None = None
    origin: str = ""
    carrier: str = ""
    above: str = ""
    below: str = ""
    reply: str = ""
    private: bool = False
    reviewers: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    signer: str | None = None

    @cached_property
    def statement(self) -> dict[str, Json]:
        """What is signed: every field but what is found by looking, as JSON.

        What came later is written only where it says something, so that events of an earlier version keep their ids.
        """
        lane: dict[str, Json] = {"since": self.since, "changed": self.changed} if self.since else {}
        brought: dict[str, Json] = {"origin": self.origin, "carrier": self.carrier} if self.origin else {}
        later: dict[str, Json] = {
            "above": self.above,
            "below": self.below,
            "reply": self.reply,
            "private": self.private,
            "reviewers": sorted(self.reviewers),
            "pieces": sorted(self.pieces),
        }
        return {
            **brought,
            **{key: value for key, value in later.items() if value},
            "v": 1,
            "kind": self.kind.value,
            "workspace": self.workspace,
            "piece": self.piece,
            "digest": self.digest,
            "by": self.by,
            "at": self.at.isoformat(),
            "prev": sorted(self.prev),
            "slug": self.slug,
            "audience": sorted(self.audience),
            "contributors": sorted(self.contributors),
            "posts": dict(self.posts),
            "editions": dict(self.editions),
            "not_before": self.not_before.isoformat() if self.not_before else None,
            "text": self.text,
            "line": self.line,
            "quote": self.quote,
            "adopted": dict(self.adopted),
            **lane,
        }

    @cached_property
    def id(self) -> str:
        """SHA-256 of the canonical statement; also the event's file name."""
        return digest_of(self.statement)


def event_from(statement: Mapping[str, Json], signer: str | None = None) -> Event:
    """The event a statement describes. Raises KeyError, TypeError or ValueError for anything that is not one."""

    def texts(key: str) -> tuple[str, ...]:
        value = statement.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise TypeError(f"{key} must be a list of texts")
        return tuple(str(item) for item in value)

    def mapping(key: str) -> Mapping[str, Json]:
        value = statement.get(key, {})
        if not isinstance(value, Mapping):
            raise TypeError(f"{key} must be a map")
        return value

    def moment(key: str) -> datetime:
        found = datetime.fromisoformat(str(statement[key]))
        if found.tzinfo is None:
            raise ValueError(f"{key} has no time zone")
        return found

    line = statement.get("line", 0)
    return Event(
        kind=EventKind(str(statement["kind"])),
        workspace=str(statement["workspace"]),
        piece=str(statement["piece"]),
        digest=str(statement["digest"]),
        by=str(statement["by"]),
        at=moment("at"),
        prev=texts("prev"),
        slug=str(statement.get("slug", "")),
        audience=texts("audience"),
        contributors=texts("contributors"),
        posts={str(k): str(v) for k, v in mapping("posts").items()},
        editions={str(k): int(str(v)) for k, v in mapping("editions").items()},
        not_before=moment("not_before") if statement.get("not_before") else None,
        text=str(statement.get("text", "")),
        line=line if isinstance(line, int) else 0,
        quote=str(statement.get("quote", "")),
        adopted={str(k): str(v) for k, v in mapping("adopted").items()},
        since=str(statement.get("since", "")),
        changed=changed if isinstance(changed := statement.get("changed", 0), int) else 0,
        origin=str(statement.get("origin", "")),
        carrier=str(statement.get("carrier", "")),
        above=str(statement.get("above", "")),
        below=str(statement.get("below", "")),
        reply=str(statement.get("reply", "")),
        private=statement.get("private") is True,
        reviewers=texts("reviewers"),
        pieces=texts("pieces"),
        signer=signer,
    )


@dataclass(frozen=True)
class Review:
    """All events of one piece, folded. The same events in any order give the same answers (protocol §2).

    ``doubted``: ids of events that would permit something and whose author is not proven (``policy.credible`` names
    them). They give no answer, but who saw them saw what they saw: a forged event never cuts an honest one off.
    """

    events: tuple[Event, ...] = ()
    doubted: frozenset[str] = frozenset()

    @cached_property
    def _ancestry(self) -> Mapping[str, frozenset[str]]:
        """For each event the ids of all events its author had seen, directly or through others."""
        parents = {event.id: event.prev for event in self.events}
        seen: dict[str, frozenset[str]] = {}
        for event in self.events:
            found: set[str] = set()
            waiting = list(event.prev)
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting.extend(parents.get(one, ()))
            seen[event.id] = frozenset(found)
        return seen

    @cached_property
    def told(self) -> tuple[Event, ...]:
        """All events as a story: by time, and nothing before what its author had seen, whatever their clocks said."""
        at = {event.id: event.at for event in self.events}
        seen = {one: [id_ for id_ in ids if id_ in at] for one, ids in self._ancestry.items()}
        moment = {one: max(at[id_] for id_ in (one, *ids)) for one, ids in seen.items()}
        return tuple(sorted(self.events, key=lambda e: (moment[e.id], len(seen[e.id]), e.id)))

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Ids of the events nobody has answered yet: what the next event names in ``prev``."""
        answered = {prev for event in self.events for prev in event.prev}
        return tuple(sorted(event.id for event in self.events if event.id not in answered))

    def of(self, kind: EventKind, digest: str | None = None) -> tuple[Event, ...]:
        """Events of one kind (about one digest), oldest first; equal times are ordered by id."""
        found = (e for e in self.events if e.kind is kind and digest in (None, e.digest) and e.id not in self.doubted)
        return tuple(sorted(found, key=lambda e: (e.at, e.id)))

    def saw(self, later: Event, earlier: Event) -> bool:
        """Whether the author of ``later`` had seen ``earlier``."""
        return earlier.id in self._ancestry[later.id]

    @cached_property
    def submitted(self) -> Event | None:
        """The submit event that stands last: one that no other submit or unsubmit has seen; None where none is."""
        moves = [*self.of(EventKind.SUBMIT), *self.of(EventKind.UNSUBMIT)]
        last = [e for e in moves if not any(self.saw(other, e) for other in moves)]
        submits = sorted((e for e in last if e.kind is EventKind.SUBMIT), key=lambda e: (e.at, e.id))
        return submits[-1] if submits else None

    def contributors(self, digest: str) -> frozenset[str] | None:
        """Everyone who had a hand in this digest, by all its submit events; None when it was never submitted."""
        submits = self.of(EventKind.SUBMIT, digest)
        return frozenset(c for e in submits for c in (*e.contributors, e.by)) if submits else None

    def returned(self, digest: str) -> Event | None:
        """The last return of this digest that no approval and no new submit has answered, or None."""
        answers = [*self.of(EventKind.APPROVE, digest), *self.of(EventKind.SUBMIT)]
        open_ = [e for e in self.of(EventKind.RETURN, digest) if not any(self.saw(a, e) for a in answers)]
        return open_[-1] if open_ else None

    def approvals(self, digest: str) -> tuple[Event, ...]:
        """The standing approvals of this digest: the approver had seen every return, and every own withdrawal.

        A concurrent return or withdrawal wins; of one person's approvals the one that saw the others counts, of
        concurrent ones the later.
        """
        returns = self.of(EventKind.RETURN, digest)
        withdrawals = self.of(EventKind.WITHDRAW)
        approvals = self.of(EventKind.APPROVE, digest)
        standing: dict[str, Event] = {}
        for event in approvals:
            against = (*returns, *(w for w in withdrawals if w.by == event.by and w.digest in (digest, "")))
            replaced = any(other.by == event.by and self.saw(other, event) for other in approvals)
            if not replaced and all(self.saw(event, other) for other in against):
                standing[event.by] = event
        return tuple(standing[handle] for handle in sorted(standing))

    def approved_by(self, handle: str) -> tuple[Event, ...]:
        """This person's approvals of any text of the piece that they have not withdrawn, oldest first."""
        back = [w for w in self.of(EventKind.WITHDRAW) if w.by == handle]
        return tuple(
            e
            for e in self.of(EventKind.APPROVE)
            if e.by == handle and not any(w.digest in (e.digest, "") and not self.saw(e, w) for w in back)
        )

    @cached_property
    def held(self) -> Event | None:
        """The last hold that no release has seen, or None."""
        releases = self.of(EventKind.RELEASE)
        open_ = [h for h in self.of(EventKind.HOLD) if not any(self.saw(r, h) for r in releases)]
        return open_[-1] if open_ else None


def fold(events: Iterable[Event]) -> dict[str, Review]:
    """The review of each piece id; adoption events speak of many pieces and are left to ``adoptions``."""
    by_piece: dict[str, dict[str, Event]] = {}
    for event in events:
        if event.kind is not EventKind.ADOPT:
            by_piece.setdefault(event.piece, {})[event.id] = event
    return {piece: Review(tuple(found[i] for i in sorted(found))) for piece, found in by_piece.items()}


def adoptions(events: Iterable[Event]) -> dict[str, frozenset[str]]:
    """Piece id → the content digests under which it was adopted as published elsewhere: for sites only.

    Whoever can write the branch can write such an event: ``policy.adopted`` passes those that count.
    """
    found: dict[str, set[str]] = {}
    for event in events:
        if event.kind is EventKind.ADOPT:
            for piece, digest in event.adopted.items():
                found.setdefault(piece, set()).add(digest)
    return {piece: frozenset(digests) for piece, digests in found.items()}
