"""Tens of thousands of histories of runners, services and hosts that fail in every order (I1 and I2)."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.race.conftest import HANG
from tests.race.fate import Fate
from tests.race.history import History

from expertpost.model.channel import Guarantee
from expertpost.model.delivery import IN_DOUBT, Delivery, State
from expertpost.publishers import registry

pytestmark = pytest.mark.timeout(HANG)
HISTORIES = 50_000
SHARDS = 10
"""The histories are told in so many tests, so that they spread over the processors."""
RUNS = 40
"""A schedule's runs after the faults: enough for every pause to end."""
BEFORE_IT_SENDS = [Fate.WELL, Fate.WELL, Fate.WELL, Fate.SLEEPS]
OTHERS_LOOK_TWICE = [Fate.WELL, Fate.WELL, Fate.SLEEPS, *4 * [Fate.WELL], Fate.POWER_CUT, Fate.POWER_CUT]
"""A runner slept between its last look at the clock and its send, and sent what others had found to be missing."""
FATES = st.lists(st.sampled_from([Fate.WELL, Fate.WELL, *Fate]), max_size=30)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_history_doubles_or_hides_anything(shard: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is taken twice; keyed and searchable posts are delivered in the end, doubt at a blind service is held."""

    @settings(max_examples=HISTORIES // SHARDS, database=None)
    @example(Guarantee.SEARCHABLE, 1, [*BEFORE_IT_SENDS, *OTHERS_LOOK_TWICE], False)
    @given(st.sampled_from(Guarantee), st.integers(1, 3), FATES, st.booleans())
    def tell(guarantee: Guarantee, deliveries: int, fates: list[Fate], lags: bool) -> None:
        history = History(guarantee, deliveries, iter(fates), lags)
        monkeypatch.setattr(registry, "publisher_for", lambda *_args: history.publisher)
        history.run()
        history.run()
        history.settle(RUNS)

        assert 1 >= max(history.service.taken.values(), default=0)
        for key in history.keys:
            row = history.shared.rows.get(key.id)
            assert isinstance(row, Delivery)
            taken = history.service.taken[key.id]
            assert (row.state, taken) == (State.DELIVERED, 1) or (
                guarantee is Guarantee.BLIND and row.state in IN_DOUBT
            ), (row, taken)

    tell()
