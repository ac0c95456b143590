"""What the attacks on reviewing share: events past every check, trees by plumbing, merges that must fail."""

from dataclasses import replace

import pytest
from tests.flows.organisation import (
    START,
    TORQUE,
    WORKSPACE_ID,
    Colleague,
)

from expertpost.errors import Failure
from expertpost.flows.review_merge import merge
from expertpost.model.canonical import canonical_json
from expertpost.model.event import Event, EventKind
from expertpost.store.events import Written, append
from expertpost.store.keys import sign
from expertpost.store.own_keys import keys_for
from expertpost.store.writing import commit_tree


def approval(text_digest: str, by: str = "bob", /, **more: object) -> Event:
    """An approval as it would have to be."""
    made = Event(
        kind=EventKind.APPROVE, workspace=WORKSPACE_ID, piece=TORQUE, digest=text_digest, by=by, at=START, posts={},
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def signature(person: Colleague, event: Event) -> str:
    """The person's own signature over an event."""
    listed = person.listed.by_handle(person.handle)
    (key, *_) = keys_for(listed, None, person.env)
    return sign(key, canonical_json(event.statement), person.env) or ""


def write(person: Colleague, event: Event, signed: str = "") -> None:
    """Put an event onto the branch, past every check."""
    person.hub.fetch()
    append(person.hub, [Written(event, signed)], person.git.identity(), event.at)


def push_tree(person: Colleague, branch: str, mktree: bytes) -> None:
    """A commit on main's tip whose tree is main's with further entries, by plumbing."""
    git = person.git
    person.hub.fetch()
    main = person.hub.tips()["main"]
    entries = git.run("ls-tree", main) + mktree
    tree = git.run("mktree", "--missing", stdin=entries).decode().strip()
    made = commit_tree(git, tree, [main], "evil", git.identity(), START)
    person.run("push", "--quiet", "--force", "origin", f"{made}:refs/heads/{branch}")


def no_merge(person: Colleague, ref: str = "torque", code: str = "") -> Failure:
    """The refusal of a merge that must not happen; main stays."""
    main = person.run("ls-remote", "origin", "main")
    with pytest.raises(Failure) as refused:
        merge(person.world, ref)
    assert main == person.run("ls-remote", "origin", "main")
    assert code in ("", refused.value.code)
    return refused.value
