"""The X publisher under the public contract, and X's own ways of saying no."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from tests.contract.web_twin import WebTwin, demand, query, said

from expertpost.model.channel import SecretKind, SecretName, Setting
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Sending, Unreadable
from expertpost.publishers.x import X, XSettings
from expertpost.render.counts import weighted
from expertpost.testing.contract import PublisherContract
from expertpost.testing.samples import MEDIA, PLAIN, SAMPLES
from expertpost.testing.stage import AT, KEY
from expertpost.testing.twin import Answer, Arrived, Fault, Request, Twin

KEYS = {
    "api_key": "xvz1evFS4wEEPTGEFPHBog",
    "api_secret": "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    "access_token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    "access_secret": "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
}


class XTwin(WebTwin):
    """The API with one account. ``says``: an answer to the next post."""

    says: Answer | None = None

    def __init__(self) -> None:
        super().__init__()
        self.uploads: list[bytes] = []
        self.words: dict[str, str] = {}

    def knows(self, request: Request) -> bool:
        """A signature with the keys of the app and the account."""
        signed = request.headers.get("authorization", "")
        return all(f'"{KEYS[name]}"' in signed for name in ("api_key", "access_token")) and "oauth_signature=" in signed

    def tell(self, path: str, request: Request) -> Answer | None:
        """Whose tokens they are, and what the account has posted, newest first, two a page."""
        if path == "/2/users/me":
            return said({"data": {"id": "7", "username": "acme"}})
        if path == "/2/media/upload":
            told = json.loads(request.body)
            demand(
                set(told) == {"media", "media_category"} and told["media_category"] == "tweet_image",
                "no such media",
                400,
            )
            self.uploads.append(base64.b64decode(told["media"]))
            return said({"data": {"id": str(len(self.uploads)), "media_key": "3_1"}})
        if path == "/2/media/metadata":
            told = json.loads(request.body)
            self.words[told["id"]] = told["metadata"]["alt_text"]["text"]
            return said({"data": {"id": told["id"]}})
        if path == "/2/users/7/tweets":
            start = int(query(request).get("pagination_token", "0"))
            page = list(reversed(self.posts))[start : start + 2]
            more = {"next_token": str(start + 2)} if start + 2 < len(self.posts) else {}
            return said({"data": page, "meta": more})
        if request.method == "GET" and path.startswith("/2/tweets/"):
            name = path.rpartition("/")[2]
            if name not in self.held():
                kind = "https://api.twitter.com/2/problems/resource-not-found"
                return said({"errors": [{"value": name, "resource_type": "tweet", "type": kind}]})
            metrics = {"like_count": 3, "retweet_count": 1, "reply_count": 0, "impression_count": 99}
            return said({"data": {**self.post(path.rpartition("/")[2]), "public_metrics": metrics}})
        return self.says

    def change(self, request: Request) -> Answer | None:
        """The end of a post."""
        if request.method != "DELETE":
            return None
        self.remove(request.path.removeprefix("/2/tweets/"))
        return said({"data": {"deleted": True}})

    def read(self, request: Request) -> Arrived:
        """A post of at most 280, as X weighs; addresses are shown shortened."""
        told = json.loads(request.body)
        words = told["text"]
        demand(request.path == "/2/tweets" and set(told) <= {"text", "media", "reply"}, "no such place", 404)
        reply = told.get("reply", {}).get("in_reply_to_tweet_id", "")
        demand(reply in ("", *(one["id"] for one in self.posts)), "no such post", 400)
        pictures = told.get("media", {"media_ids": []})["media_ids"]
        demand(set(pictures) <= set(self.words) and len(pictures) <= 4, "no such picture, or one without words", 400)
        # An address without a public ending is none for X; the twin's tests use example.com.
        demand(0 < weighted(words) <= 280, "too long", 400)
        urls = re.findall(r"https?://\S+", words)
        entities = {"urls": [{"url": f"https://t.co/{n}", "expanded_url": url} for n, url in enumerate(urls)]}
        self.show({"text": re.sub(r"https?://\S+", "https://t.co/x", words), "entities": entities})
        mark = re.search(r"#ep-(\w+)", words)
        headers = {**request.headers, "reply": reply}
        return Arrived(mark[1] if mark else words, headers, words, pings=tuple(re.findall(r"@\w+", words)))

    def answer(self, one: Arrived) -> Answer:
        """The post's id."""
        return said({"data": self.posts[-1]}, 201)


class TestX(PublisherContract):
    """An account."""

    publisher = X
    against = "twin; X's own description"
    secrets: ClassVar[Mapping[str, str]] = KEYS

    def open_twin(self, folder: Path) -> XTwin:
        """The API."""
        return XTwin()

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The account and where the API is."""
        assert isinstance(twin, XTwin)
        return {"user": "acme", "api": twin.url}


def ready(twin: XTwin) -> X:
    """The publisher for the twin's account."""
    return X(x_settings(twin.url), KEYS, Path())


def x_settings(api: str) -> XSettings:
    """The account, with names for its secrets."""
    key, secret, token, token_secret = (SecretName(SecretKind.ENV, name) for name in KEYS)
    return XSettings("acme", key, secret, token, token_secret, api=api)


def test_a_picture_goes_along_with_its_words() -> None:
    """The cover is uploaded with its words; where that fails nothing is posted, and it may be tried again."""
    (shown,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")
    with closing(XTwin()) as twin:
        x = ready(twin)
        post = bind(x.render(shown, x.settings), x.values(Address(), KEY, AT, "https://hub.example.com/a.html"))
        sending = Sending(post, KEY, Address(), AT, MEDIA)
        twin.fail_aside(Fault.ANSWER_LOST)
        first, second = x.send(sending), x.send(sending)

        assert isinstance(first, Busy)
        assert isinstance(second, Receipt)
        assert {"2": "A seal, cut open"} == twin.words
        assert ["2"] == json.loads(twin.requests[-1].body)["media"]["media_ids"]


def test_a_name_that_x_never_gave_asks_for_nothing() -> None:
    """X names posts by digits: any other name in a receipt could be another request, and is refused."""
    with closing(XTwin()) as twin:
        x = ready(twin)
        removed = x.take_back(Receipt("1/retweets"), KEY, AT)
        with pytest.raises(Unreadable):
            x.measure(Receipt("../users/me"), AT)

        assert (Refused, []) == (type(removed), twin.requests)


@pytest.mark.parametrize(
    ("has_page", "words", "thousandths"),
    [(True, "", 200), (False, "", 15), (False, "See https://acme.example/a", 200)],
)
def test_what_a_post_costs(has_page: bool, words: str, thousandths: int) -> None:
    """A post that leads somewhere costs more, also before its address is known."""
    settings = x_settings("https://api.x.com")
    shown = replace(PLAIN, has_page=has_page, written=words, body="Words.")

    assert thousandths == X.cost(X.render(shown, settings))


@pytest.mark.parametrize(
    ("says", "kind", "because"),
    [
        (said({"detail": "You are not allowed to create a Tweet with duplicate content."}, 403), Unsure, None),
        (said({"detail": "Your account is suspended."}, 403), Refused, Because.ACCOUNT),
        (said({"title": "CreditsDepleted"}, 402), Refused, Because.ACCOUNT),
        (said({"detail": "bad"}, 400), Refused, Because.CONTENT),
        (Answer(201, b"<html>"), Unsure, None),
    ],
)
def test_answers_of_x(says: Answer, kind: type[Outcome], because: Because | None) -> None:
    """A refusal as a duplicate proves nothing, as the other one may be this very post; the rest is what it says."""
    with closing(XTwin()) as twin:
        twin.says, x = says, ready(twin)
        post = bind(x.render(PLAIN, x.settings), x.values(Address(), KEY, AT, "https://hub.example.com/a.html"))
        outcome = x.send(Sending(post, KEY, Address(), AT, {}))

    assert kind is type(outcome)
    assert because is getattr(outcome, "because", None)
