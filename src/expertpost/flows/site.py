"""``site build``: the pages of each site from a merged commit; only what changed is read and written."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.shares import uncollected
from expertpost.flows.site_build import Away, Built, SiteBuild
from expertpost.model.channel import Site
from expertpost.model.draft import nearest
from expertpost.model.moment import BadMoment, instant
from expertpost.store.workspace import State, Workspace, find

__all__ = ["Away", "Built", "build", "built_folder", "chosen_sites"]

FOLDER = "build/sites"
"""Where sites are built below the workspace, each in a folder of its name: without a base_url, the live place."""
DRAFTS = "build/drafts"
"""Where drafts of sites are built: never where readers look."""


def build(
    world: World, names: Iterable[str] = (), *, out: Path | None = None, at: str = "", draft: bool = False
) -> tuple[Built, ...]:
    """Build the named sites, or all, as of the instant ``at`` (as a person writes it; now by default).

    ``out``: the folder of the one site, or the one that gets a folder for each. ``draft``: from the work tree, approved
    or not, with a banner and without feeds. Raises Failure or Problems.
    """
    workspace = find(world.here, world.env)
    state = _state(workspace, draft)
    sites = chosen_sites(state, names)
    moment = _instant(at, state.config.timezone) if at else world.now()
    room = workspace.root / (DRAFTS if draft else FOLDER)
    folders = [_folder(world, room, site, out, several=len(sites) > 1) for site in sites]
    with uncollected():
        return tuple(
            SiteBuild(world, workspace, state, site, folder, moment, draft).run()
            for site, folder in zip(sites, folders, strict=True)
        )


def built_folder(world: World, name: str = "", out: Path | None = None) -> Path:
    """The folder in which a site was built; the first configured one without a name. Raises Failure."""
    workspace = find(world.here, world.env)
    site = chosen_sites(workspace.here, [name] if name else ())[0]
    folder = _folder(world, workspace.root / FOLDER, site, out, several=False)
    if not (folder / "index.html").is_file():
        cure = f"build it first: expertpost site build {site.name}"
        raise Failure("XP-SITE-UNBUILT", f"the site {site.name} is not built", cure, where=str(folder))
    return folder


def _instant(text: str, zone: str) -> datetime:
    try:
        return instant(text, zone)
    except BadMoment as wrong:
        raise Failure("XP-TIME", wrong.what, wrong.cure, exit_code=Exit.USAGE) from wrong


def _state(workspace: Workspace, draft: bool) -> State:
    if draft:
        return workspace.here
    workspace.hub.fetch()
    merged = workspace.merged()
    if merged is None:
        cure = "merge a first piece, or look at what is not approved yet: expertpost site build --draft"
        raise Failure("XP-SITE-NOTHING", "nothing is merged yet", cure, exit_code=Exit.NEEDS_PERSON)
    return merged


def chosen_sites(state: State, names: Iterable[str]) -> tuple[Site, ...]:
    """The configured sites with these names, or all. Raises Failure XP-SITE-NONE."""
    sites = state.config.sites
    wanted = tuple(dict.fromkeys(names)) or tuple(sites)
    for name in wanted:
        if name not in sites:
            raise Failure("XP-SITE-NONE", f"no site is called {name!r}", nearest(name, sites), exit_code=Exit.USAGE)
    if not wanted:
        cure = 'add [sites.inside] with readers = ["colleagues"] to expertpost.toml'
        raise Failure("XP-SITE-NONE", "the workspace has no sites", cure, exit_code=Exit.USAGE)
    return tuple(sites[name] for name in wanted)


def _folder(world: World, room: Path, site: Site, out: Path | None, *, several: bool) -> Path:
    if out is None:
        return room / site.name
    return world.here / out / site.name if several else world.here / out
