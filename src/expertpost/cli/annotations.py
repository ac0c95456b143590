"""Findings as other programs read them: GitHub's workflow commands, and SARIF for code scanning."""

from collections.abc import Iterable
from urllib.parse import quote

from expertpost import __version__
from expertpost.cli.output import safe
from expertpost.errors import Finding
from expertpost.model.canonical import Json

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def github_command(finding: Finding) -> str:
    """One annotation (GitHub's "Workflow commands for GitHub Actions").

    Whatever the text holds, it stays one command on one line: line ends and the characters that separate the parts of a
    command are escaped, and the older ``##[`` form, which counts anywhere in a line, is broken up.
    """
    place = f",line={finding.line}" if finding.line else ""
    title = _property(finding.code)
    return f"::{finding.severity.value} file={_property(finding.path)}{place},title={title}::{_message(finding)}"


def workflow_command(level: str, title: str, says: str) -> str:
    """An annotation without a place in a file; the same rules hold for its texts."""
    return f"::{level} title={_property(title)}::{_escaped(says)}"


def _message(finding: Finding) -> str:
    return _escaped(f"{finding.what} – {finding.cure}")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    harmless = safe(text).replace("##[", "## [")
    return harmless.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def sarif(findings: Iterable[Finding]) -> dict[str, Json]:
    """A SARIF 2.1.0 log (OASIS standard) with one run; its paths are relative to the workspace."""
    found = list(findings)
    codes = sorted({finding.code for finding in found})
    rules: list[Json] = [{"id": code} for code in codes]
    driver: dict[str, Json] = {"name": "expertpost", "version": __version__, "rules": rules}
    results: list[Json] = [_result(finding, codes.index(finding.code)) for finding in found]
    run: dict[str, Json] = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Finding, rule: int) -> Json:
    where: dict[str, Json] = {"artifactLocation": {"uri": quote(finding.path)}}
    if finding.line:
        where["region"] = {"startLine": finding.line}
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": safe(f"{finding.what} – {finding.cure}")},
        "locations": [{"physicalLocation": where}],
    }
