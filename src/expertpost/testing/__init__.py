"""The public kit for authors of publishers: a contract to pass and servers to pass it against."""

import pytest

# The contract's assertions explain themselves as those of a test module do.
pytest.register_assert_rewrite(
    "expertpost.testing.contract",
    "expertpost.testing.ledger",
    "expertpost.testing.ledger_stage",
    "expertpost.testing.changing",
    "expertpost.testing.rendering",
    "expertpost.testing.stage",
)
