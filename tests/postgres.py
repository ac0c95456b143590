"""A PostgreSQL server of the tests' own: Debian's binaries, a temporary folder, a socket in it, nobody's rights."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

HOMES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
MISSING = "PostgreSQL's server programs are not here; on Debian and Ubuntu: apt-get install postgresql"
UNPRIVILEGED = ("postgres", "nobody")
SETTINGS = {"listen_addresses": "", "shared_buffers": "16MB", "max_connections": "120"}
DURABLE = {"shared_buffers": "256MB", "max_wal_size": "4GB"}
CARELESS = {"fsync": "off", "full_page_writes": "off"}
"""No test here takes the power away, so nothing waits for the disk; commits stay synchronous all the same."""


def programs() -> Path | None:
    """The folder with ``initdb`` and ``postgres``, the newest where there are several; None where there is none."""
    on_path = shutil.which("initdb")
    found = sorted((p for home in HOMES for p in Path("/").glob(home.lstrip("/")) if (p / "initdb").exists()), key=_age)
    if found:
        return found[-1]
    return Path(on_path).parent if on_path and shutil.which("postgres") else None


def _age(folder: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in "".join(c if c.isdigit() else " " for c in str(folder)).split())


def _user() -> str | None:
    """Whom the server runs as: the server refuses to be root."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in known)


@dataclass
class Server:
    """A running server. ``folder`` holds its socket."""

    bin: Path
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def database(self) -> str:
        """The address of a new and empty database."""
        name = f"test{next(self.numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return f"postgresql://expert@/{name}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Carry out one statement outside of any transaction."""
        import psycopg

        with psycopg.connect(f"postgresql://expert@/{database}?host={self.folder}", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server and end it; ``durable``: it waits for the disk. Raises LookupError where programs are missing."""
    home = programs()
    if home is None:
        raise LookupError(MISSING)
    folder, user = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp")), _user()
    try:
        if user:
            shutil.chown(folder, user)
        _run(home / "initdb", "--no-sync", "--auth=trust", "--username=expert", "-E", "UTF8", "--locale=C",
             "-D", str(folder / "db"), user=user, folder=folder)  # fmt: skip
        yield from _serving(home, folder, user, SETTINGS | (DURABLE if durable else CARELESS))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*argv: str | Path, user: str | None, folder: Path) -> None:
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, user=user, cwd=folder)


def _serving(home: Path, folder: Path, user: str | None, settings: Mapping[str, str]) -> Iterator[Server]:
    options = [f"--{name}={value}" for name, value in settings.items()]
    # It ends with whoever started it, however that ends: then its standard input does.
    guard = ["sh", "-c", '"$@" < /dev/null & read -r _; kill -INT $!; wait $!; rm -rf "$0"', str(folder)]
    argv = [*guard, str(home / "postgres"), "-D", str(folder / "db"), "-k", str(folder), *options]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=log, stderr=log, user=user, cwd=folder, start_new_session=True
        )
    try:
        made = Server(home, folder)
        _wait(made, running)
        yield made
    finally:
        if running.stdin:
            running.stdin.close()
        running.wait(30)


def _wait(made: Server, running: "subprocess.Popen[bytes]") -> None:
    import psycopg

    for _ in range(600):
        try:
            return made.sql("SELECT 1")
        except psycopg.OperationalError:
            if running.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError((made.folder / "log").read_text(encoding="utf-8", errors="replace"))
