"""What a publisher promises about posts that are out: changed, removed and measured, and never posted anew."""

from typing import Any

import pytest

from expertpost.model.outcome import Busy, Outcome, Receipt, Refused
from expertpost.publishers.base import Editable, Findable, Measurable, Publisher, Recognizable, Retractable
from expertpost.publishers.secrets import redact
from expertpost.testing.samples import ANOTHER, CORRECTED
from expertpost.testing.stage import AT, KEY, OTHER_KEY, Stage
from expertpost.testing.twin import Fault, Twin

FAULTS = (Fault.DOWN, Fault.DENIED, Fault.THROTTLED, Fault.BROKEN_AFTER, Fault.ANSWER_LOST)
COUNTS = frozenset({"views", "likes", "shares", "replies", "clicks"})
OLD, NEW = "from both sides", "from within"


class ChangingPromises(Stage):
    """Everything that holds after a post was accepted, where the publisher says that it can do it at all."""

    def test_a_change_is_what_readers_see(self, ready: Publisher[Any], twin: Twin) -> None:
        """After a change readers see the new words at the same place, once, and none of the old ones."""
        receipt = self._sent(ready, Editable)
        outcomes = [self._change(ready, receipt) for _ in range(2)]

        assert [receipt, receipt] == outcomes
        assert [receipt.remote_id] == list(twin.held())
        assert (True, False) == (NEW in _words(twin), OLD in _words(twin))

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_change_never_lies(self, ready: Publisher[Any], twin: Twin, fault: Fault) -> None:
        """A receipt proves that the words are new, Refused and Busy that they are old; a secret is in none of them."""
        receipt = self._sent(ready, Editable)
        self.skip_unless_possible(twin, fault)
        twin.fail(fault)
        outcome = self._change(ready, receipt)

        assert 1 == len(twin.held())
        assert NEW in _words(twin) or not isinstance(outcome, Receipt), outcome
        assert OLD in _words(twin) or not isinstance(outcome, (Refused, Busy)), outcome
        assert repr(outcome) == redact(repr(outcome), self.secrets.values())

    def test_what_is_gone_is_not_posted_anew(self, ready: Publisher[Any], twin: Twin) -> None:
        """A change of a post that was removed is refused, and readers see nothing."""
        receipt = self._sent(ready, Editable, Retractable)
        self._remove(ready, receipt)

        assert isinstance(outcome := self._change(ready, receipt), Refused), outcome
        assert {} == twin.held()

    def test_a_removal_takes_the_post_away(self, ready: Publisher[Any], twin: Twin) -> None:
        """After a removal nobody sees the post, nor is it found.

        A second removal is as good as the first; where the service cannot be searched, it may be left to a person.
        """
        receipt = self._sent(ready, Retractable)
        first, second = (self._remove(ready, receipt) for _ in range(2))

        assert receipt == first
        assert receipt == second or (not isinstance(ready, Findable) and isinstance(second, Refused)), second
        assert {} == twin.held()
        assert not isinstance(ready, Findable) or ready.find(KEY) is None

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_removal_never_lies(self, ready: Publisher[Any], twin: Twin, fault: Fault) -> None:
        """A receipt proves that the post is gone, Refused and Busy that it is there; a secret is in none of them."""
        receipt = self._sent(ready, Retractable)
        self.skip_unless_possible(twin, fault)
        twin.fail(fault)
        outcome = self._remove(ready, receipt)

        assert {} == twin.held() or not isinstance(outcome, Receipt), outcome
        assert twin.held() or not isinstance(outcome, (Refused, Busy)), outcome
        assert repr(outcome) == redact(repr(outcome), self.secrets.values())

    def test_a_removal_of_what_is_not_ours_removes_nothing(self, ready: Publisher[Any], twin: Twin) -> None:
        """Under an id that belongs to another delivery nothing is removed: a ledger may be forged."""
        ours, other = self._sent(ready, Retractable), self._sent_by_another(ready)
        outcome = self._remove(ready, other)

        assert isinstance(outcome, Refused), outcome
        assert {ours.remote_id, other.remote_id} == set(twin.held())

    def test_a_change_of_what_is_not_ours_changes_nothing(self, ready: Publisher[Any], twin: Twin) -> None:
        """Under an id that belongs to another delivery nothing is changed."""
        self._sent(ready, Editable)
        other, before = self._sent_by_another(ready), dict(twin.held())
        outcome = self._change(ready, other)

        assert isinstance(outcome, Refused), outcome
        assert before == twin.held()

    def test_an_id_that_was_never_ours_is_no_proof_of_removal(self, ready: Publisher[Any], twin: Twin) -> None:
        """Where nothing stands under an id, and our post is there under its own, nobody says that it was removed."""
        ours, other = self._sent(ready, Retractable), self._sent_by_another(ready)
        gone = ready.take_back(other, OTHER_KEY, AT)
        outcome = self._remove(ready, other)

        assert other == gone
        assert isinstance(outcome, Refused), outcome
        assert [ours.remote_id] == list(twin.held())

    def test_who_changes_posts_can_recognise_them(self, ready: Publisher[Any]) -> None:
        """A publisher that edits or retracts can read a post back: without that nothing is ever touched."""
        verbs = [verb for verb in ("edit", "retract") if hasattr(ready, verb)]

        assert not verbs or isinstance(ready, Recognizable), f"{verbs} without is_ours"

    def test_counts_have_the_usual_names(self, ready: Publisher[Any]) -> None:
        """What a service counts is told as whole numbers under the names that all channels share."""
        receipt = self._sent(ready, Measurable)
        assert isinstance(ready, Measurable)
        found = ready.measure(receipt, AT)

        assert COUNTS >= found.keys()
        assert found
        assert all(type(number) is int and number >= 0 for number in found.values())

    def _sent(self, ready: Publisher[Any], *needed: type) -> Receipt:
        """The receipt of a post that is out; skip where the publisher cannot do what is needed."""
        if lacking := [one.__name__.lower() for one in needed if not isinstance(ready, one)]:
            pytest.skip(f"posts there are not {' and not '.join(lacking)}")
        outcome = ready.send(self.sending(ready))
        assert isinstance(outcome, Receipt), outcome
        return outcome

    def _sent_by_another(self, ready: Publisher[Any]) -> Receipt:
        """The receipt of another piece's post."""
        outcome = ready.send(self.sending(ready, ANOTHER, OTHER_KEY))
        assert isinstance(outcome, Receipt), outcome
        return outcome

    def _change(self, ready: Publisher[Any], receipt: Receipt) -> Outcome:
        return ready.update(receipt, self.sending(ready, CORRECTED))

    def _remove(self, ready: Publisher[Any], receipt: Receipt) -> Outcome:
        return ready.take_back(receipt, KEY, AT)


def _words(twin: Twin) -> str:
    return " ".join(twin.held().values())
