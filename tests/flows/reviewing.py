"""What the tests of reviewing share: channels, a look with an approval, and looks at main."""

from datetime import timedelta

import pytest
from tests.flows.organisation import TORQUE, Colleague, piece

from expertpost.errors import Failure
from expertpost.flows.posts import offer
from expertpost.flows.review import review_show
from expertpost.flows.review_approve import approve
from expertpost.flows.review_say import Said
from expertpost.flows.submit import submit
from expertpost.model import policy
from expertpost.model.policy import Why
from expertpost.model.review import Review, fold
from expertpost.store.events import read
from expertpost.store.workspace import find

CHANNELS = """
[channels.export]
publisher = "folder"
readers = ["colleagues"]
path = "out"

[channels.world]
publisher = "folder"
readers = ["public"]
path = "world"
"""


def seen(person: Colleague, ref: str = "torque") -> Said:
    """Look, and approve."""
    review_show(person.world, ref)
    return approve(person.world, ref)


def resubmit(anna: Colleague, body: str) -> None:
    """Another text of the same piece."""
    anna.write("drafts/torque.md", piece(summary="How to turn.", body=body))
    submit(anna.world)


def on_main(person: Colleague, path: str = "drafts/torque.md") -> str | None:
    """A file of the shared main, None where it is not there."""
    workspace = find(person.clone, person.env)
    workspace.hub.fetch()
    merged = workspace.merged()
    return merged.text(path) if merged else None


def reasons(person: Colleague, channel: str, days: int = 0) -> set[Why]:
    """Why the piece on main does not go to a channel now; nothing where it may."""
    workspace = find(person.clone, person.env)
    workspace.hub.fetch()
    main = workspace.merged()
    assert main is not None
    review = fold(read(workspace.hub, main.people, person.seen, main.config.id)).get(TORQUE, Review())
    (found,) = [p for p in main.pieces() if p.id == TORQUE]
    post = offer(main.config, main.people, found, main.config.channels[channel]).post
    digest = post.digest if post else ""
    now = person.clock.at + timedelta(days=days, minutes=5)
    return {r.why for r in policy.judge(main.config, found, review, main.people, channel, digest, now).reasons}


def refused(code: str, verb: object, *args: object, **more: object) -> Failure:
    """The failure of a call that must fail."""
    with pytest.raises(Failure, match=code) as failed:
        verb(*args, **more)  # type: ignore[operator]
    return failed.value
