"""The contract of a ledger: derive a test class, say how yours is opened, and pytest checks every promise.

    class TestMine(LedgerContract):
        @pytest.fixture
        def opened(self, tmp_path):
            return lambda hub, workspace, pinned: MyLedger(tmp_path / "mine", hub, workspace, pinned, clock)

``opened(hub, workspace, pinned)`` opens the one ledger of the test as a runner that has just looked at it: all that are
opened in one test share what is written. Its clock is ``clock``. The kit brings a shared repository with a main.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from expertpost.errors import Exit, Failure
from expertpost.model.delivery import State, move
from expertpost.model.evidence import Doubted, Postponed, Started
from expertpost.model.key import Account, Pin
from expertpost.model.measure import Measure, Measured
from expertpost.model.witness import Witness
from expertpost.store.git import make_bare
from expertpost.store.hub import Landed, Raced
from expertpost.store.ledger import Chunk, Contents
from expertpost.testing.ledger_stage import (
    AT,
    LEASE,
    Opened,
    Shared,
    accepted,
    chunk,
    claim,
    claimed,
    found,
    intent,
    key,
    told,
)


class LedgerContract:
    """Every promise of ``store.ledger.Ledger``, as tests."""

    @pytest.fixture
    def opened(self) -> Opened:
        """How the ledger is opened; yours to say."""
        raise NotImplementedError("say how your ledger is opened: override the fixture opened")

    @pytest.fixture
    def shared(self, tmp_path: Path, opened: Opened) -> Shared:
        """A shared repository and no ledger yet."""
        made = Shared(make_bare(tmp_path / "remote.git"), opened)
        made.merge()
        return made

    def test_a_claim_lands_and_is_found(self, shared: Shared) -> None:
        """What was claimed is seen by everyone who looks, as open; what was told is seen as settled."""
        mine, row = shared.ledger(), claim(1)

        assert Landed() == mine.intend(chunk(row), shared.main)
        assert {row.key.id: row} == mine.look_up([row.key.id])
        assert {row.key.id: row} == shared.ledger("you").look_up([row.key.id, key(2).id])
        assert Landed() == mine.record([accepted(row)])
        yours = shared.ledger("you")
        assert (State.DELIVERED, ()) == (found(yours, 1).state, yours.open())

    def test_only_one_of_two_wins(self, shared: Shared) -> None:
        """Two runners that claim after the same look: one lands, the other is told, and has claimed nothing."""
        mine, yours = shared.ledger(), shared.ledger("you")

        assert Landed() == mine.intend(chunk(claim(1)), shared.main)
        assert isinstance(yours.intend(chunk(claim(1, "you"), owner="you"), shared.main), Raced)
        assert isinstance(yours.intend(chunk(claim(2, "you"), owner="you"), shared.main), Raced)
        assert 1 == len(shared.ledger("third").open())

    def test_only_one_of_eight_wins(self, shared: Shared) -> None:
        """Eight runners that claim one delivery at the same moment: one lands, and the ledger says which."""
        names = [f"runner{number}" for number in range(8)]
        chunks = {name: chunk(claim(1, name), owner=name) for name in names}
        ledgers = {name: shared.ledger(name) for name in names}
        main = shared.main
        with ThreadPoolExecutor(len(names)) as pool:
            answers = dict(zip(names, pool.map(lambda n: ledgers[n].intend(chunks[n], main), names), strict=True))

        winners = [name for name, answer in answers.items() if answer == Landed()]
        assert [found(shared.ledger("third"), 1).intent.owner] == winners

    def test_accounts_do_not_wait_for_each_other(self, shared: Shared) -> None:
        """While one account is leased, another runner claims at another account."""
        assert Landed() == shared.ledger().intend(chunk(claim(1)), shared.main)
        yours = chunk(claim(2, "you", account="other"), owner="you", account="other")

        assert Landed() == shared.ledger("you").intend(yours, shared.main)

    def test_a_leased_account_is_not_taken(self, shared: Shared) -> None:
        """While a lease lives, nobody else claims at that account, even with the newest ledger before them."""
        assert Landed() == shared.ledger().intend(chunk(claim(1)), shared.main)
        yours = shared.ledger("you")
        account = yours.account("acc")

        assert account.leased_to_another("you", AT)
        taken = account.taken("you", AT + LEASE)
        assert isinstance(yours.intend(Chunk(taken, (claim(2, "you", taken.epoch),)), shared.main), Raced)

    def test_an_account_given_back_is_free(self, shared: Shared) -> None:
        """What an owner gives back is another's at once, in the next epoch; a pause stays."""
        mine = shared.ledger()
        assert Landed() == mine.intend(chunk(claim(1)), shared.main)
        pause = AT + timedelta(hours=1)
        assert Landed() == mine.record([], [mine.account("acc").paused(pause).given_back()])

        yours = shared.ledger("you")
        account = yours.account("acc")
        assert (False, pause) == (account.leased_to_another("you", AT), account.not_before)
        taken = account.taken("you", AT + LEASE)
        assert Landed() == yours.intend(Chunk(taken, (claim(2, "you", taken.epoch),)), shared.main)

    def test_the_later_pause_stays(self, shared: Shared) -> None:
        """Whoever has lost an account can still tell that the service wants quiet, and nothing else of it."""
        mine = shared.ledger()
        assert Landed() == mine.intend(chunk(claim(1)), shared.main)
        old = mine.account("acc")
        assert Landed() == mine.record([], [old.given_back()])
        yours = shared.ledger("you")
        taken = yours.account("acc").taken("you", AT + LEASE)
        assert Landed() == yours.intend(Chunk(taken, (claim(2, "you", taken.epoch),)), shared.main)
        assert Landed() == mine.record([], [replace(old, not_before=AT + LEASE).given_back()])

        assert replace(taken, not_before=AT + LEASE) == shared.ledger("third").account("acc")

    def test_a_claim_needs_main_where_it_was_judged(self, shared: Shared) -> None:
        """When somebody merged in between, the claim does not land: what was judged is no longer what is merged."""
        mine, judged = shared.ledger(), shared.main
        shared.merge()

        assert isinstance(mine.intend(chunk(claim(1)), judged), Raced)
        assert () == shared.ledger("you").open()

    def test_the_same_claim_again_is_refused(self, shared: Shared) -> None:
        """What is claimed cannot be claimed a second time, by the same runner either."""
        mine = shared.ledger()
        assert Landed() == mine.intend(chunk(claim(1)), shared.main)

        assert isinstance(mine.intend(chunk(claim(1)), shared.main), Raced)

    def test_a_chunk_is_all_or_nothing(self, shared: Shared) -> None:
        """Where one claim of a chunk cannot be, none of it is there afterwards, and no report that rode along."""
        mine, row = shared.ledger(), claim(1)
        assert Landed() == mine.intend(chunk(row), shared.main)

        refused = mine.intend(chunk(claim(2), claim(1), told=[accepted(row)]), shared.main)
        assert isinstance(refused, Raced)
        assert (row,) == shared.ledger("you").open()

    def test_reports_ride_with_claims(self, shared: Shared) -> None:
        """What came of one chunk lands with the claims of the next, and so do witnesses."""
        mine, first, second = shared.ledger(), claim(1), claim(2)
        seen = Witness("e" * 64, AT, "b" * 40)
        assert Landed() == mine.intend(chunk(first), shared.main)
        assert Landed() == mine.intend(replace(chunk(second, told=[accepted(first)]), seen=(seen,)), shared.main)

        yours = shared.ledger("you")
        assert (State.DELIVERED, (second,)) == (found(yours, 1).state, yours.open())
        assert {seen.event: seen} == yours.witnessed() == yours.witnessed([seen.event, "f" * 64])

    def test_the_first_witness_stands(self, shared: Shared) -> None:
        """An event is seen for the first time once, whoever says later that it was later."""
        first, later = Witness("e" * 64, AT, "b" * 40), Witness("e" * 64, AT + LEASE, "b" * 40)
        assert Landed() == shared.ledger().record((), (), [first])

        assert Landed() == shared.ledger("you").record((), (), [later])
        assert {first.event: first} == shared.ledger("third").witnessed()

    def test_what_came_back_grows(self, shared: Shared) -> None:
        """Counts of one delivery are added to the earlier ones, whoever tells them; the first of a day stands."""
        mine, key_, first = shared.ledger(), key(1).id, Measure(AT, (("views", 3), ("likes", 1)))
        again, later = Measure(AT + timedelta(hours=1), (("views", 4),)), Measure(AT + timedelta(days=1))
        assert Landed() == mine.intend(chunk(claim(1)), shared.main)
        old = shared.ledger("you")
        assert Landed() == mine.record((), (), (), [Measured(key_, (first,))])
        assert Landed() == old.record((), (), (), [Measured(key_, (again, later)), Measured(key(2).id, (later,))])

        assert {key_: Measured(key_, (first, later))} == shared.ledger("third").measured([key_, key(3).id])
        assert {key_, key(2).id} == shared.ledger("third").measured().keys()

    def test_evidence_lands_on_whatever_is_there(self, shared: Shared) -> None:
        """A report is built anew on what others wrote meanwhile; nothing of theirs is lost."""
        mine, row = shared.ledger(), claim(1)
        assert Landed() == mine.intend(chunk(row), shared.main)
        others = claim(2, "you", account="other")
        assert Landed() == shared.ledger("you").intend(chunk(others, owner="you", account="other"), shared.main)

        assert Landed() == mine.record([accepted(row)], [Account("acc").taken("me", AT).given_back()])
        third = shared.ledger("third")
        assert State.DELIVERED is found(third, 1).state
        assert (others,) == third.open()

    def test_evidence_counts_from_any_epoch(self, shared: Shared) -> None:
        """That a post exists is true whoever tells it, and a second copy under one key is kept for people to see."""
        mine, row = shared.ledger(), claim(1)
        assert Landed() == mine.intend(chunk(row), shared.main)
        assert Landed() == shared.ledger("you").record([told(row, Doubted(row.intent.nonce, AT, "lost"))])
        assert State.UNKNOWN is found(shared.ledger("third"), 1).state

        assert Landed() == mine.record([accepted(row)])
        assert Landed() == mine.record([accepted(row, "id-2")])
        after = found(shared.ledger("third"), 1)
        assert (State.DELIVERED, ("id-2",)) == (after.state, after.also)

    def test_telling_twice_is_telling_once(self, shared: Shared) -> None:
        """A report that is told again, as after a crash, changes nothing."""
        mine, row = shared.ledger(), claim(1)
        assert Landed() == mine.intend(chunk(row), shared.main)
        report = told(row, Started(row.intent.nonce, AT), Postponed(row.intent.nonce, AT, "busy"))
        assert Landed() == mine.record([report])
        once = found(shared.ledger("you"), 1)

        assert Landed() == mine.record([report])
        assert once == found(shared.ledger("you"), 1)

    def test_a_claim_behind_a_report_does_not_land(self, shared: Shared) -> None:
        """A claim that was judged before somebody told that the post exists can never bring a second one."""
        mine, row = shared.ledger(), claim(1)
        assert Landed() == mine.intend(chunk(row), shared.main)
        assert Landed() == mine.record([told(row, Started(row.intent.nonce, AT), Postponed(row.intent.nonce, AT, "-"))])
        yours = shared.ledger("you")
        waiting = found(yours, 1)
        assert waiting.not_before is not None
        again = move(waiting.key, waiting, replace(intent(), at=waiting.not_before))
        assert Landed() == mine.record([accepted(row)])

        assert isinstance(yours.intend(chunk(again), shared.main), Raced)
        assert State.DELIVERED is found(shared.ledger("third"), 1).state

    def test_a_claim_that_is_gone_stops_everything(self, shared: Shared) -> None:
        """A report about a claim that the ledger does not know means that it was put back: nothing goes on."""
        with pytest.raises(Failure) as stopped:
            shared.ledger().record([accepted(claim(1))])

        assert ("XP-LEDGER-DAMAGED", Exit.GUARD) == (stopped.value.code, stopped.value.exit_code)

    def test_a_pin_is_kept_and_ends(self, shared: Shared) -> None:
        """Recipients are pinned with the first claim; a complete pin is settled like a delivery."""
        mine = shared.ledger()
        pin = Pin(key(1), ("a" * 32, "b" * 32), "c", "d")
        first = Chunk(Account("acc").taken("me", AT + LEASE), (claim(2),), (pin,))

        assert Landed() == mine.intend(first, shared.main)
        assert pin in shared.ledger("you").open()
        whole = replace(pin, complete=True)
        assert Landed() == mine.intend(Chunk(mine.account("acc"), (claim(3),), (whole,)), shared.main)
        assert whole == shared.ledger("you").look_up([pin.id])[pin.id]
        assert whole not in shared.ledger("you").open()

    def test_a_ledger_of_another_workspace_is_refused(self, shared: Shared) -> None:
        """A ledger belongs to one workspace, and where the settings pin an id, to that one only."""
        mine = shared.ledger()
        assert Landed() == mine.intend(chunk(claim(1)), shared.main)
        assert mine.terms == shared.ledger("you", pinned=mine.terms.id).terms
        with pytest.raises(Failure) as foreign:
            shared.ledger("you", workspace="01OTHER")
        with pytest.raises(Failure) as unpinned:
            shared.ledger("you", pinned="another")

        assert ["XP-LEDGER-OTHER"] * 2 == [foreign.value.code, unpinned.value.code]

    def test_a_sealed_ledger_takes_no_claim(self, shared: Shared) -> None:
        """Once sealed, nothing is claimed, also by whoever looked before; reports still land, and it stays sealed."""
        mine, row = shared.ledger(), claim(1)
        assert Landed() == mine.intend(chunk(row), shared.main)
        before = shared.ledger("you")
        assert Landed() == shared.ledger("third").seal("elsewhere")

        assert not claimed(before, 2, shared.main)
        with pytest.raises(Failure, match="XP-LEDGER-SEALED"):
            shared.ledger("you").intend(chunk(claim(2)), shared.main)
        assert Landed() == mine.record([accepted(row)])
        after = shared.ledger("third")
        assert ("elsewhere", State.DELIVERED) == (after.terms.sealed, found(after, 1).state)
        assert Landed() == after.seal("elsewhere")
        with pytest.raises(Failure, match="XP-LEDGER-SEALED"):
            after.seal("nowhere")

    def test_a_copy_begins_with_everything(self, shared: Shared) -> None:
        """A ledger that is filled with another's contents has its terms and every fact, and goes on from there."""
        row, pin = claim(1), Pin(key(1), ("a" * 32,), "c", "d", complete=True)
        account, seen = Account("acc").taken("me", AT).given_back(), Witness("e" * 64, AT, "b" * 40)
        terms = replace(shared.ledger().terms, id="copied", sealed="here")
        back = Measured(row.key.id, (Measure(AT, (("replies", 2),)),))

        assert Landed() == shared.ledger().fill(Contents(terms, (row, pin), (account,), (seen,), (back,)))
        copy = shared.ledger("you")
        assert replace(terms, sealed="") == copy.terms
        assert ((row,), (pin,), (account,)) == (copy.open(), copy.settled(), copy.accounts())
        assert ({seen.event: seen}, {back.key: back}) == (copy.witnessed(), copy.measured())
        assert isinstance(copy.fill(Contents(terms)), Raced)
        assert Landed() == copy.record([accepted(row)])
