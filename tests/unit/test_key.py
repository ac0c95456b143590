"""What a delivery is named by, and the accounts that posts go through."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from expertpost.model.key import Account, Key, Pin, account_id, pin_id, target_of

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEASE = timedelta(minutes=15)
KEY = Key("01WORKSPACE", "01PIECE", "hook", "a" * 32)


def test_a_key_is_the_same_for_the_same_delivery_and_no_other() -> None:
    """Workspace, piece, channel, account, edition, target and part make the key, and each of them another one."""
    others = (
        replace(KEY, workspace="x"), replace(KEY, piece="x"), replace(KEY, channel="x"), replace(KEY, account="x"),
        replace(KEY, edition=2), replace(KEY, target="x"), replace(KEY, part=1),
    )  # fmt: skip

    assert Key("01WORKSPACE", "01PIECE", "hook", "a" * 32).id == KEY.id
    assert 8 == len({KEY.id, *(other.id for other in others)})


def test_a_target_hides_the_address() -> None:
    """A recipient's name in the ledger depends on a salt and not on letter case, and holds nothing of the address."""
    one = target_of("5a" * 32, "Bea@Supplier.example")

    assert target_of("5a" * 32, "bea@supplier.example") == one
    assert target_of("5b" * 32, "bea@supplier.example") != one
    assert "" == target_of("5a" * 32, "")
    assert not {"bea", "supplier"} & set(one.split("@"))


def test_a_pin_and_its_deliveries_have_different_keys() -> None:
    """The pin of a mailing never stands in the way of a delivery."""
    assert KEY.id != Pin(KEY, (), "c", "d").id


def test_an_account_is_named_by_publisher_and_account() -> None:
    """Two channels of one account share its name; another service or account has another."""
    assert account_id("email", "a@b.example") == account_id("email", "a@b.example")
    assert 3 == len({account_id("email", "a"), account_id("webhook", "a"), account_id("email", "b")})


def test_an_account_has_one_owner_at_a_time() -> None:
    """A lease keeps others out until it is over; each new owner raises the epoch, a renewal does not."""
    mine = Account("a").taken("me", AT + LEASE)

    assert (True, False, False) == (
        mine.leased_to_another("you", AT),
        mine.leased_to_another("me", AT),
        mine.leased_to_another("you", AT + LEASE),
    )
    assert (1, 1, 2) == (mine.epoch, mine.taken("me", AT).epoch, mine.given_back().taken("you", AT).epoch)


def test_pauses_merge_by_the_later_one() -> None:
    """A service's wish to wait is never shortened by an earlier one."""
    later = Account("a").paused(AT + LEASE).paused(AT).paused(None)

    assert AT + LEASE == later.not_before


def sha256(text: str) -> str:
    """As everybody else computes it."""
    return hashlib.sha256(text.encode()).hexdigest()


def test_names_stay_the_same_for_ever() -> None:
    """A name in the ledger is found again years later only if it is made as it was: byte for byte, this way."""
    key = '"01WORKSPACE","01PIECE","hook"'
    secret = hmac.digest(b"\x5a" * 32, b"bea@supplier.example", "sha256").hex()

    assert sha256(f'["1",{key},"{"a" * 32}",1,"",0]') == KEY.id
    assert sha256(f'["1",{key},"{"a" * 32}",2,"t",3]') == replace(KEY, edition=2, target="t", part=3).id
    assert sha256(f'["pin",{key},1]') == pin_id(KEY) == Pin(KEY, (), "c", "d").id
    assert sha256('["email","a@b.example"]')[:32] == account_id("email", "a@b.example")
    assert secret[:32] == target_of("5a" * 32, "Bea@Supplier.example")


def test_an_account_that_is_given_back_is_free() -> None:
    """Nobody owns it and no lease is left; its epoch and its pause stay."""
    mine = Account("a", not_before=AT).taken("me", AT + LEASE)

    assert Account("a", "me", 1, AT + LEASE, AT) == mine
    assert Account("a", "", 1, None, AT) == mine.given_back()
    assert not mine.given_back().leased_to_another("you", AT)


def test_an_account_without_an_end_of_its_lease_is_nobody_s() -> None:
    """A lease that names no end keeps nobody out."""
    assert not Account("a", "me", 1).leased_to_another("you", AT)


def test_no_pause_is_no_pause() -> None:
    """Where nobody asked to wait there is nothing to wait for."""
    assert Account("a") == Account("a").paused(None)
    assert AT == Account("a").paused(AT).not_before
