"""WordPress with MariaDB, and MediaWiki with SQLite: both as Debian has them, served by PHP's own web server."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.serving import LOOPBACK, free_port, installed, listening, running

_WORKERS = {"PHP_CLI_SERVER_WORKERS": "4"}
_SMALL = ("--innodb-log-file-size=4M", "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0")


@dataclass(frozen=True, slots=True)
class Database:
    """A MariaDB of our own behind a socket."""

    socket: Path

    def sql(self, statement: str, name: str = "wordpress") -> str:
        """What the statement finds in the database of that name: lines with tabs."""
        argv = [*self._client("mariadb"), "--batch", "--skip-column-names", "--raw", "-e", statement, name]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def is_up(self) -> bool:
        """Whether it takes connections."""
        return subprocess.run([*self._client("mariadb-admin"), "ping"], capture_output=True).returncode == 0

    def _client(self, program: str) -> tuple[str, ...]:
        return program, "--no-defaults", "--user=root", f"--socket={self.socket}"


@dataclass(frozen=True, slots=True)
class Site:
    """A WordPress. ``passwords``: the application password of the user of each role, who is called like the role."""

    url: str
    database: Database
    passwords: Mapping[str, str] = field(repr=False)

    def empty_again(self) -> None:
        """Take every post and every picture away."""
        tables = ("posts", "postmeta", "term_relationships")
        self.database.sql(";".join(f"DELETE FROM wp_{table}" for table in tables))


@dataclass(frozen=True, slots=True)
class Wiki:
    """A MediaWiki with a bot. ``files``: where its databases are, and ``empty``: how they were."""

    url: str
    empty: Path
    files: Path
    user: str
    password: str = field(repr=False)

    def empty_again(self) -> None:
        """Let all pages be as they were in the beginning."""
        shutil.copyfile(self.empty / "wiki.sqlite", self.files / "wiki.sqlite")


@contextmanager
def wordpress(folder: Path) -> Iterator[Site]:
    """A new site with its files in ``folder``."""
    home = installed("wordpress")
    served = _site(home / "site", folder / "site")
    with _mariadb(home / "db", folder) as database:
        more = {"WP_DB_SOCKET": str(database.socket), "WP_ADDRESS": f"http://{LOOPBACK}:{(port := free_port())}"}
        more |= {"WP_FILES": str(served / "wp-content")} | _WORKERS
        people = _people(home / "site" / "found.php", more)
        argv = _php(served, port)
        with listening(argv, port, folder / "php.log", path="/wp-json/", more=more) as url:
            yield Site(url, database, people)


@contextmanager
def mediawiki(folder: Path) -> Iterator[Wiki]:
    """A new wiki with its files in ``folder``."""
    home = installed("mediawiki")
    shutil.copytree(home / "data", files := folder / "data")
    more = {"MW_ADDRESS": f"http://{LOOPBACK}:{(port := free_port())}", "MW_FILES": str(files)}
    more |= {"MW_CONFIG_FILE": str(home / "LocalSettings.php")} | _WORKERS
    password = (home / "password").read_text(encoding="utf-8")
    where = "/api.php?action=query&meta=siteinfo&format=json"
    argv = _php(Path("/usr/share/mediawiki"), port)
    with listening(argv, port, folder / "php.log", path=where, more=more) as url:
        yield Wiki(url, home / "data", files, "Admin@news", password)


def _site(code: Path, served: Path) -> Path:
    """The folder that is served: the code as it is, and content of its own."""
    served.mkdir()
    for entry in code.iterdir():
        (served / entry.name).symlink_to(entry)
    (served / "wp-content").unlink()
    shutil.copytree(code / "wp-content", served / "wp-content")
    return served


@contextmanager
def _mariadb(empty: Path, folder: Path) -> Iterator[Database]:
    """A server whose files are a copy of ``empty``, and whose socket has a short path: a long one is refused."""
    shutil.copytree(empty, folder / "db")
    with tempfile.TemporaryDirectory(prefix="sql-", dir="/tmp") as short:
        database = Database(Path(short) / "s")
        argv = ["/usr/sbin/mariadbd", "--no-defaults", "--skip-networking", *_SMALL, f"--datadir={folder / 'db'}",
                f"--socket={database.socket}", f"--pid-file={short}/pid", *_user()]  # fmt: skip
        with running(argv, folder / "mariadb.log", database.is_up):
            database.sql("CREATE DATABASE wordpress CHARACTER SET utf8mb4", "mysql")
            yield database


def _user() -> tuple[str, ...]:
    """It refuses to be root unless it is told to."""
    return ("--user=root",) if os.getuid() == 0 else ()


def _people(script: Path, more: Mapping[str, str]) -> Mapping[str, str]:
    ran = subprocess.run(["php", script], env=os.environ | more, capture_output=True, text=True)
    try:
        people: Mapping[str, str] = json.loads(ran.stdout)
    except ValueError:
        raise RuntimeError(f"WordPress was not founded:\n{ran.stdout}{ran.stderr}") from None
    return people


def _php(root: Path, port: int) -> tuple[str | Path, ...]:
    return "php", "-S", f"{LOOPBACK}:{port}", "-t", root
