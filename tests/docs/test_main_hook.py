"""The hook that the handbook gives to those who run git themselves does what is said there."""

import re
import subprocess
from pathlib import Path

from tests.flows.organisation import organisation

CHAPTER = Path(__file__).parents[2] / "drafts/handbook/setting-up.md"


def test_only_those_named_may_move_main(tmp_path: Path) -> None:
    """Everybody pushes reviews and facts; main only who is named, until this account is."""
    (hook,) = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", CHAPTER.read_text(encoding="utf-8"), re.DOTALL)
    org = organisation(tmp_path)
    anna, file = org.people["anna"], org.remote / "hooks" / "update"
    file.parent.mkdir(exist_ok=True)
    me = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()

    def pushed(names: str, branch: str) -> tuple[bool, bool]:
        file.write_text(hook.replace(" anna bob ", f" {names} "))
        file.chmod(0o755)
        anna.run("commit", "--quiet", "--allow-empty", "--message", "More")
        argv = ["git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}"]
        done = subprocess.run(argv, cwd=anna.clone, env=anna.env, capture_output=True, text=True, check=False)
        return done.returncode == 0, "main is moved by anna and bob" in done.stderr

    assert (False, True) == pushed("nobody-of-this-name", "main")
    assert (True, False) == pushed("nobody-of-this-name", "review/torque")
    assert (True, False) == pushed(f"anna {me}", "main")
