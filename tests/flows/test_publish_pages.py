"""A post that links to a page waits until exactly that page is live; the site's manifest is all that is asked."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.flows.mailroom import Mailroom, Trap, hook, mailroom, read_hook
from tests.flows.organisation import WORKSPACE_ID

from expertpost.errors import Exit
from expertpost.model.canonical import Json
from expertpost.model.policy import Why
from expertpost.store.workspace import find
from expertpost.testing.twin import Answer, HttpTwin, Request


class Pages(HttpTwin):
    """A site that serves the manifest it was given, and nothing else."""

    manifest = b""

    def take(self, request: Request) -> Answer:
        """See HttpTwin."""
        return Answer(200, self.manifest) if request.path == "/manifest.json" else Answer(404)


@pytest.fixture
def site() -> Iterator[Pages]:
    """A site."""
    with closing(Pages(read_hook)) as twin:
        yield twin


@pytest.fixture
def room(tmp_path: Path, receiver: Trap, site: Pages) -> Mailroom:
    """One approved piece, a channel and a site for the same readers."""
    more = f'[sites.outside]\nreaders = ["suppliers"]\nbase_url = "{site.url}/"\n'
    room = mailroom(tmp_path, hook(receiver), more=more)
    room.merge(1)
    room.approve()
    return room


def manifest(room: Mailroom, **other: str) -> bytes:
    """The manifest of the site when the piece is live; ``other``: what it says otherwise."""
    state = find(room.anna.clone, room.anna.env).merged()
    piece = next(state.pieces()) if state else None
    assert piece is not None
    page = {"id": piece.id, "digest": piece.digest, "path": "pieces/piece-1.html", **other}
    head: dict[str, Json] = {"workspace": WORKSPACE_ID, "site": "outside", **other, "pages": [page]}
    return json.dumps(head).encode()


def test_a_post_waits_for_its_page(room: Mailroom, receiver: Trap, site: Pages) -> None:
    """Before the page is live the post waits, which is normal; then it goes, with the page's address in it."""
    early = room.publish()

    assert (Exit.DONE, [(Why.PAGE,)], ()) == (early.exit, [line.whys for line in early.lines], receiver.arrived())
    site.manifest = manifest(room)
    room.publish()
    assert [True] == [f"{site.url}/pieces/piece-1.html".encode() in one.body for one in receiver.requests]


def test_where_visits_come_from(tmp_path: Path, receiver: Trap, site: Pages) -> None:
    """What a channel adds to addresses is no part of the approved post, of the page, or of its manifest."""
    more = f'[sites.outside]\nreaders = ["suppliers"]\nbase_url = "{site.url}/"\n'
    room = mailroom(tmp_path, hook(receiver) + 'utm = "autumn-2026"\n', more=more)
    room.merge(1)
    room.approve()
    site.manifest = manifest(room)
    room.publish()

    address = f"{site.url}/pieces/piece-1.html?utm_source=hook&utm_medium=webhook&utm_campaign=autumn-2026"
    assert [True] == [address.encode() in one.body for one in receiver.requests]


@pytest.mark.parametrize(
    "other",
    [
        {"digest": "0" * 64},
        {"id": "01JD0000000000000000PCE999"},
        {"path": "pieces/other.html"},
        {"workspace": "01JD0000000000000000000XYZ"},
        {"site": "inside"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_page_is_not_that_page(room: Mailroom, receiver: Trap, site: Pages, other: dict[str, str]) -> None:
    """Another text, piece, address, workspace or site in the manifest does not let the post go."""
    site.manifest = manifest(room, **other)
    room.publish()

    assert () == receiver.arrived()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'"x"', b'{"pages": 1}', b"[" * 100_000, b"\xff\xfe"],
    ids=["empty", "cut", "list", "text", "number", "deep", "bytes"],
)  # fmt: skip
def test_a_broken_manifest_shows_nothing(room: Mailroom, receiver: Trap, site: Pages, content: bytes) -> None:
    """Whatever a site answers instead of its manifest, the post waits and nothing breaks."""
    site.manifest = content

    assert (Exit.DONE, ()) == (room.publish().exit, receiver.arrived())
