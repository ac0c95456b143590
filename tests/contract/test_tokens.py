"""Tokens that end: renewed before anything is posted, kept before they are used, and never lost on the way."""

import base64
import json
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs

import keyring
import pytest
from tests.contract.test_linkedin import AUTHOR, LinkedInTwin
from tests.contract.test_x import XTwin
from tests.contract.web_twin import TOKEN, said
from tests.flows.test_channels_login import Chest

from expertpost.errors import Failure
from expertpost.model.channel import SecretKind, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused
from expertpost.model.post import bind
from expertpost.publishers import secrets
from expertpost.publishers.base import Address, Probe, Sending
from expertpost.publishers.linkedin import LinkedIn, LinkedInSettings
from expertpost.publishers.oauth import Token
from expertpost.publishers.tokens import packed, unpacked
from expertpost.publishers.x import X, XSettings
from expertpost.testing.samples import PLAIN
from expertpost.testing.stage import AT, KEY
from expertpost.testing.twin import Answer, Fault, Request

IN_KEYRING = SecretName(SecretKind.KEYRING, "acme/x")
APP = "the-secret-of-the-app-815"
OLD = Token("access-0-of-a-person", AT, "refresh-0-of-a-person")
"""A token that has just ended."""


class TokenTwin(XTwin):
    """X for an app whose tokens last two hours; each refresh token counts once. ``kept`` tells what our side keeps."""

    def __init__(self, kept: Callable[[], str | None], app_secret: str = "") -> None:
        super().__init__()
        self.kept, self.app_secret = kept, app_secret
        self.access, self.refresh = OLD.access, OLD.refresh
        self.renewals = 0
        self.before: list[bool] = []

    def knows(self, request: Request) -> bool:
        """The newest token, but where the next one is asked for."""
        if request.path == "/2/oauth2/token":
            return True
        self.before.append(self.refresh in (self.kept() or ""))
        return self.renewals > 0 and request.headers.get("authorization") == f"Bearer {self.access}"

    def tell(self, path: str, request: Request) -> Answer | None:
        """The next token for the last refresh token, to the app alone."""
        if path != "/2/oauth2/token":
            return super().tell(path, request)
        told = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        login = base64.b64encode(f"app-of-acme:{self.app_secret}".encode()).decode()
        is_app = request.headers.get("authorization") == (f"Basic {login}" if self.app_secret else None)
        if not is_app or told.get("refresh_token") != self.refresh or told["client_id"] != "app-of-acme":
            return Answer(400, f'{{"error": "invalid_grant", "echo": "{request.body.decode()}"}}'.encode())
        self.renewals += 1
        self.access, self.refresh = (f"{kind}-{self.renewals}-of-a-person" for kind in ("access", "refresh"))
        return said({"access_token": self.access, "refresh_token": self.refresh, "expires_in": 7_200})


@pytest.fixture
def chest() -> Iterator[Chest]:
    """The keyring of this machine, with a token that has ended."""
    before, chest = keyring.get_keyring(), Chest()
    chest.held["acme", "x"] = packed(OLD)
    keyring.set_keyring(chest)
    yield chest
    keyring.set_keyring(before)


@pytest.fixture
def twin(chest: Chest) -> Iterator[TokenTwin]:
    """The service."""
    with closing(TokenTwin(lambda: chest.get_password("acme", "x"))) as twin:
        yield twin


def x_at(twin: TokenTwin, name: SecretName = IN_KEYRING, root: Path = Path(), secret: str = packed(OLD)) -> X:
    """The publisher of a run, which has read its secrets."""
    app = SecretName(SecretKind.ENV, "APP") if twin.app_secret else None
    settings = XSettings("acme", token=name, client_id="app-of-acme", client_secret=app, api=twin.url)
    return X(settings, {"token": secret} | ({"client_secret": twin.app_secret} if app else {}), root)


def send(publisher: X, key: str = KEY) -> Outcome:
    """One delivery."""
    values = publisher.values(Address(), key, AT, "https://hub.example.com/a.html")
    return publisher.send(Sending(bind(publisher.render(PLAIN, publisher.settings), values), key, Address(), AT, {}))


@pytest.mark.parametrize("app_secret", ["", APP], ids=["a public app", "a confidential app"])
def test_a_token_is_renewed_and_kept_before_it_is_used(twin: TokenTwin, chest: Chest, app_secret: str) -> None:
    """Nothing is asked with the next token before the next refresh token lies in the keyring."""
    twin.app_secret = app_secret
    x = x_at(twin)
    first = send(x)
    second = send(x, "f00d" * 16)

    assert [Receipt, Receipt] == [type(first), type(second)]
    assert (1, {True}) == (twin.renewals, set(twin.before))
    assert Token("access-1-of-a-person", AT + timedelta(hours=2), "refresh-1-of-a-person") == unpacked(
        chest.held["acme", "x"]
    )


def test_the_next_run_renews_with_the_next_token(twin: TokenTwin, chest: Chest) -> None:
    """A refresh token counts once; what was kept is what the next run begins with."""
    send(x_at(twin))
    x = x_at(twin, secret=chest.held["acme", "x"])
    found = x.probe(AT + timedelta(hours=3))

    assert (Probe("@acme"), 2) == (found, twin.renewals)


def test_what_another_run_renewed_is_used(twin: TokenTwin, chest: Chest) -> None:
    """Where the keyring has a newer one than this run has read, nothing is renewed twice."""
    send(x_at(twin))

    assert (Receipt, 1) == (type(send(x_at(twin), "f00d" * 16)), twin.renewals)


def test_a_keyring_that_takes_nothing_costs_no_token(twin: TokenTwin, chest: Chest) -> None:
    """The place is tried before the service is asked: a refresh token is never used up for a token that is lost."""
    chest.locked = True
    outcome = send(x_at(twin))

    assert isinstance(outcome, Refused)
    assert Because.ACCOUNT is outcome.because
    assert ([], ()) == (twin.requests, twin.arrived())


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.ANSWER_LOST, Fault.BROKEN_BEFORE, Fault.THROTTLED])
def test_a_renewal_that_fails_is_no_doubt_about_a_post(twin: TokenTwin, fault: Fault) -> None:
    """A renewal posts nothing: whatever becomes of it, the post did not leave, and waits."""
    (twin.fail if fault is Fault.DOWN else twin.fail_aside)(fault)
    outcome = send(x_at(twin))

    assert isinstance(outcome, Busy), outcome
    assert () == twin.arrived()


def test_a_refresh_token_that_counts_no_more(twin: TokenTwin) -> None:
    """The account is stopped, the cure is named, and no secret is told even where the service repeats it."""
    twin.refresh = "another-altogether"
    x = x_at(twin)
    told = [send(x), x.probe(AT)]

    assert [Because.ACCOUNT] * 2 == [getattr(one, "because", None) for one in told]
    assert "expertpost channels login" in str(told)
    assert not [part for part in (OLD.access, OLD.refresh) if part in str(told)]


def test_a_search_is_made_with_a_token_that_holds(twin: TokenTwin) -> None:
    """A search has no moment of its own: the run wakes the publisher before."""
    x = x_at(twin)
    x.wake(AT)

    assert (None, 1) == (x.find(KEY), twin.renewals)


def test_a_file_keeps_the_next_token_too(twin: TokenTwin, tmp_path: Path) -> None:
    """Where there is no keyring, a file outside the workspace keeps it, for its owner alone; one inside never does."""
    (tmp_path / "acme").mkdir()
    outside, inside = (SecretName(SecretKind.FILE, name) for name in ("../x-token", "x-token"))
    (tmp_path / "x-token").write_text(packed(OLD))
    twin.kept = (tmp_path / "x-token").read_text
    refused = send(x_at(twin, inside, tmp_path / "acme"))
    outcome = send(x_at(twin, outside, tmp_path / "acme"))

    assert isinstance(refused, Refused)
    assert "outside the workspace" in refused.reason
    assert isinstance(outcome, Receipt)
    assert {True} == set(twin.before)
    assert 0o600 == stat.S_IMODE((tmp_path / "x-token").stat().st_mode)
    assert [] == list((tmp_path / "acme").iterdir())


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """It is told, with the cure."""
    with pytest.raises(Failure) as failed:
        secrets.put(SecretName(SecretKind.FILE, "nowhere/x"), "a-token", tmp_path)

    assert "XP-LOGIN-STORE" == failed.value.code


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"token": None}, "api_key"),
        ({"client_id": ""}, "client_id"),
        ({"token": SecretName(SecretKind.ENV, "X_TOKEN")}, "token"),
        ({}, None),
    ],
    ids=["neither way", "no app", "a variable", "well"],
)
def test_one_of_the_two_ways_is_whole(changed: dict[str, object], key: str | None) -> None:
    """A variable cannot keep the next token: that is said when the settings are read, not two hours later."""
    settings = XSettings("acme", token=IN_KEYRING, client_id="app-of-acme")
    problems = list(X.judge(replace(settings, **changed)))  # type: ignore[arg-type] # settings by their names

    assert ([key] if key else []) == [problem.key for problem in problems]


def linkedin(twin: LinkedInTwin, **more: str) -> LinkedIn:
    """The publisher of a page, whose app is known."""
    name = SecretName(SecretKind.ENV, "T")
    settings = LinkedInSettings(AUTHOR, name, "202609", twin.url, "app-of-acme", name, f"{twin.url}/oauth/v2")
    return LinkedIn(settings, {"token": TOKEN, "client_secret": APP, **more}, Path())


class Introspecting(LinkedInTwin):
    """LinkedIn, which tells an app about its tokens."""

    def __init__(self, told: dict[str, object]) -> None:
        super().__init__()
        self.told = told
        self.asked = count()

    def knows(self, request: Request) -> bool:
        """The app shows its own secret."""
        return request.path == "/oauth/v2/introspectToken" or super().knows(request)

    def tell(self, path: str, request: Request) -> Answer | None:
        """Until when a token holds."""
        if path != "/oauth/v2/introspectToken":
            return super().tell(path, request)
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert {"client_id": "app-of-acme", "client_secret": APP, "token": TOKEN} == asked
        return said(self.told)


def test_linkedin_says_until_when_a_token_holds() -> None:
    """It is read from the service, wherever the token came from; a token that was taken back is told at once."""
    ends = AT + timedelta(days=9)
    with closing(Introspecting({"active": True, "status": "active", "expires_at": int(ends.timestamp())})) as twin:
        found = linkedin(twin).probe(AT)
    with closing(Introspecting({"active": False, "status": "revoked"})) as twin:
        revoked = linkedin(twin).probe(AT)

    assert Probe("Acme", ends) == found
    assert isinstance(revoked, Refused)
    assert "revoked" in revoked.reason


@pytest.mark.parametrize(
    "secret",
    ["plain", "123", '"text"', '{"access": 7}', '{"access": "a", "expires": "never"}', "[]", '{"refresh": "r"}'],
)
def test_whatever_a_secret_holds_is_a_token(secret: str) -> None:
    """A token that people put there by hand is itself, even where it happens to be JSON."""
    found = unpacked(secret)

    assert found.access == ("a" if "never" in secret else secret)
    assert found.expires is None


def test_a_token_is_kept_whole() -> None:
    """What is packed is unpacked; one that is not renewed is kept as the service gave it."""
    assert OLD == unpacked(packed(OLD))
    assert "alone" == packed(Token("alone", AT))
    assert json.loads(packed(OLD))["refresh"] == OLD.refresh
