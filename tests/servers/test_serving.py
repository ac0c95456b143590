"""How real servers are started and ended, shown with programs of a line or two."""

import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.servers.serving import LOOPBACK, answers, free_port, installed, listening, running


def test_a_server_ends_with_all_its_children(tmp_path: Path) -> None:
    """Nothing is left of a server that started others and ends for none of them."""
    stubborn = f"trap '' TERM; sleep 600 & echo $! > {tmp_path}/child; wait"
    with running(["sh", "-c", stubborn], tmp_path / "log", (tmp_path / "child").exists, grace=0.1):
        child = _number(tmp_path / "child")

    while _lives(child):
        # Its end reaches us a moment later; the limit of every test is what ends this.
        time.sleep(0.01)
    assert not _lives(child)


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    """Whoever waits for it gets its own words, at once."""
    with (
        pytest.raises(RuntimeError, match="the port is taken"),
        running(["sh", "-c", "echo the port is taken >&2; exit 3"], tmp_path / "log", lambda: False),
    ):
        pytest.fail("it is there")


def test_a_web_server_is_there_once_it_answers(tmp_path: Path) -> None:
    """It answers at its address from the first moment on, and not any more afterwards."""
    argv = [sys.executable, "-m", "http.server", str(port := free_port()), "--bind", LOOPBACK]
    with listening(argv, port, tmp_path / "log") as url:
        assert answers(url)

    assert not answers(url)


@pytest.mark.parametrize(("required", "what"), [("", pytest.skip.Exception), ("required", pytest.fail.Exception)])
def test_a_server_that_is_not_installed(
    required: str, what: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tests are skipped, or fail where servers are required; both say how it is installed."""
    monkeypatch.setenv("EXPERTPOST_SERVERS", required)

    with pytest.raises(what, match="make servers installs it"):
        installed("nothing-of-that-name")


def _number(file: Path) -> int:
    while not (text := file.read_text(encoding="utf-8").strip()):
        time.sleep(0.01)
    return int(text)


def _lives(number: int) -> bool:
    """Whether the program is there; a dead one that nobody has asked for is not."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False
