"""Who may read: readers ⊆ audience, default-deny."""

import pytest

from expertpost.model.audience import BUILT_IN, Audience, Audiences

TABLE = Audiences({a.name: a for a in (*BUILT_IN, Audience("board", "the board", includes_colleagues=False))})


@pytest.mark.parametrize(
    ("readers", "audience", "allowed"),
    [
        (("colleagues",), ("colleagues",), True),
        (("colleagues",), ("suppliers",), True),
        (("suppliers",), ("colleagues",), False),
        (("suppliers",), ("suppliers", "customers"), True),
        (("suppliers", "customers"), ("suppliers",), False),
        (("public",), ("public",), True),
        (("public",), ("colleagues", "suppliers", "customers", "board"), False),
        (("board",), ("public",), True),
        (("colleagues",), ("board",), False),
        (("board",), ("colleagues",), False),
        (("nobody",), ("public",), False),
        (("colleagues",), ("nobody",), False),
        ((), ("public",), False),
        (("colleagues",), (), False),
    ],
)
def test_readers_must_all_belong_to_the_audience(
    readers: tuple[str, ...], audience: tuple[str, ...], allowed: bool
) -> None:
    """A place gets a piece only when every one of its readers belongs to the piece's audience; doubt means no."""
    assert TABLE.may_read(readers, audience) is allowed
