"""People's signed facts on their branch: one Markdown file per event, only ever added (protocol §1 and §2).

``<piece-id>/<digest>.md`` (``people/<handle>/…`` about somebody's entry, ``questions/<id>/…`` about a
question, ``settings/<branch>/…`` about settings that a review changes, ``adopted/…`` for an adoption;
``….request.md`` asks the runner for something, so that it is found among many without reading them): front matter
and text for people, then the one line of canonical JSON that counts, then its SSH signature. The file's name is the
digest of that line, so nothing a comment may contain can pass for a statement.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from expertpost.errors import Exit, Failure, Finding, Severity
from expertpost.model.canonical import Json, canonical_json
from expertpost.model.event import REQUESTS, Event, EventKind, event_from
from expertpost.model.identity import ID, SLUG
from expertpost.model.people import HANDLE, People
from expertpost.model.question import QUESTIONS
from expertpost.model.witness import Seen, Witness
from expertpost.store.changes import between
from expertpost.store.files import CommitFiles, Unreadable
from expertpost.store.git import Git
from expertpost.store.hub import Denied, Hub, Landed, Raced
from expertpost.store.kept import is_kept, kept_of, missing
from expertpost.store.keys import Proofs, good_at, key_in, listed_key
from expertpost.store.tree import Entry, Identity
from expertpost.store.writing import write_commit

ADOPTED = "adopted"
"""The folder of adoption events, which speak of many pieces."""
REQUEST = ".request.md"
TRIES = 20
"""How often a push that raced is built anew on the new tips."""
_FEW = 200
"""Up to so many pieces are looked up one by one; for more the whole branch is read."""
_SUBJECT = re.compile(rf"(?:{QUESTIONS}/)?{ID.pattern}|people/(?:{HANDLE.pattern})|settings/(?:{SLUG.pattern})")
_PATH = re.compile(rf"(?:{_SUBJECT.pattern}|{ADOPTED})/[0-9a-f]{{64}}(?:\.request)?\.md")
_MAIL = re.compile(r"[^\s<>@\"]{1,64}@[^\s<>@\"]{1,190}")
_TAIL = re.compile(
    r"\n```json\n(?P<statement>\{[^\n]*\})\n```\n"
    r"(?:\n(?P<signature>-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+\n-----END SSH SIGNATURE-----)\n)?\Z"
)
Moves = Mapping[str, tuple[str | None, str | None]]
"""Branch → (new commit, commit it must be at now); None stands for "absent"."""


@dataclass(frozen=True, slots=True)
class Written:
    """An event as it lies on the branch: with the armoured signature over its statement, "" where it is unsigned.

    ``kept``: contents and posts that its digests stand for, to be kept beside it.
    """

    event: Event
    signature: str = ""
    kept: tuple[Json, ...] = ()

    @property
    def path(self) -> str:
        """Where it lies on the branch."""
        folder = ADOPTED if self.event.kind is EventKind.ADOPT else self.event.piece
        ending = REQUEST if self.event.kind in REQUESTS else ".md"
        return f"{folder}/{self.event.id}{ending}"


@dataclass(frozen=True, slots=True)
class Book:
    """The branch as last fetched. ``tip``: its commit, None while nobody wrote. Findings never stop anything."""

    tip: str | None
    events: tuple[Event, ...] = ()
    findings: tuple[Finding, ...] = ()


def is_subject(text: str) -> bool:
    """Whether events speak of this: a piece's id, ``people/<handle>``, ``questions/<id>``, or ``settings/<branch>``."""
    return bool(_SUBJECT.fullmatch(text))


def text_of(written: Written) -> bytes:
    """The file of an event: first for people, then the statement that counts, then its signature."""
    event = written.event
    shown: dict[str, Json] = {
        "kind": event.kind.value,
        "piece": event.piece,
        "slug": event.slug,
        "by": event.by,
        "at": event.at.isoformat(),
    }
    front = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in shown.items() if value)
    quoted = "".join(f"> {line}\n" for line in event.text.splitlines())
    place = f"On line {event.line}: " + " ".join(event.quote.split()) + "\n\n" if event.line else ""
    statement = canonical_json(event.statement).decode()
    signed = f"\n{written.signature.strip()}\n" if written.signature else ""
    return f"---\n{front}---\n\n{place}{quoted}\n```json\n{statement}\n```\n{signed}".encode()


def written_in(path: str, content: bytes) -> Written:
    """The event in a file of the branch. Raises ValueError that says what is wrong with it."""
    if not _PATH.fullmatch(path):
        raise ValueError("its name is not that of an event")
    tail = _TAIL.search(content.decode("utf-8"))
    if tail is None:
        raise ValueError("it holds no statement")
    statement = json.loads(tail["statement"])
    if not isinstance(statement, dict):
        raise ValueError("its statement is no map")
    try:
        written = Written(event_from(statement), tail["signature"] or "")
    except (KeyError, TypeError) as wrong:
        raise ValueError(f"its statement is incomplete: {wrong}") from wrong
    # Every word of the statement is understood, or none counts: it may say more than this version knows.
    if canonical_json(written.event.statement) != tail["statement"].encode():
        raise ValueError("its statement is written otherwise than here")
    if written.path != path:
        raise ValueError("its name is not the digest of its statement")
    if not (HANDLE.fullmatch(written.event.by) or _MAIL.fullmatch(written.event.by)):
        raise ValueError("it is by nobody")
    return written


def read(
    hub: Hub, people: People, seen: Seen, workspace: str = "", only: Iterable[str] | None = None
) -> tuple[Event, ...]:
    """Every event as last fetched, or those of the pieces in ``only``; see ``look``."""
    return look(hub, people, seen, workspace, only).events


def look(hub: Hub, people: People, seen: Seen, workspace: str = "", only: Iterable[str] | None = None) -> Book:
    """The branch as last fetched: its well-formed events, each with its verified signer, and what is wrong there.

    ``people``: whose keys count, ``seen``: at which instant. ``workspace``: the id that events must name ("" takes
    any). ``only``: ids of pieces, ``people/<handle>``, or ``questions`` for all of them; adoptions, which speak of
    many, are then read too.
    """
    tip = hub.tip(hub.branches.reviews)
    proofs = Proofs(hub.git.git_dir() / "expertpost" / "signatures")
    book = judged(list(contents(hub, only)), people, seen, workspace, proofs)
    proofs.keep()
    findings = tuple(replace(each, path=f"{hub.branches.reviews}:{each.path}") for each in book.findings)
    return Book(tip, _with_befores(hub, book.events), findings)


Content = tuple[Entry, bytes | Unreadable]
"""A file of the branch, and what is in it."""


def requested(hub: Hub) -> frozenset[str]:
    """The ids of the pieces about which somebody asked the runner for something, as last fetched."""
    tip = hub.tip(hub.branches.reviews)
    paths = (entry.path for entry in (hub.git.tree(tip) if tip else ()))
    return frozenset(path.rpartition("/")[0] for path in paths if path.endswith(REQUEST) and _PATH.fullmatch(path))


def contents(hub: Hub, only: Iterable[str] | None = None) -> Iterator[Content]:
    """Every file of the branch as last fetched, or those about the pieces in ``only`` (see ``look``)."""
    tip = hub.tip(hub.branches.reviews)
    entries = _entries(hub.git, tip, only) if tip else []
    return zip(entries, CommitFiles(hub.git, tip or "").read_all(entries), strict=True)


def judged(files: Sequence[Content], people: People, seen: Seen, workspace: str, proofs: Proofs) -> Book:
    """The events in these files, wherever they lie, as ``look`` judges them."""
    court = _Court(people, seen.now, workspace, proofs)
    known = seen.find(id_ for entry, _ in files if (id_ := id_at(entry.path)))
    events: dict[str, Event] = {}
    findings: list[Finding] = []
    for entry, content in files:
        event, wrong = court.judge(entry, content, known.get(id_at(entry.path)))
        findings += (Finding(entry.path, 0, *says, Severity.WARNING) for says in wrong)
        if event:
            events[event.id] = event
    return Book(None, tuple(events.values()), tuple(findings))


def _with_befores(hub: Hub, events: Sequence[Event]) -> tuple[Event, ...]:
    """The events, those of the fast lane with the content that they correct."""
    found = kept_of(hub, ((event.piece, event.since) for event in events if event.since))
    if not found:
        return tuple(events)
    return tuple(replace(event, before=found.get((event.piece, event.since))) for event in events)


def id_at(path: str) -> str:
    """The id of the event that a path of the branch names, "" for any other path."""
    return path.rpartition("/")[2].partition(".")[0] if _PATH.fullmatch(path) else ""


def arrived(hub: Hub, workspace: str, entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Id and blob of each entry of the branch that is a well-formed event of this workspace, whoever wrote it."""
    tip = hub.tip(hub.branches.reviews) or ""
    for entry, content in zip(entries, CommitFiles(hub.git, tip).read_all(entries), strict=True):
        try:
            event = None if isinstance(content, Unreadable) else written_in(entry.path, content).event
        except (ValueError, RecursionError):
            continue
        if event and event.workspace == workspace:
            yield event.id, entry.blob


def _entries(git: Git, tip: str, only: Iterable[str] | None) -> list[Entry]:
    wanted = None if only is None else {piece for piece in only if is_subject(piece) or piece == QUESTIONS}
    if wanted is None:
        return [entry for entry in git.tree(tip) if not is_kept(entry.path)]
    if len(wanted) <= _FEW:
        return [entry for entry in git.tree(tip, *sorted(wanted), ADOPTED) if not is_kept(entry.path)]
    return [entry for entry in git.tree(tip) if entry.path.rpartition("/")[0] in {*wanted, ADOPTED}]


@dataclass(frozen=True, slots=True)
class _Court:
    """What an event is judged by: whose keys count, and the instant for those that no runner has seen yet."""

    people: People
    now: datetime
    workspace: str
    proofs: Proofs

    def judge(
        self, entry: Entry, content: bytes | Unreadable, witness: Witness | None
    ) -> tuple[Event | None, list[tuple[str, str, str]]]:
        """The event that counts, with its signer, or None; and what to tell of the file: code, what, cure."""
        if isinstance(content, Unreadable):
            return None, [("XP-EVENT", f"cannot be read: {content.why}", "it does not count")]
        try:
            written = written_in(entry.path, content)
        except (ValueError, RecursionError) as wrong:
            cure = "it does not count; a newer expertpost may understand it"
            return None, [("XP-EVENT", f"is no event: {str(wrong)[:200]}", cure)]
        event = written.event
        if self.workspace and event.workspace != self.workspace:
            return None, [("XP-EVENT-ELSEWHERE", "was written in another workspace", "it does not count here")]
        if not written.signature:
            return event, []
        if why := self._against(written, entry, witness):
            return event, [("XP-EVENT-SIGNATURE", f"is signed, {why}", "it is taken as unsigned; see people/")]
        return replace(event, signer=event.carrier or event.by), []

    def _against(self, written: Written, entry: Entry, witness: Witness | None) -> str:
        """Why a signature proves nothing here, "" where it proves who wrote the event."""
        event, key = written.event, key_in(written.signature) or ""
        owner = event.carrier or event.by
        listed = listed_key(self.people, owner, key)
        if listed is None:
            return f"but not by a key that counts for {owner}"
        if witness and witness.blob != entry.blob:
            return "but it is not the file that the runner saw first"
        at = witness.at if witness else self.now
        if not good_at(listed, at):
            since = "the runner saw it first" if witness else "no runner has seen it yet, and now it is"
            return f"but the key of {owner} does not count at {at.isoformat(timespec='seconds')}, when {since}"
        proven = self.proofs.good(canonical_json(event.statement), written.signature, owner, key)
        return "" if proven else f"but not by {owner}, or not over this"


def append(
    hub: Hub,
    written: Sequence[Written],
    by: Identity,
    at: datetime,
    moves: Callable[[], Moves] | None = None,
) -> Landed | Denied:
    """Add events, and move other branches, in one push: all of it or nothing.

    ``moves`` is called before every try, after a race with the tips fetched anew: it builds the moves of the other
    branches on what is there then, checks again what must still hold, and raises Failure where it does not. The events
    stay as they were: they say what their author had seen. Raises Failure XP-RACE when others are faster ``TRIES``
    times, XP-REMOTE, or XP-EVENTS-DAMAGED.
    """
    branch = hub.branches.reviews
    for attempt in range(TRIES):
        if attempt:
            hub.fetch()
        others = moves() if moves else {}
        tip = hub.tip(branch)
        offer = hub.offer({**others, **({branch: (_commit(hub.git, tip, written, by, at), tip)} if written else {})})
        if not isinstance(offer, Raced):
            return offer
    what = f"others wrote at the same moment, {TRIES} times in a row"
    raise Failure("XP-RACE", what, "run the command again; nothing was changed", where=branch, exit_code=Exit.FAILED)


def _commit(git: Git, tip: str | None, written: Sequence[Written], by: Identity, at: datetime) -> str:
    """A commit that adds the events to a tip and takes nothing away."""
    files: dict[str, bytes | None] = {each.path: text_of(each) for each in written}
    files |= missing(git, tip, ((each.event.piece, value) for each in written for value in each.kept))
    first = written[0].event
    more = f" and {len(written) - 1} more" if len(written) > 1 else ""
    message = f"{first.kind.value}: {first.slug or first.piece or ADOPTED}{more}\n"
    made = write_commit(git, files, message, by, at, base=tip)
    if tip and any(change.was for change in between(git, tip, made)):
        what = "an event of this name is there already, with other content"
        raise Failure("XP-EVENTS-DAMAGED", what, "ask whoever keeps the repository; nothing was changed")
    return made
