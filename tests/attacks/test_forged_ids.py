"""Whoever may write the ledger's branch points it at other posts of the account: none of them is ever touched."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.contract.test_mattermost import CHANNEL, MattermostTwin
from tests.contract.web_twin import TOKEN
from tests.flows.mailroom import SECRET, Mailroom, mailroom
from tests.flows.organisation import START

from expertpost.errors import Exit
from expertpost.flows.context import World
from expertpost.flows.publish import publish
from expertpost.flows.report import Published, Result
from expertpost.flows.retract import retract
from expertpost.model.delivery import Accepted, State
from expertpost.model.outcome import Receipt
from expertpost.store.ledger import Told

CHAT = (
    '[channels.chat]\npublisher = "mattermost"\nreaders = ["suppliers"]\nserver = "{url}"\n'
    f'channel = "{CHANNEL}"\ntoken = {{{{ env = "CHAT_TOKEN" }}}}\n'
)


@pytest.fixture
def server() -> Iterator[MattermostTwin]:
    """A server on which a person has written something already, in the bot's channel."""
    with closing(MattermostTwin()) as twin:
        twin.show({"message": "Lunch at noon", "props": {}})
        yield twin


@pytest.fixture
def room(tmp_path: Path, server: MattermostTwin) -> Mailroom:
    """Two pieces, sent to one chat."""
    made = mailroom(tmp_path, CHAT.format(url=server.url))
    made.merge(1)
    made.merge(2)
    made.approve()
    run(made)
    return made


def run(room: Mailroom) -> Published:
    """One run of the runner, which knows the chat's token."""
    env = {**room.runner.env, "HOOK_SECRET": SECRET, "CHAT_TOKEN": TOKEN}
    return publish(World(here=room.runner.clone, now=room.clock, monotonic=lambda: 0.0, env=env))


def pointed_at(room: Mailroom, name: str) -> None:
    """Let the ledger say that the first piece's post stands under this id, too."""
    row = room.rows()[("1", "chat")]
    room.ledger().record([Told(row.key, (Accepted(row.intent.nonce, START, Receipt(name)),))])


def test_a_retraction_leaves_the_posts_of_others_alone(room: Mailroom, server: MattermostTwin) -> None:
    """Neither another piece's post nor a person's own is removed, and a person is told to look."""
    others = [name for name, words in server.held().items() if "Piece 1" not in words]
    for name in others:
        pointed_at(room, name)
    retract(room.anna.world, "piece-1", reason="Wrong")
    done = run(room)

    (line,) = [line for line in done.lines if line.slug == "piece-1"]
    assert (2, 3) == (len(others), len(server.held()))
    assert (Result.BY_HAND, Exit.NEEDS_PERSON) == (line.result, done.exit)
    assert "it is left alone" in line.says[0]
    assert "expertpost outbox resolve" in line.says[0]


def test_an_id_that_nobody_gave_is_not_a_removed_post(room: Mailroom, server: MattermostTwin) -> None:
    """The ledger names a post that never was: that the service knows none is not told as a removal."""
    pointed_at(room, "99")
    retract(room.anna.world, "piece-1", reason="Wrong")
    done = run(room)

    assert 3 == len(server.held())
    assert [Result.BY_HAND] == [line.result for line in done.lines if line.slug == "piece-1"]
    assert State.DELIVERED is room.rows()[("1", "chat")].state


def test_our_own_post_goes(room: Mailroom, server: MattermostTwin) -> None:
    """What the mark proves to be ours is removed as ever."""
    retract(room.anna.world, "piece-1", reason="Wrong")
    done = run(room)

    assert [Result.REMOVED] == [line.result for line in done.lines if line.slug == "piece-1"]
    assert not any("Piece 1" in words for words in server.held().values())
