"""The power goes off before every single effect of a run, one after another; then the schedule goes on."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.race.conftest import HANG
from tests.race.crew import Crew
from tests.race.engines import Engine
from tests.race.town import Town

pytestmark = pytest.mark.timeout(HANG)
STEPS = 400
"""More effects than any of these runs has; reaching it is a failure."""


@pytest.fixture(params=[1, 20], ids=["one-mail", "twenty-mails"])
def town(request: pytest.FixtureRequest, tmp_path: Path, crew: Crew, engine: Engine) -> Iterator[Town]:
    """Three channels, one of them a mailing to one or to twenty."""
    with closing(Town.found(tmp_path, crew, engine, recipients=request.param)) as made:
        yield made


def test_a_power_cut_before_every_effect(town: Town) -> None:
    """Whatever a run was about to do: keyed and searchable posts end up once, a mail at most once and never hidden."""
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
