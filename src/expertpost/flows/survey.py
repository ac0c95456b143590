"""Where every piece stands at every channel: what publish would do, and why the rest stays. Nothing is sent."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from expertpost.errors import Failure, Finding, errors_among
from expertpost.flows import posts
from expertpost.flows.cases import Case, Slot, Stand, why_not
from expertpost.flows.places import Place, kept_safe
from expertpost.model.delivery import SETTLED, Delivery, State
from expertpost.model.event import EventKind
from expertpost.model.key import Key, Pin, pin_id, target_of
from expertpost.model.piece import Piece
from expertpost.model.policy import Reason, Verdict, Why, adopted, editions_of, judge, reaches
from expertpost.model.review import Review, fold
from expertpost.model.witness import Seen
from expertpost.publishers.base import Address
from expertpost.store import events
from expertpost.store.hub import Hub
from expertpost.store.ledger import Damaged, Found, Ledger
from expertpost.store.pieces import listing
from expertpost.store.workspace import State as Workspace

_ID = re.compile(rb"^id:[ \t]*[\"']?([0-9A-Za-z]+)[\"']?[ \t]*\r?$", re.MULTILINE)

Live = Callable[[Piece, str, str], bool]
"""Whether this content of a piece is live on a site (its name) at an address."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that was looked at, in one commit. ``findings``: files under ``drafts/`` that are no valid piece."""

    commit: str
    cases: tuple[Case, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Look:
    """What is needed to look at one case, collected once."""

    state: Workspace
    ledger: Ledger
    now: datetime
    pages: Live
    known: dict[str, Found] = field(default_factory=dict)
    open: dict[str, Delivery] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    adopted: Mapping[str, frozenset[str]] = field(default_factory=dict)


def survey(
    state: Workspace,
    hub: Hub,
    ledger: Ledger,
    now: datetime,
    there: Iterable[Place],
    *,
    pages: Live = lambda _piece, _site, _address: True,
    reviewed_only: bool = False,
) -> Survey:
    """Look at every piece of one commit at every place.

    ``pages`` says whether a piece is live on a site at an address. ``reviewed_only`` leaves out what nobody submitted.
    """
    config, people = state.config, state.people
    look = _Look(state, ledger, now, pages)
    seen = Seen(now, ledger.witnessed)
    look.adopted = adopted(config, people, events.read(hub, people, seen, config.id, only=()))
    channels = tuple(there)
    pieces, findings = pieces_of(state, _wanted(hub, look.adopted, reviewed_only))
    pairs = [(piece, place) for piece in pieces for place in channels]
    _look_up(look, pairs)
    cases = [_first_look(look, piece, place) for piece, place in pairs]
    asked = {case.piece.id for case in cases if case.stand is Stand.DUE}
    look.reviews = fold(events.read(hub, people, seen, config.id, only=asked)) if asked else {}
    judged = tuple(_judged(look, case) if case.stand is not Stand.KEPT else case for case in cases)
    return Survey(state.commit, judged, findings)


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


def _base(look: _Look, piece: Piece, place: Place) -> Key:
    edition = editions_of(piece, place.channel.name)
    return Key(look.state.config.id, piece.id, place.channel.name, place.account, edition)


def _look_up(look: _Look, pairs: list[tuple[Piece, Place]]) -> None:
    bases = [(place, _base(look, piece, place)) for piece, place in pairs]
    look.known |= look.ledger.look_up(base.id if place.single else pin_id(base) for place, base in bases)
    look.open |= {row.key.id: row for row in look.ledger.open() if isinstance(row, Delivery)}
    salt = look.ledger.terms.salt
    unsent: list[str] = []
    for place, base in bases:
        pin = None if place.single else look.known.get(pin_id(base))
        if isinstance(pin, Pin) and not pin.complete:
            current = {target_of(salt, address.text) for address in place.targets}
            unsent += [replace(base, target=target).id for target in pin.targets if target in current]
    look.known |= look.ledger.look_up(unsent)


def _first_look(look: _Look, piece: Piece, place: Place) -> Case:
    """The case as far as audience and ledger tell: KEPT, DONE, or DUE where approvals have to say more."""
    case = Case(piece, place, Stand.DUE)
    outside = reaches(look.state.config, piece, place.channel.name, place.channel.readers)
    if outside:
        return case.kept(outside)
    base = _base(look, piece, place)
    first = look.known.get(base.id if place.single else pin_id(base))
    if isinstance(first, Damaged):
        return case.kept(_damaged(first))
    pin = first if isinstance(first, Pin) else None
    if pin and pin.base.account != place.account:
        # Sent by another sender: never once more by this one.
        return replace(case, stand=Stand.DONE) if pin.complete else case.kept(_moved(place))
    try:
        slots = tuple(_slots(look, base, place, pin))
    except _Unreadable as wrong:
        return case.kept(_damaged(wrong.damaged))
    case = replace(case, pin=pin, slots=slots, begun=pin is not None or any(slot.row for slot in slots))
    if case.begun and all(slot.over for slot in slots):
        same = (pin.content if pin else _content_of(slots)) == piece.digest
        return replace(case, stand=Stand.DONE if same else Stand.CORRECTED)
    if not place.targets:
        return case.kept(Reason(Why.NOBODY, f"nobody is on the list of {place.channel.name}"))
    return case


def _moved(place: Place) -> Reason:
    name = place.channel.name
    says = f"{name} had another sender when it began to go out – put that back, or raise editions: {{{name}: 2}}"
    return Reason(Why.MOVED, says)


class _Unreadable(Exception):
    def __init__(self, damaged: Damaged) -> None:
        super().__init__(damaged.what)
        self.damaged = damaged


def _damaged(damaged: Damaged) -> Reason:
    says = f"the ledger cannot be read there ({damaged.where}: {damaged.what}) – put back its last good commit"
    return Reason(Why.DAMAGED, says)


def _content_of(slots: tuple[Slot, ...]) -> str:
    return next((slot.row.intent.content for slot in slots if slot.row), "")


def _slots(look: _Look, base: Key, place: Place, pin: Pin | None) -> Iterator[Slot]:
    """Each delivery of a case: to those who were meant at the first intent and are still on the list."""
    if place.single:
        yield Slot(base, Address(), _row(look.known.get(base.id)))
        return
    salt = look.ledger.terms.salt
    current = {target_of(salt, address.text): address for address in place.targets}
    for target in pin.targets if pin else sorted(current):
        key = replace(base, target=target)
        row = look.open.get(key.id) or _row(look.known.get(key.id))
        if pin and pin.complete and row is None:
            continue
        if target in current or (row and row.state is State.UNKNOWN):
            yield Slot(key, current.get(target), row)


def _row(found: Found | None) -> Delivery | None:
    if isinstance(found, Damaged):
        raise _Unreadable(found)
    return found if isinstance(found, Delivery) else None


def _judged(look: _Look, case: Case) -> Case:
    """The case with everything that approvals, the renderer and the page have to say."""
    if case.stand is Stand.DONE:
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
        return replace(case, stand=Stand.DONE if sent == offer.post.digest else Stand.CORRECTED)
    verdict = _verdict(look, case, review, offer.post.digest)
    address = posts.page_address(config, case.piece, channel.readers)
    case = replace(case, due=verdict.due, post=offer.post, address=address)
    against = (*verdict.reasons, *unfit, *_of_slots(case, look.now))
    if not against and "url" in offer.post.placeholders:
        against = _of_page(look, case)
    return case.kept(*against) if against else case


def _verdict(look: _Look, case: Case, review: Review, digest: str) -> Verdict:
    elsewhere = look.adopted.get(case.piece.id, frozenset())
    config, people = look.state.config, look.state.people
    return judge(config, case.piece, review, people, case.place.channel.name, digest, look.now, elsewhere)


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


def _of_page(look: _Look, case: Case) -> tuple[Reason, ...]:
    site = posts.page_site(look.state.config, case.piece, case.place.channel.readers)
    if site and look.pages(case.piece, site, case.address):
        return ()
    return (Reason(Why.PAGE, f"it links to its page, which is not live on {site or 'any site'} – site build, deploy"),)
