"""What shows that somebody knows something: work that was done, never an opinion about a person."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """One person's part in one piece of work.

    ``person`` is a handle, or a mail address for somebody who is not listed. ``source`` names the work
    (``piece 01J…``, ``commit repo@1a2b3c``): whoever shares a source worked on the same thing, and its ``text`` is
    the same for all of them. ``at`` is aware. ``weight`` says how much such a part tells (see ``WEIGHTS``), above 0.
    """

    person: str
    text: str
    topics: tuple[str, ...]
    at: datetime
    weight: float
    source: str
