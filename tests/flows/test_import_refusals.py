"""What import leaves alone, and says so: broken texts, links, other people's places; and what it reports."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from tests.flows.lone import HUGO, Lone, lone, write


@pytest.fixture
def anna(tmp_path: Path) -> Lone:
    """Anna's workspace."""
    return lone(tmp_path)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "XP-FILE-EMPTY"),
        (b"a\0b", "XP-FILE-BINARY"),
        ("Gr\xfc\xdfe".encode("latin-1"), "XP-FILE-ENCODING"),
        ("# A".encode("utf-16"), "XP-FILE-BINARY"),
        (b"---\ntitle: x\n", "XP-FRONT"),
        (b"---\ntitle: [\n---\nx\n", "XP-FRONT"),
        (b"---\na: 1\na: 2\n---\nx\n", "XP-FRONT"),
        (b"---\na: &x 1\nb: *x\n---\nx\n", "XP-FRONT"),
        (b"---\n{title: x}\n---\nx\n", "XP-FRONT"),
        (b"---\n- title\n---\nx\n", "XP-FRONT"),
        (b"+++\ntitle = 'x'\n+++\nx\n", "XP-FRONT"),
        (b'{"title": "x"}\n\nx\n', "XP-FRONT"),
        (b"x" * 5_000_001, "XP-FILE"),
    ],
)
def test_what_cannot_be_adopted_is_left_alone(anna: Lone, content: bytes, code: str) -> None:
    """Each of these is reported with the reason; the others around it are adopted all the same."""
    anna.elsewhere("bad.md", content)
    anna.elsewhere("good.md", "# Good\n")
    done = anna.bring()

    assert [code] == [finding.code for finding in done.refused]
    assert str(anna.away / "bad.md") == done.refused[0].path
    assert ["good.md"] == list(anna.drafts())


def test_a_byte_order_mark_goes(anna: Lone) -> None:
    """The mark is no part of the text; that it went is told."""
    anna.elsewhere("x.md", b"\xef\xbb\xbf" + HUGO.encode())
    done = anna.bring()

    assert ["XP-IMPORT-NOTE"] == [finding.code for finding in done.notes]
    assert anna.read("x.md").endswith("Turn it gently.\n")
    assert [] == anna.codes()


def test_links_and_devices_are_not_followed(anna: Lone) -> None:
    """A symbolic link or a pipe among the texts or pictures is reported, never read."""
    anna.elsewhere("secret.txt", "hidden")
    os.symlink(anna.away / "secret.txt", anna.away / "link.md")
    os.mkfifo(anna.away / "pipe.md")
    os.symlink("/etc/hostname", anna.away / "pic.png")
    anna.elsewhere("x.md", "![p](pic.png)\n")
    done = anna.bring()

    assert ["link.md", "pic.png", "pipe.md"] == [Path(finding.path).name for finding in done.refused]
    assert ["x/index.md"] == list(anna.drafts())


def test_a_linked_folder_below_drafts_is_not_written_through(anna: Lone, tmp_path: Path) -> None:
    """Adopted files never leave the workspace through a link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (anna.root / "drafts").mkdir()
    os.symlink(outside, anna.root / "drafts" / "posts")
    anna.elsewhere("posts/x.md", "# X\n")
    done = anna.bring()

    assert ["XP-IMPORT-LINK"] == [finding.code for finding in done.refused]
    assert [] == list(outside.iterdir())


def test_a_failed_write_takes_everything_back(anna: Lone) -> None:
    """When the disk refuses half-way, no new file stays."""
    for number in range(3):
        anna.elsewhere(f"{number}.md", f"# {number}\n" + "word " * (20_000 if number == 2 else 1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            anna.bring()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert not (anna.root / "drafts").exists()


def test_what_surrounds_the_texts_is_left_out(anna: Lone) -> None:
    """Hidden folders and packages are passed over; texts of other formats are named."""
    for name in (".obsidian/x.md", "node_modules/y/readme.md", ".git/z.md", "old.html", "old.rst", "photo.png"):
        anna.elsewhere(name, "x")
    anna.elsewhere("Note.markdown", "# N\n")
    done = anna.bring()

    assert ["Note.md"] == list(anna.drafts())
    assert ["old.html", "old.rst"] == sorted(Path(other).name for other in done.others)


def test_a_workspace_around_the_texts_is_not_its_own_source(anna: Lone) -> None:
    """Importing the folder around the workspace never adopts people, templates or the drafts once more."""
    anna.elsewhere("x.md", "# X\n")
    write(anna.root / "notes" / "y.md", "# Y\n")
    anna.piece("mine.md")
    anna.bring(anna.root.parent)
    inside = anna.bring(anna.root)

    assert ["drafts/notes/y.md"] == [b.path for b in inside.brought]
    assert {"mine.md", "away/x.md", "notes/y.md"} == set(anna.drafts())


def test_a_text_is_not_hidden_in_another_pieces_folder(anna: Lone) -> None:
    """Below an index.md every file belongs to that piece, so a text that would land there is refused."""
    anna.piece("guide/index.md")
    anna.elsewhere("guide/one.md", "# One\n")
    anna.draft("guide/two.md", "# Two\n")
    done = anna.bring(anna.away, anna.root / "drafts")

    assert ["XP-IMPORT-OWNED", "XP-IMPORT-OWNED"] == [finding.code for finding in done.refused]


def cli(anna: Lone, *args: str) -> subprocess.CompletedProcess[str]:
    """What the command line answers."""
    env = {**anna.world.env, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-m", "expertpost", "import", *args]
    return subprocess.run(argv, cwd=anna.root, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_command_line_reports(anna: Lone) -> None:
    """Exit code 0, or 5 where something was left alone; the report names it, and a second run adopts nothing."""
    anna.elsewhere("good.md", HUGO.replace("weight: 10", "audience: internal"))
    first = cli(anna, str(anna.away))
    anna.elsewhere("b\x1b[2Jad.md", "+++\n+++\n")
    second = cli(anna, "--json", str(anna.away))
    answer = json.loads(second.stdout)

    assert (0, 5) == (first.returncode, second.returncode)
    assert f"adopted {anna.away}/good.md as drafts/good.md" in first.stdout
    assert "XP-IMPORT-KEY audience 'internal' is unknown" in first.stdout
    assert ("expertpost.import/1", [], ["drafts/good.md"]) == (answer["schema"], answer["adopted"], answer["there"])
    assert ["XP-FILE"] == [left["code"] for left in answer["left_alone"]]
    assert "\x1b" not in cli(anna, str(anna.away)).stdout


def test_many_notes_of_one_sort_are_one_line(anna: Lone) -> None:
    """A thousand files with the same odd key make one line with a number, not a thousand."""
    for number in range(30):
        anna.elsewhere(f"{number}.md", "---\nkind: blogpost\n---\n# A\n")
    lines = cli(anna, str(anna.away)).stdout.splitlines()

    assert ["(and 29 more like it)"] == [line[-21:] for line in lines if line.startswith("note ")]
    assert "… and 20 more" in lines
