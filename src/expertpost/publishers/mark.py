"""A delivery key in the address of a page: what finds a post again on services that keep no notes of ours.

It stands in the fragment, which no server gets and no page looks at.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from expertpost.model.canonical import Json
from expertpost.model.outcome import Outcome, Receipt
from expertpost.publishers.base import Address, Publisher, S, Unreadable

_LENGTH = 16
_MARK = re.compile(r"#ep-([0-9a-f]{16})(?![0-9a-f])")


def marked(url: str, key: str) -> str:
    """The page's address with a mark of this delivery; "" stays "", and a fragment that is there makes way."""
    return f"{url.partition('#')[0]}#ep-{key[:_LENGTH]}" if url else ""


def carries(text: str, key: str) -> bool:
    """Whether the mark of a delivery is in a text or address."""
    return key[:_LENGTH] in marks_in(text)


def marks_in(text: str) -> frozenset[str]:
    """Every mark in a text or address."""
    return frozenset(_MARK.findall(text))


def found(
    posts: Iterable[Json], key: str, words: Callable[[Json], str], receipt: Callable[[Json], Outcome]
) -> Receipt | None:
    """The receipt of the post whose ``words`` carry the mark of this delivery, None where none does.

    Raises Unreadable where a post without any mark, whose words lead to no page, could be it.
    """
    unmarked = False
    for post in posts:
        marks = marks_in(words(post))
        if key[:_LENGTH] in marks:
            one = receipt(post)
            return one if isinstance(one, Receipt) else None
        unmarked = unmarked or not marks
    if unmarked:
        raise Unreadable("there are posts without a mark, and one of them could be it")
    return None


class Announcer(Publisher[S]):
    """A channel whose posts lead to the piece's page, by an address with the mark of the delivery."""

    def values(self, to: Address, key: str, at: datetime, url: str) -> Mapping[str, str]:
        """The page's address with its mark."""
        return {"url": marked(url, key)}
