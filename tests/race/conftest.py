"""The three engines of the ledger, and who runs, for every test of the suite."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.postgres import Server
from tests.race.crew import Crew
from tests.race.engines import ENGINES, GIT, Engine, in_database

HANG = 1800
"""Seconds after which a test is stuck; a busy machine is slow, and no test here is about time."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Each engine in turn, with a ledger that nobody has written to."""
    if request.param == "git":
        return GIT
    if request.param == "sqlite":
        return in_database("sqlite", f"sqlite:///{tmp_path}/ledger.db")
    server: Server = request.getfixturevalue("postgres")
    return in_database("postgresql", server.database())


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Who runs; loading everything takes longer than most tests."""
    with closing(Crew()) as made:
        yield made
