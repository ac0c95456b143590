"""Whatever is wrong around a verb: a clear error with a cure, the right exit code, nothing lost, never a traceback."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.demo.people import Answer, Person, snapshot

WORKING = {
    "new": ("new", "A second piece", "--no-input"),
    "import": ("import", "elsewhere.md"),
    **{verb: (verb,) for verb in ("check", "status", "submit", "plan", "publish", "doctor", "stale")},
    **{f"channels {verb}": ("channels", verb) for verb in ("list", "probe", "lock")},
    "preview": ("preview", "welcome"),
    "unsubmit": ("unsubmit", "welcome"),
    "review list": ("review", "list"),
    "review show": ("review", "show", "welcome"),
    "review comment": ("review", "comment", "welcome", "Good"),
    "review return": ("review", "return", "welcome", "--reason", "Too long"),
    "review approve": ("review", "approve", "welcome"),
    "review withdraw": ("review", "withdraw", "welcome"),
    "review merge": ("review", "merge", "welcome"),
    "review renew": ("review", "renew", "--dry-run"),
    "policy explain": ("policy", "explain", "welcome"),
    "policy test": ("policy", "test"),
    **{f"person {verb}": ("person", verb) for verb in ("list", "show", "rotate")},
    "prove": ("prove", "welcome"),
    **{f"review {verb}": ("review", verb) for verb in ("sync", "gate")},
    **{" ".join(verb): verb for verb in (("outbox", "list"), *(("ledger", v) for v in ("verify", "export", "init")))},
    "calendar": ("calendar",),
    **{verb: (verb, "welcome", "--reason", "It is wrong") for verb in ("hold", "retract")},
    "site build": ("site", "build"),
    "experts find": ("experts", "find", "welcome"),
    "experts show": ("experts", "show"),
    "experts gaps": ("experts", "gaps"),
    "experts scan": ("experts", "scan", "."),
    "ask": ("ask", "Who?"),
    **{verb: (verb, "welcome") for verb in ("search", "confirm")},
    "ask list": ("ask", "list"),
    "digest": ("digest",),
    "insights": ("insights",),
}
"""Every verb that works inside a workspace, as somebody would call it."""
SHARED = ("submit", "unsubmit", "review list", "review show", "review approve", "review merge", "review renew",
          "review sync", "review gate", "policy explain", "plan", "publish", "calendar", "hold", "retract")  # fmt: skip
"""Verbs that cannot do their work without a look at the shared repository."""
NAMING = ("check", "preview", "submit", "unsubmit", "review show", "review approve", "review merge", "review comment",
          "review return", "review withdraw", "policy explain", "hold", "retract")  # fmt: skip
"""Verbs that take a REF."""
CALM = {0, 1, 2, 3, 4, 5, 130}


def call(ana: Person, *argv: str, at: Path | None = None, env: dict[str, str] | None = None) -> Answer:
    """What expertpost answers; the rules that hold for every answer are checked here."""
    done = subprocess.run(
        [sys.executable, "-m", "expertpost", *argv], cwd=at or ana.at, env={**ana.env, **(env or {})},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    everything = done.stdout + done.stderr
    assert "Traceback" not in everything
    assert "XP-BUG" not in everything
    assert done.returncode in CALM
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def ana(tmp_path: Path) -> Person:
    """Ana, with a home of her own, in her workspace with one draft and no remote."""
    person = Person("expert", "Ana Sealer", "ana@example.org", tmp_path / "home", tmp_path / "w")
    person.settle_in(with_key=False)
    person.at.mkdir()
    assert 0 == call(person, "init", "--no-input").code
    (person.at / "elsewhere.md").write_text("# Elsewhere\n\nWords.\n")
    return person


@pytest.fixture
def with_remote(ana: Person, tmp_path: Path) -> Path:
    """A bare remote that Ana's main is pushed to."""
    remote = tmp_path / "remote.git"
    ana.does("git", "init", "-q", "--bare", "-b", "main", str(remote))
    ana.does("git", "remote", "add", "origin", str(remote))
    ana.does("git", "push", "-q", "-u", "origin", "main")
    return remote


@pytest.mark.parametrize("verb", WORKING)
def test_outside_a_workspace(ana: Person, tmp_path: Path, verb: str) -> None:
    """Where there is no workspace every verb says so, and how to get one; usage error 2."""
    (tmp_path / "empty").mkdir()
    answer = call(ana, *WORKING[verb], at=tmp_path / "empty")

    assert 2 == answer.code
    assert "XP-WORKSPACE-NONE" in answer.err
    assert "expertpost init" in answer.err


@pytest.mark.parametrize("verb", WORKING)
def test_without_git_installed(ana: Person, tmp_path: Path, verb: str) -> None:
    """Where git is missing every verb says where to get it."""
    answer = call(ana, *WORKING[verb], env={"PATH": str(tmp_path)})

    assert 1 == answer.code
    assert "XP-GIT-MISSING" in answer.err


@pytest.mark.parametrize("verb", WORKING)
def test_with_broken_settings(ana: Person, verb: str) -> None:
    """Every error of expertpost.toml is told at once with its line, whatever the verb; nothing changes."""
    config = ana.at / "expertpost.toml"
    config.write_text(config.read_text() + '\n[sites.broken]\nreaders = ["colleages"]\nbas_url = "x"\n')
    line = config.read_text().splitlines().index("[sites.broken]") + 1
    before = snapshot(ana.at)
    answer = call(ana, *WORKING[verb])

    assert before == snapshot(ana.at)
    everything = answer.out + answer.err
    assert f"expertpost.toml:{line + 1}" in everything
    assert f"expertpost.toml:{line + 2}" in everything
    assert "did you mean colleagues?" in everything
    assert answer.code in ({1} if verb == "doctor" else {2, 5} if verb == "check" else {2})


@pytest.mark.parametrize("verb", SHARED)
def test_with_a_remote_that_does_not_answer(ana: Person, with_remote: Path, verb: str) -> None:
    """A shared repository that is gone is told as such; nothing of Ana's changes."""
    with_remote.rename(with_remote.with_name("gone.git"))
    before = snapshot(ana.at)
    answer = call(ana, *WORKING[verb])

    assert 1 == answer.code
    assert "XP-REMOTE" in answer.err
    assert before == snapshot(ana.at)


def test_status_needs_no_network(ana: Person, with_remote: Path) -> None:
    """Where things stood last can always be told; that nobody answered is only a note."""
    with_remote.rename(with_remote.with_name("gone.git"))
    answer = call(ana, "status")

    assert 0 == answer.code
    assert "welcome" in answer.out.lower()


@pytest.mark.parametrize("verb", NAMING)
def test_with_a_piece_that_does_not_exist(ana: Person, with_remote: Path, verb: str) -> None:
    """A misspelt piece is answered with the one that was meant; usage error 2."""
    argv = [word if word != "welcome" else "welcom" for word in WORKING[verb]]
    answer = call(ana, *(argv if "welcom" in argv else [*argv, "welcom"]))

    assert 2 == answer.code
    assert "XP-REF-NONE" in answer.err


def test_without_an_identity(ana: Person, with_remote: Path) -> None:
    """Whoever git does not know cannot sign anything; the two commands that cure it are told."""
    assert 0 == call(ana, "new", "Of nobody", "--no-input").code
    draft = ana.at / "drafts" / "of-nobody.md"
    draft.write_text(draft.read_text() + "\nWords.\n")
    (ana.home / ".gitconfig").write_text("[init]\n\tdefaultBranch = main\n")
    for key in ("user.name", "user.email"):
        subprocess.run(["git", "-C", str(ana.at), "config", "--unset", key], check=False, capture_output=True)
    answer = call(ana, "submit")

    assert "XP-IDENTITY" in answer.err
    assert 'git config --global user.name "Your Name"' in answer.err


def test_submit_in_any_state_of_the_work_tree(ana: Person, with_remote: Path) -> None:
    """A detached HEAD, a merge in progress and staged changes are left exactly as they are."""
    ana.does("git", "checkout", "-q", "-b", "other")
    (ana.at / "notes.txt").write_text("mine\n")
    ana.does("git", "add", "notes.txt")
    ana.does("git", "commit", "-q", "-m", "mine")
    ana.does("git", "checkout", "-q", "--detach", "main")
    (ana.at / "notes.txt").write_text("theirs\n")
    ana.does("git", "add", "notes.txt")
    ana.does("git", "commit", "-q", "-m", "theirs")
    ana.does("git", "merge", "-q", "other", code=1)
    assert 0 == call(ana, "new", "In the middle of a merge", "--no-input").code
    draft = ana.at / "drafts" / "in-the-middle-of-a-merge.md"
    draft.write_text(draft.read_text() + "\nSome words of mine that stand for a whole text.\n")
    before, index = snapshot(ana.at), ana.does("git", "status", "--porcelain").out
    answer = call(ana, "submit", "in-the-middle-of-a-merge")

    assert 0 == answer.code, answer.err
    assert before == snapshot(ana.at)
    assert index == ana.does("git", "status", "--porcelain").out
    assert "review/in-the-middle-of-a-merge" in ana.does("git", "ls-remote", "origin").out


@pytest.mark.parametrize("verb", ["submit", "publish", "site build", "status"])
def test_ctrl_c_at_any_moment(ana: Person, with_remote: Path, verb: str) -> None:
    """An interrupt ends a verb with 130 or after its work, and the next call goes on as if nothing had been."""
    for wait in (0.05, 0.15, 0.25, 0.4):
        child = subprocess.Popen(
            [sys.executable, "-m", "expertpost", *WORKING[verb]], cwd=ana.at, env=ana.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        time.sleep(wait)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
        # Before our own first line runs, Python itself answers an interrupt.
        if "expertpost" in err or wait > 0.1:
            # As the interpreter ends it answers by the signal itself, which a shell shows as 130.
            assert child.returncode in {*CALM, -signal.SIGINT}, err
            assert "XP-BUG" not in err
    assert call(ana, *WORKING[verb]).code in {0, 1, 3, 5}
    assert 0 == call(ana, "status").code


def _small_disk(folder: Path) -> bool:
    """Whether a file system of 1 MB could be mounted on the folder."""
    folder.mkdir()
    mount = shutil.which("mount")
    argv = [mount or "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    return mount is not None and subprocess.run(argv, capture_output=True, check=False).returncode == 0


def test_a_full_disk_loses_nothing(ana: Person, tmp_path: Path) -> None:
    """Where no byte can be written a verb says so, and what was there before is there after."""
    small = tmp_path / "small"
    if not _small_disk(small):
        pytest.skip("mounting a small file system needs more rights; the suite that runs as root has them")
    try:
        shutil.copytree(ana.at, small / "w", symlinks=True)
        assert 0 == call(ana, "new", "Before the disk was full", "--no-input", at=small / "w").code
        draft = small / "w" / "drafts" / "before-the-disk-was-full.md"
        draft.write_text(draft.read_text() + "\nWords that must not be lost.\n")
        with (small / "fill").open("wb") as filler:
            _fill(filler.fileno())
        before = snapshot(small / "w")
        for verb in ("new", "import", "submit", "site build"):
            answer = call(ana, *WORKING[verb], at=small / "w")
            assert 0 != answer.code
            assert "XP-" in answer.err
        assert before == snapshot(small / "w")
        assert 0 == call(ana, "status", at=small / "w").code
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False, capture_output=True)


def _fill(handle: int) -> None:
    """Write until there is no room for another byte."""
    for size in (65536, 512, 1):
        try:
            while True:
                os.write(handle, b"x" * size)
        except OSError:
            continue


def test_a_folder_nobody_may_write(ana: Person) -> None:
    """A read-only folder is told as such."""
    if os.geteuid() == 0:
        subprocess.run(["chattr", "+i", str(ana.at / "drafts")], check=False, capture_output=True)
    else:
        (ana.at / "drafts").chmod(0o555)
    try:
        (ana.at / "drafts" / "probe").touch()
    except OSError:
        answer = call(ana, "new", "Cannot be", "--no-input")
        assert 1 == answer.code
        assert "XP-SYSTEM" in answer.err
    else:
        pytest.skip("this file system has no folder that even root may not write")
    finally:
        subprocess.run(["chattr", "-i", str(ana.at / "drafts")], check=False, capture_output=True)
        (ana.at / "drafts").chmod(0o755)


@pytest.mark.parametrize(
    "argv",
    [
        ("new", "T", "--kind", "artcle"),
        ("new", "T", "--audience", "supliers"),
        ("preview", "welcome", "--channel", "mial"),
        ("publish", "--channel", "mial"),
        ("check", "--channel", "mial"),
        ("revew",),
        ("site", "build", "insid"),
        ("check", "--format", "xml"),
        ("plan", "--at", "tomorrow"),
        ("new", "x" * 5000),
        *(("new", title) for title in ("a\x1b[2Jb", "")),
    ],
)
def test_unknown_words_are_usage_errors(ana: Person, argv: tuple[str, ...]) -> None:
    """An unknown kind, audience, channel, site, verb, format, time or title is exit 2; nothing is changed."""
    before = snapshot(ana.at)
    answer = call(ana, *argv)

    assert 2 == answer.code, answer.err
    assert "\x1b" not in answer.out + answer.err
    assert before == snapshot(ana.at)
