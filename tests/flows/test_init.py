"""init: a workspace in a folder, new or completed."""

import re
from pathlib import Path

import pytest
import yaml
from tests.flows.organisation import Colleague, Organisation

from expertpost import __version__
from expertpost.errors import Exit, Failure
from expertpost.flows.init import CI, init
from expertpost.flows.schema import front_matter_schema
from expertpost.flows.status import status
from expertpost.model.draft import ALIASES, KNOWN
from expertpost.model.piece import Kind
from expertpost.store.workspace import find


@pytest.fixture
def anna(tmp_path: Path) -> Colleague:
    """Anna with an identity and an empty folder."""
    person = Organisation(tmp_path).colleague("anna", key=False)
    person.clone.mkdir(parents=True)
    return person


def test_a_new_workspace_is_whole(anna: Colleague) -> None:
    """Everything is there, valid and committed, in the words of the person's own git identity."""
    made = init(anna.world, "acme", "Acme Seals")
    workspace = find(anna.clone / "acme", anna.env)
    merged = workspace.merged()

    assert made.repository
    assert made.committed
    assert "Acme Seals" == workspace.here.config.name
    assert ["anna"] == [person.handle for person in workspace.here.people.listed]
    assert ("admin", "editor") == workspace.here.people.listed[0].roles
    assert [()] == [loaded.findings for loaded in workspace.here.loaded()]
    assert merged is not None
    assert workspace.here.config == merged.config
    assert {f"{kind}.md.j2" for kind in Kind} == {path.name for path in (workspace.root / "templates").iterdir()}
    assert b"?? drafts/\n" == workspace.git.run("status", "--porcelain")


def test_nothing_that_is_there_is_changed(anna: Colleague) -> None:
    """A file that exists stays as it is and is told; a second run writes nothing and commits nothing."""
    anna.write(".gitignore", "mine\n")
    anna.write("people/zoe.md", "---\nname: Zoe\n---\n")
    anna.write("drafts/mine.md", "words\n")
    first = init(anna.world)
    head = anna.run("rev-parse", "HEAD")
    second = init(anna.world)

    assert "mine\n" == (anna.clone / ".gitignore").read_text()
    assert (".gitignore",) == first.kept
    assert not {"people/anna.md", "drafts/welcome.md"} & {*first.written}
    assert () == second.written
    assert not second.committed
    assert head == anna.run("rev-parse", "HEAD")


def test_templates_of_ones_own_are_enough(anna: Colleague) -> None:
    """Whoever has a template already chose which kinds to change: nothing is put beside it."""
    anna.write("templates/note.md.j2", "---\nid: {{ id }}\ntitle: {{ title | yaml }}\n---\n")

    assert not [path for path in init(anna.world).written if path.startswith("templates/")]


def test_a_repository_with_a_history_gets_files_only(anna: Colleague) -> None:
    """Where somebody commits already, the new files are left to them, and the branch they use is the shared one."""
    anna.run("init", "--quiet", "--initial-branch=trunk")
    anna.write("README", "hello\n")
    anna.run("add", "README")
    anna.run("commit", "--quiet", "--message", "Before")
    made = init(anna.world)

    assert not made.repository
    assert not made.committed
    assert "trunk" == find(anna.clone, anna.env).here.config.branches.main
    assert "1\n" == anna.run("rev-list", "--count", "HEAD")


def test_what_is_staged_is_left_to_its_owner(anna: Colleague) -> None:
    """A first commit of somebody's own is not taken out of their hands."""
    anna.run("init", "--quiet", "--initial-branch=main")
    anna.write("README", "hello\n")
    anna.run("add", "README")

    assert not init(anna.world).committed


def test_not_inside_another_repository(anna: Colleague) -> None:
    """A workspace is a repository of its own; a folder that another one ignores is free."""
    anna.run("init", "--quiet")
    anna.write(".gitignore", "/build/\n")
    with pytest.raises(Failure) as refused:
        init(anna.world, "inner")

    assert ("XP-INIT-INSIDE", Exit.USAGE) == (refused.value.code, refused.value.exit_code)
    assert not (anna.clone / "inner").exists()
    assert init(anna.world, "build/inner").committed


def test_a_failure_leaves_nothing(anna: Colleague) -> None:
    """Whatever stops it half-way, the folder is as it was."""
    anna.write(".vscode", "a file where a folder is needed\n")
    with pytest.raises(OSError):
        init(anna.world)

    assert [".vscode"] == [file.name for file in anna.clone.iterdir()]


def test_without_an_identity(anna: Colleague) -> None:
    """Whoever git does not know is told how to introduce themselves; nothing is written."""
    (anna.home / ".gitconfig").unlink()
    with pytest.raises(Failure) as refused:
        init(anna.world)

    assert "XP-IDENTITY" == refused.value.code
    assert [] == list(anna.clone.iterdir())


def test_a_dry_run_writes_nothing(anna: Colleague) -> None:
    """It tells what it would do."""
    assert "expertpost.toml" in init(anna.world, dry_run=True).written
    assert [] == list(anna.clone.iterdir())


def test_a_public_key_is_listed(tmp_path: Path) -> None:
    """The key that a person would sign with stands in their entry from the first day."""
    anna = Organisation(tmp_path).colleague("anna")
    anna.clone.mkdir(parents=True)
    init(anna.world)
    public = (anna.home / ".ssh" / "id_ed25519.pub").read_text().split()[:2]

    assert [" ".join(public)] == [key.key for key in find(anna.clone, anna.env).here.people.listed[0].keys]


@pytest.mark.parametrize("name", ['Acme "Seals" & Søns', "it's: a # test", "日本", "[x] {y} \\ <<z>>"])
def test_any_name_is_written_as_it_is(anna: Colleague, name: str) -> None:
    """A name with quotes, signs or any letters comes back from the settings and the welcome as it was given."""
    init(anna.world, name=name)
    here = find(anna.clone, anna.env).here

    assert name == here.config.name
    assert [f"Welcome to {name}"] == [piece.front.title for piece in here.pieces()]


def test_a_name_with_hidden_characters_is_refused(anna: Colleague) -> None:
    """No terminal escape gets into the settings."""
    with pytest.raises(Failure) as refused:
        init(anna.world, name="a\x1b[2J")

    assert "XP-INIT-NAME" == refused.value.code


@pytest.mark.parametrize("ci", CI)
def test_the_publishing_job(anna: Colleague, ci: str) -> None:
    """The job is valid YAML, pins this version, and runs at minutes of its own."""
    init(anna.world, ci=ci)
    text = (anna.clone / next(iter(CI[ci]))).read_text()
    minutes = re.search(r"(\d+),(\d+) \* \* \* \*", text)

    assert isinstance(yaml.safe_load(text), dict)
    assert f"expertpost=={__version__}" in text
    assert minutes is not None
    assert 0 < int(minutes[1]) < int(minutes[2]) < 60


def test_the_github_job_has_least_rights(anna: Colleague) -> None:
    """Every action is pinned by hash; only the job that sends may write, and no text of others gets into a script."""
    init(anna.world, ci="github")
    publish, review = (yaml.safe_load((anna.clone / path).read_text()) for path in CI["github"])
    steps = [step for file in (publish, review) for one in file["jobs"].values() for step in one["steps"]]

    assert [{}, {}] == [publish["permissions"], review["permissions"]]
    assert {"contents": "read"} == publish["jobs"]["build"]["permissions"]
    assert {"contents": "write"} == publish["jobs"]["publish"]["permissions"]
    assert [{"contents": "read"}] * 2 == [one["permissions"] for one in review["jobs"].values()]
    assert all(re.search(r"@[0-9a-f]{40}$", step["uses"]) for step in steps if "uses" in step)
    assert not any("${{" in step["run"] for step in steps if "run" in step)
    assert not any(step["with"]["persist-credentials"] for step in steps if "checkout" in step.get("uses", ""))
    assert {"schedule", "workflow_dispatch"} == {*publish[True]}
    assert {"pull_request", "pull_request_review"} == {*review[True]}


@pytest.mark.parametrize("ci", CI)
def test_a_request_of_anybody_meets_no_secret(anna: Colleague, ci: str) -> None:
    """What looks at requests of others names no secret and no environment, and sends nothing."""
    init(anna.world, ci=ci)
    jobs = [job for path in CI[ci] for job in _jobs(yaml.safe_load((anna.clone / path).read_text()))]
    looking = [job for job in jobs if "review gate" in str(job) or "expertpost check" in str(job)]

    assert 2 == len(looking)
    assert not any("secrets." in str(job) or "environment" in job or "publish" in str(job) for job in looking)


def _jobs(file: dict[str, object]) -> list[dict[str, object]]:
    inner = file.get("jobs", file)
    assert isinstance(inner, dict)
    return [job for job in inner.values() if isinstance(job, dict)]


def test_an_unknown_host(anna: Colleague) -> None:
    """A misspelt host is answered with the one that was meant."""
    with pytest.raises(Failure, match="did you mean github"):
        init(anna.world, ci="githup")


def test_the_schema_knows_every_key(anna: Colleague) -> None:
    """The editors' schema has exactly the keys that the rules have, and their other names."""
    init(anna.world)
    schema = front_matter_schema(find(anna.clone, anna.env).here.config)

    properties = schema["properties"]
    assert isinstance(properties, dict)

    assert {*KNOWN, *ALIASES} == {*properties}


def test_a_remote_may_come_later(anna: Colleague, tmp_path: Path) -> None:
    """What began alone goes on with others once a remote is there."""
    assert not init(anna.world).shared
    anna.run("init", "--quiet", "--bare", str(tmp_path / "shared.git"))
    anna.run("remote", "add", "origin", str(tmp_path / "shared.git"))
    assert init(anna.world).shared
    anna.run("push", "--quiet", "origin", "main")

    assert ["draft"] == [group.stage for group in status(anna.world).groups]
