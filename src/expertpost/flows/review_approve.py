"""``review approve``: one signed yes to exactly the text that the reviewer saw, for the channels that it names."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure, errors_among
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.guarding import hands_on
from expertpost.flows.proposals import Subject, find
from expertpost.flows.review import commit_of, offered, wrote
from expertpost.flows.review_say import LeftOut, Said, listed, record, said, valid
from expertpost.flows.since import SEEN, digest_at
from expertpost.model.canonical import Json
from expertpost.model.draft import nearest
from expertpost.model.event import Event, EventKind
from expertpost.model.fast_lane import change
from expertpost.model.guarded import admins
from expertpost.model.people import ADMIN, Person
from expertpost.model.piece import Piece
from expertpost.model.policy import editions_of
from expertpost.model.post import Post
from expertpost.model.review import Review
from expertpost.model.rules import may_work_alone
from expertpost.model.tally import correctable
from expertpost.store.events import Moves
from expertpost.store.kept import kept

if TYPE_CHECKING:
    from expertpost.flows.posts import Offer

MIN_DIGEST = 8
"""The shortest beginning of a digest that names a text."""


def approve(
    world: World,
    ref: str,
    message: str = "",
    channels: Iterable[str] = (),
    digest: str = "",
    confirm: Callable[[Said], bool] | None = None,
    *,
    dry_run: bool = False,
) -> Said:
    """Approve exactly the text that was shown here last, or the one whose ``digest`` is given, for its channels.

    ``channels``: only these; ``confirm``: asked before anything is recorded. Raises Failure: not listed, a contributor,
    not shown, changed since, never submitted, no usable key, a channel that it never goes to.
    """
    desk = open_desk(world)
    person = listed(desk)
    subject = valid(find(desk, ref))
    review = desk.review_of(subject.id)
    wrote_it = _contributors(desk, subject, review)
    _may_judge(desk, subject, review, person, wrote_it)
    _must_be_seen(desk, subject, digest)
    event = desk.event(EventKind.APPROVE, subject.topic, review, message)
    event, left_out, keep = with_posts(desk, subject.piece, replace(event, contributors=wrote_it), tuple(channels))
    event = in_fast_lane(desk, subject.piece, review, event) if subject.piece else event
    if confirm is not None and not confirm(said(desk, subject, review, replace(event, signer=desk.by), left_out)):
        raise Failure("XP-APPROVE-NO", "not approved", "nothing was recorded", exit_code=Exit.NEEDS_PERSON)
    return record(desk, subject, review, event, left_out, _guard(desk, subject), keep, dry_run=dry_run)


def in_fast_lane(desk: Desk, piece: Piece, review: Review, event: Event) -> Event:
    """The approval, naming the fully approved text that this one corrects by a slip of the pen, where there is one."""
    texts = correctable(desk.config, piece, review, desk.people)
    contents = kept(desk.hub, piece.id, [digest for digest, _ in texts])
    for digest, limit in texts:
        if digest in contents and not (slip := change(contents[digest], piece.content, limit)).against:
            return replace(event, since=digest, changed=slip.count, before=contents[digest])
    return event


def _contributors(desk: Desk, subject: Subject, review: Review) -> tuple[str, ...]:
    """Who had a hand in it, by its submissions and by the commits of its review branch; handles where there are."""
    proposal = subject.proposal
    by_commits = hands_on(desk, proposal.tip, subject.homes) if proposal else ()
    said_so = (desk.people.handle_of(name) or name for name in review.contributors(subject.digest) or ())
    return tuple(sorted({*said_so, *by_commits}))


def _may_judge(desk: Desk, subject: Subject, review: Review, person: Person, wrote_it: tuple[str, ...]) -> None:
    """Raise Failure for who contributed or is no admin, and for a text that nobody submitted as it stands."""
    if subject.guarded and ADMIN not in person.roles:
        what = f"it changes {', '.join(sorted({each.guard for each in subject.guarded}))}, and only who has the role "
        cure = f"ask one of them: {', '.join(admins(desk.people)) or 'nobody has it, so it is changed on main'}"
        raise Failure("XP-APPROVE-ADMIN", f"{what}{ADMIN} approves that", cure, exit_code=Exit.NEEDS_PERSON)
    if not subject.guarded and review.contributors(subject.digest) is None:
        cure = f"its author runs: expertpost submit {subject.slug}"
        what = "this text was not submitted as it stands, so nobody knows who wrote it"
        raise Failure("XP-APPROVE-UNSUBMITTED", what, cure, where=subject.path, exit_code=Exit.NEEDS_PERSON)
    alone = may_work_alone(desk.config, desk.people) if subject.piece else len(desk.people.listed) < 2
    alone = alone and not subject.guarded
    if not alone and (person.handle in wrote_it or wrote(desk, subject, review)):
        what = f"{person.handle} wrote some of it, and nobody approves their own words"
        cure = "ask somebody else who is listed in people/"
        if len(desk.people.listed) == 1 and subject.piece:
            cure = "nobody else is listed: let others expertpost join, or set alone = true below [review]"
        raise Failure("XP-APPROVE-OWN", what, cure, where=subject.path, exit_code=Exit.NEEDS_PERSON)


def _must_be_seen(desk: Desk, subject: Subject, digest: str) -> None:
    """Raise Failure unless this very text was shown here, or the person names it."""
    show = f"expertpost review show {subject.slug}"
    if digest:
        if len(digest) >= MIN_DIGEST and subject.digest.startswith(digest.lower()):
            return
        what = f"the text under review is {subject.digest[:12]}, not {digest[:12]}"
        raise _moved(subject, what, f"look at it again: {show}")
    seen = desk.git.commit_of(SEEN + subject.id)
    if seen is None:
        cure = f"{show}; or name the text that you read: --digest {subject.digest[:12]}"
        what = "you have not looked at this text here"
        raise Failure("XP-APPROVE-UNSEEN", what, cure, where=subject.path, exit_code=Exit.NEEDS_PERSON)
    if seen != commit_of(desk, subject) and digest_at(desk, seen, subject) != subject.digest:
        raise _moved(subject, "the text has changed since you looked at it", f"look at it again: {show}")


def _moved(subject: Subject, what: str, cure: str) -> Failure:
    return Failure("XP-APPROVE-MOVED", what, cure, where=subject.path, exit_code=Exit.NEEDS_PERSON)


def with_posts(
    desk: Desk, piece: Piece | None, event: Event, wanted: tuple[str, ...]
) -> tuple[Event, LeftOut, tuple[Json, ...]]:
    """The approval with what each channel would get, the channels that it leaves out, and what digests stand for."""
    if piece is None:
        return event, (), ()
    for name in wanted:
        if name not in desk.config.channels:
            cure = nearest(name, desk.config.channels)
            raise Failure("XP-CHANNEL", f"there is no channel {name[:60]!r}", cure, exit_code=Exit.USAGE)
    posts: dict[str, Post] = {}
    left_out: dict[str, str] = {}
    for name, made in zip(desk.config.channels, offered(desk, piece), strict=True):
        against = "you did not name it" if wanted and name not in wanted else _against(made)
        if against:
            left_out[name] = against
        elif not isinstance(made, Failure) and made.post:
            posts[name] = made.post
    if refused := [name for name in wanted if name not in posts]:
        what = f"it cannot go to {refused[0]}: {left_out[refused[0]]}"
        raise Failure("XP-APPROVE-CHANNEL", what, "leave this channel out", where=piece.path, exit_code=Exit.USAGE)
    found = replace(
        event,
        posts={name: post.digest for name, post in posts.items()},
        editions={name: editions_of(piece, name) for name in posts},
        audience=piece.front.audience,
        not_before=piece.front.publish_at,
    )
    return found, tuple(left_out.items()), (piece.content, *(post.content for post in posts.values()))


def _against(made: "Offer | Failure") -> str:
    """Why a channel would get nothing, or nothing that may be approved; "" where it would."""
    if isinstance(made, Failure):
        return made.what
    errors = errors_among(made.findings)
    if made.reason or errors:
        return made.reason.says if made.reason else errors[0].what
    return "" if made.post else "nothing would go there"


def _guard(desk: Desk, subject: Subject) -> Callable[[], Moves]:
    """What must not have moved when the approval lands: the text that it speaks of."""
    branch = subject.proposal.branch if subject.proposal else desk.hub.branches.main
    known = {"tip": commit_of(desk, subject)}

    def moves() -> Moves:
        tip = desk.hub.tip(branch)
        if tip != known["tip"]:
            if tip is None or digest_at(desk, tip, subject) != subject.digest:
                cure = f"look at it again: expertpost review show {subject.slug}"
                raise _moved(subject, "the text changed while you approved it", cure)
            known["tip"] = tip
        return {branch: (tip, tip)}

    return moves
