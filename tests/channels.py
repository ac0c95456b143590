"""Every publisher with the settings of its example in the handbook, for tests that concern all of them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from expertpost.model.channel import Channel
from expertpost.model.config import Config
from expertpost.publishers import registry, settings
from expertpost.publishers.base import Address, Publisher
from expertpost.store.config import read_config
from expertpost.testing.stage import AT, KEY

HANDBOOK = Path(__file__).parents[1] / "drafts" / "handbook"
CHAPTER = (HANDBOOK / "channels.md").read_text(encoding="utf-8")
_FILES = {page.stem: page for page in (HANDBOOK / "channels").glob("*.md")}
PAGES = {name: _FILES[name].read_text(encoding="utf-8") for name in sorted(_FILES)}


class Ready(NamedTuple):
    """A publisher and settings that it takes."""

    name: str
    publisher: type[Publisher[object]]
    settings: object
    channel: Channel
    config: Config

    def values(self, url: str) -> Mapping[str, str]:
        """What ``bind`` fills in for its one target, or one of them."""
        to = Address("bea@supplier.example") if self.name == "email" else Address()
        return self.publisher(self.settings, {}, Path()).values(to, KEY, AT, url)


@cache
def ready(name: str) -> Ready:
    """The publisher of this name with the settings of its example."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGES[name], re.DOTALL)
    config = read_config(f'[workspace]\nname = "A"\nid = "a-1"\n{example}'.encode())
    channel = replace(next(iter(config.channels.values())), readers=("public",))
    kind = registry.publisher(name)
    chosen, findings = settings.read(kind, channel)
    assert chosen is not None, findings
    return Ready(name, kind, chosen, channel, config)
