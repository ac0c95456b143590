"""Texts that were public before: one signed fact says so, for exactly these texts, and they go to sites only."""

from pathlib import Path

import pytest
from tests.flows.lone import HUGO, write
from tests.flows.organisation import organisation

from expertpost.errors import Failure
from expertpost.flows.import_ import Wish, bring
from expertpost.model.policy import adopted
from expertpost.store.events import read
from expertpost.store.workspace import find


def test_as_published_counts_for_exactly_these_texts(tmp_path: Path) -> None:
    """One signed event names the digest of each text; what was a draft elsewhere is left out; nothing comes twice."""
    org = organisation(tmp_path)
    anna = org.people["anna"]
    write(tmp_path / "blog" / "old.md", HUGO)
    write(tmp_path / "blog" / "pump" / "index.md", "# Pump\n\n![p](p.png)\n")
    write(tmp_path / "blog" / "pump" / "p.png", b"\x89PNG")
    write(tmp_path / "blog" / "new.md", HUGO.replace("draft: false", "draft: true"))
    write(tmp_path / "blog" / "soon.md", HUGO.replace("2019-01-31", "2099-01-31"))
    done = bring(anna.world, [str(tmp_path / "blog")], Wish(as_published=True))
    again = bring(anna.world, [str(tmp_path / "blog")], Wish(as_published=True))
    anna.push("The old blog")

    state = find(anna.clone, anna.env).at(anna.run("rev-parse", "HEAD").strip())
    anna.hub.fetch()
    events = read(anna.hub, state.people, anna.seen, state.config.id)
    counted = adopted(state.config, state.people, events)
    pieces = {piece.path: piece for piece in state.pieces()}
    published = ("drafts/old.md", "drafts/pump/index.md")
    assert (published, ()) == (tuple(sorted(done.recorded.pieces)), again.recorded.pieces)
    assert {pieces[path].id: frozenset({pieces[path].digest}) for path in published} == counted
    assert ["XP-IMPORT-DRAFT"] * 2 == [note.code for note in done.notes]
    assert [("anna", "anna")] == [(event.by, event.signer) for event in events]


def test_who_is_not_listed_cannot_adopt_as_published(tmp_path: Path) -> None:
    """Only somebody in people/ can say that a text was public before; nothing is written for others."""
    org = organisation(tmp_path)
    eve = org.clone(org.colleague("eve"))
    write(tmp_path / "blog" / "old.md", HUGO)
    with pytest.raises(Failure, match="XP-IMPORT-WHO"):
        bring(eve.world, [str(tmp_path / "blog")], Wish(as_published=True))

    assert [".keep"] == [path.name for path in (eve.clone / "drafts").iterdir()]
