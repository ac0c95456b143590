"""``status`` over 10,000 pieces: warm against ``git status``, and the first one against reading them all."""

import shutil
import sys
import tempfile
from pathlib import Path

from bench import corpus
from bench.ratios import Job, Row, interleaved, milliseconds

TIMES = 5
MANY = 10_000
LOOP = (
    "import glob, frontmatter\nfor name in glob.glob('drafts/**/*.md', recursive=True):\n    frontmatter.load(name)\n"
)


def rows() -> list[Row]:
    """The two rows; every process is measured whole."""
    expertpost = str(Path(sys.executable).with_name("expertpost"))
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        corpus.write(here, MANY)
        corpus.commit(here)

        def forget() -> None:
            shutil.rmtree(here / ".git" / "expertpost", ignore_errors=True)

        status = [expertpost, "status"]
        first = interleaved(
            TIMES,
            loop=Job([sys.executable, "-c", LOOP], here),
            status=Job(status, here, before=forget),
        )
        warm = interleaved(
            TIMES * 2,
            git=Job(["git", "status"], here),
            status=Job(status, here),
        )
    return [
        _row(f"warm `status`, {MANY:,} pieces ÷ `git status`", 4, warm["status"].wall, warm["git"].wall),
        _row(
            f"first `status`, {MANY:,} pieces ÷ a python-frontmatter loop",
            0.6,
            first["status"].wall,
            first["loop"].wall,
        ),
    ]


def _row(measure: str, goal: float, ours: float, theirs: float) -> Row:
    return Row(measure, goal, ours / theirs, f"{milliseconds(ours)} ÷ {milliseconds(theirs)}")
