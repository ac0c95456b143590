"""Work in shares: one worker here, others in processes of their own, each keeping what it read between the steps."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast

from expertpost.errors import Exit, Failure

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

W = TypeVar("W")
A = TypeVar("A")
R = TypeVar("R")

MAX_WORKERS = 4
_FIRST = 0.75


class Team(Generic[W]):
    """Workers that take the same steps, each with its own share."""

    def __init__(self, first: W, others: "Sequence[Connection]") -> None:
        self.first = first
        self._others = others

    def __len__(self) -> int:
        """How many workers there are."""
        return 1 + len(self._others)

    def each(self, step: Callable[[W, A], R], shares: Sequence[A]) -> list[R]:
        """What every worker answers to one step with its share, in order. Raises the first Failure of any."""
        return self.begin(step, shares)()

    def begin(self, step: Callable[[W, A], R], shares: Sequence[A]) -> Callable[[], list[R]]:
        """Take one step; when this returns the first worker is done, and the answer waits for the others."""
        for other, share in zip(self._others, shares[1:], strict=True):
            other.send((step, share))
        mine = step(self.first, shares[0])
        return lambda: [mine, *(cast(R, _answer(other)) for other in self._others)]

    def shared(self, items: Sequence[A]) -> list[Sequence[A]]:
        """The items in one share for each worker; the first one's is smaller, for it has other things to do."""
        first = round(len(items) * _FIRST / (_FIRST + len(self._others)))
        size = -(-(len(items) - first) // max(1, len(self._others)))
        return [items[:first], *(items[first + size * n : first + size * (n + 1)] for n in range(len(self._others)))]


class _Failed(NamedTuple):
    """A Failure on its way from another process: exceptions with names for their parts cannot be pickled."""

    code: str
    what: str
    cure: str
    where: str
    exit_code: Exit


def _answer(other: "Connection") -> object:
    try:
        answer = other.recv()
    except EOFError as gone:
        raise Failure("XP-WORKER", "a part of the work ended by itself", "run the command again") from gone
    if isinstance(answer, _Failed):
        raise Failure(answer.code, answer.what, answer.cure, where=answer.where, exit_code=answer.exit_code)
    if isinstance(answer, OSError):
        raise answer
    return answer


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cyclic garbage collector: it would walk over ten thousand texts again and again, and find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def workers_for(items: int, each_worth: int) -> int:
    """How many workers pay for this many items, where starting one costs as much as ``each_worth`` items."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MAX_WORKERS, items // each_worth))


@contextmanager
def team(make: Callable[[], W], count: int) -> Iterator[Team[W]]:
    """``count`` workers made by ``make``, which can be pickled; they end with the block, however it ends."""
    if count == 1:
        yield Team(make(), ())
        return
    from multiprocessing import get_context

    # A fork starts at once and shares what is in memory; elsewhere it is not safe.
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    started = []
    try:
        for _ in range(count - 1):
            here, there = context.Pipe()
            one = context.Process(target=_work, args=(there, make), daemon=True)  # type: ignore[attr-defined]
            one.start()
            there.close()
            started.append((one, here))
        yield Team(make(), [here for _, here in started])
    finally:
        for one, here in started:
            # Closing our end alone ends nothing: a worker that was forked later holds a copy of it.
            with suppress(OSError):
                here.send(None)
            one.join(1)
            one.kill()
            here.close()


def _work(there: "Connection", make: Callable[[], W]) -> None:
    """Take steps until nobody asks any more."""
    try:
        worker = make()
        while (asked := there.recv()) is not None:
            step, share = asked
            try:
                answer = step(worker, share)
            except Failure as failed:
                answer = _Failed(failed.code, failed.what, failed.cure, failed.where, failed.exit_code)
            except OSError as failed:
                answer = failed
            there.send(answer)
    except (EOFError, KeyboardInterrupt, BrokenPipeError):
        return
