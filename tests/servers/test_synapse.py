"""The Matrix publisher against Synapse: the whole contract, and what only a real homeserver knows."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from tests.servers.proxy import Proxy
from tests.servers.synapse import DEVICE, Homeserver, User, log_in, synapse

from expertpost.model.canonical import Json
from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Receipt, Refused
from expertpost.model.post import Post, bind
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.matrix import KEY, Matrix, MatrixSettings
from expertpost.publishers.service import inside, text
from expertpost.render.shown import Shown
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import CORRECTED, HOSTILE_TEXT, PLAIN
from expertpost.testing.stage import AT, URL
from expertpost.testing.stage import KEY as DELIVERY
from expertpost.testing.twin import Arrived, Request, Twin

VERSION = "1.163.2"
WORDS = "m.room.message"


class Room(Proxy):
    """A new room, and the way to it."""

    def __init__(self, server: Homeserver) -> None:
        super().__init__(server.url)
        self.user, self.reader, self.id = server.expert, server.reader, server.expert.room()

    def posts(self, request: Request) -> bool:
        """A message, or the removal of one."""
        return "/send/" in request.path or "/redact/" in request.path

    def arrived(self) -> tuple[Arrived, ...]:
        """Every message that replaces none."""
        return tuple(_read(event) for event in self._messages() if not _replaces(event))

    def held(self) -> Mapping[str, str]:
        """The words of every message that is not redacted, by the last that replaces it."""
        messages = [event for event in self._messages() if event["content"]]
        words = {text(event, "event_id"): _words(inside(event, "content")) for event in messages}
        for event in messages:
            if (replaced := _replaces(event)) in words:
                words[replaced] = _words(inside(event, "content", "m.new_content"))
                del words[text(event, "event_id")]
        return words

    def _messages(self) -> list[dict[str, Json]]:
        return [event for event in self.reader.events(self.id) if event["type"] == WORDS]


def _replaces(event: Json) -> str:
    return text(inside(event, "content", "m.relates_to"), "event_id")


def _words(content: Json) -> str:
    return f"{text(content, 'body')}\n{text(content, 'formatted_body')}"


def _read(event: Json) -> Arrived:
    content = inside(event, "content")
    headers = {"sender": text(event, "sender"), "key": text(content, KEY)}
    pings = () if inside(content, "m.mentions") == {} else ("somebody",)
    return Arrived(text(event, "event_id"), headers, text(content, "body"), text(content, "formatted_body"), pings)


class TestMatrix(PublisherContract):
    """A user in a room."""

    publisher = Matrix
    against = f"real server (Synapse {VERSION})"
    secrets: ClassVar[Mapping[str, str]] = {"token": "set before each test"}
    server: Homeserver

    @pytest.fixture(autouse=True)
    def _served(self, homeserver: Homeserver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "server", homeserver, raising=False)
        monkeypatch.setattr(type(self), "secrets", {"token": homeserver.expert.token})

    def open_twin(self, folder: Path) -> Room:
        """A room, through a proxy."""
        return Room(self.server)

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The proxy's address, the room and the user."""
        assert isinstance(twin, Room)
        return {"homeserver": twin.url, "room": twin.id, "user": twin.user.name}


def posting(user: User, room: str) -> Matrix:
    """The publisher for a room, past the proxy."""
    settings = MatrixSettings(user.server, room, user.name, SecretName(SecretKind.ENV, "M"))
    return Matrix(settings, {"token": user.token}, Path())


def sending(publisher: Matrix, shown: Shown = PLAIN) -> Sending:
    """One delivery."""
    post = publisher.render(shown, publisher.settings)
    return Sending(bind(post, publisher.values(Address(), DELIVERY, AT, URL)), DELIVERY, Address(), AT, {})


def said(server: Homeserver, room: str) -> list[Json]:
    """The contents of all messages in a room."""
    return [event["content"] for event in server.reader.events(room) if event["type"] == WORDS]


def test_the_server_is_what_the_matrix_says(homeserver: Homeserver) -> None:
    """The version that the pages name is the one that was tested."""
    with urlopen(f"{homeserver.url}/_synapse/admin/v1/server_version") as answer:
        assert VERSION == json.load(answer)["server_version"].split()[0]


def test_a_transaction_is_remembered_for_a_device(homeserver: Homeserver) -> None:
    """The same id is the same message with another token of the device, whatever it says; with another device not."""
    room, expert = homeserver.expert.room(), homeserver.expert
    first = expert.say(room, "k", body="one")
    again = log_in(homeserver.url, "expert", DEVICE).say(room, "k", body="two")
    elsewhere = log_in(homeserver.url, "expert", "OTHER").say(room, "k", body="three")

    assert first == again
    assert first != elsewhere
    assert ["one", "three"] == [text(content, "body") for content in said(homeserver, room)]


def test_a_transaction_outlives_the_server(tmp_path: Path) -> None:
    """A server that was started anew still knows what it took, and so does the publisher."""
    with synapse(tmp_path) as before:
        room = before.expert.room()
        first = before.expert.say(room, "k", body="one")
        sent = posting(before.expert, room).send(sending(posting(before.expert, room)))
    with synapse(tmp_path) as after:
        again = after.expert.say(room, "k", body="one")
        publisher = posting(after.expert, room)

        assert first == again
        assert sent == publisher.send(sending(publisher))
        assert 2 == len(said(after, room))


def test_another_device_posts_nothing_twice(homeserver: Homeserver) -> None:
    """A token of another device, for which the server knows no transactions, finds what is there."""
    room = homeserver.expert.room()
    first = posting(homeserver.expert, room)
    other = posting(log_in(homeserver.url, "expert", "ANOTHER"), room)

    assert first.send(sending(first)) == other.send(sending(other))
    assert 1 == len(said(homeserver, room))


def test_no_word_is_left_of_what_was_removed(homeserver: Homeserver) -> None:
    """After a correction and a removal the server holds neither the old words nor the new ones."""
    room = homeserver.expert.room()
    publisher = posting(homeserver.expert, room)
    receipt = publisher.send(sending(publisher))
    assert isinstance(receipt, Receipt)
    corrected = publisher.update(receipt, sending(publisher, CORRECTED))
    removed = publisher.take_back(receipt, DELIVERY, AT)

    assert [receipt, receipt] == [corrected, removed]
    assert [{}, {}] == said(homeserver, room)


def test_nobody_is_called(homeserver: Homeserver) -> None:
    """Whoever reads a room is not called by words of a piece, though the same words in a bare message would."""
    room = homeserver.expert.room()
    homeserver.reader.events(room)
    publisher = posting(homeserver.expert, room)
    publisher.send(sending(publisher, HOSTILE_TEXT))
    before = _calls(homeserver.reader, room)
    homeserver.expert.say(room, "bare", body="Hello @room")

    assert (0, 1) == (before, _calls(homeserver.reader, room))


def test_a_message_that_is_too_large_is_refused(homeserver: Homeserver) -> None:
    """The server says so itself: it concerns this post and no other."""
    room = homeserver.expert.room()
    publisher = posting(homeserver.expert, room)
    large = replace(sending(publisher), post=Post(("x" * 70_000,)))

    assert isinstance(outcome := publisher.send(large), Refused)
    assert (Because.CONTENT, True) == (outcome.because, "M_TOO_LARGE" in outcome.reason)
    assert [] == said(homeserver, room)


def test_a_room_that_others_do_not_enter(homeserver: Homeserver) -> None:
    """Where the user is not in the room, nothing is posted, and the account has to be looked at."""
    room = homeserver.reader.room()
    publisher = posting(homeserver.expert, room)

    assert isinstance(outcome := publisher.send(sending(publisher)), Refused)
    assert Because.ACCOUNT is outcome.because
    assert [] == said(homeserver, room)


def test_a_token_that_has_ended(homeserver: Homeserver) -> None:
    """A device that was logged out has no account."""
    room, gone = homeserver.expert.room(), log_in(homeserver.url, "expert", "GONE")
    gone.ask("POST", "/logout", {})
    publisher = posting(gone, room)

    for outcome in (publisher.probe(AT), publisher.send(sending(publisher))):
        assert isinstance(outcome, Refused)
        assert (Because.ACCOUNT, True) == (outcome.because, "M_UNKNOWN_TOKEN" in outcome.reason)


def test_an_encrypted_room_gets_nothing(homeserver: Homeserver) -> None:
    """What everybody there writes encrypted would stand in the clear: neither a look nor a post succeeds."""
    room = homeserver.expert.room()
    homeserver.expert.ask("PUT", f"/rooms/{quote(room)}/state/m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    publisher = posting(homeserver.expert, room)

    for outcome in (publisher.probe(AT), publisher.send(sending(publisher))):
        assert isinstance(outcome, Refused)
        assert Because.ACCOUNT is outcome.because
    assert [] == said(homeserver, room)


def _calls(user: User, room: str) -> int:
    """How often a user was called in a room."""
    found = user.ask("GET", "/notifications?only=highlight&limit=100")["notifications"]
    assert isinstance(found, list)
    return sum(text(one, "room_id") == room for one in found)
