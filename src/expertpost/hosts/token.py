"""The person's token for a host. Settings come with the repository: they may name only what was put there for us.

A name in expertpost.toml is that of a variable that begins with ``EXPERTPOST_``, of an entry of the service
``expertpost`` in the keyring, or of a file in ``~/.config/expertpost/``. So no workspace can ask for another secret.
What other tools use is taken for their own host only.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from expertpost.errors import Exit, Failure
from expertpost.hosts.base import Place
from expertpost.model.channel import SecretKind, SecretName
from expertpost.publishers.secrets import value_of

_VARIABLE = re.compile(r"EXPERTPOST_[A-Z0-9_]+")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TIMEOUT = 10
_LONGEST = 1_000
_OWN = {
    "github": ("https://github.com", "GITHUB_SERVER_URL", ("GH_TOKEN", "GITHUB_TOKEN")),
    "gitlab": ("https://gitlab.com", "CI_SERVER_URL", ("GITLAB_TOKEN",)),
}
"""Kind → its public host, the variable in which a job tells its own host, and the variables of its tokens."""


def token_for(place: Place, named: SecretName | None, env: Mapping[str, str], root: Path) -> str | None:
    """The token, None where the person has none. Raises Failure XP-HOST-TOKEN for a name that may not be used."""
    if named is not None:
        return _clean(value_of(_allowed(named, env), env, root))
    return next(filter(None, map(_clean, _usual(place, env, root))), None)


def _clean(value: str | None) -> str | None:
    """A token that can stand in a header."""
    fit = value and value.isascii() and value.isprintable() and " " not in value and len(value) <= _LONGEST
    return value if fit else None


def _allowed(named: SecretName, env: Mapping[str, str]) -> SecretName:
    if named.kind is SecretKind.ENV and _VARIABLE.fullmatch(named.name):
        return named
    if named.kind is SecretKind.KEYRING and named.name.rpartition("/")[0] in ("", "expertpost"):
        return named
    if named.kind is SecretKind.FILE and _FILE.fullmatch(named.name):
        return SecretName(SecretKind.FILE, str(_folder(env) / named.name))
    what = f"the token is named {named}, which settings that come with a repository may not ask for"
    cure = (
        'write { env = "EXPERTPOST_…" }, { keyring = "expertpost/NAME" } or { file = "NAME" }, in ~/.config/expertpost/'
    )
    raise Failure("XP-HOST-TOKEN", what, cure, where="host.token", exit_code=Exit.USAGE)


def _folder(env: Mapping[str, str]) -> Path:
    """The folder for what the person keeps for expertpost (XDG Base Directory Specification)."""
    home = Path(env.get("HOME") or env.get("USERPROFILE") or Path.home())
    return Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "expertpost"


def _usual(place: Place, env: Mapping[str, str], root: Path) -> Iterator[str | None]:
    """Where a token lies without being named: in the keyring under the host's name, or where the host's tools look."""
    yield value_of(SecretName(SecretKind.KEYRING, f"expertpost/{place.host}"), env, root)
    public, told_in, variables = _OWN.get(place.kind, ("", "", ()))
    if place.root and place.root in (public, env.get(told_in, "").rstrip("/")):
        yield from (value_of(SecretName(SecretKind.ENV, name), env, root) for name in variables)
    if place.kind == "github":
        yield _of_gh(urlsplit(place.root).hostname or "", env)


def _of_gh(host: str, env: Mapping[str, str]) -> str | None:
    """The token that GitHub's own command keeps for a host."""
    command = shutil.which("gh", path=env.get("PATH", ""))
    if command is None:
        return None
    quiet = {**env, "GH_NO_UPDATE_NOTIFIER": "1", "GH_PROMPT_DISABLED": "1"}
    try:
        args = [command, "auth", "token", "--hostname", host]
        done = subprocess.run(args, capture_output=True, env=quiet, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None
