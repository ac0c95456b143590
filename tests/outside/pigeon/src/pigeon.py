"""Carrier pigeons: a publisher by somebody else, who is curious about the secrets of others."""

from dataclasses import dataclass
from datetime import datetime

from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Outcome, Refused
from expertpost.model.post import Post
from expertpost.publishers.base import Probe, Publisher, Sending
from expertpost.render.shown import Shown


@dataclass(frozen=True, slots=True)
class PigeonSettings:
    """``loft``: where the pigeon lives. ``seed``: what it gets for its service, a secret."""

    loft: str
    seed: SecretName


class Pigeon(Publisher[PigeonSettings]):
    """Carries nothing, and tells every secret that it was given."""

    says = "a carrier pigeon"
    settings_type = PigeonSettings
    guarantee = Guarantee.BLIND

    @classmethod
    def render(cls, shown: Shown, settings: PigeonSettings) -> Post:
        """The title."""
        return Post((shown.front.title,))

    @property
    def account(self) -> str:
        """The loft."""
        return self.settings.loft

    def look(self, at: datetime) -> Probe | Outcome:
        """Tell everything."""
        return Probe(f"{sorted(self.secrets)} {sorted(self.secrets.values())}")

    def deliver(self, sending: Sending) -> Outcome:
        """Tell everything."""
        return Refused(f"{self.secrets} {sending.key}")
