"""``review list``: the same question in the same state has the same answer, kept until a branch or a day changes it."""

from datetime import timedelta

from expertpost import __version__
from expertpost.flows.context import World
from expertpost.flows.in_review import SHAPE, Waiting, from_text, to_text
from expertpost.flows.status import git_dir_of, root_of, stamp
from expertpost.model.branches import Branches
from expertpost.store.git import Git
from expertpost.store.hub import Hub
from expertpost.store.index import Index

_PLACE = "main and remote"
_LONG = timedelta(days=30)
_QUESTION = f"{__version__} review list {SHAPE}"


def review_list(world: World, *, mine: bool = False) -> tuple[Waiting, ...]:
    """What ``flows.review.review_list`` answers, from the index where no branch has moved since. Raises Failure."""
    root = root_of(world)
    git = Git(root, world.env)
    git_dir = git_dir_of(git, root)
    index = Index(git_dir)
    try:
        found = _kept(world, git, index, f"{stamp(root / 'expertpost.toml')} {stamp(git_dir / 'config')}")
    finally:
        index.close()
    return tuple(each for each in found if each.for_me or not mine)


def _kept(world: World, git: Git, index: Index, settings: str) -> tuple[Waiting, ...]:
    """The whole list. The remote is asked where its branches are in any case."""
    known, _, place = index.note(_PLACE).partition("\n")
    if known == settings:
        main, _, remote = place.partition("\n")
        hub = Hub(git, Branches(main=main), remote or None)
        same, state = hub.comparing(), _state(hub)
        kept = index.answer(_QUESTION, state, world.now().timestamp())
        if same() and kept is not None:
            return from_text(kept)
    from expertpost.flows.desk import open_desk
    from expertpost.flows.review import all_waiting

    desk = open_desk(world)
    found = all_waiting(desk)
    index.write_note(_PLACE, f"{settings}\n{desk.hub.branches.main}\n{desk.workspace.remote or ''}")
    # What becomes late is asked of others, too.
    until = min((each.due for each in found if each.due and each.due > desk.now), default=desk.now + _LONG)
    index.keep(_QUESTION, _state(desk.hub), desk.now.timestamp(), until.timestamp(), to_text(found))
    return found


def _state(hub: Hub) -> bytes:
    """Where all branches are, and who asks: all that the list is made of."""
    tips = "\n".join(f"{name}\0{tip}" for name, tip in sorted(hub.tips().items()))
    return f"{hub.git.identity().email}\n{tips}".encode()
