"""The runner as a witness of people's facts: what it sees for the first time, and what it saw and is gone (§4, §6)."""

from datetime import datetime

from expertpost.errors import Exit, Failure
from expertpost.model.witness import Witness
from expertpost.store.events import arrived, id_at
from expertpost.store.hub import Hub
from expertpost.store.ledger import Ledger


def look_for_news(hub: Hub, ledger: Ledger, workspace: str, now: datetime) -> tuple[Witness, ...]:
    """The well-formed events that no runner has seen before, to be written into the ledger as seen ``now``.

    Raises Failure XP-REWOUND where an event that a runner saw is gone or reads otherwise: a run that starts from an
    empty disk has no other way to know that a withdrawal was taken off the branch.
    """
    branch = hub.branches.reviews
    tip = hub.tip(branch)
    there = {event: entry for entry in (hub.git.tree(tip) if tip else ()) if (event := id_at(entry.path))}
    known = ledger.witnessed()
    lost = [one.event for one in known.values() if one.event not in there or there[one.event].blob != one.blob]
    if lost:
        what = f"{len(lost)} of people's events that a runner saw are gone or changed, the first is {lost[0][:12]}"
        cure = f"have whoever keeps the repository put the whole branch {branch} back; nothing was sent"
        raise Failure("XP-REWOUND", what, cure, where=branch, exit_code=Exit.GUARD)
    new = [entry for event, entry in there.items() if event not in known]
    return tuple(Witness(event, now, blob) for event, blob in arrived(hub, workspace, new))
