"""What lies on the review branches: pieces, recognised by their ids and not by the names of the branches."""

from collections.abc import Iterator
from dataclasses import dataclass

from expertpost.errors import Exit, Failure, Finding
from expertpost.flows import refs
from expertpost.flows.desk import Desk, Topic
from expertpost.flows.guarding import Guarded, brought, digest_of_guarded, guarded_in, wrong_settings
from expertpost.model.identity import SLUG
from expertpost.model.piece import Piece
from expertpost.store.changes import Entrant, between, entrants, touched
from expertpost.store.people import PEOPLE
from expertpost.store.pieces import DRAFTS, Loaded


@dataclass(frozen=True, slots=True)
class Proposal:
    """One review branch. ``base``: where it left main; ``pieces``, ``entries``: what it adds or changes, as it has it.

    ``more``: other paths that it changes, among them links and names that are not allowed. ``gone``: paths under
    ``drafts/`` that it takes away. ``guarded``: what it changes of settings, templates, recipients, CI and people,
    except for ``entries``; ``wrong``: what is wrong with that. ``name``: the branch without ``review/``.
    """

    branch: str
    tip: str
    base: str
    pieces: tuple[Loaded, ...]
    entries: tuple[Entrant, ...] = ()
    more: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    guarded: tuple[Guarded, ...] = ()
    name: str = ""
    wrong: tuple[Finding, ...] = ()


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


def proposal_of(desk: Desk, branch: str, tip: str) -> Proposal:
    """What a review branch changes since it left main."""
    main = desk.main.commit
    base = desk.git.merge_base(main, tip)
    if base is None:
        return Proposal(branch, tip, "", (), more=("a history that has nothing in common with main",))
    changes = between(desk.git, base, tip)
    gone = tuple(change.path for change in changes if change.gone and change.path.startswith(f"{DRAFTS}/"))
    plain = [change.path for change in changes if change.regular and change.path not in gone]
    files = desk.workspace.at(tip).files
    found = touched(files, desk.config, [*plain, *gone])
    entries = entrants(files, plain)
    irregular = [change.path for change in changes if not change.regular]
    guarded = guarded_in(desk, tip, changes, {entry.path for entry in entries})
    known = {*gone, *(entry.path for entry in entries), *(each.change.path for each in guarded)}
    other = [path for path in found.other if path not in known]
    name = branch.removeprefix(desk.config.branches.review)
    wrong = wrong_settings(desk, tip, guarded)
    return Proposal(branch, tip, base, found.pieces, entries, (*irregular, *other), gone, guarded, name, wrong)


def proposals(desk: Desk) -> Iterator[Proposal]:
    """Every review branch, by name."""
    prefix = desk.config.branches.review
    for branch, tip in sorted(desk.tips.items()):
        if branch.startswith(prefix):
            yield proposal_of(desk, branch, tip)


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


def is_merged(desk: Desk, proposal: Proposal) -> bool:
    """Whether main has everything on the branch with this very content, however it came there."""
    if proposal.tip == proposal.base:
        return True
    if proposal.more or not (proposal.pieces or proposal.entries or proposal.guarded):
        return False
    paths = [loaded.path for loaded in proposal.pieces]
    there = {loaded.path: loaded for loaded in touched(desk.main.files, desk.config, paths).pieces}
    people = {entry.digest for entry in entrants(desk.main.files, [entry.path for entry in proposal.entries])}
    left = desk.main.files.below(*proposal.gone) if proposal.gone else ()
    return (
        not left
        and brought(desk.main, proposal.guarded)
        and all(same(loaded, there.get(loaded.path)) for loaded in proposal.pieces)
        and all(entry.digest in people for entry in proposal.entries)
    )


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
