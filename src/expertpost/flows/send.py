"""One send: bind the approved post, try once, and say what the outcome proves (protocol §5, proof table)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from expertpost.errors import Failure
from expertpost.flows.discreet import discreet
from expertpost.flows.places import kept_safe
from expertpost.flows.run import Run, Watch
from expertpost.flows.way import Job, Way
from expertpost.model.delivery import Accepted, Doubted, Postponed, Rejected, Report
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import Post, bind, keepable
from expertpost.publishers.base import Sending, guarded
from expertpost.render.served import is_harmless

TOO_LATE = Busy("the time for this claim was over before anything was sent")


def send(way: Way, job: Job, watch: Watch) -> Outcome:
    """Bind and send once. Nothing but the values of the moment is added to the approved post."""
    return attempt(way, job, watch, way.publisher.send)


def attempt(way: Way, job: Job, watch: Watch, call: Callable[[Sending], Outcome]) -> Outcome:
    """The same, for whatever is done with what is bound: a post may be changed, too.

    TOO_LATE where the claim is over by the time that everything is ready: another runner may be at it then.
    """
    post = _message(job)
    if isinstance(post, Refused):
        return post
    key, at, to = job.slot.key.id, way.run.world.now(), job.slot.address
    if to is None:
        return Refused("the recipient is no longer on the list")
    address = way.place.channel.tagged(job.case.address)
    values = kept_safe(lambda: way.publisher.values(to, key, at, address))
    if isinstance(values, Failure):
        return Refused(values.what)
    values = {**values, **_of_thread(way.run, job)}
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
    if watch.over():
        # It was not when the send began; a disk, or the whole machine, has stood still since.
        return TOO_LATE
    outcome = discreet(guarded(lambda: call(sending)), bound, to.text)
    return replace(outcome, bound=keepable(post, values)) if isinstance(outcome, Receipt) else outcome


def _message(job: Job) -> Post | Refused:
    """What one delivery of a case sends: the whole post, or one part of a thread."""
    if not job.case.thread:
        return job.post
    there, now = len(job.case.slots), len(job.post.parts)
    return (
        job.post.part(job.slot.key.part) if there == now else Refused(f"a thread of {there} posts, which is {now} now")
    )


def _of_thread(run: Run, job: Job) -> dict[str, str]:
    """The ids of the messages to which a part replies: the one before, and the first."""
    before = {slot.key.part: run.rows.get(slot.key.id) or slot.row for slot in job.case.slots}
    named = {"reply_to": before.get(job.slot.key.part - 1), "thread": before.get(0)}
    return {name: row.receipt.remote_id for name, row in named.items() if row and row.receipt and row.receipt.remote_id}


def _bound(post: Post, values: Mapping[str, str]) -> Post | Refused:
    try:
        return bind(post, values)
    except KeyError as missing:
        return Refused(f"the publisher gives no value for {missing}")


def report_of(nonce: str, outcome: Outcome, at: datetime) -> Report:
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
