"""The token of an account as it is kept: what it opens, and how it is renewed before it ends.

A refresh token may count only once: whoever has the next one and loses it has lost the account. So the place that keeps
it is written to before the service is asked, and the next one is kept before it is used.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from expertpost.errors import Failure
from expertpost.model.canonical import sha256
from expertpost.model.channel import SecretName
from expertpost.model.outcome import Because, Refused
from expertpost.publishers import secrets
from expertpost.publishers.base import Publisher, S
from expertpost.publishers.oauth import Grant, Token, renewed
from expertpost.publishers.service import Unanswered, texts

KEY = "token"
"""The secret setting under which a channel that people log in to keeps it."""
EARLY = timedelta(minutes=10)
"""So long before its end a token is renewed: longer than any one post takes."""


def packed(token: Token) -> str:
    """A token as one secret: itself where that is all, else JSON, so that its parts are kept or lost together."""
    if not token.refresh:
        return token.access
    expires = token.expires.isoformat() if token.expires else ""
    return json.dumps({"access": token.access, "refresh": token.refresh, "expires": expires}, separators=(",", ":"))


def unpacked(secret: str) -> Token:
    """The token in a secret."""
    try:
        told = json.loads(secret)
    except (ValueError, RecursionError):
        return Token(secret)
    access, refresh, expires = texts(told, "access", "refresh", "expires")
    return Token(access, _moment(expires), refresh) if access else Token(secret)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def ends(publisher: Publisher[S], name: SecretName) -> datetime | None:
    """When a person has to log in again; None where nobody knows, or the token is renewed by itself."""
    return None if is_renewed(publisher, name) else unpacked(publisher.secrets[KEY]).expires


def is_renewed(publisher: Publisher[S], name: SecretName) -> bool:
    """Whether the token is renewed by itself."""
    return bool(unpacked(publisher.secrets[KEY]).refresh) and secrets.keeps(name, publisher.root)


def opened(publisher: Publisher[S], name: SecretName, grant: Callable[[], Grant], at: datetime) -> str:
    """The access token of a channel, renewed where it is about to end. Raises Unanswered; nothing was posted then."""
    token = _hidden(publisher, unpacked(publisher.secrets[KEY]))
    if _is_over(token, at) and token.refresh:
        token = _hidden(publisher, _next(name, publisher.root, token, grant, at))
    return token.access


def _hidden(publisher: Publisher[S], token: Token) -> Token:
    """The token; its parts are secrets of the publisher from now on, and so are those of the one before."""
    parts = {f"{KEY} {sha256(part.encode())}": part for part in (token.access, token.refresh) if part}
    publisher.secrets = {**publisher.secrets, **parts, KEY: packed(token)}
    return token


def _is_over(token: Token, at: datetime) -> bool:
    return token.expires is not None and token.expires <= at + EARLY


def _next(name: SecretName, root: Path, token: Token, grant: Callable[[], Grant], at: datetime) -> Token:
    """The next token, kept already. Raises Unanswered."""
    if not secrets.keeps(name, root):
        says = f"the access token ends, and {name} cannot keep the next one: name a keyring entry or a file outside"
        raise Unanswered(Refused(f"{says} the workspace", Because.ACCOUNT))
    try:
        # Another run may have renewed it meanwhile; and a place that takes nothing must be known before, not after.
        there = unpacked(secrets.value_of(name, {}, root) or packed(token))
        if not _is_over(there, at):
            return there
        secrets.put(name, packed(there), root)
        found = _asked(grant(), there.refresh or token.refresh, at)
        secrets.put(name, packed(found), root)
    except Failure as failed:
        raise Unanswered(Refused(f"{failed.what} – {failed.cure}", Because.ACCOUNT)) from failed
    return found


def _asked(grant: Grant, refresh: str, at: datetime) -> Token:
    try:
        return renewed(grant, refresh, at)
    except Unanswered as unanswered:
        trouble = unanswered.trouble
        if isinstance(trouble, Refused):
            says = f"the token cannot be renewed: {trouble.reason}; log in again: expertpost channels login"
            raise Unanswered(Refused(says, Because.ACCOUNT)) from unanswered
        raise
