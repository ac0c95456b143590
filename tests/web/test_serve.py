"""The rules of looking at a site on this machine: its files, to nobody else, and nothing but them."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from expertpost.web.serve import server


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A server of a small folder, with a secret beside it."""
    folder = tmp_path / "site"
    (folder / "pieces").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Home</h1>")
    (folder / "404.html").write_text("<h1>Not here</h1>")
    (folder / "pieces" / "a b.html").write_text("A")
    (folder / "atom.xml").write_text("<feed/>")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    with server(folder) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving.server_port
        serving.shutdown()
        thread.join()


def ask(port: int, path: str, method: str = "GET", host: str = "") -> tuple[HTTPResponse, bytes]:
    """What the server answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("/", b"<h1>Home</h1>", "text/html; charset=utf-8"),
        ("/index.html?x=1", b"<h1>Home</h1>", "text/html; charset=utf-8"),
        ("/pieces/a%20b.html", b"A", "text/html; charset=utf-8"),
        ("/atom.xml", b"<feed/>", "application/atom+xml; charset=utf-8"),
    ],
)
def test_files_are_shown(port: int, path: str, content: bytes, kind: str) -> None:
    """A file is answered with its type and the strict headers."""
    answer, found = ask(port, path)

    assert (200, content, kind) == (answer.status, found, answer.headers["Content-Type"])
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert str(answer.headers["Content-Security-Policy"]).startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/pieces/..%2f..%2fsecret.txt",
        "/link.txt",
        "/x\\..\\y",
        "/%00",
        "/pieces",
    ],
)
def test_nothing_else_is(port: int, path: str) -> None:
    """No address leads out of the folder, through a link, or to a list of files."""
    answer, found = ask(port, path)

    assert (404, b"<h1>Not here</h1>") == (answer.status, found)


def test_only_this_machine_is_answered(port: int) -> None:
    """A request for another name, as a page elsewhere could make it (DNS rebinding), gets nothing."""
    answer, found = ask(port, "/", host="evil.example")

    assert (421, b"Not here.\n") == (answer.status, found)


def test_only_reading(port: int) -> None:
    """HEAD answers without content; nothing can be sent."""
    head, content = ask(port, "/", "HEAD")
    post, _ = ask(port, "/", "POST")

    assert (200, "13", b"") == (head.status, head.headers["Content-Length"], content)
    assert 501 == post.status
