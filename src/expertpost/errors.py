"""What can go wrong, in the user's words: failures that stop a verb and findings that are reported together.

Every failure and finding says what, where and the cure, and has a stable code (``XP-…``) that the handbook explains.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Exit(IntEnum):
    """The documented exit codes of the command line."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NEEDS_PERSON = 3
    GUARD = 4
    FINDINGS = 5
    INTERRUPTED = 130


class Severity(StrEnum):
    """Whether a finding stops a piece or only advises."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem in one file: ``path:line: code what – cure``.

    ``path`` is relative to the workspace with forward slashes; ``line`` counts from 1, 0 means the whole file.
    """

    path: str
    line: int
    code: str
    what: str
    cure: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """The line that editors and people can jump to."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.code} {self.what} – {self.cure}"


class Failure(Exception):
    """A verb could not go on, and the person can do something about it.

    ``where`` names the file, branch or address concerned; ``exit_code`` is what the process answers.
    """

    def __init__(self, code: str, what: str, cure: str, *, where: str = "", exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(f"{code} {what} – {cure}")
        self.code = code
        self.what = what
        self.cure = cure
        self.where = where
        self.exit_code = exit_code


class Problems(Failure):
    """Several findings stop a verb at once; all of them are shown."""

    def __init__(self, findings: Iterable[Finding], *, what: str, cure: str, exit_code: Exit = Exit.FINDINGS) -> None:
        super().__init__("XP-FINDINGS", what, cure, exit_code=exit_code)
        self.findings = tuple(sorted(findings))


def errors_among(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Only the findings that stop a piece."""
    return tuple(f for f in findings if f.severity is Severity.ERROR)
