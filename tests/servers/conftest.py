"""Each real server, started once for all tests of a run that ask for it."""

from collections.abc import Iterator

import pytest
from tests.servers import php
from tests.servers.maildev import Maildev, maildev
from tests.servers.pds import Pds
from tests.servers.pds import pds as started
from tests.servers.synapse import Homeserver, synapse


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[php.Site]:
    """A WordPress site and its people."""
    with php.wordpress(tmp_path_factory.mktemp("wordpress")) as site:
        yield site


@pytest.fixture(scope="session")
def mediawiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[php.Wiki]:
    """A wiki and its bot."""
    with php.mediawiki(tmp_path_factory.mktemp("mediawiki")) as wiki:
        yield wiki


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    """Synapse and its people."""
    with synapse(tmp_path_factory.mktemp("synapse")) as server:
        yield server


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    """A PDS with an account."""
    with started(tmp_path_factory.mktemp("pds")) as server:
        yield server


@pytest.fixture(scope="session")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maildev]:
    """A mail server."""
    with maildev(tmp_path_factory.mktemp("maildev")) as server:
        yield server
