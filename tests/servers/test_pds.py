"""The Bluesky publisher against a PDS: the whole contract, and what only a real one knows."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.error import HTTPError

import pytest
from tests.servers.pds import HANDLE, Pds
from tests.servers.proxy import Proxy
from tests.servers.serving import installed

from expertpost.model.canonical import Json
from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Receipt, Refused, Unsure
from expertpost.model.post import Post, bind
from expertpost.publishers.atproto import COLLECTION, address, cid, tid
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.bluesky import LENGTH, Bluesky, BlueskySettings
from expertpost.publishers.service import inside, text
from expertpost.render.shown import Shown
from expertpost.render.social import Words, draw
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import MEDIA, PLAIN, SAMPLES
from expertpost.testing.stage import AT, KEY, URL
from expertpost.testing.twin import Arrived, Request, Twin

VERSION = "0.5.35"
FAMILY = "👩‍👩‍👧‍👦"
_CHANGES = ("putRecord", "createRecord", "deleteRecord", "applyWrites")


class Account(Proxy):
    """An account without posts, and the way to it."""

    def __init__(self, server: Pds) -> None:
        server.empty_again()
        super().__init__(server.url)
        self.pds = server

    def posts(self, request: Request) -> bool:
        """What makes or removes records."""
        return request.path.endswith(_CHANGES)

    def arrived(self) -> tuple[Arrived, ...]:
        """Every record that is there."""
        return tuple(_read(uri, record) for uri, record in self.pds.records().items())

    def held(self) -> Mapping[str, str]:
        """The text of every record."""
        return {uri: text(record, "text") for uri, record in self.pds.records().items()}


def _read(uri: str, record: dict[str, Json]) -> Arrived:
    facets = record.get("facets", [])
    pings = ("somebody",) if "#mention" in json.dumps(facets) else ()
    headers = {"reply": text(inside(record, "reply", "parent"), "uri")}
    return Arrived(uri, headers, f"{record['text']}\n{json.dumps(record.get('embed'))}", pings=pings)


class TestBluesky(PublisherContract):
    """An account on a PDS."""

    publisher = Bluesky
    against = f"real server (PDS {VERSION})"
    secrets: ClassVar[Mapping[str, str]] = {"password": "set before each test"}
    server: Pds

    @pytest.fixture(autouse=True)
    def _served(self, pds: Pds, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "server", pds, raising=False)
        monkeypatch.setattr(type(self), "secrets", {"password": pds.password})

    def open_twin(self, folder: Path) -> Account:
        """The account, through a proxy."""
        return Account(self.server)

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The proxy's address and the account."""
        assert isinstance(twin, Account)
        return {"server": twin.url, "handle": HANDLE}


@pytest.fixture
def empty(pds: Pds) -> Pds:
    """The server, without posts."""
    pds.empty_again()
    return pds


def posting(server: Pds) -> Bluesky:
    """The publisher for the account, past the proxy."""
    settings = BlueskySettings(HANDLE, SecretName(SecretKind.ENV, "B"), server.url)
    return Bluesky(settings, {"password": server.password}, Path())


def sending(publisher: Bluesky, shown: Shown = PLAIN) -> Sending:
    """One delivery."""
    post = publisher.render(shown, publisher.settings)
    values = publisher.values(Address(), KEY, AT, URL if shown.has_page else "")
    return Sending(bind(post, values), KEY, Address(), AT, MEDIA)


def put(server: Pds, rkey: str, told: Mapping[str, Json], **more: Json) -> str:
    """Put a record by hand: its CID, or what is wrong with it by the server."""
    record: Json = {"$type": COLLECTION, "text": "", "createdAt": "2026-12-01T08:00:00.000Z", **told}
    asked: Json = {"repo": server.did, "collection": COLLECTION, "rkey": rkey, "record": record, **more}
    try:
        return text(server.tell("com.atproto.repo.putRecord", asked), "cid")
    except HTTPError as refused:
        said = json.load(refused)
        return f"{refused.code} {said['error']}"


def test_the_server_is_what_the_matrix_says() -> None:
    """The version that the pages name is the one that was tested."""
    package = installed("pds", "pds") / "node_modules" / "@atproto" / "pds" / "package.json"

    assert VERSION == json.loads(package.read_text(encoding="utf-8"))["version"]


def test_a_key_is_taken_once(empty: Pds) -> None:
    """Where nothing may stand, the same record is no news and another is refused; without that it is replaced."""
    rkey = tid(KEY)
    first = put(empty, rkey, {"text": "one"}, swapRecord=None)

    assert first == put(empty, rkey, {"text": "one"}, swapRecord=None)
    assert "400 InvalidSwap" == put(empty, rkey, {"text": "two"}, swapRecord=None)
    assert ["one"] == [text(record, "text") for record in empty.records().values()]
    assert first != put(empty, rkey, {"text": "two"})
    assert ["two"] == [text(record, "text") for record in empty.records().values()]


def test_a_try_at_another_time_is_the_same_post(empty: Pds) -> None:
    """The second try has another moment in its record; what is there is that of the first."""
    publisher = posting(empty)
    first = publisher.send(sending(publisher))
    before = empty.commit()
    second = publisher.send(replace(sending(publisher), at=AT + timedelta(hours=5)))

    assert isinstance(first, Receipt)
    assert first == second
    assert before == empty.commit()


def test_a_stranger_under_our_key_stays(empty: Pds) -> None:
    """Where another text stands under the key, nothing is overwritten and nobody is told that it was sent."""
    put(empty, tid(KEY), {"text": "something else"})
    publisher = posting(empty)

    assert isinstance(publisher.send(sending(publisher)), Refused)
    assert ["something else"] == [text(record, "text") for record in empty.records().values()]


def test_only_moments_are_keys(empty: Pds) -> None:
    """A key of any other form is refused; ours have the right one."""
    assert put(empty, "expertpost-key", {"text": "one"}).startswith("400")
    assert put(empty, tid(KEY), {"text": "one"}).startswith("bafy")


def test_characters_are_what_people_see(empty: Pds) -> None:
    """The server counts as we do: 300 are taken and 301 refused, by bytes too."""
    families = 3_000 // len(FAMILY.encode())

    for number, whole in ((LENGTH, "x" * LENGTH), (families, FAMILY * families)):
        assert put(empty, tid(f"{number}"), {"text": whole}).startswith("bafy")
        assert Bluesky.count(whole) <= LENGTH
    for more in ("x" * (LENGTH + 1), FAMILY * (families + 1)):
        assert put(empty, tid(more), {"text": more}).startswith("400")
        assert Bluesky.count(more) > LENGTH


def test_a_facet_must_be_whole(empty: Pds) -> None:
    """A facet without an end is refused, so ours are whole wherever a piece arrives."""
    facet: Json = {"index": {"byteStart": 0}, "features": []}

    assert put(empty, tid(KEY), {"text": "one", "facets": [facet]}).startswith("400")


@pytest.mark.parametrize("has_page", [True, False])
def test_pictures_are_there_for_everybody(empty: Pds, has_page: bool) -> None:
    """The record names the very bytes that left, in the card that leads to the page, else with their words."""
    (shown,) = (replace(sample.shown, has_page=has_page) for sample in SAMPLES if sample.name == "pictures")
    publisher = posting(empty)
    assert isinstance(outcome := publisher.send(sending(publisher, shown)), Receipt), outcome
    (record,) = empty.records().values()
    embed = inside(record, "embed")
    images = inside(embed, "images")
    first = images[0] if isinstance(images, list) else None
    blob = inside(embed, "external", "thumb") if has_page else inside(first, "image")

    assert MEDIA["seal.png"] == empty.blob(text(inside(blob, "ref"), "$link"))
    assert has_page or "A seal, cut open" == text(first, "alt")


def test_a_card_is_the_one_of_the_page(empty: Pds) -> None:
    """Where the page has a social card, the thumbnail is the very same picture."""
    words = Words("Look both ways", "Anna Muster", "Notes")
    publisher = posting(empty)
    assert isinstance(outcome := publisher.send(sending(publisher, replace(PLAIN, card=words))), Receipt), outcome
    (record,) = empty.records().values()
    thumb = inside(record, "embed", "external", "thumb")

    assert draw(words) == empty.blob(text(inside(thumb, "ref"), "$link"))
    assert "image/png" == text(thumb, "mimeType")


def test_a_blob_that_no_record_names_is_nobodys(empty: Pds) -> None:
    """A picture whose post was refused is shown to nobody."""
    publisher = posting(empty)
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")
    long = sending(publisher, shown)
    told = empty.tell_bytes("com.atproto.repo.uploadBlob", draw(Words("Never sent", "", "")))
    outcome = publisher.send(replace(long, post=replace(long.post, parts=("x" * (LENGTH + 1),))))

    assert isinstance(outcome, Refused)
    with pytest.raises(HTTPError):
        empty.blob(text(inside(told, "blob", "ref"), "$link"))


def test_a_thread_is_one_commit(empty: Pds) -> None:
    """Each post replies to the one before by its address as the server has it; all come, and go, at once."""
    publisher = posting(empty)
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")
    body = "\n\n".join(f"{number}: {'turn it gently, ' * 12}and stop." for number in range(5))
    whole = replace(shown, front=replace(shown.front, thread=True), body=body)
    receipt = publisher.send(sending(publisher, whole))
    assert isinstance(receipt, Receipt), receipt
    records = empty.records()
    root, before = receipt.remote_id, receipt.remote_id
    for number in range(1, len(records)):
        uri = address(empty.did, tid(KEY, number))
        assert (root, before) == tuple(text(inside(records[uri], "reply", end), "uri") for end in ("root", "parent"))
        assert empty.cid(before) == text(inside(records[uri], "reply", "parent"), "cid")
        before = uri

    assert len(records) > 3
    assert [cid(record) for record in records.values()] == [empty.cid(uri) for uri in records]
    assert receipt == publisher.send(replace(sending(publisher, whole), at=AT + timedelta(hours=5)))
    assert records == empty.records()
    assert receipt == publisher.take_back(receipt, KEY, AT)
    assert {} == empty.records()


def test_a_key_in_the_middle_of_a_thread_is_taken(empty: Pds) -> None:
    """Then the server breaks off, its repository is as before, and nobody claims to know."""
    put(empty, tid(KEY, 1), {"text": "something else"})
    before = empty.commit()
    publisher = posting(empty)
    outcome = publisher.send(replace(sending(publisher), post=Post(("one", "two"))))

    assert isinstance(outcome, Unsure)
    assert before == empty.commit()


def test_a_post_that_is_too_long_is_refused(empty: Pds) -> None:
    """The server says so itself: it concerns this post and no other."""
    publisher = posting(empty)
    outcome = publisher.send(replace(sending(publisher), post=Post(("x" * (LENGTH + 1),))))

    assert isinstance(outcome, Refused)
    assert Because.CONTENT is outcome.because
    assert {} == empty.records()


def test_a_session_that_has_ended_is_opened_anew(empty: Pds) -> None:
    """An hour-long run does not stop where its session ends: nothing was taken, so it logs in and goes on."""
    publisher = posting(empty)
    publisher._session = empty.did, empty.ended_session()
    outcome = publisher.send(sending(publisher))

    assert isinstance(outcome, Receipt), outcome
    assert [outcome.remote_id] == list(empty.records())


def test_a_password_that_was_taken_back(empty: Pds) -> None:
    """A wrong password stops the account, whether it is asked or sent to."""
    publisher = posting(empty)
    publisher.secrets = {"password": "abcd-efgh-ijkl-mnop"}

    for outcome in (publisher.probe(AT), publisher.send(sending(publisher))):
        assert isinstance(outcome, Refused)
        assert Because.ACCOUNT is outcome.because
