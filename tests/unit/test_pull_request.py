"""The page on which a host merges a branch, told from the address of the remote alone."""

import pytest

from expertpost.flows.pull_request import pull_request_link

BRANCH = "review/torque"
ASKED = "merge_request%5Bsource_branch%5D=review%2Ftorque&merge_request%5Btarget_branch%5D=main"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://github.com/acme/seals.git", "https://github.com/acme/seals/compare/main...review/torque?expand=1"),
        ("git@github.com:acme/seals.git", "https://github.com/acme/seals/compare/main...review/torque?expand=1"),
        ("ssh://git@github.com:22/acme/seals", "https://github.com/acme/seals/compare/main...review/torque?expand=1"),
        (
            "https://oauth2:secret@gitlab.com/a/b/c.git",
            f"https://gitlab.com/a/b/c/-/merge_requests/new?{ASKED}",
        ),
        (
            "git@bitbucket.org:acme/seals.git",
            "https://bitbucket.org/acme/seals/pull-requests/new?source=review%2Ftorque&dest=main",
        ),
        ("https://codeberg.org/acme/seals", "https://codeberg.org/acme/seals/compare/main...review/torque"),
        ("https://gitea.acme.example:3000/a/b.git", "https://gitea.acme.example:3000/a/b/compare/main...review/torque"),
        ("ssh://git@forgejo.acme.example:2222/a/b", "https://forgejo.acme.example/a/b/compare/main...review/torque"),
    ],
)
def test_known_hosts_have_a_page(address: str, link: str) -> None:
    """Web, ssh and short addresses lead to the host's own page; user names, passwords and ssh ports are left out."""
    assert link == pull_request_link(address, BRANCH, "main")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/srv/git/seals.git",
        "../seals.git",
        "C:\\seals",
        "https://git.acme.example/seals.git",
        "file:///github.com/x",
        "ext::sh -c github",
        "javascript://github.com/x",
        "https://github.com:port/x",
        "https://git hub.com/x",
        "https://github.com/",
        "git@github.com\n:x",
    ],
)
def test_elsewhere_there_is_no_link(address: str) -> None:
    """A folder, an unknown host and a hostile address give no link, and no error."""
    assert "" == pull_request_link(address, BRANCH, "main")


def test_the_name_of_a_branch_cannot_leave_its_place() -> None:
    """Whatever a branch is called, it stays one part of the address."""
    link = pull_request_link("https://github.com/a/b", "review/x?y#z&q=1 \x1b", "main")

    assert "https://github.com/a/b/compare/main...review/x%3Fy%23z%26q%3D1%20%1B?expand=1" == link
