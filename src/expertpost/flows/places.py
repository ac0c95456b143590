"""The channels of a workspace, each with its publisher and what is needed to look it up in the ledger."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from expertpost.errors import Exit, Failure, Finding, Problems
from expertpost.model.channel import Channel, Guarantee
from expertpost.model.key import account_id
from expertpost.model.outcome import Unsure
from expertpost.publishers import registry
from expertpost.publishers.base import Address, Findable, Publisher, guarded
from expertpost.store.files import Unreadable
from expertpost.store.workspace import State

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A channel that can be looked up. ``publisher`` has no secrets; ``account`` is its ``account_id``.

    ``targets``: to whom a post goes now; one empty address for a channel without recipients.
    """

    channel: Channel
    publisher: Publisher[object]
    account: str
    targets: tuple[Address, ...]

    @property
    def single(self) -> bool:
        """Whether a post is one delivery, to the channel itself."""
        return self.targets == (Address(),)

    @property
    def keyed(self) -> bool:
        """Whether a repeat under the same key is harmless."""
        return self.publisher.guarantee is Guarantee.KEYED

    @property
    def threads(self) -> bool:
        """Whether each part of a post is a delivery of its own."""
        return self.single and self.publisher.limits.threads

    @property
    def settle(self) -> timedelta | None:
        """After which time a search finds what was accepted; None where nothing can be searched."""
        return self.publisher.settle if isinstance(self.publisher, Findable) else None

    @property
    def chunk(self) -> int:
        """How many posts one claim holds (protocol §5)."""
        usual = 1 if self.publisher.guarantee is Guarantee.BLIND else 50
        return self.publisher.chunk or usual


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a channel gets nothing in this run, with the cure; ``guard``: it could be unsafe, not only impossible."""

    channel: str
    code: str
    what: str
    cure: str
    guard: bool = False


def trouble(channel: str, failure: Failure) -> Trouble:
    """A failure as the trouble of one channel. Of several findings the first is told, with their number."""
    what, cure = failure.what, failure.cure
    if isinstance(failure, Problems) and failure.findings:
        first, more = failure.findings[0], len(failure.findings) - 1
        what = f"{first.path}:{first.line}: {first.what}" + (f" (and {more} more)" if more else "")
        cure = first.cure
    return Trouble(channel, failure.code, what, cure, guard=failure.exit_code is Exit.GUARD)


def kept_safe(call: Callable[[], T]) -> T | Failure:
    """What a call into a publisher answers, or the failure it raised; whatever else it raises is its own fault."""

    def tried() -> T | Failure:
        try:
            return call()
        except Failure as failure:
            return failure

    found = guarded(tried)
    if isinstance(found, Unsure):
        return Failure("XP-PLUGIN-BROKEN", found.reason, "ask those who make the publisher")
    return found


def places(state: State, root: Path, only: Iterable[str] = ()) -> tuple[tuple[Place, ...], tuple[Trouble, ...]]:
    """Every channel (or those named), in configured order, and those that cannot be used at all."""
    chosen = set(only)
    found: list[Place] = []
    wrong: list[Trouble] = []
    for channel in state.config.channels.values():
        if chosen and channel.name not in chosen:
            continue
        made = kept_safe(partial(_place, state, channel, root))
        if isinstance(made, Failure):
            wrong.append(trouble(channel.name, made))
        else:
            found.append(made)
    return tuple(found), tuple(wrong)


def _place(state: State, channel: Channel, root: Path) -> Place:
    publisher = registry.publisher_for(channel, root)

    def read(path: str) -> str:
        try:
            text = state.text(path)
        except Unreadable as wrong:
            raise _no_file(channel, path, wrong.why) from wrong
        if text is None:
            raise _no_file(channel, path, "is not in the merged workspace")
        return text

    return Place(channel, publisher, account_id(channel.publisher, publisher.account), publisher.targets(read))


def _no_file(channel: Channel, path: str, why: str) -> Problems:
    finding = Finding(
        "expertpost.toml", channel.line, "XP-CONFIG", f"{path} {why}", "add the file, or correct its name"
    )
    return Problems([finding], what=f"{channel.name} has no recipients", cure="mend its settings")
