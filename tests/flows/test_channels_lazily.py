"""Channels cost nothing before there is something to send."""

import subprocess
import sys
from pathlib import Path

from bench.channels import CHANNELS

LIBRARIES = {"tweepy", "requests", "httpx2", "apprise", "keyring", "smtplib", "PIL", "nh3"}
CODE = f"""
import sys
from expertpost.cli import run
code = run(["publish"])
print(code, sorted({{name.partition(".")[0] for name in sys.modules}} & {LIBRARIES}))
"""


def test_no_channel_library_is_loaded_for_nothing(tmp_path: Path) -> None:
    """With twenty channels and nothing due, publish imports no library that any of them speaks by."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
    (tmp_path / "expertpost.toml").write_text(f'[workspace]\nname = "Acme"\nid = "acme-1"\n{CHANNELS}')
    for argv in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "begin"]):
        subprocess.run([*git, *argv], check=True)
    told = subprocess.run([sys.executable, "-c", CODE], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "0 []" == told.stdout.splitlines()[-1]
