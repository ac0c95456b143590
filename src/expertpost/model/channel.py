"""Where posts go (channels) and where pages live (sites), as ``expertpost.toml`` names them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

Setting: TypeAlias = "str | int | float | bool | tuple[Setting, ...] | Mapping[str, Setting]"


class SecretKind(StrEnum):
    """Where a secret lies: an environment variable, a file, or the system's keyring."""

    ENV = "env"
    FILE = "file"
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class SecretName:
    """The name of a secret, never the secret."""

    kind: SecretKind
    name: str

    def __str__(self) -> str:
        """How messages call it."""
        return f"{self.kind.value}:{self.name}"


@dataclass(frozen=True, slots=True)
class Locked:
    """What a service said of itself on the day ``read``: settings by name, and until when the credentials hold."""

    read: date
    values: Mapping[str, int] = field(default_factory=dict)
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A place that gets posts. ``settings`` are the publisher's own keys; ``secrets`` the names behind secret keys.

    ``burst``, ``same_text``: its own brakes, 0 for those of all channels (``config.Brakes``). ``utm``: what is added to
    the addresses of pages for whoever counts visits, "" for nothing. ``canonical``: the copy there is the page that
    posts lead to, where no site of ours has one. ``lock``: what its service said of itself, from ``channels.lock``; its
    values are among the settings already.
    """

    name: str
    publisher: str
    readers: tuple[str, ...]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    secrets: Mapping[str, SecretName] = field(default_factory=dict)
    line: int = 0
    burst: int = 0
    same_text: int = 0
    utm: str = ""
    canonical: bool = False
    lock: Locked | None = None

    def tagged(self, address: str) -> str:
        """A page's address as the channel's posts have it; as it is where it would become longer than is provided for.

        What is added is no part of what people approve (protocol §3): it changes nothing of where the address leads.
        """
        if not address or not self.utm:
            return address
        from expertpost.model.post import LONGEST_URL

        whole, mark, fragment = address.partition("#")
        found = f"{whole}{'&' if '?' in whole else '?'}{self.utm}{mark}{fragment}"
        return found if len(found) <= len(LONGEST_URL) else address


@dataclass(frozen=True, slots=True)
class Site:
    """A build of pages and feeds for one set of readers. Without ``base_url`` its folder is the live place.

    ``cards``: pieces without a picture as cover get a social card. ``search``: there is a page to search the site with.
    ``ask``: where a reader can ask, a ``mailto:`` or web address, or "".
    """

    name: str
    readers: tuple[str, ...]
    base_url: str = ""
    title: str = ""
    line: int = 0
    cards: bool = False
    search: bool = False
    ask: str = ""


class Guarantee(StrEnum):
    """What a channel lets us promise (protocol §5)."""

    KEYED = "keyed"
    SEARCHABLE = "searchable"
    BLIND = "blind"
