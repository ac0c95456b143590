"""A mailroom at the shared repository itself: people need no clone, and what they do costs next to nothing."""

from collections.abc import Iterable
from pathlib import Path

from tests.flows.mailroom import BY, Mailroom, mailroom, now
from tests.flows.organisation import WORKSPACE_ID, Clock, piece

from expertpost.model.branches import Branches
from expertpost.model.event import Event, EventKind
from expertpost.store.events import Written, append
from expertpost.store.files import CommitFiles
from expertpost.store.git import Git
from expertpost.store.hub import Hub, Landed
from expertpost.store.workspace import State
from expertpost.store.writing import write_commit


class Near(Mailroom):
    """See Mailroom; nothing is fetched or pushed but by runners."""

    def fetched(self) -> Hub:
        """The shared branches as they are now."""
        return Hub(Git(self.org.remote, self.anna.env), Branches(), None)

    def merge(self, number: int = 1, body: str = "Turn it gently.", **front: str) -> str:
        """Put a piece on main, or another text of it; its id."""
        return self.put([number], body, **front)[0]

    def put(self, numbers: Iterable[int], body: str, **front: str) -> tuple[str, ...]:
        """Put pieces on main in one commit, or other texts of them; their ids. In all texts ``{n}`` is the number."""
        hub, ids, files = self.fetched(), list[str](), dict[str, bytes]()
        for number in numbers:
            more = {"audience": "[suppliers, colleagues]", **front}
            ids.append(f"01JD0000000000000000PCE{number:03}")
            text = piece(ids[-1], "Piece {n}", body, **more).replace("{n}", str(number))
            files[f"drafts/piece-{number}.md"] = text.encode()
        before = hub.tip("main")
        commit = write_commit(hub.git, files, "Pieces", BY, now(), base=before)
        assert Landed() == hub.offer({"main": (commit, before)})
        return tuple(ids)

    def ask(self, kind: EventKind, number: int, **more: object) -> None:
        """What anna says of her piece; ``more``: further fields of the event."""
        hub = self.fetched()
        state = State(CommitFiles(hub.git, hub.tip("main") or ""))
        found = next(iter(state.loaded([f"drafts/piece-{number}.md"]))).piece
        assert found
        about = {"workspace": WORKSPACE_ID, "piece": found.id, "digest": found.digest, "slug": found.front.slug}
        event = Event(kind=kind, by="anna", at=now(), **about, **more)  # type: ignore[arg-type]
        assert Landed() == append(hub, [Written(event)], BY, now())


def near(folder: Path, *channels: str, more: str = "") -> Near:
    """A shared repository with these channels, and a runner."""
    made = mailroom(folder, *channels, more=more)
    return Near(made.org, made.runner, Clock(now()))
