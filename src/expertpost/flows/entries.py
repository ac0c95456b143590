"""An entry of ``people/`` proposed for review, as everything is: nobody's keys change by a push to main."""

from collections.abc import Iterable
from dataclasses import replace

from expertpost.errors import Exit, Failure
from expertpost.flows.desk import Desk, Topic, denied
from expertpost.model.event import Event, EventKind
from expertpost.model.review import Review
from expertpost.store.changes import entrants
from expertpost.store.events import Moves, Written, append
from expertpost.store.files import CommitFiles
from expertpost.store.hub import Denied
from expertpost.store.people import PEOPLE
from expertpost.store.writing import write_commit


def must_push(desk: Desk, verb: str) -> None:
    """Raise Failure where this person may only read."""
    if says := desk.hub.may_push():
        cure = f"ask whoever keeps the workspace for the right to push branches, then: expertpost {verb}"
        what = f"you can read the workspace, but not send anything: {' '.join(says.split())}"
        raise Failure("XP-JOIN-PUSH", what, cure, where=str(desk.workspace.root), exit_code=Exit.NEEDS_PERSON)


def send(desk: Desk, branch: str, handle: str, text: str, title: str, contributors: Iterable[str]) -> None:
    """Push the entry to its review branch (on top of what lies there) and submit it. Raises Failure XP-PERSON-RACE."""
    path = f"{PEOPLE}/{handle}.md"
    tip = desk.tips.get(branch)
    base = tip or desk.main.commit
    commit = write_commit(desk.git, {path: text.encode()}, title, desk.identity, desk.now, base=base)
    made = entrants(CommitFiles(desk.git, commit), [path])[0]
    topic = Topic(f"{PEOPLE}/{handle}", handle, made.digest)
    event = replace(
        desk.event(EventKind.SUBMIT, topic, desk.review_of(topic.id) if tip else Review()),
        contributors=tuple(sorted({desk.by, *contributors})),
    )

    def moves() -> Moves:
        if desk.hub.tip(branch) != tip:
            what = f"somebody proposed another entry of {handle} at the same moment"
            raise Failure("XP-PERSON-RACE", what, "look at it, then run the command again", where=branch)
        return {branch: (commit, tip)}

    answer = append(desk.hub, [_signed(desk, event)], desk.identity, desk.now, moves)
    if isinstance(answer, Denied):
        raise denied(answer)


def _signed(desk: Desk, event: Event) -> Written:
    """The submission, signed with a listed key; who has lost theirs submits like somebody who is not listed yet."""
    written = desk.signed(event)
    if desk.person is None or written.signature or not desk.must_sign:
        return written
    return Written(replace(event, by=desk.identity.email))
