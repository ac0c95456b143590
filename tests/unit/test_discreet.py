"""What a service says, before it is written down where more people read it."""

import pytest

from expertpost.flows.discreet import discreet, unquoted
from expertpost.model.outcome import Receipt, Refused
from expertpost.model.post import Post

TEXT = "Our profit was forty percent, which nobody outside may know."


@pytest.mark.parametrize(
    ("says", "shown"),
    [
        ("too long: Our profit was forty percent", "too long: •••"),
        ('{"text": "our PROFIT was\\nforty percent"}', '{"text": "•••\\n•••"}'),
        ("<b>profit</b> was <i>forty</i>", "<b>profit</b> was <i>forty</i>"),
        ("the service answered 413", "the service answered 413"),
        ("profit was", "profit was"),
        ("", ""),
    ],
    ids=["plain", "escaped", "markup", "own words", "short", "empty"],
)
def test_quotations_are_hidden(says: str, shown: str) -> None:
    """Three words in a row of what was sent are a quotation, however they are written; the service's own words stay."""
    assert shown == unquoted(says, [TEXT])


def test_an_outcome_names_nobody() -> None:
    """Neither the recipient's address nor anybody else's stays in an outcome."""
    post = Post((TEXT,))
    refused = discreet(Refused("550 <bea@x.example> or cem@x.example unknown"), post, "bea@x.example")
    taken = discreet(Receipt("1", "https://x.example/?for=bea@x.example"), post, "bea@x.example")

    assert Refused("550 <•••> or ••• unknown") == refused
    assert Receipt("1", "https://x.example/?for=•••") == taken
