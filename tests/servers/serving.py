"""Real servers for the tests: programs that listen on this machine, start in no time that is guessed, and end with us.

``make servers`` and ``make pds`` install them into ``build/servers``, each by its script in ``tests/servers/install``.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
SERVERS = ROOT / "build" / "servers"
LOOPBACK = "127.0.0.1"
_PATIENCE, _GRACE = 90.0, 10.0
# Its standard input ends with whoever started it, however that ends; then the whole group does.
_GUARDED = 'exec 3<&0; { read -r _ <&3; kill -TERM 0; } & exec 3<&-; exec "$@" < /dev/null'


def installed(name: str, target: str = "servers") -> Path:
    """The folder that a server is installed in; without one the test is skipped, or fails where servers are required.

    ``target``: which of make's targets installs it.
    """
    if (SERVERS / name / ".ready").exists():
        return SERVERS / name
    missing = f"{name} is not installed: make {target} installs it"
    if os.environ.get("EXPERTPOST_SERVERS") == "required":
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def running(
    argv: Sequence[str | Path],
    log: Path,
    ready: Callable[[], bool],
    *,
    more: Mapping[str, str] | None = None,
    grace: float = _GRACE,
) -> Iterator[None]:
    """Start a program, wait until it says that it is ready, and end it with all its children.

    ``more``: what its environment has besides ours. ``grace``: seconds that it has for its end before it is killed.
    Raises RuntimeError with its log where it does not start.
    """
    with log.open("ab") as written:
        server = subprocess.Popen(
            ["sh", "-c", _GUARDED, "sh", *argv],
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=written,
            env={**os.environ, **(more or {})},
            start_new_session=True,
        )
    try:
        _wait(server, log, ready)
        yield
    finally:
        _end(server, grace)


@contextmanager
def listening(
    argv: Sequence[str | Path], port: int, log: Path, *, path: str = "/", more: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of a web server that ``argv`` starts at ``port``, once ``path`` is answered there."""
    address = f"http://{LOOPBACK}:{port}"
    with running(argv, log, lambda: answers(f"{address}{path}"), more=more):
        yield address


def free_port() -> int:
    """A port that nobody uses now; the system gives the same one to nobody else for a while."""
    with socket.socket() as line:
        line.bind((LOOPBACK, 0))
        port: int = line.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether somebody answers there, and well."""
    with suppress(OSError, HTTPException), urlopen(url, timeout=_GRACE):
        return True
    return False


def _wait(server: "subprocess.Popen[bytes]", log: Path, ready: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and server.poll() is None:
        if ready():
            return
        time.sleep(0.05)
    raise RuntimeError(f"it did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _end(server: "subprocess.Popen[bytes]", grace: float) -> None:
    """Ask the group to end, and see to it where it takes too long."""
    assert server.stdin is not None
    server.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        server.wait(grace)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
