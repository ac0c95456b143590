"""What a git host can do for a review, whichever host it is: values in, values out.

Everything that a host answers is untrusted: who said something, when, and of which commit, are its claims.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

MOST = 1_000
"""Remarks that are read of one request; whoever has more has another problem."""
LONGEST = 20_000
"""Characters of a remark that are kept."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Place:
    """A repository on a host. ``root``: the address of the host, without a slash at its end; ``path``: owner/name."""

    kind: str
    root: str
    path: str

    @property
    def host(self) -> str:
        """The host's name, with a port that is not the usual one."""
        return self.root.partition("://")[2].partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An open pull request (merge request). ``url`` is its page; ``author`` the account that opened it."""

    number: int
    url: str
    title: str = ""
    body: str = ""
    author: str = ""
    labels: tuple[str, ...] = ()


class RemarkKind(StrEnum):
    """What somebody did on the host; ``DISMISSED``: an approval that the host counts no more."""

    COMMENT = "comment"
    APPROVE = "approve"
    RETURN = "return"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What an account said on the host. ``id`` is its own on this host: ``review 12``.

    ``commit``: the commit that it was said of, "" where the host does not tell. ``line`` counts from 1, 0: none.
    """

    id: str
    kind: RemarkKind
    account: str
    at: datetime
    text: str = ""
    commit: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """How a host guards a branch. ``protected``: somehow at all.

    ``by_request``: it changes by pull request only. ``last_push``: the last push needs an approval of its own.
    ``drops_stale``: a push takes approvals away. ``approvals``: how many of its own the host asks for. ``few``: only
    some of those who may push elsewhere may push there; None where the host does not tell, or has no such branch.
    """

    protected: bool
    by_request: bool = False
    last_push: bool = False
    drops_stale: bool = False
    approvals: int = 0
    few: bool | None = None


class Host(Protocol):
    """One repository on one host, for whom the token speaks. Every method raises Failure XP-HOST."""

    @property
    def place(self) -> Place:
        """Where it is."""

    def account(self) -> str:
        """The account that the token belongs to, "" where the host does not tell."""

    def find(self, branch: str) -> Request | None:
        """The open request of a branch, None where there is none."""

    def open(self, branch: str, main: str, title: str, body: str) -> Request:
        """Open a request to merge ``branch`` into ``main``."""

    def edit(self, request: Request, title: str, body: str) -> None:
        """Give a request another title and text."""

    def label(self, request: Request, labels: tuple[str, ...]) -> None:
        """Add labels."""

    def invite(self, request: Request, accounts: tuple[str, ...]) -> None:
        """Ask these accounts for a review."""

    def say(self, request: Request, text: str) -> None:
        """Add a comment."""

    def approve(self, request: Request, commit: str, text: str) -> None:
        """Approve the request as it is at ``commit``."""

    def remarks(self, request: Request) -> tuple[Remark, ...]:
        """Everything that was said there, oldest first."""

    def guard(self, branch: str) -> Guard:
        """How a branch is guarded."""


@runtime_checkable
class Environments(Protocol):
    """A host whose jobs run in environments, which may be closed to branches other than main."""

    def closed(self, environment: str) -> bool | None:
        """Whether only some branches may use it; None where the host does not tell, or there is none of this name."""


def commit_in(text: str) -> str:
    """The id of a commit, "" for anything else."""
    return text if _COMMIT.fullmatch(text) else ""


def in_order(remarks: list[Remark]) -> tuple[Remark, ...]:
    """Remarks by time; those of one moment by id."""
    return tuple(sorted(remarks, key=lambda remark: (remark.at, remark.id)))
