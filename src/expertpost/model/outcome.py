"""What a publisher answers after an attempt to send: four outcomes, and nothing else (protocol §5, proof table)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service gave back: proof that the post exists.

    ``bound``: what was filled into the approved post, by placeholder, as far as ``post.keepable`` lets it be told.
    """

    remote_id: str
    url: str = ""
    bound: tuple[tuple[str, str], ...] = ()


class Because(StrEnum):
    """Why nothing was accepted, in the classes that lead to different next steps."""

    CONTENT = "content"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Refused:
    """Proof that nothing was accepted and a repeat would fail too.

    ``because`` CONTENT: this post is wrong (400, 404, 413, 422); ACCOUNT: the credentials are (401, 403).
    """

    reason: str
    because: Because = Because.CONTENT


@dataclass(frozen=True, slots=True)
class Busy:
    """Proof that nothing was accepted, and a later try may succeed (not sent at all, 429).

    ``not_before``: the earliest moment the service named (Retry-After), or None. ``because`` ACCOUNT: nothing else goes
    there now either; CONTENT: this delivery alone has to wait (one mailbox of many).
    """

    reason: str
    not_before: datetime | None = None
    because: Because = Because.ACCOUNT


@dataclass(frozen=True, slots=True)
class Unsure:
    """The first byte left and no proof came back: the post may or may not exist. Never sent again by itself."""

    reason: str


Outcome: TypeAlias = Receipt | Refused | Busy | Unsure
