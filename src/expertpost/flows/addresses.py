"""The address of a published copy as a ref: of a page on one of our sites, or of a post that the ledger knows."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from expertpost.errors import Exit, Failure
from expertpost.model.channel import Site
from expertpost.model.config import Config
from expertpost.model.delivery import Delivery

if TYPE_CHECKING:
    from expertpost.flows.context import World
    from expertpost.store.ledger import Row
    from expertpost.store.workspace import Workspace


def resolved(ref: str, workspace: "Workspace", world: "World", config: Config | None = None) -> str:
    """What a ref stands for: an address becomes the piece's slug or id, everything else is left as it is.

    Reads the ledger as it was fetched last. ``config``: that of main, where the caller has it already. Raises Failure
    XP-REF-NONE for an address at which nothing of ours is.
    """
    if "://" not in ref:
        return ref
    merged = None if config else workspace.merged()
    config = config or (merged or workspace.here).config
    if slug := page_slug(config.sites.values(), ref):
        return slug
    from expertpost.store.ledger_git import GitLedger

    # What the runner told of is on the branch, whichever engine it works with: no secret is needed to read it.
    ledger = GitLedger(workspace.hub, config.id, world.now, world.entropy, config.ledger.id)
    copy = of_copy(ref, (*ledger.open(), *ledger.settled()))
    if copy is None:
        raise nothing_at(ref)
    return copy.key.piece


def nothing_at(url: str) -> Failure:
    """The refusal of an address that is not ours."""
    what, cure = f"nothing was sent to {url[:200]}, and no page is there", "expertpost outbox list --all"
    return Failure("XP-REF-NONE", what, cure, exit_code=Exit.USAGE)


def page_slug(sites: Iterable[Site], url: str) -> str:
    """The slug of the piece whose page this address is (``site_build`` names pages so), "" for any other address."""
    for site in sites:
        below = _bare(url).removeprefix(f"{site.base_url}pieces/")
        if site.base_url and below != _bare(url) and below.endswith(".html") and "/" not in below:
            return below.removesuffix(".html")
    return ""


def of_copy(url: str, rows: "Iterable[Row]") -> Delivery | None:
    """The last delivery whose receipt names this address (a fragment or a slash at its end aside), None for none."""
    wanted = _bare(url)
    found = [row for row in rows if isinstance(row, Delivery) and row.receipt and _bare(row.receipt.url) == wanted]
    return max(found, key=lambda row: row.at, default=None)


def _bare(url: str) -> str:
    return url.partition("#")[0].rstrip("/")
