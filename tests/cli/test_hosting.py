"""The host on the command line: what is printed, and with which exit codes."""

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from tests.flows.organisation import Colleague, piece
from tests.hosts.people import Hosted, hosted
from tests.hosts.twin import TOKEN, GiteaTwin

from expertpost.cli import run


@pytest.fixture
def acme(tmp_path: Path, httpserver: HTTPServer) -> Hosted:
    """Anna, Bob and Carol on a Gitea of this machine."""
    return hosted(tmp_path, GiteaTwin(httpserver))


def at_work(monkeypatch: pytest.MonkeyPatch, person: Colleague, token: str = TOKEN) -> None:
    """Whatever is called next, this person calls."""
    monkeypatch.chdir(person.clone)
    for name, value in {**person.env, "EXPERTPOST_HOST_TOKEN": token}.items():
        monkeypatch.setenv(name, value)


def test_a_review_that_lives_on_the_host(
    acme: Hosted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Submit names the page, the gate is closed with 5, a sync brings the approval in, and the gate opens."""
    anna = acme["anna"]
    anna.write("drafts/torque.md", piece())
    at_work(monkeypatch, anna)
    assert 0 == run(["submit", "torque"])
    assert f"On the host: {acme.twin.place.root}/acme/seals/pulls/1" in capsys.readouterr().out
    assert 5 == run(["review", "gate", "--branch", "review/torque"])
    assert "drafts/torque.md: XP-GATE 1 more approval" in capsys.readouterr().out
    acme.twin.say(acme.twin.pages[0], "APPROVED", "bob-hub", commit=acme.tip())
    acme.twin.say(acme.twin.pages[0], "comment", "mallory", "Buy from me.")
    assert 0 == run(["review", "sync"])
    said = capsys.readouterr().out
    assert "Brought in: torque: approve by bob" in said
    assert "Stays there: torque: comment by mallory: nobody in people/ lists this account" in said
    assert 0 == run(["review", "gate", "torque", "--json"])
    found = json.loads(capsys.readouterr().out)

    assert ("expertpost.review-gate/1", True, []) == (found["schema"], found["open"], found["missing"])
    assert 0 == run(["review", "sync", "--json"])
    assert [] == json.loads(capsys.readouterr().out)["brought"]


def test_a_host_that_fails_leaves_the_exit_code_alone(
    acme: Hosted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Submit has done its work; only a sync, which is nothing but the host, fails."""
    acme["anna"].write("drafts/torque.md", piece())
    at_work(monkeypatch, acme["anna"], "wrong")

    assert 0 == run(["submit", "torque", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (None, True) == (found["request"], "answered 401" in found["notes"][0])
    assert 1 == run(["review", "sync"])
    assert "XP-HOST" in capsys.readouterr().err
