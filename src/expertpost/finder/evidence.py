"""What shows that somebody knows something: work that was done, never an opinion about a person."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Part(StrEnum):
    """What a person did with a piece of work."""

    WROTE = "wrote"
    APPROVED = "approved"
    REVIEWED = "reviewed"
    ANSWERED = "answered"
    COMMITTED = "committed"
    CHECKED = "checked"
    OWNS = "owns"
    SAYS = "says"


class Evidence(NamedTuple):
    """One person's part in one piece of work. A tuple, because thousands are made for each question.

    ``person`` is a handle, or a mail address for somebody who is not listed. ``source`` names the work
    (``piece 01J…``, ``commit pumps 1a2b3c…``): whoever shares a source worked on the same thing, and ``text`` and
    ``topics`` are the same for all of them. ``text`` is written like a commit message: a title on the first line, then
    up to the first empty line what sums it up, then the rest. ``at`` is aware. ``weight``, above 0, compares parts of
    one kind; how much the kinds tell is the model's to say.
    """

    person: str
    text: str
    topics: tuple[str, ...]
    at: datetime
    weight: float
    source: str
    part: Part = Part.WROTE

    @property
    def title(self) -> str:
        """The first line of the text."""
        return self.text.partition("\n")[0]
