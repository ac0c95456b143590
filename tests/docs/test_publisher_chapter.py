"""The chapter "Write a publisher in 30 minutes" works as it is printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CHAPTER = Path(__file__).parents[2] / "drafts" / "handbook" / "write-a-publisher.md"


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    """A folder with the chapter's two files, as a reader would have typed them."""
    code, test = re.findall(r"^```python\n(.*?)^```", CHAPTER.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "pinboard.py").write_text(code, encoding="utf-8")
    (tmp_path / "test_pinboard.py").write_text(test, encoding="utf-8")
    return tmp_path


def run(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a module of this Python in a folder."""
    return subprocess.run(
        [sys.executable, "-m", *argv], cwd=folder, capture_output=True, text=True, timeout=100, check=False
    )


def test_the_publisher_keeps_every_promise(typed: Path) -> None:
    """The chapter's publisher passes the whole contract, with the chapter's test and nothing else."""
    done = run(typed, "pytest", "-q", "-p", "no:cacheprovider")

    assert 0 == done.returncode, done.stdout
    assert "failed" not in done.stdout


def test_the_publisher_is_well_typed(typed: Path) -> None:
    """The chapter's code passes the type checker in its strictest form."""
    done = run(typed, "mypy", "--strict", "--cache-dir", str(typed / ".cache"), "pinboard.py")

    assert 0 == done.returncode, done.stdout
