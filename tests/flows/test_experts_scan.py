"""What other repositories and documents tell, and what hostile ones cannot do."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.flows.knowing import copied, people, pulled, pump_history, reviewed
from tests.flows.organisation import Colleague, Organisation
from tests.flows.reviewing import refused

from expertpost.flows.experts import find
from expertpost.flows.experts_scan import scan


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """See ``reviewed``."""
    return reviewed(tmp_path_factory.mktemp("acme"))


@pytest.fixture
def acme(original: Organisation, tmp_path: Path) -> Organisation:
    """A copy for one test."""
    return copied(original, tmp_path)


@pytest.fixture
def pumps(acme: Organisation, tmp_path: Path) -> Colleague:
    """See ``pump_history``."""
    return pump_history(acme, tmp_path)


def test_a_history_tells_who_knows(acme: Organisation, pumps: Colleague) -> None:
    """Authors, reviewers in trailers and owners of another repository are found, addresses merged by its mailmap."""
    dora = pulled(acme.people["dora"])
    scan(dora.world, [str(pumps.clone)])
    asks = replace(dora.world, env={**dora.env, "GIT_CONFIG_GLOBAL": "/dev/null"})
    found = find(asks, "cavitation bubbles")

    assert ["cem", "dora"] == sorted(people(found))
    assert {"committed", "checked", "owns"} == {r.evidence.part for k in found.experts for r in k.expert.reasons}
    assert ["cem"] == people(find(asks, "impeller"))


def test_a_second_scan_reads_what_is_new(acme: Organisation, pumps: Colleague) -> None:
    """Only commits that were not there the last time are read; a rewritten history is read anew."""
    dora = pulled(acme.people["dora"])
    first = [scan(dora.world, [str(pumps.clone)])[0].new for _ in range(2)]
    pumps.write("more.py", "2")
    pumps.run("add", "-A")
    pumps.run("commit", "--quiet", "-m", "Volute tongue")
    then = scan(dora.world, [str(pumps.clone)])[0].new
    pumps.run("reset", "--quiet", "--hard", "HEAD~2")
    again = scan(dora.world, [str(pumps.clone)])[0].new

    assert ([2, 0], 1, 1) == (first, then, again)
    assert [] == people(find(dora.world, "volute"))


def test_documents_tell_who_wrote_them(acme: Organisation, tmp_path: Path) -> None:
    """Markdown of any folder counts for the authors that it names; what names nobody counts for nobody."""
    (tmp_path / "wiki").mkdir()
    (tmp_path / "wiki" / "flanges.md").write_text(
        "---\ntitle: Flanges\nauthor: Cem\ntags: [flanges]\n---\nRaised faces.\n"
    )
    (tmp_path / "wiki" / "nobody.md").write_text("# Gaskets\n\nRaised faces.\n")
    (tmp_path / "wiki" / "link.md").symlink_to("/etc/passwd")
    dora = pulled(acme.people["dora"])

    assert 1 == scan(dora.world, [], [str(tmp_path / "wiki")])[0].new
    assert ["cem"] == people(find(dora.world, "raised faces of flanges"))


def test_a_folder_without_a_repository_is_told(acme: Organisation, tmp_path: Path) -> None:
    """What cannot be scanned is a usage error with its cure."""
    dora = pulled(acme.people["dora"])
    (tmp_path / "plain").mkdir()

    assert "clone" in refused("XP-EXPERTS-REPO", scan, dora.world, [str(tmp_path / "plain")]).cure
    assert "--from" in refused("XP-EXPERTS-REPO", scan, dora.world, []).cure


def hostile(folder: Path, person: Colleague, *, author: str, message: bytes, when: str) -> Path:
    """A repository with one commit object made by hand."""
    folder.mkdir()
    env = {**person.env, "GIT_DIR": str(folder / ".git")}

    def git(*args: str, stdin: bytes = b"") -> str:
        return (
            subprocess.run(["git", *args], env=env, input=stdin, capture_output=True, check=True)
            .stdout.decode()
            .strip()
        )

    git("init", "--quiet")
    tree = git("mktree")
    head = f"tree {tree}\nauthor {author} {when}\ncommitter {author} {when}\n\n".encode()
    commit = git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=head + message)
    git("update-ref", "HEAD", commit)
    return folder


@pytest.mark.parametrize(
    ("author", "when"),
    [
        ("A <a@x.example>", "99999999999999999999 +0000"),
        ("\x1b]52;c;x\x07 <a@x.example>", "-5 +0000"),
        ("Nobody <>", "1 +0"),
    ],
)
def test_hostile_commits_are_only_words(acme: Organisation, tmp_path: Path, author: str, when: str) -> None:
    """Dates that no clock shows, escapes, zero bytes, megabytes in one line: read as far as they make sense."""
    message = (
        b"\x1b[2Jzebra \xff\xfe\x00 hidden\n\n"
        + b"z" * 3_000_000
        + b"\n\nReviewed-by: <a@b>\nReviewed-by: x <x@y> <z@z>\n"
    )
    repo = hostile(tmp_path / "evil", acme.people["dora"], author=author, message=message, when=when)
    dora = pulled(acme.people["dora"])
    scan(dora.world, [str(repo)])

    assert set(people(find(dora.world, "zebra"))) <= {"a@x.example", "x@y", "z@z", "a@b"}


def test_a_repository_starts_no_program(acme: Organisation, pumps: Colleague, tmp_path: Path) -> None:
    """Programs that a scanned repository's configuration names are not run, and what fetches by itself is refused."""
    trap = tmp_path / "trap"
    program = f"touch {trap}"
    for key in ("gpg.program", "core.fsmonitor", "core.pager", "diff.external", "diff.x.textconv", "core.sshCommand"):
        pumps.run("config", key, program)
    pumps.run("config", "log.showSignature", "true")
    pumps.write(".gitattributes", "* diff=x filter=x\n")
    dora = pulled(acme.people["dora"])
    scan(dora.world, [str(pumps.clone)])

    assert not trap.exists()
    pumps.run("config", "remote.origin.promisor", "true")
    pumps.run("config", "remote.origin.uploadpack", program)
    assert "whole clone" in refused("XP-EXPERTS-REPO", scan, dora.world, [str(pumps.clone)]).cure
    assert not trap.exists()
