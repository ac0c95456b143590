"""An approval that no runner has seen yet is called so: until then its key is judged by the day of the next run."""

from pathlib import Path

import pytest
from tests.attacks.office import Office, open_office
from tests.cli.test_review import call
from tests.flows.looking import rows
from tests.flows.mailroom import Trap
from tests.flows.reviewing import seen

from expertpost.flows.review_merge import merge
from expertpost.flows.submit import submit


@pytest.fixture
def office(tmp_path: Path, receiver: Trap) -> Office:
    """Another text is in review, and Bob has signed for it."""
    made = open_office(tmp_path, receiver)
    file = made.anna.clone / "drafts" / "piece-1.md"
    file.write_text(file.read_text().replace("gently", "softly"))
    submit(made.anna.world, ["piece-1"])
    seen(made.org.people["bob"], "piece-1")
    made.anna.hub.fetch()
    return made


def test_status_and_merge_name_what_no_runner_has_seen(office: Office) -> None:
    """Both say whose approval it is; after the next run neither does."""
    bob = office.org.people["bob"]
    assert "not witnessed yet: the approval by bob" == rows(office.anna)["piece-1"].note
    assert ("bob",) == merge(bob.world, "piece-1", dry_run=True).unwitnessed
    assert "Not witnessed yet: the approval by bob" in call(bob, "review", "merge", "piece-1", "--dry-run")[1]
    office.publish()
    office.anna.hub.fetch()

    assert "" == rows(office.anna)["piece-1"].note
    assert () == merge(bob.world, "piece-1").unwitnessed
