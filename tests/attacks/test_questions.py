"""Attacks by way of questions: planted facts, hostile words, other people's names."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.flows.organisation import START, WORKSPACE_ID, Colleague, organisation

from expertpost.cli import run
from expertpost.flows.ask import ask
from expertpost.flows.ask_list import list_, show
from expertpost.flows.questions import Stand
from expertpost.model.event import Event, EventKind
from expertpost.model.question import id_of, subject_of
from expertpost.store.events import Written, append
from expertpost.store.tree import Identity


@pytest.fixture
def dora(tmp_path: Path) -> Colleague:
    """Dora, in a workspace with Anna and Bob, who all have keys."""
    return organisation(tmp_path, "dora", "anna", "bob").people["dora"]


def planted(dora: Colleague, **more: object) -> Event:
    """A fact that somebody with the right to push writes past every verb, unsigned."""
    event = Event(
        kind=EventKind.ASK, workspace=WORKSPACE_ID, piece="", digest="", by="eve@example.org", at=START,
        text="Which seal?", audience=("colleagues",),
    )  # fmt: skip
    event = replace(event, **more)  # type: ignore[arg-type]
    event = event if event.piece else replace(event, piece=subject_of(id_of(event)))
    dora.hub.fetch()
    append(dora.hub, [Written(event)], Identity("M", "m@acme.example"), START)
    return event


def test_a_terminal_does_not_obey_a_question(
    dora: Colleague, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences and turned-round text in a planted question reach no terminal, from any verb that shows it."""
    event = planted(dora, text="Which \x1b[2Jseal\u202e?\n\x1b]0;x\x07", topics=("\x1b[31mseals",))
    monkeypatch.chdir(dora.clone)
    for key, value in dora.env.items():
        monkeypatch.setenv(key, value)
    for argv in (["list"], ["list", "--json"], ["show", event.piece[-6:]], ["show", event.piece[-6:], "--json"]):
        assert 0 == run(["ask", *argv])
    said = capsys.readouterr().out

    assert "seal" in said
    assert not {"\x1b", "\u202e", "\x07"} & set(said)


def test_nobody_closes_a_question_in_anothers_name(dora: Colleague) -> None:
    """Unsigned: a decline by who asked, a duplicate by Anna, a route by Bob. The question stays open, and with whom."""
    asked = ask(dora.world, "Which seal survives steam?")
    subject = subject_of(asked.id)
    prev = tuple(event.id for event in show(dora.world, asked.id).matter.question.review.events)
    for kind, by, more in (
        (EventKind.DECLINE, "dora", {}),
        (EventKind.DUPLICATE, "anna", {"pieces": ("01JD0000000000000000TRQ001",)}),
        (EventKind.ROUTE, "bob", {"reviewers": ("bob",)}),
    ):
        planted(dora, kind=kind, by=by, piece=subject, prev=prev, **more)
    found = show(dora.world, asked.id).matter

    assert (Stand.OPEN, ()) == (found.stand, found.question.asked)


def test_a_fact_in_the_wrong_folder_is_no_question(dora: Colleague) -> None:
    """Another text under the id of a question, or a question under a piece's id, is nothing at all."""
    asked = ask(dora.world, "Which seal survives steam?")
    planted(dora, piece=subject_of(asked.id), text="Who earns most?")
    planted(dora, piece="01JD0000000000000000TRQ001")

    assert ["Which seal survives steam?"] == [each.question.text for each in list_(dora.world).matters]
