"""A mailroom whose runner keeps its ledger in a database."""

from dataclasses import dataclass, replace
from pathlib import Path

from tests.flows.mailroom import Mailroom, Trap, hook, mailroom

from expertpost.flows.context import World
from expertpost.flows.publish import publish
from expertpost.flows.report import Published

IN_DATABASE = '[ledger]\nengine = { env = "LEDGER_URL" }\n'


@dataclass
class Office(Mailroom):
    """A mailroom whose runner knows a database."""

    address: str = ""

    def knowing(self, here: Path | None = None, **env: str) -> World:
        """The runner's world, with the database's address in it."""
        world = self.world
        return replace(world, env={**world.env, "LEDGER_URL": self.address, **env}, here=here or world.here)

    def run(self, here: Path | None = None, **env: str) -> Published:
        """One run of the runner."""
        return publish(self.knowing(here, **env))

    def set_engine(self, old: str, new: str) -> None:
        """Merge other settings of the ledger."""
        settings = self.anna.clone / "expertpost.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")
        self.anna.push("the ledger")
        self.runner.run("pull", "--quiet")


def office(folder: Path, receiver: Trap, address: str, more: str = IN_DATABASE) -> Office:
    """One webhook channel, one approved piece, and a ledger in this database."""
    room = mailroom(folder, hook(receiver), more=more)
    made = Office(room.org, room.runner, room.clock, address)
    made.merge(1)
    made.approve()
    return made
