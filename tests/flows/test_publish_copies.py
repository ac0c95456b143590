"""Where no site of ours has a page, posts lead to the copy at a canonical channel, and wait until that is there."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.test_mattermost import CHANNEL, MattermostTwin
from tests.flows.mailroom import SECRET, Mailroom, Trap, hook, mailroom, read_hook

from expertpost.errors import Exit
from expertpost.flows.hold import release
from expertpost.flows.live import LivePages
from expertpost.flows.retract import retract
from expertpost.flows.update import update
from expertpost.model.policy import Why
from expertpost.store.workspace import find
from expertpost.testing.twin import Answer, HttpTwin, Request


class Blog(HttpTwin):
    """A built blog: it answers as it is told to, and remembers what it was asked."""

    answer = Answer(404)

    def aside(self, request: Request) -> Answer | None:
        """See HttpTwin."""
        return self.answer


@pytest.fixture
def blog() -> Iterator[Blog]:
    """A blog on which nothing is built yet."""
    with closing(Blog(read_hook)) as twin:
        yield twin


def folder(path: Path, url: str, *, name: str = "blog", more: str = "canonical = true\n") -> str:
    """A canonical channel: pages in a folder that somebody builds a site of."""
    path.mkdir(exist_ok=True)
    where = f'url = "{url}/posts/{{slug}}/"\n' if url else ""
    return f'[channels.{name}]\npublisher = "folder"\nreaders = ["suppliers"]\npath = "{path}"\n{where}{more}'


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, blog: Blog) -> Mailroom:
    """One approved piece, a channel for posts, and the blog."""
    room = mailroom(tmp_path, hook(receiver), folder(tmp_path / "blog", blog.url))
    room.merge(1)
    room.approve()
    return room


def waits(room: Mailroom, *channels: str) -> list[str]:
    """What one run says of the posts that wait for their page."""
    done = room.publish(*channels)

    assert Exit.DONE is done.exit
    return [" ".join(line.says) for line in done.lines if line.whys == (Why.PAGE,)]


def test_a_post_waits_for_the_copy_and_leads_to_it(room: Mailroom, receiver: Trap, blog: Blog) -> None:
    """First the copy goes, then it has to be built, then the post goes with the address that its receipt has."""
    assert ["it links to its page on blog, which is not there yet"] == waits(room, "hook")
    room.publish("blog")
    assert ["it links to its page, which is not live on blog – look there"] == waits(room)
    assert () == receiver.arrived()
    blog.answer = Answer(200)
    room.publish("hook")

    assert [True] == [f'"{blog.url}/posts/piece-1/"'.encode() in one.body for one in receiver.requests]
    assert {("HEAD", "/posts/piece-1/")} == {(one.method, one.path) for one in blog.requests}


def test_a_site_of_ours_comes_first(tmp_path: Path, receiver: Trap, blog: Blog) -> None:
    """Where a site has the page, nobody waits for the copy; and the copy itself names the site's page."""
    site = f'[sites.outside]\nreaders = ["suppliers"]\nbase_url = "{blog.url}/"\n'
    room = mailroom(tmp_path, hook(receiver), folder(tmp_path / "blog", blog.url), more=site)
    room.merge(1)
    room.approve()

    assert [True] == ["not live on outside" in reason for reason in waits(room)]


def test_canonical_channels_do_not_wait_for_one_another(tmp_path: Path, receiver: Trap, blog: Blog) -> None:
    """Two of them are both sent at once; posts lead to the first."""
    both = (folder(tmp_path / name, f"{blog.url}/{name}", name=name) for name in ("blog", "wiki"))
    room = mailroom(tmp_path, hook(receiver), *both)
    room.merge(1)
    room.approve()
    blog.answer = Answer(200)
    room.publish()
    room.publish()

    assert [True] == [f"{blog.url}/blog/posts/piece-1/".encode() in one.body for one in receiver.requests]
    assert [True, True] == [(tmp_path / name / "piece-1" / "index.md").exists() for name in ("blog", "wiki")]


@pytest.mark.parametrize("more", ["", 'url = "https://elsewhere.example/{slug}/"\ncanonical = true\n'])
def test_a_piece_that_does_not_go_there_has_no_page_there(tmp_path: Path, receiver: Trap, more: str) -> None:
    """A channel that is not canonical, or that the piece leaves out, is waited for by nobody."""
    room = mailroom(tmp_path, hook(receiver), folder(tmp_path / "blog", "", more=more))
    room.merge(1, **({"channels": "[hook]"} if more else {}))
    room.approve()
    room.publish()

    assert 1 == len(receiver.arrived())


def test_a_copy_without_an_address(tmp_path: Path, receiver: Trap) -> None:
    """A channel that tells no address of its copies cannot be the page; that is said with the cure."""
    room = mailroom(tmp_path, hook(receiver), folder(tmp_path / "blog", ""))
    room.merge(1)
    room.approve()
    room.publish()

    assert [True] == [
        "told no address below its own settings – let channels.blog say how its pages are addressed" in reason
        for reason in waits(room)
    ]
    assert () == receiver.arrived()


def test_a_copy_with_an_earlier_text(room: Mailroom, receiver: Trap, blog: Blog) -> None:
    """A post about a corrected text waits until the copy is corrected, too."""
    blog.answer = Answer(200)
    room.publish()
    room.merge(1, "Turn it firmly.")
    room.approve()

    assert ["its page on blog shows an earlier text – expertpost update piece-1 --channel blog"] == waits(room)
    update(room.anna.world, "piece-1", ("blog",))
    room.publish()
    room.publish()
    assert 1 == len(receiver.arrived())


def test_a_copy_that_was_taken_back(room: Mailroom, receiver: Trap, blog: Blog) -> None:
    """Nothing leads to a page that was removed, or is about to be in this run."""
    blog.answer = Answer(200)
    room.publish()
    retract(room.anna.world, "piece-1", ("blog",), "wrong")
    said = "it links to its page on blog, which is taken back – expertpost republish piece-1 --channel blog"

    assert [said] == waits(room)
    release(room.anna.world, "piece-1")
    assert [said] == waits(room)
    assert () == receiver.arrived()


def test_what_shows_that_a_page_is_there(room: Mailroom, blog: Blog) -> None:
    """A page for everybody answers itself; one for a few may ask who we are, and then the receipt has to do."""
    state = find(room.anna.clone, room.anna.env).merged()
    assert state is not None
    (piece,) = state.pieces()
    few = state.config
    everybody = replace(few, channels={"blog": replace(few.channels["blog"], readers=("public",))})
    address = f"{blog.url}/posts/piece-1/"

    def shown(status: int, location: str = "") -> tuple[bool, ...]:
        blog.answer = Answer(status, b"", {"Location": location} if location else {})
        return tuple(LivePages(config, room.world)(piece, "blog", address) for config in (few, everybody))

    assert [(True, True)] * 2 == [shown(200), shown(301, "/posts/piece-1")]
    assert [(True, False)] * 3 == [shown(302, "https://login.example.org/"), shown(401), shown(403)]
    assert [(False, False)] * 3 == [shown(404), shown(410), shown(500)]


def test_a_changed_post_keeps_its_address(tmp_path: Path, blog: Blog) -> None:
    """What an update writes leads to the page as well, wherever that is."""
    blog.answer = Answer(200)
    with closing(MattermostTwin()) as chat:
        chat.token = SECRET
        room = mailroom(
            tmp_path,
            f'[channels.chat]\npublisher = "mattermost"\nreaders = ["suppliers"]\nserver = "{chat.url}"\n'
            f'channel = "{CHANNEL}"\ntoken = {{ env = "HOOK_SECRET" }}\n',
            folder(tmp_path / "blog", blog.url),
        )
        for words in ("Turn it gently.", "Turn it firmly."):
            room.merge(1, summary=words)
            room.approve()
            room.publish()
            update(room.anna.world, "piece-1")
            room.publish()
        (post,) = chat.held().values()

    assert "firmly" in post
    assert f"{blog.url}/posts/piece-1/" in post
