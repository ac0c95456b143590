"""After a run of the kit: what each publisher keeps, and what its service cannot do at all."""

from collections import defaultdict

import pytest


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


def _publisher(report: pytest.TestReport) -> str:
    parts = report.nodeid.split("::")
    return parts[1].removeprefix("Test") if "contract" in parts[0] and parts[1].startswith("Test") else ""
