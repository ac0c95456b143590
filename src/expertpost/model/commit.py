"""A commit as its author wrote it: nothing in it is proven."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit of any repository, identities merged as its mailmap says.

    ``author`` and the trailers are mail addresses in small letters. ``wrote``: co-authors; ``reviewed``: who is named
    in a review trailer; ``paths``: the files that it changed.
    """

    id: str
    at: datetime
    author: str
    subject: str
    body: str = ""
    wrote: tuple[str, ...] = ()
    reviewed: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
