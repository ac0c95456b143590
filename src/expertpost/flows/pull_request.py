"""Where a host offers to merge one branch into another: made from the address of the remote. Pure."""

from urllib.parse import quote

from expertpost.hosts.registry import address_of


def pull_request_link(address: str, branch: str, main: str) -> str:
    """The page on which the host opens a pull request (merge request); "" for a host whose pages are not known.

    Knows GitHub, GitLab, Bitbucket, and Codeberg, Gitea and Forgejo. User names and passwords in the address are left
    out.
    """
    host, path = address_of(address)
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
