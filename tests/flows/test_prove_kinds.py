"""Bundles of every kind of approval, and of texts with pictures, are proven without expertpost and with it."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from tests.flows.organisation import SETTINGS, organisation, piece
from tests.flows.proving import checked, packed, refused_by_both, renew_sums, verified
from tests.flows.reviewing import CHANNELS, seen
from tests.flows.test_fast_lane import BODY, RULE, sent
from tests.hosts.test_what_counts import made

from expertpost.flows.review_merge import merge
from expertpost.flows.review_say import comment
from expertpost.flows.submit import submit
from expertpost.flows.sync import sync


def picture(shade: int) -> bytes:
    """A picture of one shade."""
    held = BytesIO()
    Image.new("L", (8, 8), shade).save(held, "PNG")
    return held.getvalue()


def test_pictures_are_followed_to_the_digest(tmp_path: Path) -> None:
    """The content that was approved names each picture: another picture is found by both, whatever its checksum."""
    org = organisation(tmp_path, "anna", "bob", settings=SETTINGS + CHANNELS)
    anna, bob = org.people["anna"], org.people["bob"]
    anna.write(
        "drafts/torque/index.md", piece(body='Turn "gently".\tThen \\n.\n\n![A nut](nut&bolt.png)\n\n![Two](two.png)')
    )
    for shade, name in enumerate(("nut&bolt.png", "two.png")):
        (anna.clone / "drafts" / "torque" / name).write_bytes(picture(shade))
    submit(anna.world)
    seen(bob)
    merge(bob.world, "torque")
    folder, done = packed(anna, "torque")
    code, says = verified(folder)
    assert (("bob",), (), 0, ()) == (done.approved_by, done.missing, code, checked(anna, folder).findings), says
    assert "drafts/torque/nut&bolt.png belongs to it" in says

    file = folder / "drafts" / "torque" / "two.png"
    file.write_bytes(picture(9))
    renew_sums(folder)
    refused_by_both(anna, folder)
    table = folder / "pictures.tsv"
    table.write_text(table.read_text().splitlines(keepends=True)[0])
    file.unlink()
    renew_sums(folder)
    refused_by_both(anna, folder)


def test_a_slip_is_proven_with_the_text_that_it_corrects(tmp_path: Path) -> None:
    """The one approval in the fast lane is enough, and the earlier text lies beside it under its digest."""
    org = organisation(tmp_path, "anna", "bob", "cara", "dan", settings=SETTINGS + CHANNELS + RULE)
    anna, bob, cara, dan = (org.people[name] for name in ("anna", "bob", "cara", "dan"))
    sent(anna, BODY)
    seen(bob)
    seen(cara)
    merge(bob.world, "torque")
    sent(anna, BODY.replace("gentyl", "gently"))
    comment(dan.world, "torque", "Fine.", line=8)
    seen(dan)
    merge(dan.world, "torque")
    folder, done = packed(anna, "torque")
    code, says = verified(folder)
    (earlier,) = (folder / "kept").iterdir()

    assert (("dan",), (), 0, ()) == (done.approved_by, done.missing, code, checked(anna, folder).findings), says
    assert "gentyl" in json.loads(earlier.read_bytes())["body"]
    earlier.write_bytes(earlier.read_bytes().replace(b"never", b"often"))
    renew_sums(folder)
    refused_by_both(anna, folder)


@pytest.mark.parametrize("signed", [True, False])
def test_an_approval_on_a_host_is_proven_as_far_as_it_goes(
    tmp_path: Path, httpserver: HTTPServer, signed: bool
) -> None:
    """An admin signs for what the host says: the bundle proves the admin's word; unsigned it proves no name."""
    acme = made(tmp_path, httpserver, "count", keys=signed, signed=signed)
    sync(acme.world("carol" if signed else "anna"))
    merge(acme.world("carol"), "torque")
    folder, done = packed(acme["carol"], "torque")
    code, says = verified(folder)

    assert (("bob",), (), 0, ()) == (done.approved_by, done.missing, code, checked(acme["carol"], folder).findings), (
        says
    )
    assert ("approve by bob, hosted by carol" if signed else "unsigned  approve by bob") in says
    if signed:
        table = folder / "events.tsv"
        table.write_text(table.read_text().replace("hosted\tcarol", "hosted\tbob"))
        renew_sums(folder)
        refused_by_both(acme["carol"], folder)
