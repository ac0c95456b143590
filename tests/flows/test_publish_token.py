"""A run whose channel has a token that ended: it is renewed and kept, and then the piece goes out, once."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import keyring
import pytest
from tests.contract.test_tokens import OLD, TokenTwin
from tests.flows.mailroom import Mailroom, mailroom
from tests.flows.organisation import START
from tests.flows.test_channels_login import Chest

from expertpost.flows.report import Result
from expertpost.publishers.oauth import Token
from expertpost.publishers.tokens import packed, unpacked
from expertpost.testing.twin import Fault

CHANNEL = (
    '[channels.x]\npublisher = "x"\nreaders = ["suppliers"]\nuser = "acme"\nclient_id = "app-of-acme"\n'
    'token = {{ keyring = "acme/x" }}\napi = "{url}"\n'
)


@pytest.fixture
def chest() -> Iterator[Chest]:
    """The runner's keyring, with a token that ended when the piece was written."""
    before, chest = keyring.get_keyring(), Chest()
    chest.held["acme", "x"] = packed(replace(OLD, expires=START))
    keyring.set_keyring(chest)
    yield chest
    keyring.set_keyring(before)


@pytest.fixture
def twin(chest: Chest) -> Iterator[TokenTwin]:
    """X."""
    with closing(TokenTwin(lambda: chest.get_password("acme", "x"))) as twin:
        yield twin


@pytest.fixture
def room(tmp_path: Path, twin: TokenTwin) -> Mailroom:
    """A piece that is approved for X."""
    made = mailroom(tmp_path, CHANNEL.format(url=twin.url))
    made.merge(1)
    made.approve()
    return made


def test_a_run_renews_the_token_first(room: Mailroom, twin: TokenTwin, chest: Chest) -> None:
    """One renewal, kept in the keyring, and one post; a second run does neither."""
    done = [room.publish(), room.publish()]

    assert ([Result.SENT], 1, 1) == ([line.result for line in done[0].lines], twin.renewals, len(twin.arrived()))
    assert "refresh-1-of-a-person" == unpacked(chest.held["acme", "x"]).refresh


def test_where_the_answer_to_a_renewal_is_lost_a_person_logs_in_again(
    room: Mailroom, twin: TokenTwin, chest: Chest
) -> None:
    """X counts the old one no more, and nobody has the next: nothing went out, and it goes after that."""
    twin.fail_aside(Fault.ANSWER_LOST)
    waiting = [room.publish(), room.publish(after=timedelta(hours=1))]
    chest.held["acme", "x"] = packed(Token(twin.access, START + timedelta(days=1), twin.refresh))
    done = room.publish(after=timedelta(hours=1))

    assert [Result.WAITING] * 2 == [line.result for run in waiting for line in run.lines]
    assert "expertpost channels login" in str([line.says for line in waiting[1].lines])
    assert ([Result.SENT], 1) == ([line.result for line in done.lines], len(twin.arrived()))
