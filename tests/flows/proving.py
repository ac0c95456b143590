"""What the tests of bundles share: packing one, checking it both ways, and a forger who can count checksums."""

import shutil
import subprocess
from pathlib import Path

from tests.flows.organisation import Colleague

from expertpost.flows.proof_check import Checked, check
from expertpost.flows.prove import Proven, prove
from expertpost.model.canonical import sha256


def packed(person: Colleague, ref: str = "piece-1") -> tuple[Path, Proven]:
    """A bundle, and what was said of it."""
    folder = person.home.parent / "bundle"
    return folder, prove(person.world, ref, str(folder))


def verified(folder: Path) -> tuple[int, str]:
    """What the script in the bundle says, in a shell that has nothing of ours."""
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name in (
        "sh",
        "sha256sum",
        "ssh-keygen",
        "cut",
        "sed",
        "grep",
        "sort",
        "find",
        "wc",
        "dirname",
        "cat",
        "sha1sum",
    ):
        if not (tools / name).exists():
            (tools / name).symlink_to(shutil.which(name) or "")
    done = subprocess.run(
        ["sh", str(folder / "verify.sh")], env={"PATH": str(tools)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def checked(person: Colleague, folder: Path) -> Checked:
    """What expertpost says of a bundle."""
    return check(person.world, str(folder))


def renew_sums(folder: Path) -> None:
    """What a careful forger does: checksums that fit again."""
    lines = [
        f"{sha256(file.read_bytes())}  ./{file.relative_to(folder).as_posix()}\n"
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_text("".join(sorted(lines, key=lambda line: line[66:])))


def refused_by_both(person: Colleague, folder: Path) -> None:
    """The script and ``--check`` both find that the bundle is not what it claims."""
    assert checked(person, folder).findings
    code, says = verified(folder)
    assert 1 == code, says


def bytes_change(person: Colleague, folder: Path) -> None:
    """One byte of any file, a file more or a file less: both checks find it (verify.sh cannot judge itself)."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        before = file.read_bytes()
        file.write_bytes(before[:-2] + bytes([before[-2] ^ 1]) + before[-1:] if before else b"x")
        assert checked(person, folder).findings, file
        assert file.name == "verify.sh" or 1 == verified(folder)[0], file
        file.write_bytes(before)
    (folder / "more.txt").write_text("more")
    refused_by_both(person, folder)
    (folder / "more.txt").unlink()
    (folder / "content.json").rename(folder.parent / "content.json")
    refused_by_both(person, folder)
