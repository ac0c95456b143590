"""Questions as the branch of people's facts has them, and the pieces of a commit that answer them."""

from collections.abc import Iterable, Mapping

from expertpost.model.config import Config
from expertpost.model.people import People
from expertpost.model.piece import Piece
from expertpost.model.policy import credible
from expertpost.model.question import QUESTIONS, Question, questions
from expertpost.model.review import fold
from expertpost.model.witness import Seen
from expertpost.store import events
from expertpost.store.changes import between, touched
from expertpost.store.git import Git
from expertpost.store.hub import Hub
from expertpost.store.workspace import State
from expertpost.store.worktree import DRAFTS

_NAMES_ONE = "^[\"']?question[\"']?[[:space:]]*:"
"""The line of front matter that names a question, however it is written; what it says the loader judges."""


def read_questions(hub: Hub, config: Config, people: People, seen: Seen) -> dict[str, Question]:
    """Id → question, oldest first, as last fetched; who is not proven is doubted."""
    folded = fold(events.read(hub, people, seen, config.id, only=(QUESTIONS,)))
    return questions({subject: credible(config, people, review) for subject, review in folded.items()})


def mentioned(hub: Hub, main: str, questions: Iterable[str]) -> frozenset[str]:
    """Those of the ids that stand in what review branches change: somebody's answer is under review there."""
    wanted = {id_: id_.encode() for id_ in questions}
    tips = [tip for branch, tip in hub.tips().items() if branch.startswith(hub.branches.review)] if wanted else []
    changed = {change.blob for tip in tips for change in between(hub.git, main, tip, DRAFTS) if change.regular}
    texts = list(hub.git.blobs(sorted(blob for blob in changed if blob)))
    return frozenset(id_ for id_, word in wanted.items() if any(word in text for text in texts))


def read_answers(git: Git, state: State) -> Mapping[str, tuple[Piece, ...]]:
    """Id of a question → the valid pieces of a commit that name it in their front matter; nobody is asked who may read.

    Git looks for the line, so that of ten thousand pieces only those are read that have it.
    """
    argv = ("grep", "-l", "-z", "-I", "-E", "-e", _NAMES_ONE, state.commit, "--", DRAFTS)
    listed = git.run(*argv, ok=(0, 1)).decode("utf-8", "surrogateescape").split("\0")
    paths = [line.removeprefix(f"{state.commit}:") for line in listed if line]
    found: dict[str, tuple[Piece, ...]] = {}
    for loaded in touched(state.files, state.config, paths).pieces if paths else ():
        if loaded.piece and loaded.piece.front.question:
            question = loaded.piece.front.question
            found[question] = (*found.get(question, ()), loaded.piece)
    return found
