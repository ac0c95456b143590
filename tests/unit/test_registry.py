"""The rules of the registry: one name, one publisher, loaded when it is asked for."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from expertpost.errors import Exit, Failure, Problems
from expertpost.model.channel import Channel, SecretKind, SecretName
from expertpost.publishers import registry
from expertpost.publishers.folder import Folder
from expertpost.publishers.webhook import Webhook


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Makes a distribution with one publisher in a folder that Python finds."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(distribution: str, name: str, value: str) -> None:
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[expertpost.publishers]\n{name} = {value}\n", encoding="utf-8")
        registry._installed.cache_clear()

    yield put
    registry._installed.cache_clear()


def test_built_in_publishers_come_as_all_others() -> None:
    """The built-in publishers are entry points as well."""
    assert {"email", "folder", "webhook"} <= set(registry.names())
    assert registry.publisher("webhook") is Webhook


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """The list of names costs no publisher, and one publisher costs no other."""
    code = (
        "import sys; from expertpost.publishers import registry; registry.names(); registry.publisher('folder'); "
        "print(sorted({'smtplib', 'httpx2', 'expertpost.publishers.email', 'jinja2'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == told.stdout.strip()


def test_a_name_nobody_has() -> None:
    """An unknown name says what was meant."""
    with pytest.raises(Failure, match="did you mean webhook") as failure:
        registry.publisher("webhok")

    assert "XP-PLUGIN-UNKNOWN" == failure.value.code


def test_a_name_that_two_claim(install: object) -> None:
    """Two distributions with one name are a stop: either could be the one that steals the secret."""
    assert callable(install)
    install("evil-webhook", "webhook", "evil:Webhook")

    with pytest.raises(Failure, match="evil-webhook and expertpost both claim 'webhook'") as failure:
        registry.publisher("webhook")
    assert ("XP-PLUGIN-TWICE", Exit.GUARD) == (failure.value.code, failure.value.exit_code)
    assert registry.publisher("folder") is Folder


@pytest.mark.parametrize("value", ["nowhere_at_all:Thing", "json:Nothing", "json:JSONDecoder", "json:dumps"])
def test_what_is_no_publisher(install: object, value: str) -> None:
    """An entry point that does not load, or is no publisher, says so."""
    assert callable(install)
    install("broken", "broken", value)

    with pytest.raises(Failure, match="broken") as failure:
        registry.publisher("broken")
    assert ("XP-PLUGIN-BROKEN", value) == (failure.value.code, failure.value.where)


def hook(**settings: str) -> Channel:
    """A webhook channel."""
    secret = {"secret": SecretName(SecretKind.ENV, "HOOK")}
    return Channel("hook", "webhook", ("suppliers",), {"url": "https://partner.example/", **settings}, secret, 12)


def test_a_publisher_for_a_channel(tmp_path: Path) -> None:
    """With the environment a publisher has its secrets; without, it can do all but send."""
    ready = registry.publisher_for(hook(), tmp_path, {"HOOK": "whsec_x"})

    assert {"secret": "whsec_x"} == ready.secrets
    assert {} == registry.publisher_for(hook(), tmp_path).secrets
    assert ready.account == registry.publisher_for(hook(), tmp_path).account


def test_wrong_settings_and_missing_secrets_stop(tmp_path: Path) -> None:
    """No publisher is made from settings that are wrong or without its secrets."""
    with pytest.raises(Problems, match="1 wrong setting"):
        registry.publisher_for(hook(uri="x"), tmp_path)
    with pytest.raises(Failure, match="env:HOOK"):
        registry.publisher_for(hook(), tmp_path, {})
