"""The Bluesky publisher under the public contract, and what a PDS does besides."""

import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.contract.web_twin import WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import bind
from expertpost.publishers.atproto import address, cid, tid
from expertpost.publishers.base import Address, Sending
from expertpost.publishers.bluesky import Bluesky, BlueskySettings
from expertpost.render.counts import graphemes
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import MEDIA, PLAIN, SAMPLES
from expertpost.testing.stage import AT, KEY, OTHER_KEY, URL
from expertpost.testing.twin import Answer, Arrived, Fault, Request, Twin

PASSWORD, SESSION = "abcd-efgh-ijkl-mnop", "eyJ0eXAiOiJhdCtqd3QifQ.session-of-an-hour"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
BLOB = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"


class PdsTwin(WebTwin):
    """A PDS with one account. Its records never go away, and a key is taken once; the same record is no news."""

    keyed = True
    token = PASSWORD

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, Any] = {}

    def knows(self, request: Request) -> bool:
        """A session, but where one is asked for and where everybody may read."""
        session = request.headers.get("authorization") == f"Bearer {SESSION}"
        return session or any(verb in request.path for verb in ("createSession", "getRecord", "listRecords"))

    def tell(self, path: str, request: Request) -> Answer | None:
        """A session for the password, and any record."""
        if path == "/xrpc/com.atproto.server.createSession":
            told = json.loads(request.body)
            if told != {"identifier": "acme.bsky.social", "password": self.token}:
                return said({"error": "AuthenticationRequired"}, 401)
            return said({"did": DID, "handle": "acme.bsky.social", "accessJwt": SESSION, "refreshJwt": "r"})
        if path == "/xrpc/app.bsky.feed.getPosts":
            return said({"posts": [{"uri": query(request)["uris"], "likeCount": 3, "replyCount": 0}]})
        if path == "/xrpc/com.atproto.repo.getRecord":
            rkey = query(request)["rkey"]
            demand(rkey in self.records, "RecordNotFound", 400)
            record = self.records[rkey]
            return said({"uri": address(DID, rkey), "cid": cid(record), "value": record})
        if path == "/xrpc/com.atproto.repo.listRecords":
            asked = query(request)
            found = sorted((rkey for rkey in self.records if rkey < asked["cursor"]), reverse=True)
            return said({"records": [{"uri": address(DID, rkey)} for rkey in found[: int(asked["limit"])]]})
        if path == "/xrpc/com.atproto.repo.uploadBlob":
            kind = request.headers["content-type"]
            return said(
                {"blob": {"$type": "blob", "ref": {"$link": BLOB}, "mimeType": kind, "size": len(request.body)}}
            )
        return None

    def change(self, request: Request) -> Answer | None:
        """The removal of records that are there."""
        if not request.path.endswith("applyWrites"):
            return None
        told = json.loads(request.body)
        demand(told["repo"] == DID and told["writes"], "InvalidRequest", 400)
        if any(write["$type"] != f"{WRITES}#delete" for write in told["writes"]):
            return None
        names = {write["rkey"] for write in told["writes"]}
        demand(names <= self.records.keys(), "InternalServerError", 500)
        self.records = {rkey: record for rkey, record in self.records.items() if rkey not in names}
        return said({})

    def held(self) -> Mapping[str, str]:
        """The text of every record."""
        return {address(DID, rkey): one["text"] for rkey, one in self.records.items()}

    def read(self, request: Request) -> Arrived:
        """A record under a new key, or several of them."""
        told = json.loads(request.body)
        demand(told["repo"] == DID, "InvalidRequest", 400)
        if request.path == "/xrpc/com.atproto.repo.applyWrites":
            writes = told["writes"]
            demand(all(write["$type"] == f"{WRITES}#create" for write in writes), "InvalidRequest", 400)
            made = {write["rkey"]: write["value"] for write in writes}
            demand(not made.keys() & self.records.keys(), "InternalServerError", 500)
        else:
            demand(request.path == "/xrpc/com.atproto.repo.putRecord", "no such place", 404)
            demand("swapRecord" in told and told["swapRecord"] is None, "would overwrite", 400)
            made = {told["rkey"]: told["record"]}
            demand(self.records.get(told["rkey"], told["record"]) == told["record"], "InvalidSwap", 400)
        for rkey, record in made.items():
            self._judge(rkey, record, self.records | made)
        self.records |= made
        first = next(iter(made))
        self.show({"uri": address(DID, first)})
        words = "\n".join(f"{record['text']}\n{json.dumps(record.get('embed'))}" for record in made.values())
        return Arrived(first, request.headers, words)

    @staticmethod
    def _judge(rkey: str, record: dict[str, Any], there: Mapping[str, Any]) -> None:
        """Reject what no record can be."""
        demand(record["$type"] == "app.bsky.feed.post" and TID.fullmatch(rkey), "InvalidRequest", 400)
        demand(graphemes(record["text"]) <= 300 and len(record["text"].encode()) <= 3_000, "too long", 400)
        demand(len(record.get("tags", [])) <= 8 and set(record) <= FIELDS, "InvalidRecord", 400)
        for facet in record.get("facets", []):
            places, (feature,) = facet["index"], facet["features"]
            demand(0 <= places["byteStart"] < places["byteEnd"] <= len(record["text"].encode()), "InvalidRecord", 400)
            demand(feature["$type"] == "app.bsky.richtext.facet#link" and feature["uri"], "InvalidRecord", 400)
        for other in record.get("reply", {}).values():
            found = there.get(other["uri"].rpartition("/")[2])
            demand(found and other["cid"] == cid(found), "InvalidRecord", 400)

    def answer(self, one: Arrived) -> Answer:
        """Where the record is, and what it is known by."""
        return said({"uri": address(DID, one.id), "cid": cid(self.records[one.id])})


WRITES = "com.atproto.repo.applyWrites"
FIELDS = {"$type", "text", "createdAt", "facets", "tags", "langs", "embed", "reply"}


class TestBluesky(PublisherContract):
    """An account on a PDS."""

    publisher = Bluesky
    against = "twin"
    secrets: ClassVar[Mapping[str, str]] = {"password": PASSWORD}

    def open_twin(self, folder: Path) -> PdsTwin:
        """A PDS."""
        return PdsTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address and the account."""
        assert isinstance(twin, PdsTwin)
        return {"server": twin.url, "handle": "acme.bsky.social"}


def ready(twin: PdsTwin, password: str = PASSWORD) -> Bluesky:
    """The publisher for the twin's account."""
    settings = BlueskySettings("acme.bsky.social", SecretName(SecretKind.ENV, "P"), twin.url)
    return Bluesky(settings, {"password": password}, Path())


def sending(publisher: Bluesky, key: str = KEY) -> Sending:
    """One delivery."""
    post = publisher.render(PLAIN, publisher.settings)
    values = publisher.values(Address(), key, AT, "https://hub.example.com/a.html")
    return Sending(bind(post, values), key, Address(), AT, {})


def test_a_try_at_another_time_is_the_same_post() -> None:
    """The second try has another moment in its record; the key is taken, and the receipt is that of the first."""
    with closing(PdsTwin()) as twin:
        publisher = ready(twin)
        first = publisher.send(sending(publisher))
        second = publisher.send(replace(sending(publisher), at=AT + timedelta(hours=5)))

        assert isinstance(first, Receipt)
        assert first == second
        assert 1 == len(twin.arrived())


def test_a_stranger_under_our_key() -> None:
    """Where another text stands under the key, nothing is overwritten and nobody is told that it was sent."""
    with closing(PdsTwin()) as twin:
        twin.records[tid(KEY)] = {"text": "something else"}
        outcome = ready(twin).send(sending(ready(twin)))

        assert isinstance(outcome, Refused)
        assert "something else" == twin.records[tid(KEY)]["text"]


@pytest.mark.parametrize(
    ("fault", "kind", "because"),
    [
        (Fault.DENIED, Refused, Because.ACCOUNT),
        (Fault.THROTTLED, Busy, Because.ACCOUNT),
        (Fault.ANSWER_LOST, Busy, Because.ACCOUNT),
        (Fault.BROKEN_BEFORE, Busy, Because.ACCOUNT),
    ],
)
def test_a_log_in_that_fails_sends_nothing(fault: Fault, kind: type[Outcome], because: Because) -> None:
    """Whatever becomes of the log-in, nothing was posted, so it may be tried again."""
    with closing(PdsTwin()) as twin:
        twin.fail_aside(fault)
        publisher = ready(twin)
        outcome = publisher.send(sending(publisher))

        assert kind is type(outcome)
        assert because is getattr(outcome, "because", None)
        assert () == twin.arrived()


def test_a_wrong_password_stops_the_account() -> None:
    """A password that is refused concerns every post."""
    with closing(PdsTwin()) as twin:
        publisher = ready(twin, "wrong-wrong-wrong")

        assert isinstance(found := publisher.send(sending(publisher)), Refused)
        assert Because.ACCOUNT is found.because


def test_the_session_is_a_secret() -> None:
    """A server that repeats what opens the account gives nothing away."""
    with closing(PdsTwin()) as twin:
        publisher = ready(twin)
        publisher.send(sending(publisher))
        twin.fail(Fault.BROKEN_BEFORE)
        outcome = publisher.send(sending(publisher, OTHER_KEY))

        assert SESSION not in repr(outcome)
        assert 1 == sum("createSession" in request.path for request in twin.requests)


@pytest.mark.parametrize("has_page", [True, False])
def test_a_picture_goes_along(has_page: bool) -> None:
    """A card shows the cover; where there is no page, the pictures go with their alternative texts."""
    (shown,) = (replace(sample.shown, has_page=has_page) for sample in SAMPLES if sample.name == "pictures")
    with closing(PdsTwin()) as twin:
        publisher = ready(twin)
        post = bind(publisher.render(shown, publisher.settings), publisher.values(Address(), KEY, AT, URL))
        outcome = publisher.send(Sending(post, KEY, Address(), AT, MEDIA))
        embed = twin.records[tid(KEY)]["embed"]

    assert isinstance(outcome, Receipt)
    assert "image/png" == (embed["external"]["thumb"] if has_page else embed["images"][0]["image"])["mimeType"]
    assert has_page or "A seal, cut open" == embed["images"][0]["alt"]


def thread(publisher: Bluesky) -> Sending:
    """A piece in three posts and a picture."""
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")
    body = "\n\n".join(f"{number}: {'turn it gently, ' * 12}and stop." for number in range(3))
    whole = replace(shown, front=replace(shown.front, thread=True), body=body)
    post = bind(publisher.render(whole, publisher.settings), publisher.values(Address(), KEY, AT, URL))
    return Sending(post, KEY, Address(), AT, MEDIA)


def test_a_thread_is_there_as_a_whole() -> None:
    """One write makes all of it; each post replies to the one before, and all go together."""
    with closing(PdsTwin()) as twin:
        publisher = ready(twin)
        outcome = publisher.send(thread(publisher))
        assert isinstance(outcome, Receipt)
        places = [address(DID, tid(KEY, number)) for number in range(3)]
        records = [twin.records[place.rpartition("/")[2]] for place in places]

        assert places == list(twin.held())
        assert places[0] == outcome.remote_id
        assert places[:-1] == [record["reply"]["parent"]["uri"] for record in records[1:]]
        assert {places[0]} == {record["reply"]["root"]["uri"] for record in records[1:]}
        assert URL.partition("#")[0] in records[-1]["embed"]["external"]["uri"]
        assert outcome == publisher.send(replace(thread(publisher), at=AT + timedelta(hours=5)))
        assert 1 == len(twin.arrived())
        assert outcome == publisher.take_back(outcome, KEY, AT)
        assert {} == twin.held()


def test_a_stranger_in_the_way_of_a_thread() -> None:
    """Where one of its keys is taken, nothing of the thread is there and nothing is overwritten."""
    with closing(PdsTwin()) as twin:
        publisher = ready(twin)
        twin.records[tid(KEY, 2)] = {"text": "something else"}
        outcome = publisher.send(thread(publisher))

        assert isinstance(outcome, Unsure)
        assert ["something else"] == list(twin.held().values())


@pytest.mark.parametrize("key", [KEY, OTHER_KEY, "0" * 64, "f" * 64])
def test_keys_are_record_keys(key: str) -> None:
    """Every delivery key makes one record key of the right form, always the same."""
    assert TID.fullmatch(tid(key))
    assert tid(key) == tid(key)
    assert tid(key) != tid(key[::-1] + "x")
