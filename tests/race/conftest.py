"""The three engines of the ledger, for every test of the suite."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.postgres import Server

IN_DATABASE = '[ledger]\nengine = { env = "EXPERTPOST_LEDGER_URL" }\n'
ENGINES = ("git", "sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Engine:
    """Where the ledger is: what the settings say of it, and the environment of a runner."""

    name: str
    more: str
    env: Mapping[str, str]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Each engine in turn, with a ledger that nobody has written to."""
    if request.param == "git":
        return Engine("git", "", {})
    if request.param == "sqlite":
        return Engine("sqlite", IN_DATABASE, {"EXPERTPOST_LEDGER_URL": f"sqlite:///{tmp_path}/ledger.db"})
    server: Server = request.getfixturevalue("postgres")
    return Engine("postgresql", IN_DATABASE, {"EXPERTPOST_LEDGER_URL": server.database()})
