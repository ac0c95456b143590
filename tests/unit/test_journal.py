"""The runner's notes on its own disk."""

from datetime import UTC, datetime
from pathlib import Path

from expertpost.model.delivery import Accepted, Doubted, Postponed, Rejected, Released, Started
from expertpost.model.key import Key
from expertpost.model.outcome import Receipt
from expertpost.store.journal import Journal
from expertpost.store.ledger import Told

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
WORKSPACE = "01WORKSPACE"
TOLD = Told(
    Key(WORKSPACE, "01PIECE", "hook", "acc"),
    (
        Started("n", AT),
        Released("n", AT),
        Postponed("n", AT, "busy", AT),
        Rejected("n", AT, "too long"),
        Doubted("n", AT, "lost"),
        Accepted("n", AT, Receipt("id-1", "https://service.example/1")),
    ),
)


def test_notes_survive_until_the_ledger_has_them(tmp_path: Path) -> None:
    """What a runner noted is read by the next; a line cut off by a crash is left out; a file that grew is kept."""
    first, second = Journal(tmp_path, "l", "one"), Journal(tmp_path, "l", "two")
    first.keep(TOLD)
    with first.path.open("ab") as file:
        file.write(b'{"key":')
    (left,) = second.leftovers(WORKSPACE)

    assert (TOLD,) == left.told
    assert () == first.leftovers(WORKSPACE)
    first.keep(TOLD)
    left.forget()
    assert first.path.exists()
    first.clear()
    assert () == second.leftovers(WORKSPACE)


def test_notes_of_another_ledger_are_left_alone(tmp_path: Path) -> None:
    """A workspace whose ledger was replaced does not tell the new one of claims it never saw."""
    Journal(tmp_path, "old", "one").keep(TOLD)

    assert () == Journal(tmp_path, "new", "two").leftovers(WORKSPACE)
