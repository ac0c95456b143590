"""The names of the shared branches: known before any settings are read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branches:
    """The names of the four kinds of refs (protocol §1)."""

    main: str = "main"
    review: str = "review/"
    reviews: str = "expertpost-reviews"
    ledger: str = "expertpost-ledger"
