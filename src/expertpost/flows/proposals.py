"""What lies on the review branches: pieces, recognised by their ids and not by the names of the branches."""

from collections.abc import Mapping
from dataclasses import dataclass

from expertpost.errors import Exit, Failure, Finding
from expertpost.flows import refs
from expertpost.flows.addresses import resolved
from expertpost.flows.branches import Proposal as Proposal
from expertpost.flows.branches import proposal_of as proposal_of
from expertpost.flows.branches import proposals as proposals
from expertpost.flows.desk import Desk, Topic
from expertpost.flows.guarding import Guarded, brought, digest_of_guarded
from expertpost.model.identity import SLUG
from expertpost.model.piece import Piece
from expertpost.store.changes import Entrant, entrants, folders, touched
from expertpost.store.grown import blobs_at, contents, present
from expertpost.store.people import PEOPLE
from expertpost.store.pieces import Loaded, load


@dataclass(frozen=True, slots=True)
class Subject:
    """What is reviewed: a piece, or somebody's entry, on a review branch, or as main has it (``proposal`` None).

    The settings that a review branch changes are one subject (``guarded``), approved together.
    ``id``: the piece's id, ``people/<handle>`` or ``settings/<branch>``. ``digest`` is "" while there are ``findings``
    that make it invalid.
    """

    id: str
    slug: str
    title: str
    path: str
    digest: str
    proposal: Proposal | None
    loaded: Loaded | None = None
    entry: Entrant | None = None
    guarded: tuple[Guarded, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def homes(self) -> tuple[str, ...]:
        """The files and folders that it consists of."""
        if self.guarded:
            return tuple(each.change.path for each in self.guarded)
        return (self.path.removesuffix("/index.md"),)

    @property
    def piece(self) -> Piece | None:
        """The valid piece, None for an entry and for a text with errors."""
        return self.loaded.piece if self.loaded else None

    @property
    def topic(self) -> Topic:
        """As an event speaks of it."""
        return Topic(self.id, self.slug, self.digest)


def subjects(proposal: Proposal) -> tuple[Subject, ...]:
    """Everything on a review branch that is reviewed."""
    pieces = (piece_subject(loaded, proposal) for loaded in proposal.pieces)
    settings = (_settings_subject(proposal),) if proposal.guarded else ()
    return (*pieces, *(_entry_subject(entry, proposal) for entry in proposal.entries), *settings)


def piece_subject(loaded: Loaded, proposal: Proposal | None) -> Subject:
    """A piece as something to review."""
    piece = loaded.piece
    return Subject(
        id=refs.id_of(loaded),
        slug=refs.slug_of(loaded),
        title=piece.front.title if piece else loaded.path,
        path=loaded.path,
        digest=piece.digest if piece else "",
        proposal=proposal,
        loaded=loaded,
        findings=loaded.findings,
    )


def _entry_subject(entry: Entrant, proposal: Proposal) -> Subject:
    return Subject(
        id=f"{PEOPLE}/{entry.handle}",
        slug=entry.handle,
        title=entry.person.name if entry.person else entry.path,
        path=entry.path,
        digest=entry.digest if entry.person else "",
        proposal=proposal,
        entry=entry,
        findings=entry.findings,
    )


def _settings_subject(proposal: Proposal) -> Subject:
    findings = proposal.wrong
    if not SLUG.fullmatch(proposal.name):
        cure = "push it under another name: small letters, digits and hyphens"
        finding = Finding(proposal.branch, 0, "XP-SETTINGS-NAME", "nobody can approve settings there", cure)
        findings = (*findings, finding)
    return Subject(
        id=f"settings/{proposal.name}",
        slug=f"settings/{proposal.name}",
        title=f"Changes of {', '.join(sorted({each.guard.value for each in proposal.guarded}))}",
        path=proposal.guarded[0].change.path,
        digest="" if findings else digest_of_guarded(proposal.guarded),
        proposal=proposal,
        guarded=proposal.guarded,
        findings=findings,
    )


def open_proposals(desk: Desk) -> tuple[Proposal, ...]:
    """Every review branch with something that main does not have yet."""
    every = proposals(desk)
    paths = [loaded.path for proposal in every for loaded in proposal.pieces]
    on_main = _texts_at(desk, paths)
    return tuple(proposal for proposal in every if not _is_merged(desk, proposal, on_main))


def _texts_at(desk: Desk, paths: list[str]) -> dict[str, Loaded]:
    """What main has at these paths, all of them looked up together but for folder pieces."""
    main = desk.main.commit
    bundles = {path: {(main, f"{folder}/index.md") for folder in folders(path)} for path in paths}
    there = present(desk.git, (pair for pairs in bundles.values() for pair in pairs))
    single = [path for path, pairs in bundles.items() if not pairs & there]
    blobs = blobs_at(desk.git, main, single)
    texts = contents(desk.git, blobs.values())
    found = {path: load(path, texts[blob], desk.config) for path, blob in blobs.items() if blob in texts}
    return found | _at(desk, [path for path in paths if path not in found and (path not in single or path in blobs)])


def is_merged(desk: Desk, proposal: Proposal) -> bool:
    """Whether main has everything on the branch with this very content, however it came there."""
    return _is_merged(desk, proposal, _at(desk, [loaded.path for loaded in proposal.pieces]))


def _at(desk: Desk, paths: list[str]) -> dict[str, Loaded]:
    """What main has at these paths."""
    return {loaded.path: loaded for loaded in touched(desk.main.files, desk.config, paths).pieces} if paths else {}


def _is_merged(desk: Desk, proposal: Proposal, on_main: Mapping[str, Loaded]) -> bool:
    if proposal.tip == proposal.base:
        return True
    if proposal.more or not (proposal.pieces or proposal.entries or proposal.guarded):
        return False
    if not all(same(loaded, on_main.get(loaded.path)) for loaded in proposal.pieces):
        return False
    people = {entry.digest for entry in entrants(desk.main.files, [entry.path for entry in proposal.entries])}
    left = desk.main.files.below(*proposal.gone) if proposal.gone else ()
    return not left and brought(desk.main, proposal.guarded) and all(e.digest in people for e in proposal.entries)


def foreign(desk: Desk, proposal: Proposal) -> tuple[str, ...]:
    """What a branch changes beside what is reviewed on it: nobody's approval covers that."""
    homes = {loaded.path.removesuffix("/index.md") for loaded in proposal.pieces}
    inside = {path for path in proposal.gone if any(path.startswith(f"{home}/") for home in homes)}
    left = [path for path in proposal.gone if path not in inside]
    if left and proposal.base:
        here = {loaded.piece.id for loaded in proposal.pieces if loaded.piece}
        old = touched(desk.workspace.at(proposal.base).files, desk.config, left).pieces
        moved = {each.path.removesuffix("/index.md") for each in old if each.piece and each.piece.id in here}
        left = [
            path
            for path in left
            if not any(path in (home, f"{home}/index.md") or path.startswith(f"{home}/") for home in moved)
        ]
    return (*proposal.more, *left)


def same(one: Loaded, other: Loaded | None) -> bool:
    """Whether two files hold the same valid piece with the same content."""
    return bool(other and one.piece and other.piece and one.piece.digest == other.piece.digest)


def find(desk: Desk, ref: str) -> Subject:
    """What a person means: under review first, then a piece on main. Raises Failure XP-REF-NONE or XP-REF-MANY."""
    ref = resolved(ref, desk.workspace, desk.world, desk.config)
    prefix = desk.config.branches.review
    name = ref if ref.startswith(prefix) else prefix + ref
    if name in desk.tips:
        # A branch's name proves nothing about what lies on it: only its full name stands for the one thing there.
        here = subjects(proposal_of(desk, name, desk.tips[name]))
        named = [subject for subject in here if ref in (name, subject.slug, subject.path)]
        fitting = [subject for subject in named if not subject.guarded] or named
        if len(fitting) == 1:
            return fitting[0]
    waiting = [subject for proposal in proposals(desk) for subject in subjects(proposal)]
    others = [subject for subject in waiting if subject.entry or subject.guarded]
    entries = [subject for subject in others if ref in (subject.slug, subject.path, subject.id)]
    if len(entries) == 1:
        return entries[0]
    return _piece(desk, ref, waiting)


def _piece(desk: Desk, ref: str, waiting: list[Subject]) -> Subject:
    try:
        found = refs.one(ref, [subject.loaded for subject in waiting if subject.loaded], desk.workspace.root)
    except Failure as unknown:
        if unknown.code != "XP-REF-NONE":
            raise
        return _on_main(desk, ref)
    return next(subject for subject in waiting if subject.loaded is found)


def find_proposal(desk: Desk, ref: str) -> Proposal:
    """The review branch a person means, by what is on it or by its name. Raises Failure XP-REF-NONE, XP-REF-MANY."""
    ref = resolved(ref, desk.workspace, desk.world, desk.config)
    name = ref if ref.startswith(desk.config.branches.review) else desk.config.branches.review + ref
    if name == ref and name in desk.tips:
        return proposal_of(desk, name, desk.tips[name])
    try:
        proposal = find(desk, ref).proposal
    except Failure:
        if name not in desk.tips:
            raise
        proposal = None
    if proposal is None and name in desk.tips:
        # Of several pieces, or left over by a merge on the host: then nothing on it is under review by itself.
        proposal = proposal_of(desk, name, desk.tips[name])
    if proposal is None:
        what = f"{ref!r} is not under review: main has it, or nobody submitted it"
        raise Failure("XP-REVIEW-NONE", what, "see what is: expertpost review list", exit_code=Exit.USAGE)
    return proposal


def _on_main(desk: Desk, ref: str) -> Subject:
    """The piece that a ref names as main has it. Raises Failure XP-REF-NONE or XP-REF-MANY."""
    from expertpost.store.roll import Roll

    named = refs.on_roll(ref, Roll(desk.git, desk.main.commit), desk.workspace.root)
    found = touched(desk.main.files, desk.config, [named.path]).pieces
    return piece_subject(found[0] if found else named, None)
