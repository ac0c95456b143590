"""What a service says, made fit for the ledger: no secret, no address, and nothing of the text that was sent (I5)."""

import re
from collections.abc import Iterable
from dataclasses import replace

from expertpost.model.outcome import Outcome, Receipt
from expertpost.model.post import Post
from expertpost.publishers.secrets import HIDDEN, reason, redact

_ADDRESS = re.compile(r"[^\s<>()@,;:]+@[^\s<>()@,;:]+")
_WORD = re.compile(r"(?<=\\[nrt])\w+|(?<!\\)\b\w+")
_RUN = 3
"""So many words in a row that also stand in the post are a quotation."""


def discreet(outcome: Outcome, post: Post, address: str) -> Outcome:
    """The outcome of sending ``post`` to ``address``, without what only the recipient should see.

    The ledger and the logs are read by more people than the list of recipients, and than the piece.
    """
    hidden = (address,) if address else ()
    if isinstance(outcome, Receipt):
        return Receipt(redact(outcome.remote_id, hidden), redact(outcome.url, hidden))
    return replace(outcome, reason=unquoted(_ADDRESS.sub(HIDDEN, reason(outcome.reason, hidden)), _texts(post)))


def _texts(post: Post) -> tuple[str, ...]:
    return (*post.parts, *(text for _, text in post.fields), *(one.alt for one in post.media))


def unquoted(says: str, texts: Iterable[str]) -> str:
    """What somebody says, with every quotation of the texts hidden, however it is escaped or wrapped."""
    known: set[tuple[str, ...]] = set()
    for text in texts:
        words = [found[0].casefold() for found in _WORD.finditer(text)]
        known |= {tuple(words[at : at + _RUN]) for at in range(len(words))}
    found = list(_WORD.finditer(says))
    quoted = [False] * len(found)
    for at in range(len(found)):
        run = tuple(one[0].casefold() for one in found[at : at + _RUN])
        if len(run) == _RUN and run in known:
            quoted[at : at + _RUN] = [True] * _RUN
    shown, end = "", 0
    for one, hide in zip(found, quoted, strict=True):
        shown += says[end : one.start()] + (HIDDEN if hide else one[0])
        end = one.end()
    return re.sub(rf"{HIDDEN}(?:[^\w•]{{0,5}}{HIDDEN})+", HIDDEN, shown + says[end:])
