"""Where reviewing starts: the shared branches fetched, settings and people as main has them, and who is asking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure
from expertpost.flows.adopt import adopt
from expertpost.flows.ahead import look
from expertpost.flows.context import World
from expertpost.model.canonical import canonical_json
from expertpost.model.config import Config
from expertpost.model.event import Event, EventKind
from expertpost.model.host import asks_for_signatures
from expertpost.model.people import People, Person
from expertpost.model.piece import Piece
from expertpost.model.policy import credible
from expertpost.model.review import Review, fold
from expertpost.store.changes import JudgedBy
from expertpost.store.events import Book, Written
from expertpost.store.events import look as look_into
from expertpost.store.git import Git
from expertpost.store.hub import Denied, Hub
from expertpost.store.keys import sign
from expertpost.store.own_keys import gpg_key, keys_for
from expertpost.store.tree import Identity
from expertpost.store.witness import seen_on
from expertpost.store.workspace import State, Workspace

if TYPE_CHECKING:
    from expertpost.store.roll import Roll


@dataclass(frozen=True, slots=True)
class Topic:
    """What an event speaks of: a piece (``id`` is its id) or somebody's entry (``people/<handle>``)."""

    id: str
    slug: str
    digest: str


def topic_of(piece: Piece) -> Topic:
    """A piece as an event speaks of it."""
    return Topic(piece.id, piece.front.slug, piece.digest)


@dataclass(frozen=True)
class Desk:
    """What every reviewing verb works on. ``tips``: branch → commit, as just fetched; ``main``: the shared main."""

    world: World
    workspace: Workspace
    tips: Mapping[str, str]
    main: State

    @property
    def git(self) -> Git:
        """The person's own repository."""
        return self.workspace.git

    @property
    def hub(self) -> Hub:
        """The shared branches."""
        return self.workspace.hub

    @property
    def config(self) -> Config:
        """The settings on main: no review branch can change what it is judged by."""
        return self.main.config

    @property
    def people(self) -> People:
        """Everyone listed on main. Entries with errors list nobody; ``strict_people`` refuses them."""
        return self.main.listed[0]

    @property
    def strict_people(self) -> People:
        """Everyone listed on main, for decisions. Raises Problems where an entry is wrong."""
        return self.main.people

    @cached_property
    def here(self) -> "Roll":
        """Every text on the person's disk."""
        from expertpost.store.roll import on_disk

        asked = self.world.ahead.tree if self.world.ahead else None
        return on_disk(self.git, self.workspace.root, asked)

    def must_know_people(self) -> None:
        """Raise Problems where an entry under ``people/`` is wrong: who may decide is never a guess."""
        _ = self.strict_people

    @cached_property
    def identity(self) -> Identity:
        """Who commits here. Raises Failure XP-IDENTITY."""
        return self.git.identity()

    @cached_property
    def person(self) -> Person | None:
        """The entry of the person who asks, found by their mail address; None for who is not listed."""
        return self.people.by_email(self.identity.email)

    @property
    def by(self) -> str:
        """The handle of the person who asks, or their mail address."""
        return self.person.handle if self.person else self.identity.email

    def book(self, only: Iterable[str] | None = None) -> Book:
        """People's events about all pieces, or about the pieces with these ids."""
        return look_into(self.hub, self.people, seen_on(self.hub, self.now), self.config.id, only)

    def review_of(self, subject: str) -> Review:
        """The review of one piece (its id) or entry (``people/<handle>``); who is not proven is doubted."""
        return self.reviews([subject]).get(subject, Review())

    def reviews(self, only: Iterable[str] | None = None) -> dict[str, Review]:
        """Piece id → its review, for all pieces or those with these ids; who is not proven is doubted."""
        return self.reviews_in(self.book(only))

    def reviews_in(self, book: Book) -> dict[str, Review]:
        """Piece id → its review, from events that were read already; who is not proven is doubted."""
        folded = fold(book.events)
        return {piece: credible(self.config, self.people, review) for piece, review in folded.items()}

    def judged_at(self, commit: str) -> State:
        """The drafts of a commit, with everything that judges them as main has it."""
        return State(JudgedBy(self.workspace.at(commit).files, self.main.files), commit)

    def event(self, kind: EventKind, about: Topic, review: Review, text: str = "") -> Event:
        """An event of this moment, by the person who asks, who has seen all of ``review``."""
        return Event(
            kind=kind,
            workspace=self.config.id,
            piece=about.id,
            digest=about.digest,
            by=self.by,
            at=self.now,
            prev=review.heads,
            slug=about.slug,
            text=clean(text),
        )

    @cached_property
    def now(self) -> datetime:
        """The moment at which the person acts, in whole seconds."""
        return self.world.now().replace(microsecond=0)

    def signed(self, event: Event, *, must: bool = False) -> Written:
        """The event with the person's signature, or without one where they have no key here.

        ``must``: raise Failure XP-KEY where it has to be signed and cannot be: unsigned it would never count.
        """
        keys = keys_for(self.person, self.git.config("user.signingkey"), self.world.env)
        statement = canonical_json(event.statement)
        made = next(filter(None, (sign(key, statement, self.world.env) for key in keys)), "")
        if must and not made and self.person and self.must_sign:
            raise self._no_key(self.person)
        return Written(replace(event, signer=self.by if made else None), made)

    @property
    def must_sign(self) -> bool:
        """Whether what this person decides counts only with their signature."""
        return bool(self.person and self.person.keys) or asks_for_signatures(self.config, self.people)

    def _no_key(self, person: Person) -> Failure:
        """Why nothing could be signed, and what to do about it."""
        what = f"{person.path} lists no key, and unsigned this would not count"
        cure = "list one: expertpost person rotate; an SSH key is made with: ssh-keygen -t ed25519"
        if person.keys:
            what = f"the key listed in {person.path} cannot be used here, and unsigned this would not count"
            cure = "load it (ssh-add), work where the key lies, or have another one listed: expertpost person rotate"
        if gpg := gpg_key(self.git.config("user.signingkey"), self.git.config("gpg.format")):
            what += f"; git signs with the GPG key {gpg[:60]}, and only SSH keys count here"
        return Failure("XP-KEY", what, cure, exit_code=Exit.NEEDS_PERSON)


def clean(text: str) -> str:
    """Text from a command line, fit to be written: what is no valid Unicode is replaced, space around it dropped."""
    return text.encode("utf-8", "replace").decode().strip()


def open_desk(world: World) -> Desk:
    """Fetch, and lay out what reviewing needs. Raises Failure (XP-WORKSPACE-NONE, XP-REMOTE, XP-MAIN-NONE)."""
    workspace = (world.ahead or look(world)).workspace
    hub = workspace.hub
    hub.fetch()
    tips = hub.tips()
    main = tips.get(hub.branches.main)
    if main is None:
        name = hub.branches.main
        cure = f"git push {workspace.remote} {name}" if workspace.remote else "expertpost init makes the first commit"
        raise Failure("XP-MAIN-NONE", f"there is no shared {name} yet", cure, where=str(workspace.root))
    adopt(workspace, main)
    return Desk(world, workspace, tips, workspace.at(main))


def again(desk: Desk) -> Desk:
    """The same desk on the branches as they were fetched meanwhile."""
    tips = desk.hub.tips()
    world = replace(desk.world, ahead=None)
    return Desk(world, desk.workspace, tips, desk.workspace.at(tips.get(desk.hub.branches.main, desk.main.commit)))


def denied(answer: Denied) -> Failure:
    """The failure for a branch that the host does not let this person move."""
    says = " ".join(answer.says.split())[:300]
    cure = "ask whoever keeps the repository for the right to push this branch; nothing was changed"
    what = f"the shared repository refuses to move {answer.branch}: {says}"
    return Failure("XP-DENIED", what, cure, where=answer.branch, exit_code=Exit.NEEDS_PERSON)
