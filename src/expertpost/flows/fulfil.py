"""What people asked for of posts that are out or in doubt, carried out by the runner (protocol §5)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from expertpost.errors import Failure
from expertpost.flows.cases import Case
from expertpost.flows.places import Place, kept_safe
from expertpost.flows.report import Line, Result
from expertpost.flows.requests import Requests
from expertpost.flows.run import Run, Watch, denied
from expertpost.flows.send import attempt
from expertpost.flows.way import Job, Stopped, Way
from expertpost.flows.wishes import Wish, removable
from expertpost.model.config import Config
from expertpost.model.delivery import FOR_PEOPLE, Changed, Delivery, Report, Resolved, Ruling, State
from expertpost.model.event import Event, EventKind
from expertpost.model.origins import is_home
from expertpost.model.outcome import Because, Outcome, Receipt, Refused
from expertpost.model.review import Review
from expertpost.publishers import registry
from expertpost.store.hub import Denied, Raced
from expertpost.store.ledger import Chunk, Ledger, Told

LATER = "the account is busy or rests; the next run does it"


def settle(ledger: Ledger, config: Config, requests: Requests, now: datetime) -> tuple[Told, ...]:
    """What people say became of deliveries, told to the ledger in one push; none where nobody said anything new.

    A word counts for the claim that it was said of. Of two people who had not heard each other the cautious one is
    believed. Raises Failure XP-LEDGER-DENIED.
    """
    words = sorted((event for review in requests.values() for event in _last_words(review)), key=_caution)
    rows = ledger.look_up(key for event in words for key in event.deliveries)
    told = tuple(
        Told(row.key, (Resolved(event.id, now, event.by, Ruling(event.verdict), _says(event)),))
        for event in words
        for key in event.deliveries
        if isinstance(row := rows.get(key), Delivery) and _counts(config, event, row)
    )
    if told and isinstance(answer := ledger.record(told), Denied):
        raise denied(answer)
    return told


def _last_words(review: Review) -> Iterator[Event]:
    """What was said of deliveries, without what somebody corrected who had heard it."""
    said = review.of(EventKind.SETTLE)
    return (e for e in said if not any(set(o.deliveries) & set(e.deliveries) and review.saw(o, e) for o in said))


def _says(event: Event) -> str:
    """Where the post is, or why: only what was looked at as an address ever becomes one."""
    return event.url if event.verdict == Ruling.DELIVERED else event.text


def _caution(event: Event) -> tuple[bool, str]:
    """What leads to one more post comes last: by then another word stands."""
    return (event.verdict == Ruling.NOT_DELIVERED, event.id)


def _counts(config: Config, event: Event, row: Delivery) -> bool:
    """Whether a person's word is news about a delivery as it stands: of its claim, its piece, and not heard before.

    An event may be written without our commands, so where it says that the post is must be at home there, too.
    """
    unknown = event.verdict == Ruling.DELIVERED and not event.url
    if unknown or not is_home(config, row.key.channel, event.url):
        return False
    if event.verdict not in list(Ruling) or event.piece != row.key.piece or event.id in row.resolved:
        return False
    fits = row.state is State.DELIVERED if event.verdict == Ruling.REMOVED else row.state in FOR_PEOPLE
    return fits and event.claim == row.intent.nonce


@dataclass(frozen=True, slots=True)
class Errands:
    """What is needed to carry out wishes at any channel. ``media`` gives the bytes of a piece's file."""

    run: Run
    ledger: Ledger
    root: Path
    media: Callable[[Case, str], bytes | None]
    look_again: Callable[[], bool]


def fulfil(errands: Errands, there: Iterable[Place], wishes: Iterable[Wish]) -> Raced | list[Line]:
    """Change and remove copies, channel by channel, each under the lease of its account; and what came of it.

    Raises Failure XP-LEDGER-DENIED, XP-REMOTE.
    """
    lines: list[Line] = []
    by_channel: dict[str, list[Wish]] = {}
    for wish in wishes:
        by_channel.setdefault(wish.row.key.channel, []).append(wish)
    places = {place.channel.name: place for place in there}
    for name, wished in by_channel.items():
        place = places.get(name)
        can = [wish for wish in wished if wish.case or removable(place, wish.row)]
        lines += (line_of(w, Result.BY_HAND, _by_hand(w)) for w in wished if w not in can and not w.row.key.target)
        if place and can and not errands.run.stop():
            done = _at(errands, place, can)
            if isinstance(done, Raced):
                return done
            lines += done
    return lines


def _at(errands: Errands, place: Place, wishes: list[Wish]) -> Raced | list[Line]:
    """Carry out wishes at one channel, unless its account is busy, resting, or has no secrets here."""
    run, ledger, now = errands.run, errands.ledger, errands.run.world.now()
    known = kept_safe(lambda: run.accounts.get(place.account) or ledger.account(place.account))
    made = kept_safe(lambda: registry.publisher_for(place.channel, errands.root, run.world.env))
    if isinstance(known, Failure) or isinstance(made, Failure):
        wrong = known if isinstance(known, Failure) else made
        says = wrong.what if isinstance(wrong, Failure) else ""
        return [line_of(wish, Result.FAILED, says) for wish in wishes]
    if known.leased_to_another(run.owner, now) or (known.not_before and now < known.not_before):
        return [line_of(wish, Result.WAITING, LATER) for wish in wishes]
    way = Way(run, ledger, place, made, errands.media, errands.look_again)
    watch = _leased(way)
    if isinstance(watch, Raced):
        return watch
    if isinstance(watch, Stopped):
        return [line_of(wish, Result.WAITING, LATER) for wish in wishes]
    return [_carried_out(way, wish, watch) for wish in wishes if not (run.stop() or watch.over())]


def _leased(way: Way) -> Watch | Stopped | Raced:
    """Have the account for a while; Stopped or Raced where another runner was faster."""
    run, ledger = way.run, way.ledger
    races = 0
    while True:
        watch = Watch.start(run.world, ledger.terms.usable)
        known = run.accounts.get(way.place.account) or ledger.account(way.place.account)
        account = known.taken(run.owner, run.world.now() + ledger.terms.lease)
        answer = ledger.intend(Chunk(account, (), (), tuple(run.pending), tuple(run.seen)), run.main)
        if isinstance(answer, Denied):
            raise denied(answer)
        if not isinstance(answer, Raced):
            run.told()
            run.accounts[account.id] = account
            return watch
        races += 1
        if ended := way.after_a_race(races):
            return ended


def _carried_out(way: Way, wish: Wish, watch: Watch) -> Line:
    run, case, slot, receipt = way.run, wish.case, wish.slot, wish.row.receipt or Receipt("")
    if case and slot:
        outcome = attempt(way, Job(case, slot), watch, lambda sending: way.publisher.update(receipt, sending))
    else:
        outcome = _removed(way, wish.row)
    if isinstance(outcome, Refused) and outcome.because is Because.CONTENT:
        return line_of(wish, Result.BY_HAND, f"{outcome.reason} – {_by_hand(wish)}")
    if not isinstance(outcome, Receipt):
        return line_of(wish, Result.WAITING, f"{outcome.reason}; the next run tries again")
    run.note(wish.row.key, _fact(run, wish, outcome))
    run.world.tell(f"{wish.row.key.channel}: {wish.slug}: {'changed' if case else 'removed'}")
    return line_of(wish, Result.UPDATED if case else Result.REMOVED, f"as {wish.event.by} asked")


def _removed(way: Way, row: Delivery) -> Outcome:
    """Every copy that the service made of one delivery removed: the last answer, or the first that is no proof."""
    first = row.receipt or Receipt("")
    outcome: Outcome = first
    for receipt in (*(Receipt(other) for other in row.also), first):
        outcome = way.publisher.take_back(receipt, row.key.id, way.run.world.now())
        if not isinstance(outcome, Receipt):
            return outcome
    return outcome


def _fact(run: Run, wish: Wish, receipt: Receipt) -> Report:
    event, now, case = wish.event, run.world.now(), wish.case
    if case is None or case.post is None:
        return Resolved(event.id, now, event.by, Ruling.REMOVED, event.text)
    return Changed(event.id, now, case.post.digest, case.piece.digest, run.main, receipt)


def _by_hand(wish: Wish) -> str:
    """Where a person finds what they have to change or remove, and how they say that they did."""
    receipt, key = wish.row.receipt, wish.row.key
    where = (receipt.url or receipt.remote_id) if receipt else ""
    if wish.case:
        return f"change it by hand at {where}, or: expertpost republish {wish.slug} --channel {key.channel}"
    return f"remove it by hand at {where}, then: expertpost outbox resolve {key.id[:12]} --removed"


def line_of(wish: Wish, result: Result, says: str) -> Line:
    """What is told of one copy."""
    key, receipt = wish.row.key, wish.row.receipt
    urls = (receipt.url,) if receipt and receipt.url else ()
    return Line(key.piece, wish.slug, wish.title, key.channel, result, (says,), (), None, {}, urls)


def would(there: Iterable[Place], wishes: Iterable[Wish]) -> Iterator[Line]:
    """What a look ahead tells: nothing is changed or removed."""
    places = {place.channel.name: place for place in there}
    for wish in wishes:
        if wish.case or removable(places.get(wish.row.key.channel), wish.row):
            result = Result.WOULD_UPDATE if wish.case else Result.WOULD_REMOVE
            yield line_of(wish, result, f"as {wish.event.by} asked")
        elif not wish.row.key.target:
            yield line_of(wish, Result.BY_HAND, _by_hand(wish))
