"""A mailroom in which everybody signs, and in which anything at all can be written past every check."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tests.attacks.forging import signature
from tests.flows.mailroom import BY, Mailroom, hook, settings
from tests.flows.organisation import START, WORKSPACE_ID, Colleague, entry, organisation

from expertpost.flows.posts import offers
from expertpost.model.event import Event, EventKind
from expertpost.store.events import Written, append
from expertpost.store.git import Git
from expertpost.store.hub import Landed
from expertpost.store.keys import public_of
from expertpost.store.workspace import State, find
from expertpost.store.writing import write_commit
from expertpost.testing.twin import HttpTwin

PIECE = "01JD0000000000000000PCE001"
REVIEWS = "refs/heads/expertpost-reviews"


@dataclass
class Office(Mailroom):
    """A mailroom in which everybody signs."""

    def statement(self, by: str, kind: EventKind = EventKind.APPROVE, at: datetime = START, **more: object) -> Event:
        """The event that somebody would have to state about the piece as main has it."""
        hub = self.fetched()
        state = State(find(self.anna.clone, self.anna.env).at(hub.tip("main") or "").files)
        (piece,) = [one for one in state.pieces() if one.id == PIECE]
        posts = {o.channel.name: o.post.digest for o in offers(state.config, state.people, piece) if o.post}
        made = Event(
            kind=kind, workspace=WORKSPACE_ID, piece=PIECE, digest=piece.digest, by=by, at=at, slug=piece.front.slug,
            contributors=("anna",), posts=posts if kind is EventKind.APPROVE else {}, audience=piece.front.audience,
        )  # fmt: skip
        return replace(made, **more)  # type: ignore[arg-type]

    def say(self, event: Event, by: Colleague | None = None) -> None:
        """Put an event onto the branch, signed by its author or by somebody else."""
        signed = signature(by or self.org.people[event.by], event)
        assert signed
        assert Landed() == append(self.fetched(), [Written(event, signed)], BY, event.at)

    def submit(self) -> Event:
        """Anna's signed submission."""
        made = self.statement("anna", EventKind.SUBMIT)
        self.say(made)
        return made

    def approve_as(self, by: str = "bob", signed_by: Colleague | None = None, **more: object) -> Event:
        """Somebody's approval; ``more`` changes what it states before it is signed."""
        made = self.statement(by, **more)  # type: ignore[arg-type]
        self.say(made, signed_by)
        return made

    def key_of(self, handle: str, more: str) -> None:
        """Change what main says of somebody's key."""
        person = self.org.people[handle]
        public = public_of(person.home / ".ssh" / "id_ed25519")
        self.anna.run("pull", "--quiet")
        self.anna.write(
            f"people/{handle}.md", entry(person).replace(f'keys: ["{public}"]', f"keys:\n  - key: {public}\n    {more}")
        )
        self.anna.push(more)

    def rewrite(self, change: dict[str, bytes | None], *, on_top: bool = True) -> None:
        """A commit on the reviews branch that changes or takes away files."""
        remote = Git(self.org.remote)
        tip = remote.commit_of(REVIEWS)
        commit = write_commit(remote, change, "quiet", BY, START, base=tip if on_top else None)
        assert remote.move_refs({REVIEWS: (commit, tip)})

    def path_of(self, event: Event) -> str:
        """Where an event lies on the branch."""
        return f"{event.piece}/{event.id}.md"


def open_office(folder: Path, receiver: HttpTwin) -> Office:
    """Anna's piece is merged and submitted, Bob and Cara may approve, Mallory is listed too; all of them have keys."""
    told = settings(hook(receiver)).replace("signed = false", "signed = true")
    org = organisation(folder, "anna", "bob", "cara", "mallory", settings=told)
    room = Office(org, org.clone(org.colleague("runner", key=False)))
    room.merge(1)
    room.submit()
    return room
