"""Which pages are live: read from the manifest that each deployed site carries (protocol §7).

A copy at a channel that is the page of a piece has no manifest; it is live once its address answers.
"""

from collections.abc import Mapping
from urllib.parse import urljoin

from expertpost.flows.context import World
from expertpost.model.canonical import Json
from expertpost.model.channel import Site
from expertpost.model.config import Config
from expertpost.model.origins import origin
from expertpost.model.piece import Piece
from expertpost.publishers import http

MANIFEST = "manifest.json"
LARGEST = 50_000_000
"""Bytes of the largest manifest that is read: some 200,000 pages."""


class LivePages:
    """What the sites of one configuration show now. Each manifest is read once, when it is first asked for."""

    def __init__(self, config: Config, world: World) -> None:
        self._config = config
        self._world = world
        self._read: dict[str, Mapping[str, str]] = {}
        self._answers: dict[str, bool] = {}

    def __call__(self, piece: Piece, site: str, address: str) -> bool:
        """Whether a site shows this very content at this address. A site that does not answer shows nothing.

        Of a channel's copy, whose content the ledger tells: whether something is at that address.
        """
        if site not in self._config.sites:
            return self._is_there(site, address)
        if site not in self._read:
            self._world.tell(f"looking at the pages of {site}")
            self._read[site] = self._pages(self._config.sites[site])
        return self._read[site].get(address) == f"{piece.id} {piece.digest}"

    def _is_there(self, channel: str, address: str) -> bool:
        if address not in self._answers:
            self._world.tell(f"looking for the page at {channel}")
            readers = self._config.channels[channel].readers
            answer = http.call("HEAD", address, allow_http=True)
            self._answers[address] = isinstance(answer, http.Answer) and _shows(answer, address, "public" in readers)
        return self._answers[address]

    def _pages(self, site: Site) -> Mapping[str, str]:
        """Address → id and content digest of the piece that is shown there."""
        # Nothing secret is asked or told, so a site inside the house may do without encryption.
        answer = http.call("GET", f"{site.base_url}{MANIFEST}", allow_http=True, largest=LARGEST)
        told = answer.json() if isinstance(answer, http.Answer) and answer.status == 200 else None
        if not isinstance(told, Mapping) or told.get("workspace") != self._config.id or told.get("site") != site.name:
            return {}
        pages = told.get("pages")
        return dict(_page(site, page) for page in pages if isinstance(page, Mapping)) if isinstance(pages, list) else {}


def _page(site: Site, page: Mapping[str, Json]) -> tuple[str, str]:
    return f"{site.base_url}{page.get('path')}", f"{page.get('id')} {page.get('digest')}"


def _shows(answer: http.Answer, address: str, public: bool) -> bool:
    """Whether an answer is that of a page; one that only some may read may well ask who we are."""
    if answer.status in (301, 302, 303, 307, 308):
        return not public or _leads_to(address, answer.headers.get("location", "")) == origin(address)
    return answer.status == 200 or (answer.status in (401, 403) and not public)


def _leads_to(address: str, location: str) -> str:
    """The origin to which a page sends its readers, "" where that is no address."""
    try:
        return origin(urljoin(address, location))
    except ValueError:
        return ""
