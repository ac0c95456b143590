"""Which host keeps a repository, told from the address of its remote and the settings."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from expertpost.errors import Exit, Failure
from expertpost.hosts.base import Host, Place
from expertpost.model.config import HostSettings

KINDS: Mapping[str, str] = {"github": "GitHub", "gitlab": "GitLab", "gitea": "Gitea", "forgejo": "Forgejo"}
"""The hosts that have an interface here, with their names."""
_TOLD_BY = {"github": "github", ".ghe.com": "github", "gitlab": "gitlab", "codeberg": "forgejo", "gitea": "gitea",
            "forgejo": "forgejo"}  # fmt: skip
_SHORT = re.compile(r"(?:[^@/\s]+@)?(?P<host>[A-Za-z0-9.-]+):(?!/)(?P<path>\S+)")
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?")
_PATH = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)+")


def place_of(address: str, settings: HostSettings) -> Place | None:
    """The repository behind a remote's address; None where it lies on no host that has an interface here.

    Raises Failure XP-HOST-ADDRESS where the settings name an address on another host than the remote's: the token would
    go to whoever wrote them.
    """
    host, path = address_of(address)
    kind = settings.kind or next((kind for part, kind in _TOLD_BY.items() if part in host), "")
    if not kind or not _PATH.fullmatch(path):
        return None
    return Place(kind, _root(address, host, settings.base_url), path)


def _root(address: str, host: str, base_url: str) -> str:
    """The address of the host: the configured one, which has to be on the remote's own host."""
    from expertpost.publishers.http import is_loopback, problem_with

    name = host.partition(":")[0]
    if not base_url:
        # In the clear only to this very machine.
        return f"{'http' if address.startswith('http:') and is_loopback(name) else 'https'}://{host}"
    named = urlsplit(base_url).hostname or ""
    if problem := problem_with(base_url):
        raise _astray(f"base_url {problem}")
    # ssh.git.example.org and git.example.org are one host.
    if name != named and not name.endswith(f".{named}"):
        raise _astray(f"base_url leads to {named}, and the shared repository lies on {name}")
    return base_url.rstrip("/")


def _astray(what: str) -> Failure:
    cure = "write the address of the host's own pages into base_url, or leave it out"
    return Failure("XP-HOST-ADDRESS", what, cure, where="host.base_url", exit_code=Exit.USAGE)


def address_of(address: str) -> tuple[str, str]:
    """Host (with the port of its pages) and path in a web, ssh or short address; empty for anything else."""
    short = _SHORT.fullmatch(address) if "://" not in address else None
    if short:
        host, path = short["host"], short["path"]
    else:
        try:
            parts = urlsplit(address)
            # The port of ssh is not the port of the web pages.
            port = f":{parts.port}" if parts.scheme in ("http", "https") and parts.port else ""
        except ValueError:
            return "", ""
        if parts.scheme not in ("http", "https", "ssh", "git", "git+ssh"):
            return "", ""
        host, path = f"{parts.hostname or ''}{port}", parts.path
    path = path.strip("/").removesuffix(".git")
    return (host.lower(), path) if _HOST.fullmatch(host) else ("", "")


def host_at(place: Place, secret: str) -> Host:
    """The host that speaks for this token. Raises Failure XP-HOST-LIBRARY where its library is not installed."""
    try:
        if place.kind == "github":
            import github  # noqa: F401

            from expertpost.hosts.github import GitHub

            return GitHub(place, secret)
        if place.kind == "gitlab":
            import gitlab  # noqa: F401

            from expertpost.hosts.gitlab import GitLab

            return GitLab(place, secret)
    except ImportError as missing:
        what = f"the library for {KINDS[place.kind]} is not installed"
        raise Failure("XP-HOST-LIBRARY", what, f'pipx install "expertpost[{place.kind}]"') from missing
    from expertpost.hosts.gitea import Gitea

    return Gitea(place, secret)
