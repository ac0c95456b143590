"""The power goes off before every single effect of a run that sends a thread of five."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flows.mailroom import SECRET, now
from tests.flows.test_publish_threads import BODY, Timeline, toots
from tests.race.conftest import HANG
from tests.race.crew import Crew, Ran
from tests.race.engines import Engine
from tests.race.near import Near, near
from tests.race.town import HOUR, UNBRAKED

from expertpost.model.delivery import IN_DOUBT, Delivery, Ruling, State
from expertpost.model.event import EventKind

pytestmark = pytest.mark.timeout(HANG)
STEPS = 400
PARTS = 5


def test_a_power_cut_before_every_effect_of_a_thread(tmp_path: Path, crew: Crew, engine: Engine) -> None:
    """No part is there twice or under another one, and where a thread ends early a person is told."""
    with closing(Timeline()) as timeline:
        room = near(tmp_path, toots(timeline), more=f"{UNBRAKED}\n{engine.more}")
        env = {**room.runner.env, **engine.env, "HOOK_SECRET": SECRET}

        def run(later: float, kill: int = 0) -> Ran:
            return crew.begin(tmp_path, room.runner.clone, env, later=later, kill=kill).end()

        def cut(step: int) -> bool:
            id_ = room.merge(step, BODY.replace("it", f"number {step}"), thread="true")
            room.approve(id_, at=now() - timedelta(minutes=1))
            before = len(timeline.arrived())
            first = run(3 * step * HOUR, step)
            ended = [run((3 * step + more) * HOUR) for more in (1, 2) if not whole(rows(room, id_))]
            there, told = timeline.arrived()[before:], [row.state for row in rows(room, id_)]

            assert [one.headers["reply"] for one in there[1:]] == [one.id for one in there[:-1]], (step, first, ended)
            assert len({one.text for one in there}) == len(there)
            sure, doubt = told.count(State.DELIVERED), [row for row in rows(room, id_) if row.state in IN_DOUBT]
            assert sure == PARTS or (len(doubt) == 1 and sure <= len(there) <= sure + 1), (step, told)
            for row in doubt:
                # A doubt is looked into with every run: what is counted next would be more each time.
                word = {"deliveries": (row.key.id,), "claim": row.intent.nonce, "verdict": Ruling.DROPPED.value}
                room.ask(EventKind.SETTLE, step, text="Nobody knows", **word)
                run((3 * step + 2) * HOUR)
            return first.killed

        survived = next(step for step in range(1, STEPS) if not cut(step))
        print(f"killed at {survived - 1} effects, then a run came to its end")


def whole(told: list[Delivery]) -> bool:
    """Whether every part is there."""
    return [row.state for row in told] == PARTS * [State.DELIVERED]


def rows(room: Near, piece: str) -> list[Delivery]:
    """The parts of a piece that the ledger knows, in their order."""
    ledger = room.ledger()
    found = (row for row in (*ledger.open(), *ledger.settled()) if isinstance(row, Delivery))
    return sorted((row for row in found if row.key.piece == piece), key=lambda row: row.key.part)
