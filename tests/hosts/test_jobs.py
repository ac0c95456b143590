"""The jobs that ``init`` writes, and our own: held against an auditor, and their way of handing git its token."""

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from pytest_httpserver import HTTPServer
from tests.flows.organisation import Colleague, Organisation, organisation
from tests.flows.reviewing import refused
from werkzeug import Request, Response

from expertpost.flows.init import CI, init
from expertpost.store.git import Git
from expertpost.store.workspace import find

ROOT = Path(__file__).parents[2]
TOKEN = "ghs_0123456789abcdef"


@pytest.fixture
def anna(tmp_path: Path) -> Colleague:
    """Somebody who begins a workspace."""
    person = Organisation(tmp_path).colleague("anna")
    person.clone.mkdir(parents=True)
    return person


def audited(*paths: Path) -> subprocess.CompletedProcess[str]:
    """What zizmor finds at its pedantic persona, without a network."""
    command = [
        str(Path(sys.executable).parent / "zizmor"),
        "--offline",
        "--no-progress",
        "--color",
        "never",
        "--persona",
        "pedantic",
    ]
    return subprocess.run(
        [*command, "--no-ignores", *map(str, paths)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("main", ["main", "it's", "release/1.x"])
def test_an_auditor_finds_nothing_in_what_init_writes(anna: Colleague, main: str) -> None:
    """Pinned actions, least rights, no credentials left behind, no text of others in a script; whatever main's name."""
    anna.run("init", "--quiet", f"--initial-branch={main}")
    init(anna.world, ci="github")
    done = audited(*(anna.clone / path for path in CI["github"]))
    guarded = yaml.safe_load((anna.clone / ".github/workflows/expertpost.yml").read_text())["jobs"]["build"]["if"]

    assert (0, "No findings to report") == (done.returncode, done.stdout.strip()[:21])
    assert f"github.ref == 'refs/heads/{main.replace(chr(39), chr(39) * 2)}'" == guarded


def test_an_auditor_finds_nothing_in_our_own() -> None:
    """We keep what we recommend."""
    done = audited(*(ROOT / ".github" / "workflows").glob("*.yml"))

    assert (0, "No findings to report") == (done.returncode, done.stdout.strip()[:21])


def test_the_auditor_would_find_it(tmp_path: Path) -> None:
    """A job as many write it: the audit is no formality."""
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(
        "on: pull_request_target\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: echo ${{ github.event.pull_request.title }}\n"
    )

    assert audited(bad).returncode > 0


@pytest.fixture
def served(tmp_path: Path, httpserver: HTTPServer) -> Organisation:
    """A shared repository behind HTTP that asks for the token of a job, as hosts do."""
    org = organisation(tmp_path)
    backend = shutil.which("git")
    assert backend is not None
    wanted = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()

    def answer(request: Request) -> Response:
        if request.headers.get("Authorization") != wanted:
            return Response("", 401, headers={"www-authenticate": 'Basic realm="git"'})
        env = {
            "PATH": "/usr/bin:/bin",
            "GIT_PROJECT_ROOT": str(org.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "job",
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string.decode(),
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        }
        done = subprocess.run([backend, "http-backend"], input=request.data, capture_output=True, env=env, check=False)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return Response(body, int(fields.pop("Status", "200").split()[0]), headers=fields)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    return org


def step_env(job: Mapping[str, object], run: str, server: str) -> dict[str, str]:
    """The environment of a step, its expressions filled in as the runner would."""
    steps = job["steps"]
    assert isinstance(steps, list)
    env = next(step["env"] for step in steps if step.get("run") == run)
    filled = {"${{ github.token }}": TOKEN, "${{ github.server_url }}": server}
    texts = {key: str(value) for key, value in env.items()}
    for expression, value in filled.items():
        texts = {key: text.replace(expression, value) for key, text in texts.items()}
    return texts


@pytest.mark.parametrize(
    ("file", "job", "run"),
    [
        (".github/workflows/expertpost.yml", "build", "expertpost site build outside"),
        (".github/workflows/expertpost.yml", "sync", "expertpost review sync"),
        (".github/workflows/expertpost.yml", "publish", "expertpost site build"),
        (".github/workflows/expertpost.yml", "publish", "expertpost publish"),
        (".github/workflows/expertpost-review.yml", "gate", "expertpost review gate"),
    ],
)
def test_the_token_reaches_git_by_the_environment(
    served: Organisation, httpserver: HTTPServer, file: str, job: str, run: str
) -> None:
    """It fetches and pushes, and lies in no file of the clone and in no address; without it the host refuses."""
    bob = served.people["bob"]
    init(bob.world, ci="github")
    root = httpserver.url_for("").rstrip("/")
    bob.run("remote", "set-url", "origin", f"{root}/shared.git")
    env = {**bob.env, **step_env(yaml.safe_load((bob.clone / file).read_text())["jobs"][job], run, root)}
    hub = find(bob.clone, env).hub
    hub.fetch()
    refused("XP-REMOTE", find(bob.clone, bob.env).hub.fetch)

    assert hub.tip("main") is not None
    assert "" == hub.may_push()
    assert not any(TOKEN.encode() in path.read_bytes() for path in bob.clone.rglob("*") if path.is_file())


def test_gitlabs_job_hands_it_over_the_same_way(anna: Colleague) -> None:
    """The runner leaves the token out of the address, and git asks for it."""
    init(anna.world, ci="gitlab")
    variables = yaml.safe_load((anna.clone / ".gitlab-ci.yml").read_text())["variables"]

    assert "true" == variables["FF_GIT_URLS_WITHOUT_TOKENS"]
    assert "credential.$CI_SERVER_URL.helper" == variables["GIT_CONFIG_KEY_0"]
    assert '"password=$$CI_JOB_TOKEN"' in variables["GIT_CONFIG_VALUE_0"]


@pytest.mark.parametrize(("ci", "file"), [("github", ".github/workflows/expertpost.yml"), ("gitlab", ".gitlab-ci.yml")])
def test_a_job_brings_in_what_was_said_on_the_host(anna: Colleague, ci: str, file: str) -> None:
    """On a schedule, from main alone, under a name of its own; it sees no secret of a channel."""
    init(anna.world, ci=ci)
    text = (anna.clone / file).read_text()
    jobs = yaml.safe_load(text)
    job = jobs["jobs"]["sync"] if ci == "github" else jobs["sync"]
    env = next(step["env"] for step in job["steps"] if "env" in step) if ci == "github" else job["variables"]
    scripts = [step.get("run") for step in job["steps"]] if ci == "github" else job["script"]

    assert "expertpost review sync" in scripts
    assert ("expertpost sync", "sync@expertpost.invalid") == (env["GIT_AUTHOR_NAME"], env["GIT_AUTHOR_EMAIL"])
    assert "environment" not in job


def test_the_job_that_syncs_needs_no_name_in_git(anna: Colleague) -> None:
    """A job's machine knows nobody: the name in the environment is enough."""
    env = {**anna.env, "HOME": "/nowhere", "GIT_AUTHOR_NAME": "expertpost sync", "GIT_AUTHOR_EMAIL": "sync@x.invalid"}
    anna.run("init", "--quiet")

    assert "expertpost sync" == Git(anna.clone, env).identity().name
