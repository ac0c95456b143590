"""``channels.lock``: what services said of themselves when they were last asked, committed so that all see the same.

Only whole numbers are taken from it, and only for settings that ``expertpost.toml`` does not write: it cannot lead a
channel, or its secrets, anywhere else.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from expertpost.model.channel import Channel, Locked
from expertpost.store.toml import Table, broken, read_toml

NAME = "channels.lock"
_NEVER = datetime.max.replace(tzinfo=UTC)
_HEAD = """\
# What the services of the channels said of themselves: written by "expertpost channels lock" and "channels login".
# Commit it: everybody then cuts posts to the same lengths. A value in expertpost.toml wins.
"""


def read_lock(content: bytes) -> dict[str, Locked]:
    """Channel → what its service said. Raises Problems with every finding."""
    top = read_toml(content, NAME)
    found = {name: _locked(table) for name, table in top.tables()}
    if top.found:
        raise broken(top.found, NAME)
    return found


def _locked(table: Table) -> Locked:
    read = table.take("read", date, date.min, "a day: 2026-11-25")
    expires = table.take("expires", datetime, _NEVER, "an instant: 2027-01-24T08:00:00Z")
    values = {}
    for key in table.values.keys() - table.asked:
        values[key] = table.within(key, 1, 1, 1_000_000_000)
    return Locked(read, values, _in_utc(table, expires))


def _in_utc(table: Table, expires: datetime) -> datetime | None:
    """The instant as UTC, None for never; one that no calendar has there is a finding."""
    try:
        expires = expires.astimezone(UTC) if expires.tzinfo else expires.replace(tzinfo=UTC)
    except OverflowError:
        table.complain("expires", "is no instant between the years 1 and 9999", "run: expertpost channels lock")
        return None
    return None if expires == _NEVER else expires


def written(locks: Mapping[str, Locked]) -> str:
    """The file, always the same for the same values."""
    tables = [_table(name, lock) for name, lock in sorted(locks.items())]
    return "\n".join([_HEAD, *tables])


def _table(name: str, lock: Locked) -> str:
    lines = [f"[{name}]", f"read = {lock.read.isoformat()}"]
    lines += [f"{key} = {value}" for key, value in sorted(lock.values.items())]
    if lock.expires:
        instant = lock.expires.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        lines.append(f"expires = {instant.isoformat()}Z")
    return "\n".join(lines) + "\n"


def with_locks(channels: Mapping[str, Channel], locks: Mapping[str, Locked]) -> dict[str, Channel]:
    """The channels, with what their services said wherever nothing else is written."""
    return {name: _with_lock(channel, locks.get(name)) for name, channel in channels.items()}


def _with_lock(channel: Channel, lock: Locked | None) -> Channel:
    if lock is None:
        return channel
    written_keys = {*channel.settings, *channel.secrets}
    told = {key: value for key, value in lock.values.items() if key not in written_keys}
    return replace(channel, settings={**told, **channel.settings}, lock=lock)
