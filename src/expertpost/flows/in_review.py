"""One line of ``review list``, and how the list is kept until something changes."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple


class Waiting(NamedTuple):
    """One piece or entry under review; a tuple, because hundreds are made at once.

    ``by``: who submitted it, ``since`` when; ``channels``: where it would go.
    ``state``: a stage of ``flows.stages``, or ``has errors``; ``needs``: what it lacks, in sentences. ``also``: other
    files that its branch changes; ``guards``: what its branch changes of who may decide, and what runs. ``mine``: the
    person who looks wrote some of it. ``signed``: its submission is.

    ``asked``: who is asked and has not decided, by the submission or because it is late; ``due``: until when.
    ``for_me``: why it waits for the person who looks (asked, or their topics), "" where it does not.
    ``open_comments``: threads that nobody resolved, as far as the person may see them.
    """

    id: str
    slug: str
    title: str
    path: str
    branch: str
    commit: str
    digest: str
    by: str
    since: datetime | None
    authors: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    state: str = ""
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    mine: bool = False
    signed: bool = False
    is_person: bool = False
    guards: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    due: datetime | None = None
    for_me: str = ""
    open_comments: int = 0


SHAPE = ",".join(Waiting._fields)
"""What a text of ``to_text`` holds of each line; a text of another shape is not read."""
_MOMENTS = tuple(Waiting._fields.index(name) for name in ("since", "due"))
_LISTS = tuple(
    Waiting._fields.index(n) for n in ("authors", "audience", "channels", "needs", "also", "guards", "asked")
)


def to_text(found: Iterable[Waiting]) -> str:
    """The lines as JSON, to be kept; ``from_text`` gives them back."""
    return json.dumps(list(found), default=datetime.isoformat)


def from_text(text: str) -> tuple[Waiting, ...]:
    """What ``to_text`` was given."""
    return tuple(map(_line, json.loads(text)))


def _line(values: list[Any]) -> Waiting:
    for index in _MOMENTS:
        if values[index]:
            values[index] = datetime.fromisoformat(values[index])
    for index in _LISTS:
        values[index] = tuple(values[index])
    return Waiting._make(values)
