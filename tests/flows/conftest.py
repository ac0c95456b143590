"""What most tests of flows begin with: a review, and services of this machine."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.flows.organisation import SETTINGS, Organisation, organisation, piece
from tests.flows.reviewing import CHANNELS

from expertpost.flows.submit import submit
from expertpost.testing.mail_twin import MailTwin


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna has submitted a piece; Bob reviews."""
    made = organisation(tmp_path, settings=SETTINGS + CHANNELS)
    anna = made.people["anna"]
    anna.write("drafts/torque.md", piece(summary="How to turn."))
    submit(anna.world)
    return made


@pytest.fixture
def postbox() -> Iterator[MailTwin]:
    """A mail server without a login."""
    with closing(MailTwin()) as twin:
        yield twin
