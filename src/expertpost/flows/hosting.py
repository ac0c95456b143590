"""The host of the shared repository, for a person who has a token for it. Everything works without one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from expertpost.errors import Failure
from expertpost.flows.context import World
from expertpost.flows.desk import Desk
from expertpost.hosts import registry
from expertpost.hosts.base import Host, Place
from expertpost.model.config import Config
from expertpost.model.people import People, Person
from expertpost.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a wish to a host: the page of the request, and what did not work. It never stops anything."""

    url: str = ""
    notes: tuple[str, ...] = ()


def place(workspace: Workspace, config: Config) -> Place | None:
    """Where the shared repository lies, None where that has no interface that is known here. Raises Failure."""
    address = workspace.git.remote_url(workspace.remote) if workspace.remote else None
    return registry.place_of(address, config.host) if address else None


def host_of(desk: Desk) -> Host | None:
    """The host, None where there is none with an interface, or no token for it. Raises Failure XP-HOST-…."""
    there = place(desk.workspace, desk.config)
    return connect(there, desk.workspace, desk.config, desk.world) if there else None


def connect(there: Place, workspace: Workspace, config: Config, world: World) -> Host | None:
    """The host at a place, None where the person has no token for it. Raises Failure XP-HOST-…."""
    from expertpost.hosts.token import token_for

    token = token_for(there, config.host.token, world.env, workspace.root)
    return registry.host_at(there, token) if token else None


def politely(wish: Callable[[], Told]) -> Told:
    """What a host said to a wish; what it refused is a note, as the git work is done and stays."""
    try:
        return wish()
    except Failure as failed:
        return Told(notes=(f"{failed.what} – {failed.cure}",))


def account_of(person: Person, place: Place) -> str:
    """The account that a person's entry lists for this host, by its name or its kind; "" for none."""
    listed = {name.casefold(): account for name, account in person.accounts}
    return listed.get(place.host, "") or listed.get(place.kind, "")


def persons_by_account(people: People, place: Place) -> dict[str, Person | None]:
    """Account → the person that lists it, None where two do: then nobody can tell who speaks."""
    found: dict[str, Person | None] = {}
    for person in people.listed:
        if account := account_of(person, place).casefold():
            found[account] = None if account in found else person
    return found


def accounts_of(people: People, place: Place, handles: Iterable[str]) -> tuple[str, ...]:
    """The accounts of those of these people who list one for this host."""
    persons = filter(None, map(people.by_handle, handles))
    return tuple(account for person in persons if (account := account_of(person, place)))
