"""What most attacks on reviewing begin with."""

from pathlib import Path

import pytest
from tests.flows.organisation import Organisation, organisation, piece

from expertpost.flows.submit import submit


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """Anna has submitted, Bob reviews, Mallory is listed, too, and can push."""
    made = organisation(tmp_path, "anna", "bob", "mallory")
    anna = made.people["anna"]
    anna.write("drafts/torque.md", piece())
    submit(anna.world)
    return made
