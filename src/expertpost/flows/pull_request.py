"""Where a host offers to merge one branch into another: made from the address of the remote. Pure."""

import re
from urllib.parse import quote, urlsplit

_SHORT = re.compile(r"(?:[^@/\s]+@)?(?P<host>[A-Za-z0-9.-]+):(?!/)(?P<path>\S+)")
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?")


def pull_request_link(address: str, branch: str, main: str) -> str:
    """The page on which the host opens a pull request (merge request); "" for a host whose pages are not known.

    Knows GitHub, GitLab, Bitbucket, and Codeberg, Gitea and Forgejo. User names and passwords in the address are left
    out.
    """
    host, path = _place(address)
    if not host or not path:
        return ""
    base = f"https://{host}/{quote(path)}"
    source, target = quote(branch), quote(main)
    if "github" in host:
        return f"{base}/compare/{target}...{source}?expand=1"
    if "gitlab" in host:
        asks = f"merge_request%5Bsource_branch%5D={quote(branch, safe='')}"
        return f"{base}/-/merge_requests/new?{asks}&merge_request%5Btarget_branch%5D={quote(main, safe='')}"
    if "bitbucket" in host:
        return f"{base}/pull-requests/new?source={quote(branch, safe='')}&dest={quote(main, safe='')}"
    if any(name in host for name in ("codeberg", "gitea", "forgejo")):
        return f"{base}/compare/{target}...{source}"
    return ""


def _place(address: str) -> tuple[str, str]:
    """Host and path of a web, ssh or short address of a repository; empty for a folder or anything else."""
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
