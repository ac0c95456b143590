"""Sending: claim a chunk of deliveries of one account, send each once, keep what came of it (protocol §5)."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from expertpost.errors import Failure
from expertpost.flows.cases import Case, Slot, why_not
from expertpost.flows.discreet import discreet
from expertpost.flows.places import Place, kept_safe
from expertpost.flows.run import Run, Watch, denied
from expertpost.model.delivery import (
    Accepted,
    Delivery,
    Doubted,
    Intent,
    Postponed,
    Rejected,
    Released,
    Report,
    Started,
    move,
)
from expertpost.model.key import Account, Pin
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import Post, bind, keepable
from expertpost.publishers.base import Publisher, Sending, guarded
from expertpost.render.served import is_harmless
from expertpost.store.hub import Denied, Raced
from expertpost.store.ledger import Chunk, Damaged, Ledger, Told

ACCOUNT_PAUSE = timedelta(minutes=15)
"""How long an account rests whose credentials a service refused."""
PATIENCE = 3
"""So many tries in a row that are not accepted end the channel's turn: it is not one recipient's trouble then."""
RACES = 30
"""How often a claim is tried anew because other runners wrote to the ledger: twenty at once needed twenty."""


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery of a case that may be claimed now."""

    case: Case
    slot: Slot


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a channel was left before its last delivery; the rest waits for the next run."""

    says: str
    failed: bool = False


@dataclass(slots=True)
class Way:
    """The way to one channel in this run. ``publisher`` has its secrets; ``media`` gives the bytes of a piece's file.

    ``look_again`` fetches and says whether what was judged still stands: only the ledger has moved.
    ``busy``: tries in a row that were not accepted; ``answered``: some other answer came.
    """

    run: Run
    ledger: Ledger
    place: Place
    publisher: Publisher[object]
    media: Callable[[Case, str], bytes | None]
    look_again: Callable[[], bool]
    busy: int = 0
    answered: bool = False


def deliver(way: Way, jobs: Iterable[Job]) -> Raced | Stopped | None:
    """Send every job to one channel, in order, chunk by chunk; None when nothing is left.

    Raises Failure XP-LEDGER-DENIED, XP-REMOTE.
    """
    queue = deque(jobs)
    claimed: set[str] = set()
    races = 0
    while queue:
        chunk = [queue.popleft() for _ in range(min(way.place.chunk, len(queue)))]
        claimed |= {job.slot.key.id for job in chunk}
        watch = Watch.start(way.run.world, way.ledger.terms.usable)
        rows = _claim(way, chunk, claimed)
        if isinstance(rows, Raced):
            races += 1
            again = _still_there(way, chunk) if races < RACES else None
            if again is None:
                return rows
            queue.extendleft(reversed(again))
            continue
        left, stopped = _send_chunk(way, list(zip(chunk, rows, strict=True)), watch)
        if stopped:
            return stopped
        if len(left) == len(chunk):
            return Stopped("the time for one claim is over before anything could be sent", failed=True)
        queue.extendleft(reversed(left))
    return None if way.answered or not way.busy else Stopped("the service takes nothing now", failed=True)


def _still_there(way: Way, chunk: list[Job]) -> list[Job] | None:
    """The jobs of a chunk, as they are after another runner wrote to the ledger; None: judge everything anew.

    While nobody else has used the account and everything that was judged is as it was, only the claim was late.
    """
    before = way.ledger.account(way.place.account).epoch
    if not way.look_again() or way.ledger.account(way.place.account).epoch != before:
        return None
    now, known = way.run.world.now(), way.ledger.look_up(job.slot.key.id for job in chunk)
    rows = [(job, known.get(job.slot.key.id)) for job in chunk]
    if any(isinstance(row, Damaged) for _, row in rows):
        return None
    fresh = [Job(job.case, replace(job.slot, row=row)) for job, row in rows if not isinstance(row, (Pin, Damaged))]
    return [job for job in fresh if job.slot.row is None or why_not(job.slot.row, way.place, now) is None]


def _claim(way: Way, chunk: list[Job], claimed: set[str]) -> tuple[Delivery, ...] | Raced:
    """Claim a chunk and tell what came of the one before, in one push."""
    run, now = way.run, way.run.world.now()
    account = way.ledger.account(way.place.account).taken(run.owner, now + way.ledger.terms.lease)
    rows = tuple(move(job.slot.key, job.slot.row, _intent(way, job, account)) for job in chunk)
    pins = {pin.id: pin for pin in (_pin(job.case, claimed) for job in chunk) if pin}
    answer = way.ledger.intend(
        Chunk(account, rows, tuple(pins.values()), tuple(run.pending), tuple(run.seen)), run.main
    )
    if isinstance(answer, Denied):
        raise denied(answer)
    if isinstance(answer, Raced):
        return answer
    run.told()
    run.journal.begin(row.intent.nonce for row in rows)
    before = run.accounts.get(account.id)
    run.accounts[account.id] = account.paused(before.not_before if before else None)
    run.rows |= {row.key.id: row for row in rows}
    return rows


def _intent(way: Way, job: Job, account: Account) -> Intent:
    run, now = way.run, way.run.world.now()
    return Intent(
        nonce=run.world.entropy(16).hex(),
        epoch=account.epoch,
        owner=run.owner,
        lease_until=now + way.ledger.terms.lease,
        digest=_approved(job.case).digest,
        content=job.case.piece.digest,
        commit=run.main,
        at=now,
        keyed=way.place.keyed,
        key_until=now + life if way.place.keyed and (life := way.publisher.key_life) else None,
        settle=way.place.settle,
    )


def _approved(case: Case) -> Post:
    """The post whose digest the approvals name; ``bind`` is all that happens to it from here on."""
    if case.post is None:
        raise ValueError("a case without a post was never allowed")
    return case.post


def _pin(case: Case, claimed: set[str]) -> Pin | None:
    """Who is meant by this case: pinned with its first claim, complete with its last; None where a pin says nothing."""
    if case.place.single:
        return None
    base = replace(case.slots[0].key, target="")
    targets = tuple(slot.key.target for slot in case.slots)
    pin = case.pin or Pin(base, targets, case.piece.digest, _approved(case).digest)
    return replace(pin, complete=all(slot.row or slot.key.id in claimed for slot in case.slots))


def _send_chunk(way: Way, claims: list[tuple[Job, Delivery]], watch: Watch) -> tuple[list[Job], Stopped | None]:
    """Send each claim, or give it back. Answers those given back for want of time, and why the channel stopped."""
    left: list[Job] = []
    run, stopped = way.run, None
    for job, row in claims:
        if stopped is None and run.stop():
            stopped = Stopped("interrupted")
        if stopped or watch.over():
            back = run.keep(row, Released(row.intent.nonce, run.world.now()))
            left.append(Job(job.case, replace(job.slot, row=back)))
            continue
        if row.repeat and not row.intent.key_lives(run.world.now() + way.ledger.terms.deadline):
            # The service may forget the key before it sees it again: what is in doubt is searched for, not repeated.
            run.keep(row, Released(row.intent.nonce, run.world.now()))
            continue
        run.journal.keep(Told(row.key, (Started(row.intent.nonce, run.world.now()),)))
        outcome = _send(way, job)
        run.keep(row, Started(row.intent.nonce, run.world.now()), _report(row.intent.nonce, outcome, run.world.now()))
        run.world.tell(f"{way.place.channel.name}: {job.case.piece.front.slug}: {_says(outcome)}")
        stopped = _after(way, outcome)
    return left, stopped


def _send(way: Way, job: Job) -> Outcome:
    """Bind and send once. Nothing but the values of the moment is added to the approved post."""
    post, key, at, to = _approved(job.case), job.slot.key.id, way.run.world.now(), job.slot.address
    if to is None:
        return Refused("the recipient is no longer on the list")
    values = kept_safe(lambda: way.publisher.values(to, key, at, job.case.address))
    if isinstance(values, Failure):
        return Refused(values.what)
    files = {one.source: way.media(job.case, one.source) for one in post.media}
    bytes_of = {name: content for name, content in files.items() if content is not None}
    if len(bytes_of) < len(files):
        return Refused(f"not in the merged workspace: {', '.join(sorted(files.keys() - bytes_of.keys()))}")
    if unsafe := sorted(name for name, content in bytes_of.items() if not is_harmless(name, content)):
        return Refused(f"could run something where it is opened: {', '.join(unsafe)}")
    bound = _bound(post, values)
    if isinstance(bound, Refused):
        return bound
    sending = Sending(bound, key, to, at, bytes_of, way.ledger.terms.deadline.total_seconds())
    outcome = discreet(guarded(lambda: way.publisher.send(sending)), bound, to.text)
    return replace(outcome, bound=keepable(post, values)) if isinstance(outcome, Receipt) else outcome


def _bound(post: Post, values: Mapping[str, str]) -> Post | Refused:
    try:
        return bind(post, values)
    except KeyError as missing:
        return Refused(f"the publisher gives no value for {missing}")


def _report(nonce: str, outcome: Outcome, at: datetime) -> Report:
    """What an outcome proves (protocol §5, proof table)."""
    match outcome:
        case Receipt():
            return Accepted(nonce, at, outcome)
        case Refused(because=Because.CONTENT):
            return Rejected(nonce, at, outcome.reason)
        case Refused():
            return Postponed(nonce, at, outcome.reason)
        case Busy():
            return Postponed(nonce, at, outcome.reason, outcome.not_before)
        case Unsure():
            return Doubted(nonce, at, outcome.reason)


def _after(way: Way, outcome: Outcome) -> Stopped | None:
    """Whether the channel goes on: what stopped one post for the account's sake would stop the next one too."""
    run, account = way.run, way.place.account
    way.answered = way.answered or not isinstance(outcome, Busy)
    way.busy = way.busy + 1 if isinstance(outcome, Busy) else 0
    match outcome:
        case Refused(because=Because.ACCOUNT):
            run.pause(account, run.world.now() + ACCOUNT_PAUSE)
            return Stopped(f"the service refuses the account: {outcome.reason}", failed=True)
        case Busy() if way.busy < PATIENCE and (outcome.because is Because.CONTENT or not outcome.not_before):
            return None
        case Busy():
            run.pause(account, outcome.not_before if outcome.because is Because.ACCOUNT else None)
            return Stopped(f"the service takes nothing now: {outcome.reason}", failed=outcome.not_before is None)
        case Unsure():
            return Stopped(f"one post is in doubt: {outcome.reason}")
        case _:
            return None


def _says(outcome: Outcome) -> str:
    return "sent" if isinstance(outcome, Receipt) else outcome.reason
