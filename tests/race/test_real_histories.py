"""Hundreds of histories over real git and real databases: what a model tells in memory, told again with everything."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.race.conftest import HANG
from tests.race.crew import Crew
from tests.race.engines import Engine
from tests.race.town import HOUR, Town

from expertpost.testing.twin import Fault

pytestmark = pytest.mark.timeout(HANG)
HISTORIES = {"git": 200, "postgresql": 200, "sqlite": 40}
SHARDS = 8
FAULTS = (Fault.BROKEN_BEFORE, Fault.BROKEN_AFTER, Fault.ANSWER_LOST, Fault.HALF_ANSWER, Fault.THROTTLED)
"""Those that take no time; ``test_faults`` has the others."""
STEPS = st.one_of(
    st.tuples(st.just("run"), st.integers(0, 40)),
    st.tuples(st.just("wait"), st.sampled_from([60, 1200, int(HOUR)])),
    st.tuples(st.just("hook"), st.integers(0, len(FAULTS) - 1)),
    st.tuples(st.just("chat"), st.integers(0, len(FAULTS) - 1)),
)
"""A run, killed at an effect or not (0); time that goes by; a fault at a service."""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_real_history_doubles_or_hides_anything(shard: int, tmp_path: Path, crew: Crew, engine: Engine) -> None:
    """Whatever comes after what: the services hold everything once, and doubt is listed."""
    with closing(Town.found(tmp_path, crew, engine)) as town:

        @settings(
            max_examples=HISTORIES[engine.name] // SHARDS,
            database=None,
            suppress_health_check=list(HealthCheck),
            derandomize=False,
        )
        @given(st.lists(STEPS, max_size=4))
        def tell(steps: list[tuple[str, int]]) -> None:
            number = len(town.made) + 1
            town.write(number)
            for step, how in steps:
                _take(town, step, how)
            town.settle(runs=12)

            assert [] == town.broken([number]), steps

        tell()
        assert ([], []) == (town.broken(), town.harm())


def _take(town: Town, step: str, how: int) -> None:
    match step:
        case "run":
            town.run(kill=how)
        case "wait":
            town.later += how
        case _:
            (town.hook if step == "hook" else town.chat).fail(FAULTS[how])
