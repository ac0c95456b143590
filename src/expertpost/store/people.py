"""People in the files of a workspace: who is listed, with which keys, and everything that is wrong there.

Who may approve is never a guess: nothing is judged while any entry has an error.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from typing import TypeAlias

from expertpost.errors import Finding
from expertpost.model import sshkey
from expertpost.model.draft import RawDraft, Value, nearest
from expertpost.model.moment import BadMoment, day, instant
from expertpost.model.people import HANDLE, People, Person, SigningKey
from expertpost.store.files import Files
from expertpost.store.pieces import read_raw

PEOPLE = "people"
_Complain: TypeAlias = Callable[[str, str, str], None]
_PERSON_KEYS = ("name", "emails", "keys", "roles", "topics", "accounts", "away_until", "opt_out", "left")
_KEY_KEYS = ("key", "valid_after", "valid_before", "revoked", "proof")
# No wildcard, list or option of ssh's ALLOWED SIGNERS or of git can be written with these.
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'+/=?^_`{|}~-]{1,64}@[^\s<>@\"*?,!()\[\]\\:;]{1,190}")


def load_people(files: Files) -> tuple[People, tuple[Finding, ...]]:
    """Everyone listed under ``people/``, and every problem. A file with a problem lists nobody."""
    entries = [e for e in files.below(PEOPLE) if e.path.endswith(".md") and e.path.count("/") == 1]
    found: list[tuple[Person, RawDraft]] = []
    findings: list[Finding] = []
    for entry, content in zip(entries, files.read_all(entries), strict=True):
        raw, wrong = read_raw(entry.path, content)
        person, more = _person(raw) if raw else (None, ())
        findings += (*wrong, *more)
        if person and raw:
            found.append((person, raw))
    findings += _clashes(found)
    return People(tuple(person for person, _ in found)), tuple(findings)


def _clashes(found: list[tuple[Person, RawDraft]]) -> Iterator[Finding]:
    """One key or mail address for two people would make one speak for the other."""
    owners: dict[str, Person] = {}
    for person, raw in found:
        names = [(key.key.split()[1], "keys") for key in person.keys]
        names += [(email.casefold(), "emails") for email in person.emails]
        for name, where in names:
            other = owners.setdefault(name, person)
            if other is not person:
                what = f"shares a key or mail address with {other.path}"
                line = raw.lines.get(where, 1)
                yield Finding(person.path, line, "XP-PERSON-TWICE", what, "give each person their own")


def _person(raw: RawDraft) -> tuple[Person | None, tuple[Finding, ...]]:
    handle = PurePosixPath(raw.path).stem
    findings: list[Finding] = []

    def complain(key: str, what: str, cure: str) -> None:
        findings.append(Finding(raw.path, raw.lines.get(key, 1), "XP-PERSON", what, cure))

    if not HANDLE.fullmatch(handle):
        complain("", f"{handle!r} is no handle", "name the file with small letters, digits and hyphens")
    name = raw.values.get("name")
    if not isinstance(name, str) or not name.strip():
        complain("name", "the person has no name", "add name: Their Name")
    for key in raw.values:
        if key not in _PERSON_KEYS:
            complain(key, f"{key} is unknown", nearest(key, _PERSON_KEYS))
    accounts = raw.values.get("accounts")
    pairs = tuple((k, str(v)) for k, v in accounts.items()) if isinstance(accounts, dict) else ()
    person = Person(
        handle=handle,
        name=str(name),
        emails=_emails(raw, complain),
        keys=_keys(raw.values.get("keys"), complain),
        roles=_texts(raw, "roles", complain),
        topics=_texts(raw, "topics", complain),
        accounts=pairs,
        away_until=_day(raw.values, "away_until", complain),
        left=_day(raw.values, "left", complain),
        opt_out=raw.values.get("opt_out") is True,
        bio=raw.body.strip(),
        path=raw.path,
    )
    return (None if findings else person), tuple(findings)


def _texts(raw: RawDraft, key: str, complain: _Complain) -> tuple[str, ...]:
    value = raw.values.get(key)
    items = value if isinstance(value, list) else [] if value in (None, "") else [value]
    if not all(isinstance(item, str) for item in items):
        complain(key, f"{key} must be a list of words", f"write {key}: [one, two]")
        return ()
    return tuple(str(item) for item in items)


def _emails(raw: RawDraft, complain: _Complain) -> tuple[str, ...]:
    found = _texts(raw, "emails", complain)
    for email in found:
        if not _MAIL.fullmatch(email):
            cure = "write the address alone: emails: [anna@example.org]; no patterns, no names around it"
            complain("emails", f"{email[:80]!r} is no mail address", cure)
    return found


def _keys(value: Value, complain: _Complain) -> tuple[SigningKey, ...]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    found = [key for key in (_key(item, complain) for item in items) if key]
    if len({key.key for key in found}) < len(found):
        complain("keys", "one key stands there twice", "keep one of the two, with its times")
    return tuple(found)


def _key(item: Value, complain: _Complain) -> SigningKey | None:
    made = {"key": item} if isinstance(item, str) else item if isinstance(item, dict) else {}
    public = " ".join(str(made.get("key", "")).split()[:2])
    if wrong := sshkey.trouble(public):
        complain("keys", *wrong)
        return None
    # A misspelt end, or one that is no yes or no, would be a key that counts for ever.
    for name in made:
        if name not in _KEY_KEYS:
            complain("keys", f"{name} is unknown for a key", nearest(name, _KEY_KEYS))
    if made.get("revoked", False) not in (True, False):
        complain("keys", "revoked must be true or false", "write revoked: true")
    try:
        after, before = (_moment(made.get(name)) for name in ("valid_after", "valid_before"))
    except BadMoment as wrong_time:
        complain("keys", wrong_time.what, wrong_time.cure)
        return None
    if after and before and before <= after:
        complain("keys", "the key ends before it begins", "change valid_after or valid_before")
    proof = made.get("proof")
    return SigningKey(public, after, before, made.get("revoked") is True, proof if isinstance(proof, str) else "")


def _moment(value: Value) -> datetime | None:
    if value is None:
        return None
    text = str(value)
    return instant(text, "UTC") if len(text) > 10 else datetime.combine(day(text), time(), UTC)


def _day(values: Mapping[str, Value], key: str, complain: _Complain) -> date | None:
    value = values.get(key)
    try:
        return day(str(value)) if value is not None else None
    except BadMoment as wrong:
        complain(key, wrong.what, wrong.cure)
        return None
