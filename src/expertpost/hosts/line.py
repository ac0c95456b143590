"""The line to one host: the token goes to the addresses of its interface and nowhere else, and is never told.

Requests travel by the one transport (``publishers.http``): tried once, no redirect followed, TLS verified, a deadline,
answers only up to a size. A host may be slow, broken or hostile; then it is simply not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from expertpost.errors import Failure
from expertpost.hosts.base import Place
from expertpost.publishers.http import Answer, call
from expertpost.publishers.secrets import reason

DEADLINE = 20.0
"""Seconds for one request."""
LARGEST = 4_000_000
"""Bytes of the largest answer."""
MOST_REQUESTS = 200
"""Requests for one thing that is wanted: lists of a host that never end, end here."""


class HostFailed(Failure):
    """The host did not do what it was asked for. ``status`` is its answer, 0 where there was none."""

    def __init__(self, place: Place, says: str, status: int = 0) -> None:
        what = f"{place.host} {says}"
        cure = "nothing of your work is lost; look at the token ([host] in the handbook: setting up), or try again"
        super().__init__("XP-HOST", what, cure, where=place.path)
        self.status = status


@dataclass(slots=True)
class Line:
    """A line to the interface at ``api``, whose addresses begin with it."""

    place: Place
    api: str
    secret: str = field(repr=False)
    asked: int = 0

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """One request and its whole answer, whatever its status. Raises HostFailed for anything less."""
        if not url.startswith(f"{self.api}/"):
            raise self.failed(f"leads to another place: {url}")
        self.asked += 1
        if self.asked > MOST_REQUESTS:
            raise self.failed("has no end to what it lists")
        found = call(method, url, headers=headers, body=body, deadline=DEADLINE, largest=LARGEST)
        if not isinstance(found, Answer):
            raise self.failed(found.reason)
        if found.status == 202 or 300 <= found.status < 400:
            raise self.failed(f"answered {found.status} {found.headers.get('location', '')}", found.status)
        if found.status == 429:
            raise self.failed("asks us to come back later (429)", found.status)
        if not found.whole:
            raise self.failed("answered more than anybody can read")
        return found

    def begin(self) -> None:
        """Something else is wanted: what was asked until now does not count for it."""
        self.asked = 0

    def failed(self, says: str, status: int = 0) -> HostFailed:
        """The failure with these words, fit to be shown."""
        return HostFailed(self.place, reason(says, (self.secret,)), status)
