"""An organisation whose shared repository lies on a host: git reaches a folder by the host's own address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.flows.organisation import SETTINGS, Colleague, Organisation, entry, organisation, piece
from tests.hosts.twin import TOKEN, Twin

from expertpost.flows.context import World
from expertpost.flows.parcel import Submitted
from expertpost.flows.submit import submit

HOSTED = """
[host]
kind = "KIND"
token = { env = "EXPERTPOST_HOST_TOKEN" }
"""


@dataclass
class Hosted:
    """The organisation, its host, and whose token is where."""

    org: Organisation
    twin: Twin
    env: dict[str, str] = field(default_factory=lambda: {"EXPERTPOST_HOST_TOKEN": TOKEN})

    def __getitem__(self, handle: str) -> Colleague:
        """Somebody by handle."""
        return self.org.people[handle]

    def world(self, handle: str, token: str = TOKEN) -> World:
        """The world of somebody who has a token."""
        person = self[handle]
        return World(here=person.clone, now=person.clock, env={**person.env, "EXPERTPOST_HOST_TOKEN": token})

    def submitted(self, body: str = "Turn it gently.", **more: str) -> tuple[Submitted, ...]:
        """Anna submits a text of the piece."""
        self["anna"].write("drafts/torque.md", piece(body=body, **more))
        return submit(self.world("anna"))

    def tip(self, branch: str = "review/torque") -> str:
        """The commit of a shared branch."""
        return self["anna"].run("ls-remote", "origin", f"refs/heads/{branch}").split()[0]


def hosted(
    folder: Path,
    twin: Twin,
    settings: str = "",
    *,
    keys: bool = False,
    more: Mapping[str, Mapping[str, str]] | None = None,
) -> Hosted:
    """Anna, Bob and Carol, each with an account NAME-hub; nobody lists a key unless told otherwise."""
    review = "" if keys or "[review]" in settings else "\n[review]\nsigned = false\n"
    chosen = SETTINGS + HOSTED.replace("KIND", twin.kind) + settings + review
    org = organisation(folder, "anna", "bob", "carol", settings=chosen, keys=keys)
    anna = org.people["anna"]
    for handle, person in org.people.items():
        anna.write(
            f"people/{handle}.md",
            entry(person, accounts=f"{{{twin.kind}: {handle}-hub}}", **(more or {}).get(handle, {})),
        )
    anna.push("Accounts")
    address = f"{twin.place.root}/acme/seals.git"
    for person in org.people.values():
        person.run("config", f"url.{org.remote}.insteadOf", address)
        person.run("remote", "set-url", "origin", address)
    made = Hosted(org, twin)
    twin.head = made.tip
    return made
