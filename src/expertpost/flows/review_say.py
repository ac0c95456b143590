"""What anybody or a reviewer says of a piece or an entry: comment, resolve, return, withdraw; one signed event each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from expertpost.errors import Exit, Failure, Problems, errors_among
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, clean, denied, open_desk
from expertpost.flows.hosted import is_hosted
from expertpost.flows.proposals import Subject, find
from expertpost.flows.review import is_reviewer, needs_of, text_of
from expertpost.model.anchor import Lines
from expertpost.model.canonical import Json
from expertpost.model.event import Event, EventKind
from expertpost.model.people import Person
from expertpost.model.review import Review
from expertpost.model.threads import Thread, named, threads
from expertpost.store.events import Moves, append, is_subject
from expertpost.store.hub import Denied

_MUST_COUNT = frozenset({EventKind.APPROVE, EventKind.RESOLVE})
LeftOut = tuple[tuple[str, str], ...]
"""Channels that an approval does not name, each with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was, or in a dry run would be, recorded. ``needs``: what the piece lacks then; ``left_out``: see LeftOut.

    ``since``: in the fast lane the fully approved text that it corrects, by so many ``changed`` characters.
    ``notes``: what the host's page was not told.
    ``event``: the id of the event; ``private``: it is for reviewers only. ``merged``: main has this piece.
    """

    kind: EventKind
    id: str
    slug: str
    title: str
    digest: str
    by: str
    signed: bool
    event: str = ""
    private: bool = False
    audience: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    left_out: LeftOut = ()
    needs: tuple[str, ...] = ()
    since: str = ""
    changed: int = 0
    notes: tuple[str, ...] = ()
    merged: bool = False


def comment(
    world: World, ref: str, text: str, line: int = 0, reply: str = "", *, private: bool = False, dry_run: bool = False
) -> Said:
    """Say something about a piece, about one ``line`` of its file, or in ``reply`` to a comment. Anybody may.

    ``reply``: the beginning of that comment's id. ``private``: only reviewers get to see it, so only they may.
    Raises Failure.
    """
    desk = open_desk(world)
    subject = find(desk, ref)
    # A broken text may be spoken of, as long as it can be told which piece it is.
    subject = subject if is_subject(subject.id) else valid(subject)
    review = desk.review_of(subject.id)
    if private:
        _must_review(desk, subject, review)
    event = replace(desk.event(EventKind.COMMENT, subject.topic, review, words(text, "a comment")), private=private)
    if reply:
        answered = _thread(desk, subject, review, reply)
        event = replace(event, reply=answered.first.id, private=private or answered.private)
    if line:
        event = _placed(desk, subject, event, line)
    return record(desk, subject, review, event, dry_run=dry_run)


def resolve(world: World, ref: str, comment_id: str, text: str = "", *, dry_run: bool = False) -> Said:
    """Settle what a comment began; whoever answers it without having seen that opens it again. Raises Failure."""
    desk = open_desk(world)
    listed(desk)
    subject = find(desk, ref)
    review = desk.review_of(subject.id)
    found = _thread(desk, subject, review, comment_id)
    event = desk.event(EventKind.RESOLVE, subject.topic, review, text)
    event = replace(event, reply=found.first.id, private=found.private)
    return record(desk, subject, review, event, dry_run=dry_run)


def return_(world: World, ref: str, reason: str, *, dry_run: bool = False) -> Said:
    """Send a piece back to its author, with what has to change. Raises Failure."""
    desk = open_desk(world)
    listed(desk)
    subject = valid(find(desk, ref))
    review = desk.review_of(subject.id)
    event = desk.event(EventKind.RETURN, subject.topic, review, words(reason, "a reason"))
    return record(desk, subject, review, event, dry_run=dry_run)


def withdraw(world: World, ref: str, text: str = "", *, dry_run: bool = False) -> Said:
    """Take back every approval that the person gave to a piece. Raises Failure."""
    desk = open_desk(world)
    listed(desk)
    subject = find(desk, ref)
    review = desk.review_of(subject.id)
    if not review.approved_by(desk.by):
        what, cure = "you have no approval of it to take back", "nothing has to be done"
        raise Failure("XP-WITHDRAW-NONE", what, cure, where=subject.path, exit_code=Exit.USAGE)
    event = desk.event(EventKind.WITHDRAW, replace(subject.topic, digest=""), review, text)
    return record(desk, subject, review, event, dry_run=dry_run)


def words(text: str, what: str) -> str:
    """The text, which must not be empty."""
    found = clean(text)
    if not found:
        option = " after --reason" if what == "a reason" else ""
        raise Failure("XP-WORDS", f"{what} needs words", f"write {what} in quotes{option}", exit_code=Exit.USAGE)
    return found


def listed(desk: Desk) -> Person:
    """The entry of the person who decides; nobody decides while people/ has errors. Raises Failure XP-NOT-LISTED."""
    person = desk.strict_people.by_email(desk.identity.email)
    if person is None:
        what = f"{desk.identity.email} is not listed in people/, and only who is listed decides about pieces"
        raise Failure("XP-NOT-LISTED", what, "propose yourself: expertpost join", exit_code=Exit.NEEDS_PERSON)
    return person


def valid(subject: Subject) -> Subject:
    """The subject, whose text must have no errors. Raises Problems."""
    if not subject.digest:
        cure = "its author mends them and submits again"
        raise Problems(errors_among(subject.findings), what="the text has errors", cure=cure)
    return subject


def _must_review(desk: Desk, subject: Subject, review: Review) -> None:
    """Raise Failure for who would not get to see a private note: they wrote it, or are not listed."""
    if not is_reviewer(desk, subject, review):
        what = "private notes are for reviewers: people who are listed and wrote none of it"
        cure = "say it without --private"
        raise Failure("XP-COMMENT-PRIVATE", what, cure, where=subject.path, exit_code=Exit.NEEDS_PERSON)


def _thread(desk: Desk, subject: Subject, review: Review, beginning: str) -> Thread:
    """The one thread that the person sees and means."""
    sees_all = is_reviewer(desk, subject, review)
    seen = [thread for thread in threads(review) if sees_all or not thread.private]
    found = named(seen, beginning)
    if len(found) != 1:
        many = "several comments have" if found else "no comment has"
        cure = f"name one by the beginning of its id: expertpost review show {subject.slug}"
        what = f"{many} the id {beginning[:64]!r}"
        raise Failure("XP-COMMENT-NONE", what, cure, where=subject.path, exit_code=Exit.USAGE)
    return found[0]


def _placed(desk: Desk, subject: Subject, event: Event, line: int) -> Event:
    """The comment with the line of the file, as it is under review, that it is about."""
    text = text_of(desk, subject)
    anchor = Lines(text).anchor(line)
    if anchor is None:
        what = f"the file has {text.count(chr(10)) + 1} lines, there is no line {line}"
        raise Failure("XP-COMMENT-LINE", what, "name one of them", where=subject.path, exit_code=Exit.USAGE)
    above, below = "\n".join(anchor.before), "\n".join(anchor.after)
    return replace(event, line=line, quote=clean(anchor.quote), above=clean(above), below=clean(below))


def record(
    desk: Desk,
    subject: Subject,
    review: Review,
    event: Event,
    left_out: LeftOut = (),
    moves: Callable[[], Moves] | None = None,
    kept: tuple[Json, ...] = (),
    *,
    dry_run: bool = False,
) -> Said:
    """Sign an event and add it to the shared branch. Raises Failure (XP-KEY for what unsigned would not count)."""
    written = replace(desk.signed(event, must=event.kind in _MUST_COUNT), kept=kept)
    if not dry_run:
        answer = append(desk.hub, [written], desk.identity, desk.now, moves)
        if isinstance(answer, Denied):
            raise denied(answer)
    notes = () if dry_run else _echoed(desk, subject, review, written.event)
    return replace(said(desk, subject, review, written.event, left_out), notes=notes)


def _echoed(desk: Desk, subject: Subject, review: Review, event: Event) -> tuple[str, ...]:
    """What the host's page was not told, where there is one to tell."""
    if subject.proposal is None or not is_hosted(desk.workspace):
        return ()
    from expertpost.flows.mirror import echo

    return echo(desk, subject, review, event)


def said(desk: Desk, subject: Subject, review: Review, event: Event, left_out: LeftOut = ()) -> Said:
    """What an event says, and how the piece stands with it."""
    after = Review((*review.events, event))
    return Said(
        kind=event.kind,
        id=subject.id,
        slug=subject.slug,
        title=subject.title,
        digest=event.digest,
        by=event.by,
        signed=event.signer is not None,
        event=event.id,
        private=event.private,
        audience=event.audience,
        channels=tuple(event.posts),
        left_out=left_out,
        merged=subject.proposal is None,
        needs=tuple(need.says for need in needs_of(desk, subject, after)),
        since=event.since,
        changed=event.changed,
    )
