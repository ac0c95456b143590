"""What we ask of X and of DEV, held against their own descriptions, by a server that knows nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.test_x import KEYS, x_settings
from tests.hosts.mocking import described, needed

from expertpost.model.channel import SecretKind, SecretName
from expertpost.model.outcome import Receipt, Refused
from expertpost.model.post import bind
from expertpost.publishers.base import Address, Probe, Sending, Unreadable
from expertpost.publishers.devto import DevTo, DevToSettings
from expertpost.publishers.service import Service
from expertpost.publishers.x import X
from expertpost.testing.samples import MEDIA, SAMPLES
from expertpost.testing.stage import AT, DEADLINE, KEY, URL

(PICTURED,) = (sample.shown for sample in SAMPLES if sample.name == "pictures")

pytestmark = needed


@pytest.fixture(scope="module")
def x(tmp_path_factory: pytest.TempPathFactory) -> Iterator[X]:
    """Our side, at a server that answers as X's description says."""
    with described("api.x.com.json", tmp_path_factory.mktemp("x"), "/2/users/me") as address:
        yield X(x_settings(address), KEYS, Path())


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevTo]:
    """Our side, at a server that answers as Forem's description says."""
    key = SecretName(SecretKind.ENV, "KEY")
    with described("forem.json", tmp_path_factory.mktemp("forem"), "/api/users/me", below="/api") as address:
        yield DevTo(DevToSettings("acme", key, address), {"key": "k"}, Path())


def sending(publisher: "X | DevTo") -> Sending:
    """One delivery with a picture, bound as ``publish`` binds it."""
    if isinstance(publisher, X):
        rendered = X.render(PICTURED, publisher.settings)
    else:
        rendered = DevTo.render(PICTURED, publisher.settings)
    post = bind(rendered, publisher.values(Address(), KEY, AT, URL))
    return Sending(post, KEY, Address(), AT, {m.source: MEDIA[m.source] for m in post.media}, DEADLINE)


def test_everything_that_we_ask_of_x_is_described(x: X) -> None:
    """Each request is one that X describes: post, pictures and their words, search, count, removal."""
    known = Receipt("1346889436626259968", "https://x.com/i/status/1346889436626259968")

    assert isinstance(x.look(AT), Probe)
    assert known == x.send(sending(x))
    with pytest.raises(Unreadable, match="more posts than can be looked at"):
        # The server shows the same page for ever.
        x.find(KEY)
    assert {"views": 3, "likes": 3, "shares": 3, "replies": 3} == x.measure(known, AT)
    assert known == x.retract(known, KEY, AT)


def test_x_refuses_what_it_does_not_describe(x: X) -> None:
    """The server does look: a post that is no object of X's is refused."""
    told = Service(x.settings.api, {}, AT).tell("POST", "/2/tweets", {"text": 1})

    assert isinstance(told, Refused)


def test_everything_that_we_ask_of_dev_is_described(dev: DevTo) -> None:
    """Each request is one that Forem describes – post, search, change, removal – and its answer is understood."""
    posted = sending(dev)
    known = Receipt("251")

    assert isinstance(dev.look(AT), Probe)
    assert isinstance(dev.send(posted), Receipt)
    assert known == dev.edit(known, posted)
    assert known == dev.retract(known, KEY, AT)


def test_dev_refuses_what_it_does_not_describe(dev: DevTo) -> None:
    """The server does look: an article whose title is no text is refused."""
    api = f"{dev.settings.site}/api"
    told = Service(api, {"api-key": "k"}, AT).tell("POST", "/articles", {"article": {"title": 1}})

    assert isinstance(told, Refused)
