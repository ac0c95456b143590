"""The rules of secrets: found by name, given whole, and hidden in every text that leaves."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from expertpost.errors import Failure
from expertpost.model.channel import Channel, SecretKind, SecretName
from expertpost.publishers.secrets import HIDDEN, REASON_LENGTH, missing, reason, redact, value_of, values

TOKEN = SecretName(SecretKind.ENV, "TOKEN")
HERE = Path()


def channel(**secrets: SecretName) -> Channel:
    """A channel that names these secrets."""
    return Channel("mail", "email", ("suppliers",), {}, secrets, 7)


def test_a_variable() -> None:
    """A secret in the environment is the variable's value, without line ends around it."""
    assert "s3cret" == value_of(TOKEN, {"TOKEN": "s3cret\n"}, HERE)


def test_a_variable_that_names_a_file(tmp_path: Path) -> None:
    """TOKEN_FILE names the file that holds the secret, as containers mount it."""
    (tmp_path / "token").write_text("s3cret\n", encoding="utf-8")

    assert "s3cret" == value_of(TOKEN, {"TOKEN_FILE": str(tmp_path / "token")}, HERE)
    assert "s3cret" == value_of(TOKEN, {"TOKEN_FILE": "token", "TOKEN": ""}, tmp_path)


def test_a_file(tmp_path: Path) -> None:
    """A secret in a file; a relative path begins at the workspace."""
    (tmp_path / "token").write_text("s3cret\n", encoding="utf-8")

    assert "s3cret" == value_of(SecretName(SecretKind.FILE, "token"), {}, tmp_path)


class Keyring(KeyringBackend):
    """A keyring that holds two secrets."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        """The secret of this user."""
        return {("expertpost", "mail"): "one", ("acme/smtp", "mail"): "two"}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """It takes none."""

    def delete_password(self, service: str, username: str) -> None:
        """It loses none."""


@pytest.fixture
def restored_keyring() -> Iterator[None]:
    """The keyring that was in use before."""
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("restored_keyring")
def test_the_keyring() -> None:
    """A secret in the keyring is named by service and user; without a service it is ours."""
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call] # keyring's own

    assert "one" == value_of(SecretName(SecretKind.KEYRING, "mail"), {}, HERE)
    assert "two" == value_of(SecretName(SecretKind.KEYRING, "acme/smtp/mail"), {}, HERE)
    assert value_of(SecretName(SecretKind.KEYRING, "nobody"), {}, HERE) is None


@pytest.mark.usefixtures("restored_keyring")
def test_a_keyring_that_does_not_open() -> None:
    """A machine without a keyring has no secrets in it; that is no crash."""
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call] # keyring's own

    assert value_of(SecretName(SecretKind.KEYRING, "mail"), {}, HERE) is None


@pytest.mark.parametrize(
    ("name", "env"),
    [
        (TOKEN, {}),
        (TOKEN, {"TOKEN": "  "}),
        (TOKEN, {"TOKEN_FILE": "/nowhere/at/all"}),
        (SecretName(SecretKind.FILE, "/nowhere/at/all"), {}),
    ],
)
def test_what_is_not_there_is_missing(name: SecretName, env: dict[str, str]) -> None:
    """An unset or empty secret is missing."""
    assert (name,) == missing(channel(password=name), env, HERE)


def test_all_that_is_missing_is_named() -> None:
    """Every secret that is not there is named at once, by its name."""
    wanted = channel(password=TOKEN, key=SecretName(SecretKind.FILE, "/nowhere"), there=SecretName(SecretKind.ENV, "A"))

    with pytest.raises(Failure, match="no value for env:TOKEN, file:/nowhere") as failure:
        values(wanted, {"A": "b"}, HERE)

    assert ("XP-SECRET-MISSING", "channels.mail") == (failure.value.code, failure.value.where)


def test_only_the_channels_own_secrets_are_given() -> None:
    """A publisher gets the values behind its own keys and nothing else of the environment."""
    assert {"password": "s3cret"} == values(channel(password=TOKEN), {"TOKEN": "s3cret", "OTHER": "x"}, HERE)


@pytest.mark.parametrize(
    "spelled",
    [
        lambda s: s,
        lambda s: quote(s, safe=""),
        lambda s: json.dumps({"it": s}),
        lambda s: json.dumps({"it": s}, ensure_ascii=False),
        repr,
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.b64encode(f"\0me\0{s}".encode()).decode(),
        lambda s: base64.urlsafe_b64encode(f"user:{s}".encode()).decode(),
        lambda s: base64.b64encode(f"ab{s}cd".encode()).decode(),
        lambda s: s.encode().hex(),
        lambda s: f"https://api.example/bot{s}/send",
    ],
)
@pytest.mark.parametrize("secret", ["swordfish-123", 'päss "w<rd>&/+=', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_secret_is_hidden_however_it_is_spelled(secret: str, spelled: object) -> None:
    """Quoted, escaped, in JSON, in base64 with anything around it: the secret does not stay."""
    assert callable(spelled)
    text = f"before {spelled(secret)} after"

    assert HIDDEN in redact(text, [secret])
    assert text.startswith("before ")


def test_each_of_several_secrets_is_hidden() -> None:
    """Two keys side by side are two secrets, and everyday words are none."""
    old, new = "whsec_oldoldoldold", "whsec_newnewnewnew"

    assert f"with {HIDDEN}" == redact(f"with {old}", [f"{old} with {new}"])


def test_text_without_secrets_stays() -> None:
    """What holds no secret is not touched, and no short word blacks out a text."""
    assert "the service answered 500" == redact("the service answered 500", ["swordfish", "500", ""])


@given(st.text(min_size=4), st.text(), st.text())
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    """Whatever stands around it, the secret is gone."""
    hidden = redact(before + secret + after, [secret])

    assert secret not in hidden.replace(HIDDEN, "\0") or secret in HIDDEN


def test_a_reason_is_one_short_line() -> None:
    """A remote's words are one line, without terminal commands, and cut only after secrets are hidden."""
    told = reason("bad\r\n\x1b[2Jthing " + "x" * (REASON_LENGTH - 25) + " swordfish", ["swordfish"])

    assert told.startswith("bad \ufffd[2Jthing xxx")
    assert len(told) <= REASON_LENGTH
    assert "sword" not in told
