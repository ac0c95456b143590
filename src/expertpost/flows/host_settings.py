"""Settings of the host that fight the workflow, as ``doctor`` tells them."""

from collections.abc import Iterator

from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.flows.hosting import connect, place
from expertpost.hosts.base import Environments, Guard, Host
from expertpost.hosts.registry import KINDS
from expertpost.model.config import Branches
from expertpost.store.workspace import Workspace

ENVIRONMENT = "expertpost"
"""The environment of the job that publishes, as the jobs that ``init`` writes name it."""
Advice = tuple[str, str]
"""What is the case, and the cure; the cure is "" where all is well."""


def reach(workspace: Workspace, world: World) -> tuple[Host | None, str]:
    """The host, and in a sentence why there is none to be asked. Raises Failure XP-HOST-…."""
    config = workspace.here.config
    there = place(workspace, config)
    if there is None:
        return None, "the shared repository lies on no host that has an interface here: reviews need none"
    host = connect(there, workspace, config, world)
    if host is None:
        return None, f"no token for {there.host} here: reviews work without, and its pages are not kept up to date"
    return host, KINDS[there.kind]


def advice(host: Host, branches: Branches) -> Iterator[Advice]:
    """What the host's guards mean for the four kinds of branches. Raises Failure XP-HOST."""
    guards = {name: host.guard(name) for name in (branches.main, branches.reviews, branches.ledger)}
    yield from _of_main(branches.main, guards[branches.main])
    reviews, ledger = guards[branches.reviews], guards[branches.ledger]
    if reviews.by_request or reviews.few:
        yield _closed(branches.reviews, reviews, "everybody who reviews")
    if ledger.by_request and not ledger.few:
        yield _closed(branches.ledger, ledger, "the scheduled job")
    elif ledger.few is False:
        yield (
            f"{branches.ledger} is open to everybody who can push: they could tell the runner what was sent, and where",
            ("let the scheduled job alone push there (handbook: setting up), and forbid force pushes and deletion"),
        )
    if isinstance(host, Environments) and host.closed(ENVIRONMENT) is False:
        yield (
            f"every branch may use the environment {ENVIRONMENT}, and with it the channels' secrets",
            (f"let only {branches.main} deploy to it: Settings > Environments > {ENVIRONMENT} > Deployment branches"),
        )


def _closed(name: str, guard: Guard, who: str) -> Advice:
    how = "changes by pull request only" if guard.by_request else "is written by a few only"
    return (
        f"{name} {how}, so {who} cannot write there",
        (f"let {name} be pushed to; forbid only force pushes and deletion"),
    )


def _of_main(name: str, guard: Guard) -> Iterator[Advice]:
    if not guard.protected:
        yield (
            f"{name} is not protected: whoever can push changes people and policy",
            ("protect it (handbook: setting up): pull requests only, no force push, no deletion"),
        )
        return
    if guard.last_push:
        yield (
            f"{name} wants the last push approved by somebody else",
            ("switch that off: approvals here name the very text, and taking over main would need one more"),
        )
    if guard.drops_stale:
        yield (
            f"{name} takes approvals away with every push",
            ("switch that off: an approval here counts for its own text only, and stays where the text stays"),
        )
    if guard.approvals > 1:
        yield (
            f"{name} asks for {guard.approvals} approvals of the host's own",
            ("ask for none or one there, and require the check of expertpost review gate"),
        )


def tried(host: Host, branches: Branches) -> tuple[Advice, ...]:
    """The advice, or what the host did not answer."""
    try:
        return tuple(advice(host, branches)) or ((f"{host.place.host}: nothing there is in the way", ""),)
    except Failure as failed:
        return ((failed.what, failed.cure),)
