"""What a publisher promises before anything is sent: pure posts, within the limits, that name what they are."""

import multiprocessing
import socket
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

from expertpost.model.post import Post
from expertpost.publishers.base import Publisher
from expertpost.publishers.secrets import redact
from expertpost.render.shown import Shown
from expertpost.testing.samples import HOSTILE, NARROWER, PLAIN, SAMPLES, Sample
from expertpost.testing.stage import KEY, OTHER_KEY, Stage
from expertpost.testing.twin import Twin


@cache
def _elsewhere() -> ProcessPoolExecutor:
    """Another process, the same for all publishers: to start one takes longer than all the rest of a contract."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def digest_elsewhere(publisher: type[Publisher[Any]], shown: Shown, settings: object) -> str:
    """What another process, with another hash seed, makes of the same piece."""
    return publisher.render(shown, settings).digest


class RenderingPromises(Stage):
    """Everything that holds without sending."""

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
    def test_render_is_pure(self, chosen: object, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
        """The same piece gives the same post, without any connection."""
        monkeypatch.setattr(socket.socket, "connect", _refuse)
        first = self.publisher.render(sample.shown, chosen)
        second = self.publisher.render(replace(sample.shown), chosen)

        assert first == second

    def test_render_is_the_same_everywhere(self, chosen: object) -> None:
        """Another process with another hash seed renders the same post: what was approved is what is published."""
        theirs = _elsewhere().submit(digest_elsewhere, self.publisher, PLAIN, chosen)

        assert self.publisher.render(PLAIN, chosen).digest == theirs.result()

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
    def test_render_shows_only_what_is_shown(self, chosen: object, sample: Sample) -> None:
        """Words and files that these readers may not see are nowhere in the post."""
        post = self.publisher.render(sample.shown, chosen)
        files = {(asset.name, asset.blob) for asset in sample.shown.assets}

        assert NARROWER not in _all_of(post)
        assert {(media.source, media.blob) for media in post.media} <= files

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
    def test_every_placeholder_gets_a_value(self, ready: Publisher[Any], sample: Sample) -> None:
        """After binding no placeholder is left."""
        post = self.sending(ready, sample.shown).post

        assert frozenset() == post.placeholders
        assert not {"\ue000", "\ue001"} & set(_all_of(post))

    def test_forged_placeholders_stay_words(self, ready: Publisher[Any]) -> None:
        """An author cannot write a placeholder, however it is spelled."""
        own = ready.render(PLAIN, ready.settings).placeholders

        assert own == ready.render(HOSTILE, ready.settings).placeholders

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
    def test_nothing_exceeds_the_limits(self, ready: Publisher[Any], sample: Sample) -> None:
        """Every bound part fits as the service counts, and so do the number of parts and files."""
        post, limits = self.sending(ready, sample.shown).post, self.publisher.limits

        assert [] == [part for part in post.parts if limits.length and self.publisher.count(part) > limits.length]
        assert limits.parts >= len(post.parts) >= 1
        assert limits.media >= len(post.media)

    def test_account_is_stable_and_public(self, chosen: object, tmp_path: Path) -> None:
        """The account is the same in every run, is known without secrets, and holds none."""
        with_secrets, without = (self.publisher(chosen, secrets, tmp_path) for secrets in (self.secrets, {}))

        assert with_secrets.account == without.account
        assert with_secrets.account
        assert with_secrets.account == redact(with_secrets.account, self.secrets.values())

    def test_targets_need_no_secret(self, chosen: object, tmp_path: Path) -> None:
        """Whom a post goes to is known without secrets, and always in the same order."""
        with_secrets, without = (self.publisher(chosen, secrets, tmp_path) for secrets in (self.secrets, {}))

        assert with_secrets.targets(self.files.__getitem__) == without.targets(self.files.__getitem__)

    def test_key_names_the_post(self, ready: Publisher[Any], twin: Twin) -> None:
        """The service knows a delivery by one id in every try, and two deliveries by two."""
        for shown, key in ((PLAIN, KEY), (PLAIN, KEY), (_another("another"), OTHER_KEY)):
            ready.send(self.sending(ready, shown, key))

        assert 2 == len({one.id for one in twin.arrived()})


def _refuse(*_: object) -> NoReturn:
    raise AssertionError("rendering opened a connection")


def _another(name: str) -> Shown:
    return replace(PLAIN, front=replace(PLAIN.front, slug=name, title=f"{PLAIN.front.title}, {name}"))


def _all_of(post: Post) -> str:
    media = (text for one in post.media for text in (one.source, one.alt))
    return "\n".join((*post.parts, *(text for _, text in post.fields), *media, post.link))
