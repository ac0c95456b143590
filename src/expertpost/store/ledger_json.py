"""How the runner's facts are written: one JSON object per line, the key always first so that it can be found."""

import json
from datetime import timedelta

from expertpost.model.canonical import Json
from expertpost.model.delivery import ARRIVED, Delivery, Intent, State
from expertpost.model.key import Account, Key, Pin
from expertpost.model.outcome import Receipt
from expertpost.store.fields import (
    Fields,
    NotUnderstood,
    dumps,
    inner,
    iso,
    loads,
    moment,
    moment_or_none,
    moments,
    number,
    slim,
    text,
    texts,
)
from expertpost.store.ledger import FORMAT, Row, Terms


def key_json(key: Key) -> dict[str, Json]:
    """What a key is made of; the workspace is the ledger's own."""
    return {
        "piece": key.piece,
        "channel": key.channel,
        "account": key.account,
        "edition": key.edition,
        "target": key.target,
        "part": key.part,
    }


def key_from(fields: Fields, workspace: str) -> Key:
    """The key that these fields make up. Raises NotUnderstood."""
    return Key(
        workspace,
        text(fields, "piece"),
        text(fields, "channel"),
        text(fields, "account"),
        number(fields, "edition"),
        text(fields, "target"),
        number(fields, "part"),
    )


def receipt_json(receipt: Receipt | None) -> dict[str, Json]:
    """A receipt's fields; none for no receipt."""
    if receipt is None:
        return {}
    return {"remote_id": receipt.remote_id, "url": receipt.url, "bound": dict(receipt.bound) or None}


def receipt_from(fields: Fields) -> Receipt:
    """The receipt that these fields make up. Raises NotUnderstood."""
    bound = inner(fields, "bound")
    return Receipt(text(fields, "remote_id"), text(fields, "url"), tuple((name, text(bound, name)) for name in bound))


def _intent_json(intent: Intent) -> Fields:
    return slim(
        {
            "nonce": intent.nonce,
            "epoch": intent.epoch,
            "owner": intent.owner,
            "lease_until": iso(intent.lease_until),
            "digest": intent.digest,
            "content": intent.content,
            "commit": intent.commit,
            "at": iso(intent.at),
            "keyed": intent.keyed,
            "key_until": iso(intent.key_until),
            "settle_seconds": int(intent.settle.total_seconds()) if intent.settle else 0,
            "parts": intent.parts if intent.parts > 1 else 0,
        }
    )


def _intent_from(fields: Fields) -> Intent:
    return Intent(
        nonce=text(fields, "nonce"),
        epoch=number(fields, "epoch"),
        owner=text(fields, "owner"),
        lease_until=moment(fields, "lease_until"),
        digest=text(fields, "digest"),
        content=text(fields, "content"),
        commit=text(fields, "commit"),
        at=moment(fields, "at"),
        keyed=fields.get("keyed") is True,
        key_until=moment_or_none(fields, "key_until"),
        settle=timedelta(seconds=settle) if (settle := number(fields, "settle_seconds")) else None,
        parts=number(fields, "parts") or 1,
    )


def row_line(row: Row) -> bytes:
    """A delivery or pin as one line, without its end; the id of its key stands first."""
    if isinstance(row, Pin):
        rest: Fields = {
            "pin": True,
            **key_json(row.base),
            "targets": list(row.targets),
            "content": row.content,
            "digest": row.digest,
            "complete": row.complete,
        }
        return dumps({"key": row.id, **slim(rest)})
    rest = {
        **key_json(row.key),
        "state": row.state.value,
        "at": iso(row.at),
        "attempts": row.attempts,
        "not_before": iso(row.not_before),
        "reason": row.reason,
        **receipt_json(row.receipt),
        "also": list(row.also),
        "repeat": row.repeat,
        "absent": [iso(at) for at in row.absent],
        "resolved": list(row.resolved),
        "intent": _intent_json(row.intent),
    }
    return dumps({"key": row.key.id, **slim(rest)})


def row_from(line: bytes, workspace: str) -> Row:
    """The delivery or pin that a line holds. Raises NotUnderstood, also where its key is not the key of its content."""
    try:
        fields = loads(line)
        key = key_from(fields, workspace)
        row: Row = _pin_from(key, fields) if fields.get("pin") is True else _delivery_from(key, fields)
    except NotUnderstood:
        raise
    except (KeyError, TypeError, ValueError) as wrong:
        raise NotUnderstood(f"is no delivery: {wrong}") from wrong
    if (row.id if isinstance(row, Pin) else row.key.id) != fields.get("key"):
        raise NotUnderstood("has the key of something else")
    return row


def _pin_from(base: Key, fields: Fields) -> Pin:
    content, digest = text(fields, "content"), text(fields, "digest")
    return Pin(base, texts(fields, "targets"), content, digest, fields.get("complete") is True)


def _delivery_from(key: Key, fields: Fields) -> Delivery:
    state = State(text(fields, "state"))
    return Delivery(
        key=key,
        state=state,
        intent=_intent_from(inner(fields, "intent")),
        at=moment(fields, "at"),
        attempts=number(fields, "attempts"),
        not_before=moment_or_none(fields, "not_before"),
        reason=text(fields, "reason"),
        receipt=receipt_from(fields) if state in ARRIVED else None,
        also=texts(fields, "also"),
        repeat=fields.get("repeat") is True,
        absent=moments(fields, "absent"),
        resolved=texts(fields, "resolved"),
    )


def account_bytes(account: Account) -> bytes:
    """An account's file."""
    fields: Fields = {
        "id": account.id,
        "owner": account.owner,
        "epoch": account.epoch,
        "lease_until": iso(account.lease_until),
        "not_before": iso(account.not_before),
    }
    return dumps(slim(fields)) + b"\n"


def account_from(content: bytes) -> Account:
    """The account in a file's bytes. Raises NotUnderstood."""
    fields = loads(content)
    try:
        moments = (moment_or_none(fields, name) for name in ("lease_until", "not_before"))
        return Account(text(fields, "id"), text(fields, "owner"), number(fields, "epoch"), *moments)
    except ValueError as wrong:
        raise NotUnderstood(f"is no account: {wrong}") from wrong


def terms_bytes(terms: Terms) -> bytes:
    """The ledger's own file."""
    fields: Fields = {
        "format": FORMAT,
        "workspace": terms.workspace,
        "id": terms.id,
        "salt": terms.salt,
        "lease_seconds": int(terms.lease.total_seconds()),
        "deadline_seconds": int(terms.deadline.total_seconds()),
        "margin_seconds": int(terms.margin.total_seconds()),
        **({"sealed": terms.sealed} if terms.sealed else {}),
    }
    return json.dumps(fields, indent=2).encode() + b"\n"


def terms_from(content: bytes) -> Terms:
    """What a ledger says of itself. Raises NotUnderstood."""
    fields = loads(content)
    if fields.get("format") != FORMAT:
        raise NotUnderstood(f"has the format {fields.get('format')!r}; this version writes {FORMAT}")
    lease, deadline, margin = (
        timedelta(seconds=number(fields, f"{name}_seconds")) for name in ("lease", "deadline", "margin")
    )
    workspace, name, salt, sealed = (text(fields, one) for one in ("workspace", "id", "salt", "sealed"))
    terms = Terms(workspace, name, salt, lease, deadline, margin, sealed)
    try:
        bytes.fromhex(terms.salt)
    except ValueError as wrong:
        raise NotUnderstood("salt is not hexadecimal") from wrong
    if terms.usable <= timedelta(0) or not terms.id or not terms.salt:
        raise NotUnderstood("leaves no time to send, or names no ledger")
    return terms
