"""Pieces that are broken or hostile: a clear finding with a cure, exit code 5, nothing read that should not be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.flows.lone import SETTINGS, Lone, lone

ID = "01JD0000000000000000PCE001"
BOMB = "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9))
HOOK = '[channels.hook]\npublisher = "webhook"\nreaders = ["suppliers"]\nurl = "https://partner.example/h"\n'


def front(**keys: str) -> bytes:
    """A piece that is good but for these keys."""
    values = {"id": ID, "title": "T", "authors": "[anna]", **keys}
    return ("---\n" + "".join(f"{key}: {value}\n" for key, value in values.items()) + "---\nText\n").encode()


BAD = {
    "empty": (b"", "XP-FILE-EMPTY", 1),
    "only spaces": (b" \n\t\n", "XP-FILE-EMPTY", 1),
    "binary": (b"\x7fELF\0\0\0", "XP-FILE-BINARY", 1),
    "wrong encoding": (b"---\ntitle: Gr\xfc\xdfe\n---\n", "XP-FILE-ENCODING", 2),
    "byte-order mark": (b"\xef\xbb\xbf" + front(), "XP-FRONT", 1),
    "no front matter": (b"# Text\n", "XP-FRONT-MISSING", 1),
    "never closed": (b"---\ntitle: T\n\nText\n", "XP-FRONT", 1),
    "a list": (b"---\n- title\n---\n", "XP-FRONT", 2),
    "yaml bomb": (b"---\na: &a [x, x]\n" + BOMB.encode() + b"---\nText\n", "XP-FRONT", 2),
    "yaml that runs": (b"---\ntitle: !!python/object/apply:os.system [id]\n---\nText\n", "XP-FRONT", 2),
    "deep": (b"---\ntitle: " + b"[" * 5000 + b"]" * 5000 + b"\n---\nText\n", "XP-FRONT", 2),
    "twice the same key": (front(kind="note").replace(b"kind", b"title"), "XP-FRONT", 5),
    "naive time": (front(publish_at="2026-12-01T09:00"), "XP-PUBLISH-AT", 5),
    "time that never is": (front(publish_at="2026-03-29T02:30", timezone="Europe/Berlin"), "XP-PUBLISH-AT", 5),
    "time that is twice": (front(publish_at="2026-10-25T02:30", timezone="Europe/Berlin"), "XP-PUBLISH-AT", 5),
    "no time": (front(publish_at="2024-13-45"), "XP-PUBLISH-AT", 5),
    "no zone": (front(timezone="Mars/Olympus"), "XP-TIMEZONE", 5),
    "slug that climbs": (front(slug="../../etc/passwd"), "XP-SLUG", 5),
    "slug of a device": (front(slug="-rf"), "XP-SLUG", 5),
    "cover that climbs": (front(cover="../../../etc/passwd", cover_alt="x"), "XP-COVER", 5),
    "title with escapes": (front(title='"\\e]52;c;ZXZpbA==\\a\\e[2J"'), "XP-TITLE", 3),
    "title with a bidi override": (front(title='"T\\u202egnp.exe"'), "XP-TITLE", 3),
    "title of 5,000 characters": (front(title="x" * 5000), "XP-TITLE", 3),
    "title that is a list": (front(title="[a, b]"), "XP-TITLE", 3),
    "unknown kind": (front(kind="artikle"), "XP-KIND", 5),
    "unknown audience": (front(audience="[suppliars]"), "XP-AUDIENCE", 5),
    "unknown channel": (front(channels="[hok]"), "XP-CHANNELS", 5),
    "unknown author": (front(authors="[ana]"), "XP-AUTHOR-UNKNOWN", 4),
}
GUESSED = {
    "unknown kind": "article",
    "unknown audience": "suppliers",
    "unknown channel": "hook",
    "unknown author": "anna",
}


@pytest.fixture
def anna(tmp_path: Path) -> Lone:
    """Anna's workspace with one channel."""
    return lone(tmp_path, SETTINGS + HOOK + 'secret = { env = "S" }\n')


def cli(anna: Lone, *args: str) -> subprocess.CompletedProcess[str]:
    """What the command line answers; never a traceback."""
    env = {**anna.world.env, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-m", "expertpost", *args]
    done = subprocess.run(
        argv, cwd=anna.root, env=env, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(("content", "code", "line"), BAD.values(), ids=BAD.keys())
def test_a_bad_piece_is_told_with_its_line(anna: Lone, content: bytes, code: str, line: int) -> None:
    """Each fault is found at its line, with a cure, and does not hide the good piece beside it."""
    anna.draft("bad.md", content)
    anna.piece("good.md", number=2)
    report = anna.check()

    assert [("drafts/bad.md", line, code)] == [(each.path, each.line, each.code) for each in report.findings]
    assert 2 == report.pieces
    assert all(each.what and each.cure for each in report.findings)


@pytest.mark.parametrize("name", GUESSED)
def test_the_likeliest_word_is_named(anna: Lone, name: str) -> None:
    """An unknown word comes with the one that was probably meant."""
    anna.draft("bad.md", BAD[name][0])

    assert [f"did you mean {GUESSED[name]}?"] == [finding.cure for finding in anna.check().findings]


@pytest.mark.parametrize("name", [name for name in BAD if name != "unknown author"])
def test_the_command_line_says_it_calmly(anna: Lone, name: str) -> None:
    """Exit code 5, one line for each finding, and nothing that a terminal would obey."""
    anna.draft("bad.md", BAD[name][0])
    done = cli(anna, "check")

    assert (5, 1) == (done.returncode, len(done.stdout.splitlines()))
    assert all(character.isprintable() for character in done.stdout.replace("\n", ""))


@pytest.mark.parametrize("name", BAD)
def test_import_takes_or_leaves_but_never_breaks(anna: Lone, name: str) -> None:
    """The same texts from elsewhere: adopted as valid pieces or left alone, and the source is never changed."""
    source = anna.elsewhere("bad.md", BAD[name][0])
    anna.elsewhere("good.md", "# Good\n")
    done = anna.bring()
    valid = {finding.path for finding in anna.check().errors}

    assert BAD[name][0] == source.read_bytes()
    assert 2 == len(done.brought) + len(done.refused)
    assert set() == valid
    assert "drafts/good.md" in [brought.path for brought in done.brought]


def test_crlf_is_no_fault(anna: Lone) -> None:
    """A piece written on Windows is as good as any."""
    anna.draft("a.md", front().replace(b"\n", b"\r\n"))

    assert [] == anna.codes()


def test_a_script_is_only_text(anna: Lone) -> None:
    """A script in a body is never run: it is told that readers will see it as written."""
    anna.piece("a.md", "Hello\n\n<script>alert(document.cookie)</script>\n")

    assert [("XP-MARKUP", 8)] == [(finding.code, finding.line) for finding in anna.check().findings]


def test_a_link_to_the_password_file_is_not_read(anna: Lone) -> None:
    """A symbolic link among the drafts is told as what it is; no byte of its target is shown."""
    (anna.root / "drafts").mkdir()
    os.symlink("/etc/passwd", anna.root / "drafts" / "evil.md")
    os.symlink("/etc", anna.root / "drafts" / "etc")
    done = cli(anna, "check")

    assert 5 == done.returncode
    assert "drafts/evil.md:1: XP-FILE cannot be read: a symbolic link" in done.stdout
    assert "root:" not in done.stdout


def test_a_device_does_not_hang(anna: Lone) -> None:
    """A pipe that nobody writes to is told at once."""
    (anna.root / "drafts").mkdir()
    os.mkfifo(anna.root / "drafts" / "pipe.md")

    assert ["XP-FILE"] == anna.codes()


def test_a_huge_file_is_not_read(anna: Lone) -> None:
    """A piece of 100 MB is refused by its size."""
    file = anna.draft("huge.md", front())
    with file.open("r+b") as opened:
        opened.truncate(100_000_000)
    (finding,) = anna.check().findings

    assert ("XP-FILE", True) == (finding.code, "100,000,000 bytes" in finding.what)


LONG = {
    "brackets": "[" * 50_000, "quotes": "> " * 20_000, "stars": "*a " * 50_000, "pictures": "![" * 30_000,
    "ticks": "`" * 60_001, "links": "[a](" * 30_000, "one word": "x" * 4_000_000, "logins": "://a:" * 50_000,
    "wiki": "[[" * 50_000, "liquid": "{%" * 50_000, "html": "<div " * 50_000, "comments": "<!--" * 50_000,
    "blocks": "::: a\n" * 20_000, "closed blocks": "::: colleagues\n[b](b.md)\n:::\n" * 5_000,
    "fences": "~~~\n" * 20_001, "passwords": "password=" * 20_000, "secret words": "my secret password is " * 20_000,
    "escapes": "\x1b[2J\n" * 20_000, "look-alikes": "p\u0430y " * 50_000, "headings": "# a\n\n[a](#b)\n\n" * 5_000,
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_no_body_makes_a_check_slow(anna: Lone, name: str) -> None:
    """Nested, repeated and unclosed markup is checked in a moment."""
    anna.piece("a.md", LONG[name] + "\n", 1, audience="[public]")
    anna.piece("b.md", number=2)
    before = os.times()
    anna.check()
    after = os.times()

    assert 5 > after.user - before.user
