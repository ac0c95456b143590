"""The power goes off before every single effect of a run, one after another; then the schedule goes on."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.race.conftest import HANG
from tests.race.crew import Crew
from tests.race.engines import GIT, Engine
from tests.race.town import Town

pytestmark = pytest.mark.timeout(HANG)
STEPS = 400
"""More effects than any of these runs has; reaching it is a failure."""


def test_a_power_cut_before_every_effect(tmp_path: Path, crew: Crew, engine: Engine) -> None:
    """Whatever a run was about to do: keyed and searchable posts end up once, a mail at most once and never hidden."""
    with closing(Town.found(tmp_path, crew, engine)) as town:
        _cut_everywhere(town)


def test_a_power_cut_before_every_effect_of_a_mailing(tmp_path: Path, crew: Crew) -> None:
    """A mailing to twenty, in two claims. Over git only: a database is asked for the same claims in the same order."""
    with closing(Town.found(tmp_path, crew, GIT, recipients=20)) as town:
        _cut_everywhere(town)


def _cut_everywhere(town: Town) -> None:
    survived = next(step for step in range(1, STEPS) if not _cut(town, step))

    assert town.stays()
    assert ([], []) == (town.broken(), town.harm())
    print(f"killed at {survived - 1} effects, then a run came to its end")


def _cut(town: Town, step: int) -> bool:
    """Whether a run with a new piece was killed before its effect of this number; the schedule went on either way."""
    town.write(step)
    cut = town.run(kill=step)
    runs = town.settle()

    assert [] == town.broken([step]), (step, cut, runs)
    return cut.killed
