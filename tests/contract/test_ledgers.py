"""Every ledger against the public contract."""

import os
from pathlib import Path

import pytest
from tests.postgres import Server

from expertpost.store.database import open_database
from expertpost.store.ledger_git import GitLedger
from expertpost.store.ledger_mirror import MirroredLedger
from expertpost.store.ledger_sql import SqlLedger
from expertpost.testing.ledger import LedgerContract
from expertpost.testing.ledger_stage import Opened, clock


def in_database(address: str, root: Path) -> Opened:
    """How a ledger in a database is opened."""
    return lambda hub, workspace, pinned: SqlLedger(
        open_database(address, root), hub, workspace, clock, os.urandom, pinned
    )


class TestGit(LedgerContract):
    @pytest.fixture
    def opened(self) -> Opened:
        """On a branch of the shared repository."""
        return lambda hub, workspace, pinned: GitLedger(hub, workspace, clock, os.urandom, pinned)


class TestSqlite(LedgerContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        """In a file."""
        return in_database("sqlite:///ledger.db", tmp_path)


class TestPostgresql(LedgerContract):
    @pytest.fixture
    def opened(self, postgres: Server, tmp_path: Path) -> Opened:
        """In a database of its own on a real server."""
        return in_database(postgres.database(), tmp_path)


class TestMirrored(LedgerContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        """In a file, and shown on a branch: as runners use a database."""
        database = open_database("sqlite:///ledger.db", tmp_path)
        return lambda hub, workspace, pinned: MirroredLedger(database, hub, workspace, clock, os.urandom, pinned)
