"""What a review branch changes of who may decide, by which rules, and what runs them: one subject, for an admin."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from expertpost.errors import Failure, Finding, Problems
from expertpost.flows.desk import Desk
from expertpost.model.canonical import digest_of
from expertpost.model.guarded import Guard, guard_of, lists_of
from expertpost.store.changes import Change
from expertpost.store.config import NAME as SETTINGS
from expertpost.store.files import Unreadable
from expertpost.store.history import hands
from expertpost.store.workspace import State


@dataclass(frozen=True, slots=True)
class Guarded:
    """One file that a branch changes or takes away, and what it decides."""

    change: Change
    guard: Guard


def guarded_in(desk: Desk, tip: str, changes: Iterable[Change], entries: Collection[str]) -> tuple[Guarded, ...]:
    """What is guarded among the changes of a branch; ``entries`` of people are reviewed by themselves.

    A list of recipients is one when main's settings name it, or those of the branch.
    """
    regular = [change for change in changes if change.regular]
    lists = lists_of(desk.config)
    if any(change.path == SETTINGS for change in regular):
        lists |= _lists_at(desk.workspace.at(tip))
    found = ((change, guard_of(change.path, lists)) for change in regular)
    return tuple(Guarded(change, guard) for change, guard in found if guard and change.path not in entries)


def _lists_at(state: State) -> frozenset[str]:
    try:
        return lists_of(state.config)
    except (Failure, Unreadable):
        return frozenset()


def digest_of_guarded(guarded: Iterable[Guarded]) -> str:
    """What an approval of such changes names: each path with what it was and what it becomes ("": nothing)."""
    return digest_of({"v": 1, "changes": {each.change.path: [each.change.was, each.change.blob] for each in guarded}})


def brought(state: State, guarded: Iterable[Guarded]) -> bool:
    """Whether a state has every one of these files as the branch has it."""
    wanted = {each.change.path: each.change.blob for each in guarded}
    there = {entry.path: entry.blob for entry in state.files.below(*wanted)} if wanted else {}
    return all(there.get(path, "") == blob for path, blob in wanted.items())


def wrong_settings(desk: Desk, tip: str, guarded: Iterable[Guarded]) -> tuple[Finding, ...]:
    """What is wrong with the settings as the branch has them, where it changes them."""
    if not any(each.guard is Guard.SETTINGS for each in guarded):
        return ()
    try:
        _ = desk.workspace.at(tip).config
    except Problems as wrong:
        return tuple(wrong.findings)
    except (Failure, Unreadable) as wrong:
        return (Finding(SETTINGS, 0, "XP-CONFIG", f"cannot be read: {wrong}", "put it back"),)
    return ()


def hands_on(desk: Desk, tip: str, paths: Collection[str]) -> tuple[str, ...]:
    """Who committed something to these files on a branch, by handle where they are listed."""
    mails = hands(desk.git, desk.main.commit, tip, paths)
    return tuple(sorted({desk.people.handle_of(mail) or mail for mail in mails}))
