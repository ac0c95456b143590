"""Hostile pages, pieces and requests against the preview."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.flows.organisation import Colleague, organisation, piece
from tests.web.test_preview import SITE, Desk, ask, served

from expertpost.render.preview import Part
from expertpost.web.preview import PreviewServer

EVIL = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[click](javascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<a href="#" onclick="alert(1)">x</a>',
    "<style>body { display: none }</style>",
    '"><script src="https://evil.example/x.js"></script>',
    "</pre></details><script>1</script>",
    "![x](//evil.example/x.png)",
]


class Elements(HTMLParser):
    """The elements of a page as a browser finds them: tag → the attributes of each."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[list[tuple[str, str | None]]]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.setdefault(tag, []).append(attrs)

    def attributes(self) -> list[tuple[str, str | None]]:
        """The attributes of all elements."""
        return [pair for each in self.found.values() for attrs in each for pair in attrs]


@pytest.fixture
def desk() -> Desk:
    """A desk."""
    return Desk()


@pytest.fixture
def server(desk: Desk) -> Iterator[PreviewServer]:
    """The page of the desk."""
    with served(desk) as running:
        yield running


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_becomes_code(server: PreviewServer, desk: Desk, evil: str) -> None:
    """Whatever stands in a title, a reason, a field or a body is shown as text, or cut; nothing of it runs."""
    part = Part(evil, 1, None, evil)
    view = replace(SITE, name=evil, kind=evil, why=evil, goes=False, parts=(part,), fields=((evil, evil),), link=evil)
    site = replace(SITE, parts=(part,))
    desk.preview = replace(desk.preview, title=evil, path=evil, audience=(evil,), views=(view, site))
    answer, text = ask(server)

    seen = Elements()
    seen.feed(text)

    assert [("src", "follow.js"), ("defer", None)] == seen.found["script"][0]
    assert 1 == len(seen.found["script"])
    assert not {"iframe", "style", "object", "embed", "base", "form", "svg"} & {*seen.found}
    assert not [name for name, _ in seen.attributes() if name.startswith("on") or name in ("srcdoc", "style")]
    assert not [value for name, value in seen.attributes() if (value or "").startswith(("javascript:", "data:", "//"))]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "localhost.evil.example", "[::1]:80", ""]
)
def test_a_name_that_leads_here_is_refused(server: PreviewServer, host: str) -> None:
    """DNS rebinding: a page that points its own name at this machine gets nothing."""
    answer, text = ask(server, Host=host)

    assert 421 == answer.status
    assert "Torque" not in text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_is_refused(server: PreviewServer, site: str) -> None:
    """A request that a browser marks as another page's is refused, even with the token."""
    answer, text = ask(server, Sec_Fetch_Site=site)

    assert 403 == answer.status
    assert "Torque" not in text


@pytest.mark.parametrize("path", ["/", "/0" * 16, "/" + "00" * 16 + "/", "//", "/%2e%2e/", "/é/", "/" + "x" * 5000])
def test_without_the_token_there_is_nothing(server: PreviewServer, path: str) -> None:
    """Guessing finds nothing, and every wrong guess looks the same."""
    answer, text = ask(server, path.encode("ascii", "ignore").decode())

    assert (404, "There is nothing here.\n") == (answer.status, text)


@pytest.mark.parametrize(
    "rest",
    [
        "media/inside/../../expertpost.toml",
        "media/inside/..%2f..%2fetc%2fpasswd",
        "media/inside/index.md",
        "media/inside/evil.svg",
        "media/inside//etc/passwd.png",
        "media//wrench.png",
        "media/",
        "../",
        "page",
    ],
)
def test_only_pictures_of_the_piece(server: PreviewServer, rest: str) -> None:
    """No path leads out of the piece, and no file that could run a script is ever served."""
    assert 404 == ask(server, rest)[0].status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_it_only_answers_get(server: PreviewServer, method: str) -> None:
    """Nothing can be done here, so nothing but GET is understood; no other origin is ever let in."""
    answer, _ = ask(server, method=method)

    assert (405, "GET") == (answer.status, answer.headers["Allow"])
    assert answer.headers["Access-Control-Allow-Origin"] is None


def test_every_answer_carries_the_walls(server: PreviewServer) -> None:
    """Policy, no sniffing, no referrer, no cache: on the page, on its files and on every refusal."""
    for rest in ("", "style.css", "follow.js", "version", "media/inside/wrench.png", "nothing"):
        headers = ask(server, rest)[0].headers

        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "nosniff" == headers["X-Content-Type-Options"]
        assert "no-referrer" == headers["Referrer-Policy"]
        assert "no-store" == headers["Cache-Control"]
        assert "Python" not in headers["Server"]


@pytest.fixture
def anna(tmp_path: Path) -> Colleague:
    """Anna with a shared workspace."""
    return organisation(tmp_path).people["anna"]


def cli(person: Colleague, *argv: str) -> subprocess.CompletedProcess[str]:
    """What the command line answers."""
    env = {**person.env, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-m", "expertpost", *argv],
        cwd=person.clone,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("argv", [("preview", "evil"), ("status", "--no-fetch"), ("status", "--no-fetch", "--json")])
def test_no_escape_reaches_the_terminal(anna: Colleague, argv: tuple[str, ...]) -> None:
    """Titles, bodies and authors with terminal escapes, bidi overrides or markup are shown without their power."""
    escapes = "\x1b[2J\x1b]52;c;AAAA\x07\u202e[link=http://evil.example]x[/link]"
    anna.write("drafts/evil.md", piece(title=f'"{escapes!r}"'.replace("\\", "\\\\"), body=f"Words {escapes} more."))
    anna.write("drafts/worse.md", f"---\nid: 01JD0000000000000000EVIL01\ntitle: a{escapes}\n---\n")
    anna.write("drafts/quoted.md", piece("01JD0000000000000000EVIL02", '"a\\e[2J\\u202e b"'))
    done = cli(anna, *argv)

    assert 0 == done.returncode, done.stderr
    assert not {"\x1b", "\x07", "\u202e"} & {*done.stdout, *done.stderr}


def test_a_hostile_slug_is_no_command(anna: Colleague) -> None:
    """What is offered for copying holds nothing that a shell would understand."""
    anna.write("drafts/evil.md", piece(slug='"x; rm -rf $HOME #"'))
    done = cli(anna, "status", "--no-fetch", "--json")

    assert 0 == done.returncode
    assert '"next": null' in done.stdout
