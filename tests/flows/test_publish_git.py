"""A piece becomes a commit in another repository, follows its corrections, and goes again: three commits in all."""

from pathlib import Path

from tests.flows.mailroom import mailroom
from tests.git_server import bare_repository, git, pages

from expertpost.flows.report import Result
from expertpost.flows.retract import retract
from expertpost.flows.update import update


def test_the_life_of_a_page(tmp_path: Path) -> None:
    """Each step is one commit, however often the runner comes by; at the end theirs is as it was."""
    site = bare_repository(tmp_path / "site.git")
    room = mailroom(
        tmp_path,
        f'[channels.blog]\npublisher = "git"\nreaders = ["suppliers"]\nrepository = "{site}"\n'
        'directory = "content"\nurl = "https://blog.acme.example/{slug}/"\n',
    )
    room.merge(1)
    room.approve()
    (first,) = room.publish().lines
    room.publish()
    there = pages(site)["piece-1/index.md"]
    room.merge(1, "Turn it firmly.")
    room.approve()
    update(room.anna.world, "piece-1")
    room.publish()
    changed = pages(site)["piece-1/index.md"]
    retract(room.anna.world, "piece-1", (), "wrong")
    room.publish()

    assert (Result.SENT, ("https://blog.acme.example/piece-1/",)) == (first.result, first.urls)
    assert (True, True) == ("Turn it gently." in there, "Turn it firmly." in changed)
    assert ["Remove: piece-1/index.md", "Change: Piece 1", "Add: Piece 1", "Ours: README.md"] == (
        git(site, "log", "--format=%s", "main").splitlines()
    )
    assert ["README.md"] == git(site, "ls-tree", "-r", "--name-only", "main").split()
