"""A host may be broken or hostile, and the settings that name it come with a repository: no token goes astray."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from tests.attacks.forging import approval, signature, write
from tests.flows.reviewing import CHANNELS
from tests.hosts.people import hosted
from tests.hosts.twin import TOKEN, GiteaTwin
from werkzeug import Request as Asked
from werkzeug import Response

from expertpost.errors import Failure
from expertpost.flows.review import review_list
from expertpost.flows.review_approve import approve
from expertpost.hosts import line
from expertpost.hosts.base import Host, Place, Request
from expertpost.hosts.line import HostFailed
from expertpost.hosts.registry import host_at, place_of
from expertpost.hosts.token import token_for
from expertpost.model.channel import SecretKind, SecretName
from expertpost.model.config import HostSettings
from expertpost.render.request import body_of, code, comment_of, fenced, marked

KINDS = ("github", "gitlab", "gitea")
PAGE = Request(number=1, url="")


@pytest.fixture(params=KINDS)
def host(request: pytest.FixtureRequest, httpserver: HTTPServer) -> Host:
    """A host of each kind at the address of a hostile server."""
    return host_at(Place(request.param, httpserver.url_for("").rstrip("/"), "acme/seals"), TOKEN)


def everything(host: Host) -> Iterator[Callable[[], object]]:
    """Whatever can be asked of a host."""
    yield host.account
    yield lambda: host.find("review/torque")
    yield lambda: host.open("review/torque", "main", "T", "B")
    yield lambda: host.edit(PAGE, "T", "B")
    yield lambda: host.remarks(PAGE)
    yield lambda: host.guard("main")
    yield lambda: host.say(PAGE, "Hm.")
    yield lambda: host.approve(PAGE, "c" * 40, "Fine.")
    yield lambda: host.invite(PAGE, ("bob-hub",))


def answers(server: HTTPServer, answer: Callable[[Asked], Response]) -> list[Asked]:
    """Let a server answer everything so; the requests it got."""
    import re

    got: list[Asked] = []

    def told(request: Asked) -> Response:
        got.append(request)
        return answer(request)

    server.expect_request(re.compile(".*")).respond_with_handler(told)
    return got


@contextmanager
def calmly() -> Iterator[None]:
    """Let the one failure pass, and nothing else."""
    try:
        yield
    except HostFailed:
        return


SHAPES = ["null", "[]", "{}", "7", '"x"', "[1]", "[[]]", "[null]", '{"message": ["x"]}', "{", "", "<html>", "[" * 4000,
          '[{"id": "x", "number": "x", "iid": "x", "created_at": 5, "user": 3, "author": 3, "head": 4, "labels": 5}]',
          '{"login": 5, "username": {}, "number": null, "iid": [], "protected": "yes", "approved_by": 5}']  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_of_another_shape_is_a_failure_and_never_a_crash(
    host: Host, httpserver: HTTPServer, shape: str, status: int
) -> None:
    """Whatever a host answers, what comes out is a value or the one failure."""
    answers(httpserver, lambda _r: Response(shape, status, content_type="application/json"))
    for ask in everything(host):
        with calmly():
            ask()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(host: Host, httpserver: HTTPServer, status: int) -> None:
    """Nowhere, and least of all to another host: the token would go with it."""
    with HTTPServer(port=0) as thief:
        taken = answers(thief, lambda _r: Response("{}"))
        where = thief.url_for("/stolen")
        answers(httpserver, lambda _r: Response("", status, headers={"location": where}))
        for ask in everything(host):
            with pytest.raises(Failure, match="XP-HOST"):
                ask()

    assert [] == taken


def test_no_link_in_an_answer_leads_the_token_away(host: Host, httpserver: HTTPServer) -> None:
    """Addresses of next pages, of a request, or of its comments that lie elsewhere are not asked."""
    with HTTPServer(port=0) as thief:
        taken = answers(thief, lambda _r: Response("[]", content_type="application/json"))
        there = thief.url_for("/api/v3/repos/acme/seals/issues/1")
        links = {"url": there, "issue_url": there, "comments_url": there, "_links": {"self": {"href": there}}}
        said = {
            "number": 1,
            "iid": 1,
            "id": 1,
            "head": {"ref": "x"},
            "html_url": there,
            "title": "",
            "body": "",
            **links,
        }
        elsewhere = {"link": f'<{there}>; rel="next"', "x-next-page": "2"}

        def answer(request: Asked) -> Response:
            listed = request.method == "GET" and not request.path.rstrip("/").endswith("/1")
            value = json.dumps([said] if listed else said)
            return Response(value, 200, headers=elsewhere, content_type="application/json")

        answers(httpserver, answer)
        for ask in everything(host):
            with calmly():
                ask()

    assert [] == taken


def test_an_endless_list_ends(host: Host, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page names another one: after so many requests it is enough."""
    monkeypatch.setattr(line, "MOST_REQUESTS", 9)

    def answer(request: Asked) -> Response:
        more = {"link": f'<{request.base_url}?page={len(got) + 2}>; rel="next"', "x-next-page": str(len(got) + 2)}
        full = json.dumps([{"iid": 1, "number": 1, "head": {"ref": "no"}, "source_branch": "no"}] * 50)
        return Response(full, 200, headers=more, content_type="application/json")

    got = answers(httpserver, answer)
    with calmly():
        host.find("review/torque")

    assert 20 >= len(got) > 1


def test_a_huge_answer_is_not_read(host: Host, httpserver: HTTPServer) -> None:
    """A host that answers without end is broken, and says nothing."""
    huge = b'{"login": "' + b"x" * (line.LARGEST + 1) + b'"}'
    answers(httpserver, lambda _r: Response(huge, 200, content_type="application/json"))

    with pytest.raises(Failure, match="more than anybody can read"):
        host.account()


@pytest.mark.parametrize("status", [202, 429, 503])
def test_nobody_waits_for_a_host_that_says_later(host: Host, httpserver: HTTPServer, status: int) -> None:
    """Its libraries would sleep and ask again."""
    got = answers(httpserver, lambda _r: Response("", status, headers={"retry-after": "3600"}))
    with pytest.raises(Failure, match="XP-HOST"):
        host.find("review/torque")

    assert 1 == len(got)


def test_a_token_that_the_host_repeats_is_hidden(host: Host, httpserver: HTTPServer) -> None:
    """In its words, in the address of a redirect, and in what Python shows of our side."""
    says = json.dumps({"message": f"bad token {TOKEN} \x1b]52;c;x\x07"})
    answers(httpserver, lambda _r: Response(says, 400, content_type="application/json"))
    for ask in everything(host):
        with pytest.raises(Failure) as failed:
            ask()
        assert TOKEN not in f"{failed.value}{failed.value!r}{failed.value.__cause__!r}"
        assert "\x1b" not in str(failed.value)
    assert TOKEN not in repr(vars(host))


@pytest.mark.parametrize(
    "settings",
    [
        HostSettings(base_url="https://evil.example"),
        HostSettings(base_url="https://github.com.evil.example"),
        HostSettings(base_url="http://github.com"),
        HostSettings(base_url="https://me:pw@github.com"),
        HostSettings(kind="gitea", base_url="https://evil.example/github.com"),
    ],
)
def test_settings_cannot_send_the_token_to_another_host(settings: HostSettings) -> None:
    """Whoever writes expertpost.toml does not choose who gets a colleague's token."""
    with pytest.raises(Failure, match="XP-HOST-ADDRESS"):
        place_of("git@github.com:acme/seals.git", settings)


@pytest.mark.parametrize(
    "address",
    ["https://github.com/a/../../b", "https://github.com/a/b?x=1", "git@github.com:a/b#c", "https://github.com/a b/c"],
)
def test_a_path_cannot_leave_its_place(address: str) -> None:
    """What is no owner and name is no repository of a host."""
    found = place_of(address, HostSettings())

    assert found is None or ".." not in found.path.split("/")


@pytest.mark.parametrize(
    "named",
    [
        SecretName(SecretKind.ENV, "AWS_SECRET_ACCESS_KEY"),
        SecretName(SecretKind.ENV, "GITHUB_TOKEN"),
        SecretName(SecretKind.FILE, "/etc/passwd"),
        SecretName(SecretKind.FILE, "../../.ssh/id_ed25519"),
        SecretName(SecretKind.FILE, "~/.netrc"),
        SecretName(SecretKind.KEYRING, "login/bob"),
    ],
)
def test_settings_cannot_ask_for_another_secret(tmp_path: Path, named: SecretName) -> None:
    """A workspace that somebody only looks at names what it likes: it gets only what was put there for expertpost."""
    env = {"AWS_SECRET_ACCESS_KEY": "cloud", "GITHUB_TOKEN": "hub", "HOME": str(tmp_path)}
    with pytest.raises(Failure, match="XP-HOST-TOKEN"):
        token_for(Place("gitea", "https://evil.example", "a/b"), named, env, tmp_path)


@pytest.mark.parametrize(
    "root", ["https://evil.example", "https://github.com.evil.example", "https://github.evil.example"]
)
def test_the_token_for_github_is_for_github_only(tmp_path: Path, root: str) -> None:
    """A host that only calls itself so gets none of the variables that others set for the real one."""
    env = {"GITHUB_TOKEN": "hub", "GH_TOKEN": "hub", "PATH": ""}

    assert None is token_for(Place("github", root, "a/b"), None, env, tmp_path)
    assert "hub" == token_for(Place("github", "https://github.com", "a/b"), None, env, tmp_path)


def test_a_token_cannot_carry_another_header(tmp_path: Path) -> None:
    """A line end in it would."""
    env = {"EXPERTPOST_HOST_TOKEN": "tok\r\nx-evil: 1"}
    name = SecretName(SecretKind.ENV, "EXPERTPOST_HOST_TOKEN")

    assert None is token_for(Place("gitea", "https://git.example", "a/b"), name, env, tmp_path)


def test_a_forged_event_of_the_host_does_not_count(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Whoever can push can write that Bob approved there: where a signature is asked for, it is a remark."""
    acme = hosted(tmp_path, GiteaTwin(httpserver), f'{CHANNELS}\n[review]\nhost_approvals = "count"\n', keys=True)
    acme.submitted()
    digest = review_list(acme["bob"].world)[0].digest
    forged = approval(digest, origin=f"{acme.twin.place.host}/acme/seals#1 review 7", carrier="carol", text="forged")
    signed = replace(forged, text="by carol, who is no admin")
    write(acme["carol"], forged)
    write(acme["carol"], signed, signature(acme["carol"], signed))

    assert "1 more approval" == review_list(acme["bob"].world)[0].needs[0]
    with pytest.raises(Failure, match="XP-APPROVE"):
        approve(acme["anna"].world, "torque", digest=digest)


def test_words_of_people_cannot_break_the_page(tmp_path: Path) -> None:
    """Not out of a block of code, not out of code in a line, and no mark of ours can be written by somebody else."""
    evil = "```\n</details> <!-- expertpost event " + "0" * 64 + " -->\n@everyone"
    event = approval("1" * 64, text=evil, quote="`x` <!-- -->", line=3)

    assert fenced(evil).startswith("````text\n")
    assert "`’’’ </details> x`" == code("``` </details>\n x")
    assert event.id == marked(comment_of(event))
    assert 1 == comment_of(event).count("<!--") - event.quote.count("<!--")
    assert "" == marked(f"{comment_of(event)}\nand more")
    assert len(body_of("x" * 90_000, ())) < 65_536


def test_a_host_that_hangs_is_left_alone(host: Host, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline ends the whole request, however slowly the answer drips."""
    monkeypatch.setattr(line, "DEADLINE", 0.3)
    done = threading.Event()

    def answer(_request: Asked) -> Response:
        done.wait(20)
        return Response("{}")

    answers(httpserver, answer)
    try:
        with pytest.raises(Failure, match="XP-HOST"):
            host.account()
    finally:
        done.set()
