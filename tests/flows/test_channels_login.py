"""``channels login`` against a service on this machine: a browser says yes, and the token goes where it belongs."""

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordSetError

from expertpost.errors import Failure
from expertpost.flows.channels_lock import hints
from expertpost.flows.channels_login import Begun, LoggedIn, begin, finish
from expertpost.flows.context import World
from expertpost.publishers.oauth import PASTED, Token
from expertpost.publishers.tokens import unpacked
from expertpost.store.workspace import find
from expertpost.testing.twin import Answer, Arrived, HttpTwin, Request

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
TOKEN, CODE, SECRET = "the-token-of-a-person-4711", "a-code-that-is-good-once", "the-secret-of-the-app-815"
REDIRECT = "http://127.0.0.1:8976/"
TOML = """[workspace]
name = "Acme"
id = "acme-1"

[channels.social]
publisher = "mastodon"
readers = ["public"]
server = "{url}"
user = "acme"
token = {{ keyring = "acme/social" }}

[channels.in]
publisher = "linkedin"
readers = ["public"]
author = "urn:li:organization:7"
version = "202609"
client_id = "app-of-acme"
oauth = "{url}/oauth/v2"
token = {{ env = "LINKEDIN_TOKEN" }}

[channels.x]
publisher = "x"
readers = ["public"]
user = "acme"
client_id = "app-of-acme"
api = "{url}"
oauth = "{url}/i/oauth2"
token = {{ keyring = "acme/x" }}{confidential}

[channels.blog]
publisher = "folder"
readers = ["public"]
path = "site"
"""


def no_post(_request: Request) -> Arrived:
    """Nothing is ever posted here."""
    raise AssertionError("a post")


class OAuthTwin(HttpTwin):
    """A service where apps register and codes are taken once, by the program that asked for them."""

    def __init__(self) -> None:
        super().__init__(no_post)
        self.codes: dict[str, dict[str, str]] = {}
        self.lasting: dict[str, object] = {}
        self.token, self.public = TOKEN, True

    def says_yes(self, url: str, code: str = CODE) -> str:
        """What the browser of somebody who says yes on the page at ``url`` brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.codes[code] = asked
        return f"/?{urlencode({'code': code, 'state': asked['state']})}"

    def is_app(self, request: Request, told: dict[str, str]) -> bool:
        """Whether the app itself asks: by its secret, where X wants it, or as a public one that has none."""
        if request.path != "/2/oauth2/token":
            return told["client_secret"] == SECRET
        login = base64.b64encode(f"app-of-acme:{SECRET}".encode()).decode()
        shown = request.headers.get("authorization")
        return "client_secret" not in told and shown == (None if self.public else f"Basic {login}")

    def aside(self, request: Request) -> Answer | None:
        """The registration of an app, and tokens."""
        if request.path == "/api/v1/apps":
            told = json.loads(request.body)
            app = {"client_id": "app-of-acme", "client_secret": SECRET, "redirect_uri": told["redirect_uris"]}
            return Answer(200, json.dumps(app).encode())
        told = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        asked = self.codes.pop(told.get("code", ""), None)
        well = asked is not None and told["redirect_uri"] == asked["redirect_uri"] and self.is_app(request, told)
        if asked and "code_challenge" in asked:
            proof = base64.urlsafe_b64encode(sha256(told["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            well = well and proof == asked["code_challenge"]
        if not well:
            return Answer(400, f'{{"error": "invalid_grant", "echo": "{request.body.decode()}"}}'.encode())
        return Answer(200, json.dumps({"access_token": self.token, "token_type": "Bearer", **self.lasting}).encode())


class Chest(KeyringBackend):
    """A keyring that forgets everything at the end of a test."""

    priority = 1
    locked = False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """What is held."""
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Hold it, unless somebody locked it."""
        if self.locked:
            raise PasswordSetError("it is locked")
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        del self.held[service, username]


@pytest.fixture
def twin() -> Iterator[OAuthTwin]:
    """The service."""
    with closing(OAuthTwin()) as twin:
        yield twin


@pytest.fixture
def chest() -> Iterator[Chest]:
    """The keyring of this machine."""
    before, chest = keyring.get_keyring(), Chest()
    keyring.set_keyring(chest)
    yield chest
    keyring.set_keyring(before)


@pytest.fixture
def world(tmp_path: Path, twin: OAuthTwin) -> World:
    """A workspace with a channel for each way."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "expertpost.toml").write_text(TOML.format(url=twin.url, confidential=""))
    chance = count(1)
    return World(tmp_path, now=lambda: NOW, env={}, entropy=lambda size: next(chance).to_bytes(size, "big"))


def login(world: World, twin: OAuthTwin, name: str, *, keep: bool) -> LoggedIn:
    """The whole way, with a person who says yes."""
    begun = begin(world, name, REDIRECT, keep=keep)
    return finish(world, begun, twin.says_yes(begun.url), keep=keep)


def test_a_token_goes_into_the_keyring(world: World, twin: OAuthTwin, chest: Chest) -> None:
    """An app is registered, the code is exchanged by whoever asked for it, and nothing is in the repository."""
    done = login(world, twin, "social", keep=True)

    assert done.stored
    assert {("acme", "social"): TOKEN} == chest.held
    everything = b"".join(file.read_bytes() for file in world.here.rglob("*") if file.is_file())
    assert not [one for one in (TOKEN, CODE, SECRET) if one.encode() in everything]


def test_a_token_for_a_ci_is_handed_over(world: World, twin: OAuthTwin) -> None:
    """Where the secret is a variable, the token is given back for a pipe; until when it holds is in channels.lock."""
    twin.lasting = {"expires_in": 60 * 86_400}
    env = {"EXPERTPOST_APP_SECRET": SECRET}
    done = login(replace(world, env=env), twin, "in", keep=False)
    channels = find(world.here, {}).here.config.channels

    assert (TOKEN, False) == (done.token, done.stored)
    assert NOW + timedelta(days=60) == getattr(channels["in"].lock, "expires", None)
    assert [] == list(hints(channels, NOW + timedelta(days=45)))
    assert ["in"] == [one.channel for one in hints(channels, NOW + timedelta(days=47))]
    assert TOKEN not in (world.here / "channels.lock").read_text()


@pytest.mark.parametrize("public", [True, False], ids=["a public app", "a confidential app"])
def test_a_token_is_kept_with_what_renews_it(world: World, twin: OAuthTwin, chest: Chest, public: bool) -> None:
    """X gives both with offline access; nobody has to log in again, so nothing is said of an end."""
    twin.lasting, twin.public = {"expires_in": 7_200, "refresh_token": "what-renews-it-99"}, public
    (world.here / "channels.lock").write_text("[x]\nread = 2026-11-01\nexpires = 2026-11-30T08:00:00Z\n")
    more = "" if public else '\nclient_secret = { env = "X_CLIENT_SECRET" }'
    (world.here / "expertpost.toml").write_text(TOML.format(url=twin.url, confidential=more))
    env = {"EXPERTPOST_APP_SECRET": "of-another-app", "X_CLIENT_SECRET": SECRET}
    begun = begin(replace(world, env=env), "x", REDIRECT, keep=True)
    done = finish(world, begun, twin.says_yes(begun.url), keep=True)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    (lock,) = (channel.lock for name, channel in find(world.here, {}).here.config.channels.items() if name == "x")

    assert "offline.access" in asked["scope"].split()
    assert ("S256", "code") == (asked["code_challenge_method"], asked["response_type"])
    assert Token(TOKEN, NOW + timedelta(hours=2), "what-renews-it-99") == unpacked(chest.held["acme", "x"])
    assert (None, None) == (done.expires, lock.expires if lock else NOW)
    assert "what-renews-it-99" not in (world.here / "channels.lock").read_text()


def test_a_code_may_be_brought_by_hand(world: World, twin: OAuthTwin, chest: Chest) -> None:
    """Where no browser can come back, the service shows the code."""
    begun = begin(world, "social", "", keep=True)
    twin.says_yes(begun.url)
    finish(world, begun, f" {CODE}\n", keep=True)

    assert PASTED == begun.redirect
    assert TOKEN in chest.held.values()


@pytest.mark.parametrize(
    "changed",
    [
        lambda answer, begun: answer.replace(begun.state, "somebody-elses"),
        lambda answer, begun: f"/?error=access_denied&state={begun.state}",
        lambda answer, begun: f"/?code=another-code-altogether&state={begun.state}",
        lambda answer, begun: "",
    ],
    ids=["another state", "a no", "another code", "nothing"],
)
def test_what_is_no_answer_to_this_login(
    world: World, twin: OAuthTwin, chest: Chest, changed: Callable[[str, Begun], str]
) -> None:
    """Somebody else's yes, a no, a code that is none and silence store nothing, and no secret is in what is told."""
    begun = begin(world, "social", REDIRECT, keep=True)
    answer = changed(twin.says_yes(begun.url), begun)
    with pytest.raises(Failure) as failed:
        finish(world, begun, answer, keep=True)

    assert "XP-LOGIN-FAILED" == failed.value.code
    assert {} == chest.held
    assert not [one for one in (TOKEN, SECRET, "another-code-altogether") if one in str(vars(failed.value))]


def test_a_code_is_of_no_use_to_another_program(world: World, twin: OAuthTwin, chest: Chest) -> None:
    """Who overhears the code lacks what proves that he asked for it."""
    begun = begin(world, "social", REDIRECT, keep=True)
    answer = twin.says_yes(begun.url)
    with pytest.raises(Failure):
        finish(world, replace(begun, verifier="guessed"), answer, keep=True)

    assert {} == chest.held


@pytest.mark.parametrize(
    ("name", "keep", "code"),
    [
        ("blog", True, "XP-LOGIN-NONE"),
        ("nobody", True, "XP-CHANNEL"),
        ("in", True, "XP-LOGIN-STORE"),
        ("in", False, "XP-LOGIN-FAILED"),
    ],
    ids=["no login there", "no such channel", "no place for it", "no app secret"],
)
def test_what_cannot_be(world: World, name: str, keep: bool, code: str) -> None:
    """Everything that stands in the way is told before a person is asked to say yes."""
    with pytest.raises(Failure) as failed:
        begin(world, name, REDIRECT, keep=keep)

    assert code == failed.value.code


def test_without_a_keyring_nothing_is_lost(world: World, twin: OAuthTwin) -> None:
    """A machine without a keyring says so, and how to do without."""
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    try:
        with pytest.raises(Failure) as failed:
            login(world, twin, "social", keep=True)
    finally:
        keyring.set_keyring(before)

    assert "XP-LOGIN-STORE" == failed.value.code
    assert TOKEN not in str(vars(failed.value))


@pytest.mark.parametrize("access", ["\x1b]52;c;aGk=\x07", "two words", "line\nline", "", "x" * 9_000])
def test_a_token_that_is_none(world: World, twin: OAuthTwin, chest: Chest, access: str) -> None:
    """A service whose token would command the terminal that prints it, or be a header of its own, gave none."""
    twin.token = access
    with pytest.raises(Failure) as failed:
        login(world, twin, "social", keep=False)

    assert "XP-LOGIN-FAILED" == failed.value.code
    assert not {"\x1b", "\x07"} & set(str(vars(failed.value)))
