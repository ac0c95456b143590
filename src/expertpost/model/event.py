"""People's signed facts about pieces: the kinds there are, and the statement that is signed."""

from collections.abc import Mapping
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
    ASK = "ask"
    ROUTE = "route"
    DECLINE = "decline"
    DUPLICATE = "duplicate"
    UPDATE = "update-request"
    REPUBLISH = "republish-request"
    RETRACT = "retract-request"
    SETTLE = "resolve"
    CONFIRM = "confirm"


REQUESTS = frozenset({EventKind.UPDATE, EventKind.REPUBLISH, EventKind.RETRACT, EventKind.SETTLE})
"""What people ask the runner to do about posts that it sent (protocol §5)."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One fact. ``by`` is a handle, or a mail address for somebody who is not listed; ``at`` is an aware datetime.

    ``piece`` is a piece's id, ``people/<handle>`` for somebody's entry, or ``questions/<id>``; ``digest`` the content
    it speaks of.
    ``posts`` (approve): per channel the digest of the unbound post. ``prev``: ids of the piece's events that the
    author had seen. ``adopted`` (adopt): piece id → content digest. ``line`` to ``below`` (comment): the place that it
    speaks of, see ``model.anchor``. ``reply`` (comment, resolve-thread): the id of the comment that is answered.
    ``private``: for reviewers only. ``reviewers`` (submit, ask, route): the handles of those who are asked. ``pieces``
    (remind): the ids of what somebody is reminded of; (duplicate): the question or piece that says it already.
    ``topics``, ``then`` and ``due`` (ask, route): what it is about, who is asked when nobody answered, and from when.
    ``since`` (approve): in the fast lane the digest of the fully approved text that this one corrects, and ``changed``
    the characters that differ. ``before`` is the content behind ``since``, None where it was not found: it proves
    itself by its digest and is no part of the statement.
    ``origin``: where on a host ``by`` said it (``git.example/owner/name#12 review 34``), "" for what was said here;
    ``carrier``: who brought it from there, and whose signature it then has.
    ``channels`` (hold, release, requests): the channels and sites that are meant, () for all. ``editions``
    (republish-request): the edition that each channel is to get. ``deliveries`` (resolve, retract-request): the ids of
    keys. ``claim``, ``verdict``, ``url`` (resolve): the nonce of the claim, what became of it, and where the post is.
    ``verdict`` and ``due`` (confirm): whether the text is still true, and the day until which that holds.
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
    topics: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    due: datetime | None = None
    channels: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    claim: str = ""
    verdict: str = ""
    url: str = ""
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
            "topics": sorted(self.topics),
            "then": sorted(self.then),
            "due": self.due.isoformat() if self.due else None,
            "channels": sorted(self.channels),
            "deliveries": sorted(self.deliveries),
            "claim": self.claim,
            "verdict": self.verdict,
            "url": self.url,
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
        topics=texts("topics"),
        then=texts("then"),
        due=moment("due") if statement.get("due") else None,
        channels=texts("channels"),
        deliveries=texts("deliveries"),
        claim=str(statement.get("claim", "")),
        verdict=str(statement.get("verdict", "")),
        url=str(statement.get("url", "")),
        signer=signer,
    )
