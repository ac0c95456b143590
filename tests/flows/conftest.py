"""Services of this machine for tests of flows."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.flows.mailroom import Trap

from expertpost.testing.mail_twin import MailTwin


@pytest.fixture
def receiver() -> Iterator[Trap]:
    """A keyed webhook receiver."""
    with closing(Trap()) as twin:
        yield twin


@pytest.fixture
def postbox() -> Iterator[MailTwin]:
    """A mail server without a login."""
    with closing(MailTwin()) as twin:
        yield twin
