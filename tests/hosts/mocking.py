"""A server that answers as the description of an interface says, and 422 to what it does not describe (npm's Prism).

It proves the shape of each request; what becomes of them the twins show. ``make hosts`` installs it.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from expertpost.publishers.http import Answer, call

PRISM = Path(__file__).parents[2] / "build" / "hosts" / "node_modules" / ".bin" / "prism"
DESCRIPTIONS = Path(__file__).parent / "prism"

needed = pytest.mark.skipif(
    not PRISM.exists() or shutil.which("node") is None, reason="needs node and npm's Prism: make hosts installs it"
)


@contextmanager
def described(name: str, folder: Path, look: str, *, home: str = "", below: str = "") -> Iterator[str]:
    """The address of a server for the description of this name.

    ``look``: a path to GET until it answers. ``home``: the address that the examples name, which becomes the server's.
    ``below``: what stands before every path.
    """
    address = f"http://127.0.0.1:{(port := _free_port())}"
    text = (DESCRIPTIONS / name).read_text(encoding="utf-8")
    told = json.loads(text.replace(home, f"{address}{below}") if home else text)
    told["paths"] = {f"{below}{path}": item for path, item in told["paths"].items()}
    file = folder / name
    file.write_text(json.dumps(told), encoding="utf-8")
    command = [str(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), str(file)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(f"{address}{look}", server)
            yield address
        finally:
            server.terminate()


def _free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < until:
        if isinstance(call("GET", address), Answer):
            return
        time.sleep(0.1)
    raise AssertionError("the server did not start")
