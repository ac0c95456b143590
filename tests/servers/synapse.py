"""Synapse, a homeserver of Matrix, with SQLite; its rooms are made by the tests, and read by another user."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from tests.servers.serving import LOOPBACK, free_port, installed, listening

from expertpost.model.canonical import Json

DEVICE = "EXPERTPOST"
DOMAIN = "acme.example"
PASSWORD = "a password of the tests"
_API = "/_matrix/client/v3"
_MANY = {"per_second": 10_000, "burst_count": 10_000}
_DUMMY = {"type": "m.login.dummy"}


@dataclass(frozen=True, slots=True)
class User:
    """Somebody on one device. ``name``: in full, with the server."""

    server: str
    name: str
    token: str = field(repr=False)

    def ask(self, method: str, path: str, told: Json = None) -> dict[str, Json]:
        """What the server answers. Raises HTTPError where it refuses."""
        return _ask(method, f"{self.server}{_API}{path}", told, self.token)

    def say(self, room: str, key: str, **content: Json) -> str:
        """Say something in a room, under this transaction id; the id of the event."""
        path = f"/rooms/{quote(room)}/send/m.room.message/{key}"
        return str(self.ask("PUT", path, {"msgtype": "m.text", **content})["event_id"])

    def room(self) -> str:
        """The id of a new room that everybody may enter."""
        return str(self.ask("POST", "/createRoom", {"preset": "public_chat"})["room_id"])

    def events(self, room: str) -> list[dict[str, Json]]:
        """Everything that the server holds of a room, oldest first, as this user, who enters it, may see it."""
        self.ask("POST", f"/join/{quote(room)}", {})
        found = self.ask("GET", f"/rooms/{quote(room)}/messages?dir=f&limit=1000")["chunk"]
        assert isinstance(found, list)
        return [event for event in found if isinstance(event, dict)]


@dataclass(frozen=True, slots=True)
class Homeserver:
    """A server with ``expert``, who has a device for expertpost, and ``reader``."""

    url: str
    expert: User
    reader: User


@contextmanager
def synapse(folder: Path) -> Iterator[Homeserver]:
    """A server with its files in ``folder``: a new one, or the one that has been there before."""
    python = installed("synapse") / "venv" / "bin" / "python"
    is_new = not (folder / "server.db").exists()
    settings, port = folder / "synapse.yaml", free_port()
    # JSON is YAML.
    settings.write_text(json.dumps(_settings(folder, port)), encoding="utf-8")
    argv = (python, "-m", "synapse.app.homeserver", "--config-path", settings)
    with listening(argv, port, folder / "synapse.log", path="/_matrix/client/versions") as url:
        come = register if is_new else log_in
        yield Homeserver(url, come(url, "expert", DEVICE), come(url, "reader", "READER"))


def register(server: str, name: str, device: str) -> User:
    """A new user, on this device."""
    return _come(server, "/register", {"username": name, "auth": _DUMMY}, device)


def log_in(server: str, name: str, device: str) -> User:
    """A user who is there, on this device."""
    who: Json = {"type": "m.id.user", "user": name}
    return _come(server, "/login", {"type": "m.login.password", "identifier": who}, device)


def _come(server: str, path: str, told: dict[str, Json], device: str) -> User:
    asked: Json = {**told, "password": PASSWORD, "device_id": device}
    found = _ask("POST", f"{server}{_API}{path}", asked)
    return User(server, str(found["user_id"]), str(found["access_token"]))


def _ask(method: str, url: str, told: Json = None, token: str = "") -> dict[str, Json]:
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    body = None if told is None else json.dumps(told).encode()
    with urlopen(Request(url, body, headers, method=method)) as answer:
        found: dict[str, Json] = json.load(answer)
    return found


def _settings(folder: Path, port: int) -> dict[str, Json]:
    """Only on this machine, in no talk with other servers, and never tired of requests."""
    client: Json = {"names": ["client"], "compress": False}
    return {
        "server_name": DOMAIN,
        "listeners": [
            {"port": port, "type": "http", "tls": False, "bind_addresses": [LOOPBACK], "resources": [client]}
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "server.db")}},
        "media_store_path": str(folder / "media"),
        # The key by which other servers would know this one; there are none.
        "signing_key": f"ed25519 a_test {base64.b64encode(b'no secret, as nobody else hears ').decode().rstrip('=')}",
        "macaroon_secret_key": "of the tests",
        "form_secret": "of the tests",
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "report_stats": False,
        "url_preview_enabled": False,
        "enable_registration": True,
        "enable_registration_without_verification": True,
        "bcrypt_rounds": 4,
        "rc_message": _MANY,
        "rc_registration": _MANY,
        "rc_room_creation": _MANY,
        "rc_login": {"address": _MANY, "account": _MANY, "failed_attempts": _MANY},
        "rc_joins": {"local": _MANY, "remote": _MANY},
        "rc_invites": {"per_room": _MANY, "per_user": _MANY},
    }
