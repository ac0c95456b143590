"""A repository that others keep, served by git's own HTTP program on this machine, with a password and every fault."""

import atexit
import os
import shutil
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.contract.test_folder import parted

from expertpost.render.markdown import to_html
from expertpost.testing.twin import Answer, Arrived, Fault, HttpTwin, Rejected, Request

TOKEN = "ghs_0123456789abcdefghij"
_USER_OF = {"GIT_AUTHOR_NAME": "Bo", "GIT_AUTHOR_EMAIL": "bo@site.example"}
_ENV = {**os.environ, **_USER_OF, "GIT_COMMITTER_NAME": "Bo", "GIT_COMMITTER_EMAIL": "bo@site.example"}


def git(folder: Path, *args: str, stdin: bytes = b"") -> str:
    """What a git command says in a folder."""
    done = subprocess.run(["git", "-C", str(folder), *args], input=stdin, capture_output=True, env=_ENV, check=True)
    return done.stdout.decode()


def add(bare: Path, path: str, content: bytes | None, mode: str = "100644", branch: str = "main") -> str:
    """Somebody else's commit of one file (None: it goes) to a bare repository; its id."""
    index = {**_ENV, "GIT_INDEX_FILE": str(bare / "index-of-theirs")}
    ref = f"refs/heads/{branch}"
    parents = git(bare, "for-each-ref", "--format=%(objectname)", ref).split()

    def indexed(*args: str, stdin: bytes = b"") -> str:
        done = subprocess.run(["git", "-C", str(bare), *args], input=stdin, capture_output=True, env=index, check=True)
        return done.stdout.decode().strip()

    indexed("read-tree", parents[0] if parents else "--empty")
    blob = "0" * 40 if content is None else indexed("hash-object", "-w", "--stdin", stdin=content)
    line = f"{0 if content is None else mode} {blob}\t{path}\n"
    indexed("update-index", "--index-info", stdin=line.encode())
    commit = indexed(
        "commit-tree", indexed("write-tree"), *(f"-p{parent}" for parent in parents), "-m", f"Ours: {path}"
    )
    git(bare, "update-ref", ref, commit)
    return commit


@cache
def _made() -> Path:
    """A bare repository with one commit on main, made once and copied for every test."""
    folder = Path(tempfile.mkdtemp(prefix="expertpost-site-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    git(folder, "init", "-q", "--bare", "--template=", "--initial-branch=main")
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "http.receivepack", "true")
    add(folder, "README.md", b"A site.\n")
    return folder


def bare_repository(folder: Path) -> Path:
    """A bare repository with one commit on main."""
    return shutil.copytree(_made(), folder)


def pages(bare: Path, branch: str = "main") -> dict[str, str]:
    """Every page below ``content`` at the tip of a branch, by its path there."""
    listed = git(bare, "ls-tree", "-r", "--name-only", branch, "content/").splitlines()
    return {
        path.removeprefix("content/"): git(bare, "show", f"{branch}:{path}") for path in listed if path[-3:] == ".md"
    }


class GitTwin(HttpTwin):
    """``git http-backend`` before one repository; what is pushed has arrived. ``told``: bytes that it gave away."""

    def __init__(self, bare: Path) -> None:
        super().__init__(lambda _request: Arrived("", {}, ""))
        self.bare = bare
        self.told = 0

    @property
    def repository(self) -> str:
        """The address that git is given."""
        return f"{self.url}/{self.bare.name}"

    def arrived(self) -> tuple[Arrived, ...]:
        """The page of every commit that added one, in order."""
        log = git(self.bare, "log", "--reverse", "--format=%H", "--grep=^Add: ", "main").split()
        return tuple(self._page(commit) for commit in log)

    def _page(self, commit: str) -> Arrived:
        changed = git(self.bare, "show", "--format=", "--name-only", commit, "--", "content/").splitlines()
        (path,) = (name for name in changed if name.endswith(".md"))
        headers, body = parted(git(self.bare, "show", f"{commit}:{path}"))
        return Arrived(git(self.bare, "log", "-1", "--format=%(trailers)", commit), headers, body, to_html(body))

    def held(self) -> Mapping[str, str]:
        """Every page by its place below the directory."""
        return pages(self.bare)

    def fail(self, fault: Fault) -> None:
        """Credentials are refused at the first question, everything else at the push."""
        if fault is Fault.DENIED:
            self.fail_aside(fault)
        else:
            super().fail(fault)

    def aside(self, request: Request) -> Answer | None:
        """Everything but the push itself."""
        if b64encode(f"x-access-token:{TOKEN}".encode()).decode() not in request.headers.get("authorization", ""):
            raise Rejected(401)
        return None if request.path.endswith("/git-receive-pack") else self._backend(request)

    def take(self, request: Request) -> Answer:
        """A push."""
        return self._backend(request)

    def _backend(self, request: Request) -> Answer:
        path, _, query = request.path.partition("?")
        env = {
            **_ENV,
            "GIT_PROJECT_ROOT": str(self.bare.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "REMOTE_USER": "x",
        }
        done = subprocess.run(["git", "http-backend"], input=request.body, capture_output=True, env=env, check=True)
        self.told += len(done.stdout)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return Answer(int(headers.pop("Status", "200")[:3]), body, headers)
