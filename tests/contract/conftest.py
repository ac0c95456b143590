"""After a run of the kit: what each publisher keeps, and what its service cannot do at all."""

from collections import defaultdict
from collections.abc import Iterable

import pytest

from expertpost.testing.contract import PublisherContract
from expertpost.testing.matrix import matrix

CONTRACTS = pytest.StashKey[Iterable[type[PublisherContract]]]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember whose contracts are looked at."""
    classes = {getattr(item, "cls", None) for item in session.items}
    session.config.stash[CONTRACTS] = {one for one in classes if one and issubclass(one, PublisherContract)}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print one line for each publisher, where the kit was asked for by name."""
    if not any("contract" in str(argument) for argument in config.invocation_params.args):
        return
    kept: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    cannot: dict[str, set[str]] = defaultdict(set)
    for place, outcome in enumerate(("passed", "failed")):
        for report in terminalreporter.getreports(outcome):
            kept[_publisher(report)][place] += 1
    for report in terminalreporter.getreports("skipped"):
        cannot[_publisher(report)].add(str(report.longrepr[-1]).removeprefix("Skipped: "))
    terminalreporter.section("publishers and their promises")
    for name in sorted(kept.keys() - {""}):
        terminalreporter.line(f"{name}: {kept[name][0]} kept, {kept[name][1]} broken")
        terminalreporter.line(f"    {'; '.join(sorted(cannot[name]))}")
    terminalreporter.section("the capability matrix")
    for line in matrix(config.stash.get(CONTRACTS, ())):
        terminalreporter.line(line)


def _publisher(report: pytest.TestReport) -> str:
    parts = report.nodeid.split("::")
    return parts[1].removeprefix("Test") if parts[1].startswith("Test") else ""
