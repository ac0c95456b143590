"""Settings that every test shares."""

import signal
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import settings
from tests import postgres as postgresql
from tests.flows.mailroom import Trap
from tests.flows.organisation import Colleague, Organisation

# A busy machine is slow, not wrong.
settings.register_profile("house", deadline=None)
settings.register_profile("laws", deadline=None, max_examples=100_000)
settings.load_profile("house")

# Whoever starts the tests in the background may have Ctrl-C ignored, which every child would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anna(org: Organisation) -> Colleague:
    """The expert."""
    return org.people["anna"]


@pytest.fixture
def bob(org: Organisation) -> Colleague:
    """The reviewer."""
    return org.people["bob"]


@pytest.fixture
def mallory(org: Organisation) -> Colleague:
    """The attacker: listed, with a key of her own, and the right to push."""
    return org.people["mallory"]


@pytest.fixture
def receiver() -> Iterator[Trap]:
    """A keyed webhook receiver."""
    with closing(Trap()) as twin:
        yield twin


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Server]:
    """A PostgreSQL server for all tests that need one; they are skipped where its programs are missing."""
    if postgresql.programs() is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.server() as server:
        yield server
