"""Everything that the runner tells people in one run."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from expertpost.flows.cases import Case
from expertpost.flows.notices import post_of
from expertpost.flows.places import Place
from expertpost.store.hub import Hub
from expertpost.store.ledger import Ledger
from expertpost.store.workspace import State


def notices(
    state: State, hub: Hub, ledger: Ledger, now: datetime, there: Sequence[Place], cases: Iterable[Case]
) -> tuple[Case, ...]:
    """Reminders of reviews and questions, and of what should be looked at again.

    Nothing where no channel is named for them. ``cases``: every piece at every channel, as just looked at.
    """
    post = post_of(state, hub, ledger, now, there)
    if post is None:
        return ()
    # What writes them takes longer to load than a run that writes none.
    from expertpost.flows.ask_tell import asked_now
    from expertpost.flows.reminders import reminders
    from expertpost.flows.stale_notices import stale_notices

    return (*reminders(post), *asked_now(post), *stale_notices(post, cases))
