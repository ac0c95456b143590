"""Sending: claim a chunk of deliveries of one account, send each once, keep what came of it (protocol §5)."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from expertpost.flows.cases import why_not
from expertpost.flows.run import Run, Watch, denied
from expertpost.flows.send import TOO_LATE, report_of, send
from expertpost.flows.way import Job, Stopped, Way
from expertpost.model.delivery import Delivery, Intent, Released, Started, State, move
from expertpost.model.key import Account, Pin
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.store.hub import Denied, Raced
from expertpost.store.ledger import Chunk, Damaged, Told

ACCOUNT_PAUSE = timedelta(minutes=15)
"""How long an account rests whose credentials a service refused."""
PATIENCE = 3
"""So many tries in a row that are not accepted end the channel's turn: it is not one recipient's trouble then."""


def deliver(way: Way, jobs: Iterable[Job]) -> Raced | Stopped | None:
    """Send every job to one channel, in order, chunk by chunk; None when nothing is left.

    Raises Failure XP-LEDGER-DENIED, XP-REMOTE.
    """
    queue = deque(jobs)
    claimed: set[str] = set()
    races = 0
    while queue:
        chunk = _next_chunk(queue, way.place.chunk)
        claimed |= {job.slot.key.id for job in chunk}
        way.run.keep_pace()
        watch = Watch.start(way.run.world, way.ledger.terms.usable)
        rows = _claim(way, chunk, claimed)
        if isinstance(rows, Raced):
            races += 1
            if ended := way.after_a_race(races):
                return ended
            queue.extendleft(reversed(_still_open(way, chunk)))
            continue
        races = 0
        left, stopped = _send_chunk(way, list(zip(chunk, rows, strict=True)), watch)
        if stopped:
            return stopped
        if len(left) == len(chunk):
            return Stopped("the time for one claim is over before anything could be sent", failed=True)
        queue.extendleft(reversed([*_next_parts(way, chunk), *left]))
    return None if way.answered or not way.busy else Stopped("the service takes nothing now", failed=True)


def _next_chunk(queue: deque[Job], most: int) -> list[Job]:
    """The next jobs to claim together. A part of a thread comes last: what replies to it has to follow it."""
    chunk: list[Job] = []
    while queue and len(chunk) < most and not (chunk and chunk[-1].case.thread):
        chunk.append(queue.popleft())
    return chunk


def _next_parts(way: Way, chunk: list[Job]) -> Iterator[Job]:
    """The part after each part of a thread that was accepted just now."""
    for job in chunk:
        row = way.run.rows.get(job.slot.key.id)
        if job.case.thread and row and row.state is State.DELIVERED:
            following = job.case.slots[job.slot.key.part + 1 :]
            yield from (Job(job.case, slot) for slot in following[:1] if not slot.over)


def _still_open(way: Way, chunk: list[Job]) -> list[Job]:
    """The jobs of a chunk that may be claimed still, as they are after another runner wrote to the ledger."""
    now, known = way.run.world.now(), way.ledger.look_up(job.slot.key.id for job in chunk)
    rows = [(job, known.get(job.slot.key.id)) for job in chunk]
    fresh = [Job(job.case, replace(job.slot, row=row)) for job, row in rows if not isinstance(row, (Pin, Damaged))]
    return [job for job in fresh if job.slot.row is None or why_not(job.slot.row, way.place, now) is None]


def _claim(way: Way, chunk: list[Job], claimed: set[str]) -> tuple[Delivery, ...] | Raced:
    """Claim a chunk and tell what came of the one before, in one push."""
    run, now = way.run, way.run.world.now()
    account = way.ledger.account(way.place.account).taken(run.owner, now + way.ledger.terms.lease)
    rows = tuple(move(job.slot.key, job.slot.row, _intent(way, job, account)) for job in chunk)
    pins = {pin.id: pin for pin in (_pin(job, claimed) for job in chunk) if pin}
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
        digest=job.post.digest,
        content=job.case.piece.digest,
        commit=run.main,
        at=now,
        keyed=way.place.keyed,
        key_until=now + life if way.place.keyed and (life := way.publisher.key_life) else None,
        settle=way.place.settle,
        parts=len(job.case.slots) if job.case.thread else 1,
    )


def _pin(job: Job, claimed: set[str]) -> Pin | None:
    """Who is meant by this case: pinned with its first claim, complete with its last; None where a pin says nothing."""
    case = job.case
    if case.place.single:
        return None
    base = replace(case.slots[0].key, target="")
    targets = tuple(slot.key.target for slot in case.slots)
    pin = case.pin or Pin(base, targets, case.piece.digest, job.post.digest)
    return replace(pin, complete=all(slot.row or slot.key.id in claimed for slot in case.slots))


def _send_chunk(way: Way, claims: list[tuple[Job, Delivery]], watch: Watch) -> tuple[list[Job], Stopped | None]:
    """Send each claim, or give it back. Answers those given back for want of time, and why the channel stopped."""
    left: list[Job] = []
    run, stopped = way.run, None
    for job, row in claims:
        if stopped is None and run.stop():
            stopped = Stopped("interrupted")
        if stopped or watch.over():
            left.append(_given_back(run, job, row))
            continue
        if row.repeat and not row.intent.key_lives(run.world.now() + way.ledger.terms.deadline):
            # The service may forget the key before it sees it again: what is in doubt is searched for, not repeated.
            run.keep(row, Released(row.intent.nonce, run.world.now()))
            continue
        run.journal.keep(Told(row.key, (Started(row.intent.nonce, run.world.now()),)))
        outcome = send(way, job, watch)
        if outcome is TOO_LATE:
            left.append(_given_back(run, job, row))
            continue
        run.keep(row, Started(row.intent.nonce, run.world.now()), report_of(row.intent.nonce, outcome, run.world.now()))
        run.world.tell(f"{way.place.channel.name}: {job.case.piece.front.slug}: {_says(outcome)}")
        stopped = _after(way, outcome)
    return left, stopped


def _given_back(run: Run, job: Job, row: Delivery) -> Job:
    """The job of a claim of which nothing was sent, which may be claimed anew."""
    return Job(job.case, replace(job.slot, row=run.keep(row, Released(row.intent.nonce, run.world.now()))))


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
        case Receipt() if (until := way.publisher.quiet_until) is not None:
            run.pause(account, until)
            return Stopped(f"the service takes no more before {until.isoformat(timespec='seconds')}")
        case _:
            return None


def _says(outcome: Outcome) -> str:
    return "sent" if isinstance(outcome, Receipt) else outcome.reason
