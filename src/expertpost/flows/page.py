"""The page that the posts of a piece lead to, and why it is not there yet: on a site of ours, or a copy at a channel.

Where a site has one, its address follows from the settings. That of a copy is known from the receipt alone; it is
filled in like every other page's (protocol §3), and must lie where the settings of that channel lie.
"""

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import partial
from typing import TypeAlias

from expertpost.flows import posts
from expertpost.flows.cases import Case, Stand
from expertpost.flows.known import Look
from expertpost.flows.places import Place
from expertpost.model.origins import origin
from expertpost.model.policy import Reason, Why
from expertpost.model.post import LONGEST_URL
from expertpost.model.review import Review

_ADDRESS = re.compile(rf"[\w.~:/?#@!$&()*+,;=%-]{{1,{len(LONGEST_URL)}}}")
"""One word: what is filled into a post may add nothing to what was approved (RFC 3986, and letters of all scripts)."""

Missing: TypeAlias = Callable[[], tuple[Reason, ...]]
"""Why a post cannot lead to its page yet, looked up when it is asked for: nothing where the page is live."""


def page_of(look: Look, case: Case) -> tuple[str, Missing]:
    """The address of the page for the readers of a case, "" where none is known, and why it is not live."""
    config, channel = look.state.config, case.place.channel
    if name := posts.page_channel(config, case.piece, channel):
        address, why = _copy(look, case, name)
        return address, partial(_unless_live, look, case, name, address, why)
    address = posts.page_address(config, case.piece, channel.readers)
    site = posts.page_site(config, case.piece, channel.readers)
    why = "" if site else "it links to its page, which is not live on any site – site build, deploy"
    return address, partial(_unless_live, look, case, site, address, why)


def _unless_live(look: Look, case: Case, where: str, address: str, why: str) -> tuple[Reason, ...]:
    if not why and look.pages(case.piece, where, address):
        return ()
    cure = "site build, deploy" if where in look.state.config.sites else "look there"
    return (Reason(Why.PAGE, why or f"it links to its page, which is not live on {where} – {cure}"),)


def _copy(look: Look, case: Case, name: str) -> tuple[str, str]:
    """The address of a channel's copy, and why there is none that posts may lead to."""
    copy = look.copies.get((case.piece.id, name))
    slot = copy.slots[0] if copy and copy.slots else None
    receipt = slot.row.receipt if slot and slot.row else None
    slug = case.piece.front.slug
    if copy is None or receipt is None:
        whys = [reason.says for reason in copy.reasons] if copy else []
        return "", f"it links to its page on {name}, which is not there yet{f' ({whys[0]})' if whys else ''}"
    asked = look.requests.get(case.piece.id, Review()).retractions(name, copy.slots[0].key.edition)
    if copy.taken_back or asked:
        return "", f"it links to its page on {name}, which is taken back – expertpost republish {slug} --channel {name}"
    if not _ADDRESS.fullmatch(receipt.url) or origin(receipt.url) not in _homes(copy.place):
        cure = f"let channels.{name} say how its pages are addressed, or remove canonical there"
        return "", f"it links to its page on {name}, which told no address below its own settings – {cure}"
    if copy.stand is not Stand.DONE:
        return receipt.url, f"its page on {name} shows an earlier text – expertpost update {slug} --channel {name}"
    return receipt.url, ""


def _homes(place: Place) -> frozenset[str]:
    """Where the copies of a channel can be: the origins of the web addresses in its settings, set or usual."""
    settings = place.publisher.settings
    values = [getattr(settings, each.name) for each in fields(settings)] if is_dataclass(settings) else []
    return frozenset(origin(value) for value in values if isinstance(value, str)) - {""}
