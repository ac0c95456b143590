"""The contract of a publisher: derive a test class, fill three hooks, and pytest checks every promise.

    class TestMine(PublisherContract):
        publisher = Mine
        secrets = {"token": "…"}

        def open_twin(self, folder):
            return HttpTwin(read=…)

        def settings(self, twin):
            return {"url": twin.url}

The contract's own tests and fixtures cannot be replaced, skipped or marked: that is a TypeError when the class is made.
A promise that a kind of service cannot break is skipped, and says why.
"""

import ast
import inspect
import logging
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from inspect import getattr_static
from itertools import pairwise
from typing import Any, TypeGuard

import pytest

from expertpost.model.channel import Guarantee
from expertpost.model.outcome import Because, Busy, Receipt, Refused, Unsure
from expertpost.publishers.base import Findable, Probe, Publisher, Unreadable
from expertpost.publishers.secrets import redact
from expertpost.render.shown import Shown
from expertpost.testing.changing import ChangingPromises
from expertpost.testing.rendering import RenderingPromises
from expertpost.testing.samples import FORGED_HEADER, HOSTILE, HOSTILE_TEXT, SAMPLES, STRANGER, Sample
from expertpost.testing.stage import AT, HOOKS, KEY, OTHER_KEY, SHORT_DEADLINE
from expertpost.testing.twin import Arrived, Fault, Twin

_LAST = (Fault.DENIED, Fault.DOWN)
_LEAKY = (None, *(fault for fault in Fault if fault not in (Fault.SLOW, *_LAST)), *_LAST)
_FORBIDDEN = frozenset({"__test__", "pytestmark"})


class PublisherContract(RenderingPromises, ChangingPromises):
    """Every promise of ``expertpost.publishers.base``, as tests. ``publisher``: the class to check.

    ``secrets``: values for its secret settings. ``files``: texts that ``targets`` may read. ``against``: what the
    service of the tests is, for the capability matrix.
    """

    def __init_subclass__(cls) -> None:
        """Raises TypeError where a test of the contract is replaced, skipped or marked."""
        ours = [name for name in dir(PublisherContract) if not name.startswith("__") and name not in HOOKS]
        changed = [n for n in ours if getattr_static(cls, n) is not getattr_static(PublisherContract, n)]
        changed += [name for name in _FORBIDDEN if name in vars(cls)]
        if changed:
            raise TypeError(f"{cls.__name__} changes what the contract checks: {', '.join(sorted(changed))}")

    def test_one_sending_arrives_once(self, ready: Publisher[Any], twin: Twin) -> None:
        """One sending is one acceptance and a receipt, and the words are there."""
        outcome = ready.send(self.sending(ready))

        assert isinstance(outcome, Receipt)
        assert outcome.remote_id
        assert ["from both sides"] == [_found("from both sides", one) for one in twin.arrived()]

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
    def test_every_kind_of_piece_arrives(self, ready: Publisher[Any], twin: Twin, sample: Sample) -> None:
        """Whatever a piece holds, the service takes it."""
        outcome = ready.send(self.sending(ready, sample.shown))

        assert isinstance(outcome, Receipt), outcome
        assert 1 == len(twin.arrived())

    def test_a_repeat_is_taken_once(self, ready: Publisher[Any], twin: Twin) -> None:
        """A keyed service that gets the same delivery again still has one."""
        if self.publisher.guarantee is not Guarantee.KEYED:
            pytest.skip(f"this service is {self.publisher.guarantee.value}")
        outcomes = [ready.send(self.sending(ready)) for _ in range(2)]

        assert [Receipt, Receipt] == [type(outcome) for outcome in outcomes]
        assert 1 == len(twin.arrived())

    def test_a_keyed_service_says_how_long_it_remembers(self) -> None:
        """A keyed publisher declares ``key_life``, and below it, as the attribute's docstring, from where it knows."""
        if self.publisher.guarantee is not Guarantee.KEYED:
            pytest.skip(f"this service is {self.publisher.guarantee.value}")

        assert [True] == [bool(source.strip()) for source in _sources(self.publisher, "key_life")][:1]

    def test_a_part_of_a_thread_replies_to_the_one_before(self, ready: Publisher[Any], twin: Twin) -> None:
        """Where each part of a post is a post of its own, it goes to the service with the id of the one before."""
        if not self.publisher.limits.threads:
            pytest.skip("this service gets a post as one")
        first = ready.send(self.sending(ready))
        assert isinstance(first, Receipt)
        sending = self.sending(ready)
        replies = (("reply_to", first.remote_id), ("thread", first.remote_id))
        part = replace(sending.post, fields=(*sending.post.fields, *replies))
        second = ready.send(replace(sending, post=part, key=OTHER_KEY))

        assert isinstance(second, Receipt)
        assert first.remote_id in twin.arrived()[-1].headers.values()

    @pytest.mark.parametrize("fault", Fault)
    def test_an_outcome_never_lies(self, ready: Publisher[Any], twin: Twin, fault: Fault) -> None:
        """Refused and Busy mean that nothing was accepted, a receipt that one was; more than one is accepted never."""
        outcome = self.send_into(fault, ready, twin)
        accepted = len(twin.arrived())

        assert accepted <= 1
        assert accepted == 0 or isinstance(outcome, (Receipt, Unsure)), outcome
        assert accepted == 1 or not isinstance(outcome, Receipt), outcome

    def test_a_lost_answer_is_unsure(self, ready: Publisher[Any], twin: Twin) -> None:
        """Where the service accepted and its answer is lost, nobody claims to know, and nothing is sent again."""
        outcome = self.send_into(Fault.ANSWER_LOST, ready, twin)

        assert isinstance(outcome, Unsure), outcome
        assert 1 == len(twin.arrived())

    def test_not_reachable_is_busy(self, ready: Publisher[Any], twin: Twin) -> None:
        """A service that is not reachable got nothing; a later try may succeed."""
        outcome = self.send_into(Fault.DOWN, ready, twin)

        assert isinstance(outcome, Busy), outcome
        assert () == twin.arrived()

    def test_wrong_credentials_stop_the_account(self, ready: Publisher[Any], twin: Twin) -> None:
        """Credentials that are refused concern every post of the account, not this one."""
        outcome = self.send_into(Fault.DENIED, ready, twin)

        assert isinstance(outcome, Refused), outcome
        assert Because.ACCOUNT is outcome.because
        assert () == twin.arrived()

    def test_too_many_requests_wait(self, ready: Publisher[Any], twin: Twin) -> None:
        """A service that has had too many requests is asked again later, not before the moment that it names."""
        outcome = self.send_into(Fault.THROTTLED, ready, twin)

        assert isinstance(outcome, Busy), outcome
        assert outcome.not_before is not None
        assert outcome.not_before > AT

    def test_a_slow_service_is_left_in_time(self, ready: Publisher[Any], twin: Twin) -> None:
        """The deadline holds for everything together, also where a byte comes now and then."""
        begun = time.monotonic()
        self.send_into(Fault.SLOW, ready, twin)

        assert time.monotonic() - begun < SHORT_DEADLINE + 3

    def test_no_secret_leaves(
        self,
        ready: Publisher[Any],
        twin: Twin,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """No secret, however spelled, is in an outcome, a log or on the screen, even if the service repeats it.

        The service fails in every way, one after the other, each time at a delivery of its own.
        """
        if not self.secrets:
            pytest.skip("this publisher has no secrets")
        seen: list[str] = []
        with caplog.at_level(logging.DEBUG):
            for number, fault in enumerate(one for one in _LEAKY if one is None or one in twin.faults):
                if fault is not None:
                    twin.fail(fault)
                seen += [repr(ready.send(self.sending(ready, key=f"{number:x}" * 64))), repr(ready.probe(AT))]
        shown = capfd.readouterr()
        told = "\n".join((*seen, caplog.text, shown.out, shown.err))

        assert told == redact(told, self.secrets.values())

    @pytest.mark.parametrize("shown", [HOSTILE, HOSTILE_TEXT], ids=["announced", "in full"])
    def test_hostile_text_does_no_harm(self, ready: Publisher[Any], twin: Twin, shown: Shown) -> None:
        """Headers, markup, mass calls and terminal commands in a piece are words at most, and reach no one else."""
        ready.send(self.sending(ready, shown))
        (one,) = twin.arrived()
        html = one.html.lower()

        assert FORGED_HEADER not in one.headers
        assert "bcc" not in one.headers
        assert not [
            value for name, value in one.headers.items() if name in ("to", "cc", "envelope-to") and STRANGER in value
        ]
        assert [] == [bad for bad in ("<script", "<iframe", "<img src=x", "javascript:", "data:text") if bad in html]
        assert () == one.pings
        assert not set("\x1b\x07\x9b\ue000\ue001") & set(one.text + one.html + "".join(one.headers.values()))

    def test_a_probe_posts_nothing(self, ready: Publisher[Any], twin: Twin) -> None:
        """A look at a service that is well tells whose account it is, and posts nothing."""
        found = ready.probe(AT)

        assert isinstance(found, Probe), found
        assert () == twin.arrived()

    def test_a_probe_sees_that_nobody_is_there(self, ready: Publisher[Any], twin: Twin) -> None:
        """A look at a service that is not reachable says so."""
        self.skip_unless_possible(twin, Fault.DOWN)
        twin.fail(Fault.DOWN)

        assert isinstance(ready.probe(AT), Busy)

    def test_what_was_accepted_is_found(self, ready: Publisher[Any], twin: Twin) -> None:
        """A search finds what the service accepted under a key, and nothing under another."""
        findable = self._findable(ready)
        before = findable.find(KEY)
        receipt = ready.send(self.sending(ready))

        assert before is None
        assert receipt == findable.find(KEY)
        assert findable.find(OTHER_KEY) is None

    def test_a_search_that_fails_finds_nothing_out(self, ready: Publisher[Any], twin: Twin) -> None:
        """Where the listing cannot be read, "not there" is never the answer."""
        findable = self._findable(ready)
        self.skip_unless_possible(twin, Fault.DOWN)
        twin.fail(Fault.DOWN)

        with pytest.raises(Unreadable):
            findable.find(KEY)

    def _findable(self, ready: Publisher[Any]) -> Findable:
        if not isinstance(ready, Findable):
            pytest.skip("this service cannot be searched")
        return ready


def _sources(publisher: type[Publisher[Any]], name: str) -> Iterator[str]:
    """What stands as a docstring below an attribute, nearest class first; "" where nothing does."""
    for kind in (one for one in publisher.__mro__ if name in vars(one) and one is not Publisher):
        (made,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        for line, below in pairwise(getattr(made, "body", ())):
            target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
            if getattr(target, "id", "") == name:
                yield str(below.value.value) if _is_text(below) else ""


def _is_text(line: ast.stmt) -> TypeGuard[Any]:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _found(words: str, one: Arrived) -> str:
    return words if words in one.text or words in one.html else f"not there: {one}"
