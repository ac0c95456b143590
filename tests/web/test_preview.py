"""The preview page, over real sockets."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from expertpost.errors import Failure, Finding, Problems
from expertpost.model.post import Media
from expertpost.render.preview import Part, Preview, View
from expertpost.web.preview import PreviewServer

SITE = View(
    name="inside",
    kind="site",
    readers=("colleagues",),
    goes=True,
    parts=(Part("Look: ![A wrench](./wrench.png) and [more](https://acme.example/)", 62, None, "characters"),),
    media=(Media("wrench.png", "b1", "A wrench"),),
)
HOOK = View(
    name="hook",
    kind="webhook",
    readers=("suppliers",),
    goes=False,
    why="too long",
    parts=(Part("x" * 9, 9, 5, "characters"), Part("y", 1, 5, "characters")),
    fields=(("subject", "Torque"), ("html", "<p>long</p>\n" * 50)),
)
PREVIEW = Preview("Torque without tears", "torque", "drafts/torque.md", ("public",), (HOOK, SITE))


@dataclass
class Desk:
    """What the page shows, changed by a test as an author would."""

    preview: Preview = PREVIEW
    failure: Failure | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def look(self) -> Preview:
        """The preview, or the failure."""
        if self.failure:
            raise self.failure
        return self.preview

    def picture(self, place: str, name: str) -> bytes | None:
        """The one picture there is."""
        self.asked.append((place, name))
        return b"png" if (place, name) == ("inside", "wrench.png") else None


@contextmanager
def served(desk: Desk) -> Iterator[PreviewServer]:
    """The page, served in a thread of its own."""
    server = PreviewServer(desk.look, desk.picture, lambda count: b"\x01" * count)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)


@pytest.fixture
def desk() -> Desk:
    """A desk."""
    return Desk()


@pytest.fixture
def server(desk: Desk) -> Iterator[PreviewServer]:
    """The page of the desk."""
    with served(desk) as running:
        yield running


def ask(server: PreviewServer, rest: str = "", method: str = "GET", **headers: str) -> tuple[HTTPResponse, str]:
    """The answer to a request below the page's address, and its text."""
    url = urlsplit(server.url)
    assert url.port is not None
    connection = HTTPConnection("127.0.0.1", url.port, timeout=10)
    try:
        path = rest if rest.startswith("/") else url.path + rest
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()


def test_the_page_shows_every_place(server: PreviewServer) -> None:
    """Text, counts, reasons and fields of each place are on the page; what goes comes first."""
    answer, text = ask(server)

    assert 200 == answer.status
    assert "Torque without tears" in text
    assert "1 of 2 places" in text
    assert text.index("inside") < text.index("Gets nothing: too long")
    assert "Part 1 of 2: 9 of 5 characters" in text
    assert "<dt>subject</dt><dd>Torque</dd>" in text
    assert "<details><summary>600 characters</summary>" in text


def test_pictures_come_from_here(server: PreviewServer, desk: Desk) -> None:
    """The page's own pictures are served beside it; links lead where they lead."""
    _, text = ask(server)
    picture, _ = ask(server, "media/inside/wrench.png")

    assert 'src="media/inside/wrench.png"' in text
    assert 'href="https://acme.example/"' in text
    assert (200, "image/png") == (picture.status, picture.headers["Content-Type"])
    assert 404 == ask(server, "media/hook/wrench.png")[0].status


def test_it_follows(server: PreviewServer, desk: Desk) -> None:
    """The version changes when what is shown does, and only then."""
    first = ask(server, "version")[1]
    assert first == ask(server, "version")[1]
    desk.preview = replace(desk.preview, title="Newer")
    assert first != ask(server, "version")[1]


def test_errors_are_shown_on_the_page(server: PreviewServer, desk: Desk) -> None:
    """While the piece has errors, the page tells them, and comes back when they are mended."""
    finding = Finding("drafts/torque.md", 3, "XP-KIND", "kind <b> is unknown", "did you mean note?")
    desk.failure = Problems([finding], what="not valid yet", cure="mend it")
    answer, text = ask(server)

    assert 200 == answer.status
    assert "drafts/torque.md:3: XP-KIND kind &lt;b&gt; is unknown" in text
    desk.failure = None
    assert "Torque without tears" in ask(server)[1]


@pytest.mark.parametrize(("rest", "kind"), [("style.css", "text/css"), ("follow.js", "text/javascript")])
def test_its_own_files(server: PreviewServer, rest: str, kind: str) -> None:
    """Style and script are files of their own, so that no inline code is ever needed."""
    answer, _ = ask(server, rest)

    assert answer.headers["Content-Type"].startswith(kind)
    assert "<style" not in ask(server)[1]
    assert 1 == ask(server)[1].count("<script")
    assert '<script src="follow.js" defer></script>' in ask(server)[1]


def test_the_address_is_new_every_time(desk: Desk) -> None:
    """Token and port come with each start; the server listens on this machine alone."""
    with served(desk) as one:
        assert one.url.startswith("http://127.0.0.1:")
        assert 32 == len(urlsplit(one.url).path.strip("/"))
