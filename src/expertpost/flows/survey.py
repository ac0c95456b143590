"""Where every piece stands at every channel: what publish would do, and why the rest stays. Nothing is sent."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from expertpost.errors import Failure, Finding, errors_among
from expertpost.flows import posts
from expertpost.flows.cases import Case, Stand, why_not
from expertpost.flows.known import Live, Look, first_look, inside, look_up
from expertpost.flows.page import page_of
from expertpost.flows.places import Place, kept_safe
from expertpost.flows.requests import requests_in
from expertpost.model.delivery import GIVEN_BACK, SETTLED
from expertpost.model.event import EventKind
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason, Verdict, Why, adopted, judge
from expertpost.model.post import Post
from expertpost.model.review import Review, fold
from expertpost.model.witness import Seen
from expertpost.publishers.base import Editable
from expertpost.store import events
from expertpost.store.hub import Hub
from expertpost.store.ledger import Ledger
from expertpost.store.pieces import listing
from expertpost.store.workspace import State as Workspace

_ID = re.compile(rb"^id:[ \t]*[\"']?([0-9A-Za-z]+)[\"']?[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that was looked at, in one commit. ``findings``: files under ``drafts/`` that are no valid piece."""

    commit: str
    cases: tuple[Case, ...]
    pieces: tuple[Piece, ...] = ()
    findings: tuple[Finding, ...] = ()


def survey(
    state: Workspace,
    hub: Hub,
    ledger: Ledger,
    now: datetime,
    there: Iterable[Place],
    *,
    pages: Live = lambda _piece, _site, _address: True,
    reviewed_only: bool = False,
    beside: Iterable[Place] = (),
) -> Survey:
    """Look at every piece of one commit at every place.

    ``pages`` says whether a piece is live on a site at an address. ``reviewed_only`` leaves out what nobody submitted.
    ``beside``: further places, looked up only because colleagues may have to get a piece there first, or a copy there
    is the page.
    """
    config, people = state.config, state.people
    look = Look(state, ledger, now, pages)
    seen = Seen(now, ledger.witnessed)
    look.adopted = adopted(config, people, events.read(hub, people, seen, config.id, only=()))
    look.requests = requests_in(hub, config, people, seen)
    channels = tuple(there)
    named = {place.channel.name for place in channels}
    others = tuple(place for place in beside if place.channel.name not in named)
    pieces, findings = pieces_of(state, _wanted(hub, look.adopted, reviewed_only))
    pairs = [(piece, place) for place in (*channels, *others) for piece in pieces]
    look_up(look, pairs)
    every = [first_look(look, piece, place) for piece, place in pairs]
    look.inside = inside(config, every)
    cases = every[: len(pieces) * len(channels)]
    copies = [case for case in every if case.place.channel.canonical]
    asked = {case.piece.id for case in (*cases, *copies) if case.stand in (Stand.DUE, Stand.CORRECTED)}
    look.reviews = fold(events.read(hub, people, seen, config.id, only=asked)) if asked else {}
    # Those first, as posts lead to them.
    look.copies = {_at(case): _judged(look, case) for case in copies}
    judged = tuple(look.copies.get(_at(case)) or _judged(look, case) for case in cases)
    return Survey(state.commit, judged, tuple(pieces), findings)


def _at(case: Case) -> tuple[str, str]:
    return case.piece.id, case.place.channel.name


def _wanted(hub: Hub, elsewhere: Mapping[str, object], reviewed_only: bool) -> Callable[[str], bool]:
    """Whether a piece of this id needs a look: adopted ones that nobody submitted never go to a channel."""
    tip = hub.tip(hub.branches.reviews)
    reviewed = {entry.path.partition("/")[0] for entry in hub.git.tree(tip)} if tip else set()
    return lambda piece: piece in reviewed or not (reviewed_only or piece in elsewhere)


def pieces_of(state: Workspace, wanted: Callable[[str], bool]) -> tuple[list[Piece], tuple[Finding, ...]]:
    """The valid pieces whose id is wanted, of two with one id the first by path; and what is wrong with other files."""
    texts = listing(state.files).texts
    read = zip(texts, state.files.read_all(texts), strict=True)
    paths = [entry.path for entry, content in read if not isinstance(content, bytes) or _may_be(content, wanted)]
    found: dict[str, Piece] = {}
    findings: list[Finding] = []
    for loaded in state.loaded(paths):
        if loaded.piece is None:
            findings += errors_among(loaded.findings)
        else:
            found.setdefault(loaded.piece.id, loaded.piece)
    return list(found.values()), tuple(findings)


def _may_be(content: bytes, wanted: Callable[[str], bool]) -> bool:
    """Whether a file may hold a wanted piece, told from its id line alone; an id written otherwise is looked at."""
    end = content.find(b"\n---", 3)
    written = _ID.search(content, 0, max(end, 0))
    return written is None or wanted(written[1].decode())


def _judged(look: Look, case: Case) -> Case:
    """The case with everything that approvals, the renderer and the page have to say."""
    if case.stand in (Stand.DONE, Stand.KEPT):
        return case
    config, people, channel = look.state.config, look.state.people, case.place.channel
    review = look.reviews.get(case.piece.id, Review())
    if case.stand is Stand.DUE and not review.of(EventKind.APPROVE):
        # Nothing can go, so what would go need not be made: it takes longer than everything else.
        return case.kept(*_verdict(look, case, review, "").reasons, *_of_slots(case, look.now))
    offer = kept_safe(lambda: posts.offer(config, people, case.piece, channel))
    if isinstance(offer, Failure):
        return case.kept(Reason(Why.UNFIT, f"{offer.what} – {offer.cure}"))
    unfit = tuple(Reason(Why.UNFIT, f"{f.what} – {f.cure}") for f in errors_among(offer.findings))
    if offer.post is None:
        return case.kept(*unfit, *((offer.reason,) if offer.reason else ()))
    if case.stand is Stand.CORRECTED:
        sent = case.pin.digest if case.pin else next(s.row.intent.digest for s in case.slots if s.row)
        same = sent == offer.post.digest
        address, _ = page_of(look, case)
        case = replace(case, address=address)
        return replace(case, stand=Stand.DONE) if same else _corrected(look, case, review, offer.post)
    verdict = _verdict(look, case, review, offer.post.digest)
    address, missing = page_of(look, case)
    case = replace(case, due=verdict.due, post=offer.post, address=address, let_go=verdict.let_go).with_parts()
    against = (*verdict.reasons, *unfit, *_of_thread(case, offer.post), *_of_slots(case, look.now))
    if not against and "url" in offer.post.placeholders:
        against = missing()
    return case.kept(*against) if against else case


def _corrected(look: Look, case: Case, review: Review, post: Post) -> Case:
    """A case whose text on main reads otherwise than the copy that went out: what is true of it, and who must act."""
    slug, name = case.piece.front.slug, case.place.channel.name
    against = [one for one in _verdict(look, case, review, post.digest).reasons if one.why not in _OF_TIME]
    says = "an earlier text is there, and stays; what is approved now reads otherwise"
    if against and against[0].why in (Why.HELD, Why.RETRACTED):
        says = f"an earlier text is there; {against[0].says}"
    elif against:
        says = f"an earlier text is there, and stays; the text on main is not approved: {against[0].says}"
    elif "url" in post.placeholders and not case.address:
        against = [Reason(Why.PAGE, "its page is not there yet")]
        says = "an earlier text is there, and stays; the new one links to its page, which is not there yet"
    elif isinstance(case.place.publisher, Editable):
        says += f" – expertpost update {slug} --channel {name}"
    else:
        says += f" – it cannot be changed there; a second post: expertpost republish {slug} --channel {name}"
    return replace(case, stand=Stand.CORRECTED, reasons=(Reason(Why.CORRECTED, says),), post=None if against else post)


_OF_TIME = frozenset({Why.NOT_YET, Why.LATE, Why.INSIDE_FIRST})


def _verdict(look: Look, case: Case, review: Review, digest: str) -> Verdict:
    elsewhere = look.adopted.get(case.piece.id, frozenset())
    config, people = look.state.config, look.state.people
    return judge(
        config,
        case.piece,
        review,
        people,
        case.place.channel.name,
        digest,
        look.now,
        elsewhere,
        look.inside.get(case.piece.id, {}),
    )


def _of_thread(case: Case, post: Post) -> tuple[Reason, ...]:
    """Why a thread cannot go on: its first parts went out with another text."""
    begun = [slot.row for slot in case.slots if slot.row and slot.row.state not in GIVEN_BACK]
    if not case.place.threads or all(row.intent.digest == post.digest for row in begun):
        return ()
    says = "the first parts of the thread went out with another text – put that back, or raise its edition (republish)"
    return (Reason(Why.CHANGED, says),)


def _of_slots(case: Case, now: datetime) -> tuple[Reason, ...]:
    """Why none of the deliveries can be claimed now; nothing where one can."""
    whys = {why_not(slot.row, case.place, now) for slot in case.slots if slot.row and not slot.over}
    if case.ready(now):
        return ()
    says = {
        Why.DOUBT: "it may or may not have arrived; look there – it is never sent again by itself",
        Why.REFUSED: next((s.row.reason for s in case.slots if s.row and s.row.state in SETTLED and s.row.reason), ""),
        Why.BUSY: "another runner is sending it",
        Why.PAUSED: "the last try was not accepted; the next comes by itself",
    }
    return tuple(Reason(why, says[why]) for why in says if why in whys)
