"""The power goes off before every effect of a run that changes, removes and repeats posts, as people asked for."""

from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import now
from tests.race.conftest import HANG
from tests.race.crew import Crew
from tests.race.engines import Engine
from tests.race.town import HOUR, Town

from expertpost.model.delivery import State
from expertpost.model.event import EventKind

pytestmark = pytest.mark.timeout(HANG)
STEPS = 400


def test_a_power_cut_before_every_effect_of_what_people_ask_for(tmp_path: Path, crew: Crew, engine: Engine) -> None:
    """One post gets its new text, one is gone, one is there twice and no more, and what is held goes nowhere."""
    with closing(Town.found(tmp_path, crew, engine)) as town:
        survived = next(step for step in range(1, STEPS) if not _cut(town, step))

        assert [] == town.harm()
        print(f"killed at {survived - 1} effects, then a run came to its end")


def _cut(town: Town, step: int) -> bool:
    """Whether a run with something to change, to remove and to repeat was killed before its effect ``step``."""
    changed, removed, repeated, held = pieces = range(4 * step, 4 * step + 4)
    town.room.put(pieces, "Turn number {n} gently.", summary="About number {n}.")
    _approve(town, pieces)
    town.room.ask(EventKind.HOLD, held, text="Not yet")
    town.later += HOUR
    town.run()
    town.room.put([changed], "Turn number {n} firmly.", summary="About number {n}, firmly.")
    _approve(town, [changed])
    town.room.ask(EventKind.UPDATE, changed, channels=("chat",))
    town.room.ask(EventKind.RETRACT, removed, channels=("chat",), text="It is wrong")
    town.room.ask(EventKind.REPUBLISH, repeated, channels=("hook",), editions={"hook": 2})
    cut = town.run(kill=step)
    for _ in range(2):
        town.later += HOUR
        town.run()

    taken = town.taken()
    assert {1} == {taken[str(one), "chat", ""] for one in (changed, removed, repeated)}, (step, cut)
    assert [1, 1, 2, 0] == [taken[str(one), "hook", ""] for one in pieces], (step, cut)
    assert [1, 1, 1, 0] == [taken[str(one), "mail", town.recipients[0]] for one in pieces], (step, cut)
    assert ["firmly", "", "gently", ""] == [_shown(town, one) for one in pieces], (step, cut)
    wanted = {(changed, "chat", State.DELIVERED): 1, (removed, "chat", State.RETRACTED): 1,
              (repeated, "hook", State.DELIVERED): 2}  # fmt: skip
    states = town.states()
    assert wanted == {key: states[str(key[0]), key[1], key[2]] for key in wanted}, (step, cut)
    return cut.killed


def _approve(town: Town, numbers: Iterable[int]) -> None:
    ids = [f"01JD0000000000000000PCE{number:03}" for number in numbers]
    town.room.approve(*ids, at=now() - timedelta(minutes=1))


def _shown(town: Town, number: int) -> str:
    """How readers of the chat see a piece: "gently", "firmly", or "" where it is not there; all that there are."""
    seen = [
        str(post) for post in town.chat.posts if f"number {number} " in str(post) or f"number {number}," in str(post)
    ]
    return " ".join("firmly" if "firmly" in text else "gently" for text in seen)
