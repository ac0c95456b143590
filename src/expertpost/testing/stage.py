"""The stage of a contract test: the hooks that an author fills, and the fixtures that every promise is checked with."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from expertpost.model.channel import Channel, SecretKind, SecretName, Setting
from expertpost.model.outcome import Outcome
from expertpost.model.post import bind
from expertpost.publishers import settings as judged
from expertpost.publishers.base import Publisher, Sending
from expertpost.render.shown import Shown
from expertpost.testing.samples import MEDIA, PLAIN
from expertpost.testing.twin import Fault, Twin

AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
URL = "https://hub.example.com/pieces/look-both-ways.html?a=1&b=%22"
KEY, OTHER_KEY = "0b5e" * 16, "f00d" * 16
DEADLINE, SHORT_DEADLINE = 10.0, 0.4
HOOKS = frozenset({"publisher", "secrets", "files", "against", "open_twin", "settings"})


class Stage(ABC):
    """A publisher, its twin, and one delivery from the one to the other."""

    publisher: ClassVar[type[Publisher[Any]]]
    secrets: ClassVar[Mapping[str, str]] = {}
    files: ClassVar[Mapping[str, str]] = {}
    against: ClassVar[str] = "twin"

    @abstractmethod
    def open_twin(self, folder: Path) -> Twin:
        """A twin of the service, listening; ``folder`` is empty and its own."""

    @abstractmethod
    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """The channel's settings as ``expertpost.toml`` would give them, such that posts go to the twin."""

    @pytest.fixture
    def twin(self, tmp_path: Path) -> Iterator[Twin]:
        """A fresh twin."""
        with closing(self.open_twin(tmp_path)) as twin:
            yield twin

    @pytest.fixture
    def chosen(self, twin: Twin) -> object:
        """The settings, judged."""
        names = {key: SecretName(SecretKind.ENV, key.upper()) for key in self.secrets}
        channel = Channel("contract", "under-test", ("suppliers",), self.settings(twin), names, 1)
        settings, findings = judged.read(self.publisher, channel)

        assert () == findings
        return settings

    @pytest.fixture
    def ready(self, chosen: object, tmp_path: Path) -> Publisher[Any]:
        """The publisher, with its secrets."""
        return self.publisher(chosen, self.secrets, tmp_path)

    def sending(
        self, ready: Publisher[Any], shown: Shown = PLAIN, key: str = KEY, deadline: float = DEADLINE
    ) -> Sending:
        """One delivery, bound as ``publish`` binds it."""
        target = ready.targets(self.files.__getitem__)[0]
        post = bind(ready.render(shown, ready.settings), ready.values(target, key, AT, URL if shown.has_page else ""))
        return Sending(post, key, target, AT, {m.source: MEDIA[m.source] for m in post.media}, deadline)

    def skip_unless_possible(self, twin: Twin, fault: Fault) -> None:
        """Skip where this kind of service cannot fail so."""
        if fault not in twin.faults:
            pytest.skip(f"this service never {fault.value}")

    def send_into(self, fault: Fault | None, ready: Publisher[Any], twin: Twin) -> Outcome:
        """Try one delivery while the service fails in this way; skip where it cannot."""
        if fault is not None:
            self.skip_unless_possible(twin, fault)
            twin.fail(fault)
        return ready.send(self.sending(ready, deadline=SHORT_DEADLINE if fault is Fault.SLOW else DEADLINE))
