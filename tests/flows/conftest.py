"""Services of this machine for tests of flows."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from expertpost.testing.mail_twin import MailTwin


@pytest.fixture
def postbox() -> Iterator[MailTwin]:
    """A mail server without a login."""
    with closing(MailTwin()) as twin:
        yield twin
