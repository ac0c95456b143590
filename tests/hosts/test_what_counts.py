"""What an approval on the host is worth: by the settings, by whether a signature is asked for, by who saw it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from tests.flows.reviewing import CHANNELS
from tests.hosts.people import Hosted, hosted
from tests.hosts.test_sync import approved, needs, opened, told
from tests.hosts.twin import START, GiteaTwin

from expertpost.flows.request import says_what_counts
from expertpost.flows.review import review_list
from expertpost.flows.review_approve import approve
from expertpost.flows.review_say import withdraw
from expertpost.flows.sync import sync
from expertpost.model.config import Config, HostApprovals, ReviewPolicy
from expertpost.model.event import Event, EventKind
from expertpost.model.people import People, Person
from expertpost.model.policy import entitled

ADMIN = {"carol": {"roles": "[admin]"}}


def made(
    folder: Path,
    server: HTTPServer,
    says: str = "",
    *,
    keys: bool = True,
    signed: bool = False,
    more: Mapping[str, Mapping[str, str]] = ADMIN,
) -> Hosted:
    """An organisation in which Bob has approved on the host."""
    rules = (f'host_approvals = "{says}"\n' if says else "") + f"signed = {str(signed or keys).lower()}\n"
    twin = GiteaTwin(server)
    acme = hosted(folder, twin, f"{CHANNELS}\n[review]\n{rules}", keys=keys, more=more)
    opened(acme, twin)
    approved(acme, twin)
    return acme


def test_it_is_a_remark_where_signatures_are_asked_for(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Bob lists a key: only his signature is his yes, and he is told how."""
    acme = made(tmp_path, httpserver)
    sync(acme.world("anna"))

    assert needs(acme)[1].endswith("it has no signature, and one is asked for: expertpost review approve")


def test_a_remark_is_followed_by_the_real_thing(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Bob approves in a terminal as well: then nothing is missing, and the remark is not mentioned any more."""
    acme = made(tmp_path, httpserver)
    sync(acme.world("anna"))
    (waiting,) = review_list(acme["bob"].world)
    approve(acme["bob"].world, "torque", digest=waiting.digest)

    assert () == needs(acme)


def test_where_it_counts_an_admin_signs_for_it(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Anna may not vouch for Bob; Carol is an admin, who could change policy anyway."""
    acme = made(tmp_path, httpserver, "count", signed=True)
    sync(acme.world("anna"), dry_run=True)
    sync(acme.world("carol"))

    assert () == needs(acme)


def test_who_wrote_it_vouches_for_nobody(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Anna is an admin too, and could claim that Bob has approved her text."""
    acme = made(tmp_path, httpserver, "count", more={"anna": {"roles": "[admin]"}})
    sync(acme.world("anna"))

    assert ("1 more approval", "bob’s approval on the host does not count: anna wrote some of it") == needs(acme)


@pytest.mark.parametrize("piece", ["people/dora", "settings/rules"])
def test_nobody_vouches_for_an_approval_of_people_or_settings(piece: str) -> None:
    """Who may decide, and by which rules, needs signatures of its own wherever any are asked for."""
    carol, bob = (Person(handle=name, name=name, roles=("admin",)) for name in ("carol", "bob"))
    said = {"kind": EventKind.APPROVE, "workspace": "X", "digest": "1", "by": "bob", "at": START}
    event = Event(**said, piece=piece, origin="h/a/b#1 review 2", carrier="carol", signer="carol")  # type: ignore[arg-type] # said
    config = Config(name="Acme", id="X", review=ReviewPolicy(signed=True, host_approvals=HostApprovals.COUNT))

    assert not entitled(config, People((carol, bob)), event)
    assert entitled(config, People((carol, bob)), replace(event, piece="01JD0000000000000000TRQ001"))


def test_nobody_else_vouches_for_it(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Brought in by somebody without the role it is a remark, and the reason names who can."""
    acme = made(tmp_path, httpserver, "count")
    sync(acme.world("anna"))

    assert "somebody with the role admin has to bring it in, signed: expertpost review sync" in needs(acme)[1]


@pytest.mark.parametrize("says", ["comment", "never"])
def test_the_workspace_may_take_none(tmp_path: Path, httpserver: HTTPServer, says: str) -> None:
    """As a remark it comes in and does not count; with never it stays out."""
    acme = made(tmp_path, httpserver, says, keys=False)
    found = sync(acme.world("anna"))

    assert ([("approve", "bob")] if says == "comment" else []) == told(found)
    assert "1 more approval" == needs(acme)[0]


def test_what_was_withdrawn_here_stays_withdrawn(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Bob takes his approval back in a terminal; the page still has it, and it does not come back."""
    acme = made(tmp_path, httpserver, keys=False)
    sync(acme.world("anna"))
    withdraw(acme["bob"].world, "torque")
    sync(acme.world("anna"))

    assert "1 more approval" == needs(acme)[0]


@pytest.mark.parametrize(
    ("rule", "signed", "begins"),
    [
        (None, False, "An approval on this page counts once it is brought in"),
        (None, None, "An approval on this page does not count, as approvals here are signed"),
        (None, True, "An approval on this page does not count, as approvals here are signed"),
        (HostApprovals.COUNT, True, "An approval on this page counts once it is brought in"),
        (HostApprovals.COMMENT, None, "An approval on this page is a remark"),
        (HostApprovals.NEVER, None, "An approval on this page does not count"),
    ],
)
def test_the_first_line_says_it(rule: HostApprovals | None, signed: bool | None, begins: str) -> None:
    """Nobody presses a button in vain without having been told."""
    config = Config(name="Acme", id="X", review=ReviewPolicy(signed=signed, host_approvals=rule))
    people = People((Person(handle="anna", name="Anna"), Person(handle="bob", name="Bob")))

    assert says_what_counts(config, people, "Gitea").startswith(begins)
