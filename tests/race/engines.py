"""The three engines of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

IN_DATABASE = '[ledger]\nengine = { env = "EXPERTPOST_LEDGER_URL" }\n'
ENGINES = ("git", "sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Engine:
    """Where the ledger is: what the settings say of it, and the environment of a runner."""

    name: str
    more: str
    env: Mapping[str, str]


GIT = Engine("git", "", {})


def in_database(name: str, address: str) -> Engine:
    """The ledger in the database at an address."""
    return Engine(name, IN_DATABASE, {"EXPERTPOST_LEDGER_URL": address})
