"""A service that keeps no keys, whatever its documentation says: doubt leads to a search, never to a second post."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.test_mastodon import MastodonTwin
from tests.flows.mailroom import SECRET, Mailroom, mailroom
from tests.flows.test_publish_pages import Pages, manifest, site

from expertpost.flows.plan import plan
from expertpost.model.delivery import State
from expertpost.testing.twin import Fault

LATER = timedelta(hours=3)
__all__ = ["site"]


@pytest.fixture
def server() -> Iterator[MastodonTwin]:
    """A server that ignores Idempotency-Key."""
    with closing(MastodonTwin()) as twin:
        twin.token = SECRET
        yield twin


@pytest.fixture
def room(tmp_path: Path, server: MastodonTwin, site: Pages) -> Mailroom:
    """One approved piece whose page is live, due at the server and at X."""
    social = (
        '[channels.social]\npublisher = "mastodon"\nreaders = ["suppliers"]\nuser = "acme"\n'
        f'server = "{server.url}"\ntoken = {{ env = "HOOK_SECRET" }}\n'
    )
    keys = "".join(
        f'{key} = {{ env = "NOT_HERE" }}\n' for key in ("api_key", "api_secret", "access_token", "access_secret")
    )
    x = f'[channels.bird]\npublisher = "x"\nreaders = ["suppliers"]\nuser = "acme"\n{keys}'
    more = f'[sites.outside]\nreaders = ["suppliers"]\nbase_url = "{site.url}/"\n'
    room = mailroom(tmp_path, social, x, more=more)
    room.merge(1)
    room.approve()
    site.manifest = manifest(room)
    return room


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.BROKEN_AFTER, Fault.HALF_ANSWER])
def test_a_server_that_ignores_keys_has_one_status(room: Mailroom, server: MastodonTwin, fault: Fault) -> None:
    """Where the answer is lost the status is looked for by its mark; it counts as sent, and there is one for ever."""
    server.fail(fault)
    room.publish()
    doubted = [row.state for row in room.rows().values() if row.key.channel == "social"]
    for hours in range(1, 4):
        room.publish(after=LATER * hours)
    settled = [row.state for row in room.rows().values() if row.key.channel == "social"]

    assert ([State.UNKNOWN], [State.DELIVERED]) == (doubted, settled)
    assert 1 == len(server.arrived())
    assert 1 == sum(request.method == "POST" and request.path.endswith("/statuses") for request in server.requests)


def test_the_plan_says_what_it_costs(room: Mailroom) -> None:
    """What X charges is known before anything is sent, and needs no secret."""
    found = plan(room.world)

    assert {"social": 0, "bird": 200} == {one.channel: one.cost for one in found.planned}
