"""Services in memory that remember what they took, and the ways to them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.race.fate import SETTLE, Fate, Happening

from expertpost.model.channel import Guarantee
from expertpost.model.outcome import Busy, Outcome, Receipt, Unsure
from expertpost.model.post import Post
from expertpost.publishers.base import Probe, Publisher, Sending


@dataclass
class Service:
    """What took posts. ``taken``: how often, by key; ``lags``: a search shows a post only a settle time later."""

    guarantee: Guarantee
    history: Happening
    lags: bool
    taken: Counter[str] = field(default_factory=Counter)
    shows: dict[str, datetime] = field(default_factory=dict)

    def take(self, key: str) -> None:
        """Take a post; a keyed service takes each key once."""
        if self.guarantee is Guarantee.KEYED and self.taken[key]:
            return
        self.taken[key] += 1
        self.shows.setdefault(key, self.history.now + (SETTLE if self.lags else timedelta(0)))


class InMemory(Publisher[None]):
    """The way to such a service."""

    says = "a service in memory"
    settings_type = type(None)
    service: Service
    settle = SETTLE

    @classmethod
    def render(cls, shown: object, settings: None) -> Post:
        """Nothing is rendered here."""
        raise NotImplementedError

    @property
    def account(self) -> str:
        """One account."""
        return "acme"

    def look(self, at: object) -> Probe | Outcome:
        """It is never asked."""
        raise NotImplementedError

    def deliver(self, sending: Sending) -> Outcome:
        """Send, and meet what is fated; as with the real transport nothing once the time for an answer is over."""
        until = self.service.history.now + timedelta(seconds=sending.deadline)
        fate = self.service.history.effect()
        if self.service.history.now > until:
            return Busy("no time was left to send anything")
        if fate is Fate.REFUSED:
            return Busy("too many requests")
        if fate is Fate.LOST_BEFORE:
            return Unsure("no answer")
        self.service.take(sending.key)
        fate = self.service.history.effect()
        return Unsure("no answer") if fate in (Fate.LOST, Fate.LOST_BEFORE, Fate.REFUSED) else Receipt(sending.key)


class Keyed(InMemory):
    """It takes the same key once."""

    guarantee = Guarantee.KEYED


class Blind(InMemory):
    """Nothing is known of it but its answer."""

    guarantee = Guarantee.BLIND


class Searchable(InMemory):
    """It can be searched."""

    guarantee = Guarantee.SEARCHABLE

    def find(self, key: str) -> Receipt | None:
        """Search, and meet what is fated."""
        service = self.service
        if service.history.effect() in (Fate.LOST, Fate.LOST_BEFORE, Fate.REFUSED):
            raise OSError("no answer")
        shown = service.shows.get(key)
        return Receipt(key) if shown is not None and shown <= service.history.now else None
