"""The chapter about what came back, typed by the author of a piece that went out, exactly as it is printed."""

import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tests.docs.test_tour import pattern, printed
from tests.flows.counting import Timeline
from tests.flows.mailroom import Trap, hook, mailroom

CHAPTER = Path(__file__).parents[2] / "drafts" / "handbook" / "what-came-back.md"


def test_the_chapter_does_what_it_says(tmp_path: Path, receiver: Trap) -> None:
    """After three days on which the runner counted, every command says what is printed."""
    with closing(Timeline()) as timeline:
        room = mailroom(tmp_path, timeline.channel(), hook(receiver))
        room.merge(1)
        room.approve()
        room.publish()
        for _ in range(3):
            room.publish(after=timedelta(days=1))
    env = {**room.anna.env, "PATH": f"{Path(sys.executable).parent}:{room.anna.env['PATH']}"}
    for typed in printed(CHAPTER):
        done = subprocess.run(
            ["bash", "-c", typed.line], cwd=room.anna.clone, env=env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, encoding="utf-8", timeout=100, check=False,
        )  # fmt: skip

        assert typed.code == done.returncode, done.stderr
        assert pattern(typed.said).fullmatch(done.stdout), f"{typed.line}\n{done.stdout}\n{typed.said}"
