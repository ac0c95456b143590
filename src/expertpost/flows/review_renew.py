"""``review renew``: what is approved and not out yet, and would go out otherwise than approved, is approved in one go.

The texts are the approved ones; what a channel would get changed by an upgrade, a template or a setting on main.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from expertpost.errors import Exit, Failure
from expertpost.flows.cases import Case
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, denied, open_desk, topic_of
from expertpost.flows.places import places
from expertpost.flows.review_approve import MIN_DIGEST, in_fast_lane
from expertpost.flows.review_say import listed
from expertpost.flows.room import ledger_of
from expertpost.flows.staleness import diff, readable
from expertpost.flows.survey import survey
from expertpost.model.canonical import Json, digest_of
from expertpost.model.event import EventKind
from expertpost.model.people import Person
from expertpost.model.piece import Piece
from expertpost.model.policy import Why, editions_of, tally
from expertpost.model.post import Post
from expertpost.model.review import Review
from expertpost.model.rules import is_contributor, may_work_alone, takes
from expertpost.store.events import Moves, Written, append
from expertpost.store.hub import Denied
from expertpost.store.kept import kept


@dataclass(frozen=True, slots=True)
class Changed:
    """What one channel would get now. ``diff``: against the approved post, or all of it where that is not ``known``."""

    channel: str
    digest: str
    diff: str
    known: bool


@dataclass(frozen=True, slots=True)
class Renewal:
    """One piece whose posts changed. ``against``: why the person who asks cannot approve it, "" where they can."""

    id: str
    slug: str
    title: str
    digest: str
    changes: tuple[Changed, ...]
    against: str = ""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What was, or would be, approved anew. ``digest`` names exactly these posts of these pieces; "" for nothing."""

    by: str
    digest: str
    pieces: tuple[Renewal, ...]
    signed: bool = False

    @property
    def open(self) -> tuple[Renewal, ...]:
        """Those that the person approves."""
        return tuple(piece for piece in self.pieces if not piece.against)


def renew(
    world: World, digest: str = "", confirm: Callable[[Renewed], bool] | None = None, *, dry_run: bool = False
) -> Renewed:
    """Approve again every post that changed though its text did not, as far as the person may approve it.

    ``confirm`` is asked with the differences, or the batch is named by the beginning of its ``digest``, which a dry run
    tells. Raises Failure: not listed, nothing seen, another batch than the one named, main moved.
    """
    desk = open_desk(world)
    person = listed(desk)
    found = _found(desk)
    reviews = desk.reviews(list(found)) if found else {}
    written: list[Written] = []
    pieces = []
    for id_, cases in sorted(found.items(), key=lambda pair: pair[1][0].piece.front.slug):
        piece, review = cases[0].piece, reviews[id_]
        posts = {case.place.channel.name: case.post for case in cases if case.post}
        against = _against(desk, piece, review, person, posts)
        changes = _changes(desk, piece, review, posts)
        pieces.append(Renewal(id_, piece.front.slug, piece.front.title, piece.digest, changes, against))
        if not against:
            written.append(_approval(desk, piece, review, posts))
    signed = bool(written) and all(each.signature for each in written)
    renewed = Renewed(person.handle, "", tuple(pieces), signed)
    renewed = replace(renewed, digest=_name(renewed) if written else "")
    if written and not dry_run:
        _must_be_seen(renewed, digest, confirm)
        _record(desk, written)
    return renewed


def _found(desk: Desk) -> dict[str, list[Case]]:
    """Piece id → the places where it is approved and not out yet, and would go out otherwise than approved."""
    if not desk.config.channels:
        return {}
    there, _ = places(desk.main, desk.workspace.root)
    ledger = ledger_of(desk.hub, desk.config, desk.world)
    looked = survey(desk.main, desk.hub, ledger, desk.now, there, reviewed_only=True)
    found: dict[str, list[Case]] = {}
    for case in looked.cases:
        whys = {reason.why for reason in case.reasons}
        if case.post and Why.CHANGED in whys and Why.UNFIT not in whys:
            found.setdefault(case.piece.id, []).append(case)
    return found


def _against(desk: Desk, piece: Piece, review: Review, person: Person, posts: Mapping[str, Post]) -> str:
    """Why this person cannot approve it."""
    contributors = {*(review.contributors(piece.digest) or ())}
    contributors.update(*(event.contributors for event in review.of(EventKind.APPROVE, piece.digest)))
    alone = may_work_alone(desk.config, desk.people)
    if not alone and is_contributor(desk.people, person.handle, contributors, piece):
        return "you wrote some of it"
    tallies = [tally(desk.config, piece, review, desk.people, name) for name in posts]
    if not any(takes(found.rule, person, piece.front.topics) for found in tallies):
        return "the rule asks for somebody else"
    mine = [event for event in review.approvals(piece.digest) if event.by == person.handle]
    if mine and all(mine[0].posts.get(name) == post.digest for name, post in posts.items()):
        return "you approved it so already; another approval is missing"
    return ""


def _changes(desk: Desk, piece: Piece, review: Review, posts: Mapping[str, Post]) -> tuple[Changed, ...]:
    """Each post that changed, compared with the one that was approved last."""
    approvals = sorted(review.approvals(piece.digest), key=lambda e: (e.at, e.id))
    before = {name: digest for event in approvals for name, digest in event.posts.items()}
    contents = kept(desk.hub, piece.id, [before[name] for name in posts if name in before])
    found = []
    for name, post in posts.items():
        old = contents.get(before.get(name, ""))
        text = diff(readable(old or {}), readable(post.content), "approved", "now")
        found.append(Changed(name, post.digest, text, old is not None))
    return tuple(found)


def _approval(desk: Desk, piece: Piece, review: Review, posts: Mapping[str, Post]) -> Written:
    """The signed approval: of the changed posts, and of whatever the person had approved besides."""
    mine = [event for event in review.approvals(piece.digest) if event.by == desk.by]
    digests = {**(mine[0].posts if mine else {}), **{name: post.digest for name, post in posts.items()}}
    event = desk.event(EventKind.APPROVE, topic_of(piece), review, "renewed: what channels would get changed")
    event = replace(
        event,
        posts=digests,
        editions={name: editions_of(piece, name) for name in digests},
        audience=piece.front.audience,
        not_before=piece.front.publish_at,
        contributors=tuple(sorted(review.contributors(piece.digest) or ())),
    )
    event = in_fast_lane(desk, piece, review, event)
    return replace(desk.signed(event, must=True), kept=(piece.content, *(post.content for post in posts.values())))


def _name(renewed: Renewed) -> str:
    value: dict[str, Json] = {
        piece.id: {"digest": piece.digest, "posts": {each.channel: each.digest for each in piece.changes}}
        for piece in renewed.open
    }
    return digest_of({"v": 1, "renewed": value})


def _must_be_seen(renewed: Renewed, digest: str, confirm: Callable[[Renewed], bool] | None) -> None:
    """Raise Failure unless the person was shown this very batch and agrees, or names it."""
    look = "look at it: expertpost review renew --dry-run"
    if digest:
        if len(digest) >= MIN_DIGEST and renewed.digest.startswith(digest.lower()):
            return
        what = f"what would be approved is {renewed.digest[:12]}, not {digest[:12]}"
        raise Failure("XP-RENEW-MOVED", what, look, exit_code=Exit.NEEDS_PERSON)
    if confirm is None:
        cure = f"{look}, then name it: --digest {renewed.digest[:12]}"
        raise Failure("XP-RENEW-UNSEEN", "nobody has looked at these posts", cure, exit_code=Exit.NEEDS_PERSON)
    if not confirm(renewed):
        raise Failure("XP-APPROVE-NO", "not approved", "nothing was recorded", exit_code=Exit.NEEDS_PERSON)


def _record(desk: Desk, written: list[Written]) -> None:
    """Add every approval in one push, as long as main is what it was when the posts were made."""
    main = desk.hub.branches.main

    def moves() -> Moves:
        if desk.hub.tip(main) != desk.main.commit:
            cure = "look again: expertpost review renew --dry-run"
            raise Failure("XP-RENEW-MOVED", f"{main} moved meanwhile", cure, exit_code=Exit.NEEDS_PERSON)
        return {main: (desk.main.commit, desk.main.commit)}

    answer = append(desk.hub, written, desk.identity, desk.now, moves)
    if isinstance(answer, Denied):
        raise denied(answer)
