"""Everything that applies of other people's suites holds, and the handbook's table says how much that is."""

import pytest
from tests.conformance.suites import PAGE, Suite, page, suites


@pytest.mark.parametrize("suite", suites(), ids=lambda suite: f"{suite.source}: {suite.held}")
def test_every_case_holds(suite: Suite) -> None:
    """No case of the suite comes out otherwise than its source says, or than our policy for it."""
    assert suite.cases
    assert () == suite.broken()


def test_the_table_is_so() -> None:
    """The page of the handbook counts what the suites hold."""
    assert PAGE.read_text(encoding="utf-8") == page()
