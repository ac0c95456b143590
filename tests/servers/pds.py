"""A PDS of the AT Protocol with the directory of its accounts, and somebody who plays Bluesky's view of the network."""

import base64
import hmac
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request as Asked
from urllib.request import urlopen

from tests.servers.serving import free_port, installed, listening

from expertpost.model.canonical import Json
from expertpost.publishers.atproto import COLLECTION
from expertpost.testing.twin import Answer, Arrived, HttpTwin, Rejected, Request

HANDLE = "expert.test"
# As install/pds/serve.mjs has it.
_JWT_SECRET = b"of the tests"


class AppView(HttpTwin):
    """What the PDS asks for numbers; nobody can have a real one on one machine."""

    def __init__(self) -> None:
        super().__init__(self._nothing)

    def aside(self, request: Request) -> Answer:
        """Three who like whatever post there is."""
        return Answer(200, b'{"posts": [{"likeCount": 3, "replyCount": 0}]}', {"content-type": "application/json"})

    @staticmethod
    def _nothing(_request: Request) -> Arrived:
        raise Rejected(404)


@dataclass(frozen=True, slots=True)
class Pds:
    """A server with one account. ``password``: of the app; ``token``: a session of the owner's own."""

    url: str
    did: str
    password: str = field(repr=False)
    token: str = field(repr=False)

    def tell(self, method: str, told: Json) -> dict[str, Json]:
        """What the server answers its owner. Raises HTTPError where it refuses."""
        return _ask(f"{self.url}/xrpc/{method}", json.dumps(told).encode(), self.token)

    def tell_bytes(self, method: str, content: bytes) -> dict[str, Json]:
        """The same with a picture."""
        return _ask(f"{self.url}/xrpc/{method}", content, self.token, "image/png")

    def look(self, method: str, **asked: str) -> dict[str, Json]:
        """What the server tells everybody. Raises HTTPError where it refuses."""
        return _ask(f"{self.url}/xrpc/{method}?{urlencode(asked)}")

    def records(self) -> dict[str, dict[str, Json]]:
        """Every post that the server holds, by its address; an answer comes after what it answers."""
        told = self.look("com.atproto.repo.listRecords", repo=self.did, collection=COLLECTION, limit="100")
        listed = told["records"]
        assert isinstance(listed, list)
        found = {str(one["uri"]): one["value"] for one in listed if isinstance(one, dict)}
        posts = {uri: value for uri, value in found.items() if isinstance(value, dict)}
        return dict(sorted(posts.items(), key=lambda item: "reply" in item[1]))

    def cid(self, uri: str) -> str:
        """The address of a record's content."""
        asked = {"repo": self.did, "collection": COLLECTION, "rkey": uri.rpartition("/")[2]}
        return str(self.look("com.atproto.repo.getRecord", **asked)["cid"])

    def blob(self, cid: str) -> bytes:
        """The bytes of a blob, as everybody gets them."""
        with urlopen(f"{self.url}/xrpc/com.atproto.sync.getBlob?{urlencode({'did': self.did, 'cid': cid})}") as answer:
            found: bytes = answer.read()
        return found

    def commit(self) -> Json:
        """The last state of the account's repository."""
        return self.look("com.atproto.sync.getLatestCommit", did=self.did)

    def ended_session(self) -> str:
        """The owner's session as it will be when it has ended, signed by the server's secret."""
        head, claims, _ = self.token.split(".")
        told = json.loads(base64.urlsafe_b64decode(f"{claims}=="))
        ended = _encoded(json.dumps({**told, "iat": 1_700_000_000, "exp": 1_700_003_600}).encode())
        return f"{head}.{ended}.{_encoded(hmac.digest(_JWT_SECRET, f'{head}.{ended}'.encode(), 'sha256'))}"

    def empty_again(self) -> None:
        """Remove every post."""
        for uri in self.records():
            asked: Json = {"repo": self.did, "collection": COLLECTION, "rkey": uri.rpartition("/")[2]}
            self.tell("com.atproto.repo.deleteRecord", asked)


@contextmanager
def pds(folder: Path) -> Iterator[Pds]:
    """A new server with its files in ``folder``."""
    home = installed("pds", "pds")
    port, directory = free_port(), free_port()
    with closing(AppView()) as view:
        argv = (home / "node" / "bin" / "node", home / "serve.mjs", str(port), str(directory), folder, view.url)
        with listening(argv, port, folder / "pds.log", path="/xrpc/_health", more={"LOG_ENABLED": "false"}) as url:
            yield _account(url)


def _account(url: str) -> Pds:
    """A new account on the server, with a password for an app."""
    told: Json = {"handle": HANDLE, "email": "expert@acme.example", "password": "a password of the tests"}
    made = _ask(f"{url}/xrpc/com.atproto.server.createAccount", json.dumps(told).encode())
    did, token = str(made["did"]), str(made["accessJwt"])
    of_app = _ask(f"{url}/xrpc/com.atproto.server.createAppPassword", b'{"name": "expertpost"}', token)
    return Pds(url, did, str(of_app["password"]), token)


def _ask(url: str, body: bytes | None = None, token: str = "", kind: str = "application/json") -> dict[str, Json]:
    headers = {"content-type": kind} | ({"authorization": f"Bearer {token}"} if token else {})
    with urlopen(Asked(url, body, headers)) as answer:
        found: dict[str, Json] = json.loads(answer.read() or b"{}")
    return found


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
