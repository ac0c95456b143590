"""OAuth 2 with a browser (RFC 6749, RFC 8252, and PKCE: RFC 7636): from a person's yes to a token."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol, runtime_checkable
from urllib.parse import quote, urlencode

from expertpost.model.canonical import Json
from expertpost.model.outcome import Refused
from expertpost.publishers.service import Service, Unanswered, texts

PASTED = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect of a service that shows the code to the person, who brings it back."""
FORM = "application/x-www-form-urlencoded"
# RFC 6749, appendix A.12: anything else could be a command to a terminal, or a header of its own.
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_LONGEST = 10 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Grant:
    """What to ask for, and where. ``authorize``: the page on which a person says yes; ``token``: where codes are taken.

    ``client``, ``secret``: who we are to the service; a public client has no secret. ``pkce``: it takes a challenge.
    ``basic``: it wants the secret in a header (RFC 6749 §2.3.1).
    """

    authorize: str
    token: str
    client: str
    secret: str
    scopes: tuple[str, ...]
    pkce: bool = False
    basic: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """What opens an account, and until when. ``refresh``: what gets the next one, "" where a person has to."""

    access: str
    expires: datetime | None = None
    refresh: str = ""


@runtime_checkable
class Authorizing(Protocol):
    """A channel whose credentials a person gets with a browser; they are its secret ``token``."""

    def grant(self, redirect: str, app_secret: str, at: datetime) -> Grant:
        """What to ask a person for. ``redirect``: where the browser is sent after the yes; "": nobody is asked again.

        ``app_secret``: that of an app which people make by hand, "" where there is none. Raises ``Unreadable``.
        """


def address(grant: Grant, redirect: str, state: str, verifier: str) -> str:
    """The page on which a person says yes."""
    asked = {
        "response_type": "code",
        "client_id": grant.client,
        "redirect_uri": redirect,
        "scope": " ".join(grant.scopes),
        "state": state,
    }
    if grant.pkce:
        asked |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    return f"{grant.authorize}?{urlencode(asked)}"


def challenge(verifier: str) -> str:
    """What proves later that the same program asks for the token (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def exchanged(grant: Grant, code: str, redirect: str, verifier: str, at: datetime) -> Token:
    """The token for a code. Raises Unanswered."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    return _token(grant, asked | {"code_verifier": verifier if grant.pkce else ""}, at)


def renewed(grant: Grant, refresh: str, at: datetime) -> Token:
    """The next token (RFC 6749 §6). The old ``refresh`` may count no more, from this moment on. Raises Unanswered."""
    found = _token(grant, {"grant_type": "refresh_token", "refresh_token": refresh}, at)
    return found if found.refresh else replace(found, refresh=refresh)


def _token(grant: Grant, asked: Mapping[str, str], at: datetime) -> Token:
    """What a service gives for a code or a refresh token. Raises Unanswered."""
    said, headers = {**asked, "client_id": grant.client, "client_secret": grant.secret}, {}
    if grant.basic and grant.secret:
        login = f"{quote(grant.client, safe='')}:{quote(grant.secret, safe='')}"
        headers = {"authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
        del said["client_secret"]
    form = urlencode({name: value for name, value in said.items() if value}).encode()
    told = Service("", headers, at).tell("POST", grant.token, form, kind=FORM)
    if not isinstance(told, Mapping):
        raise Unanswered(told)
    access, refresh = texts(dict(told), "access_token", "refresh_token")
    if not _TOKEN.fullmatch(access) or (refresh and not _TOKEN.fullmatch(refresh)):
        raise Unanswered(Refused("the answer holds no token"))
    return Token(access, _expiry(told.get("expires_in"), at), refresh)


def _expiry(seconds: Json, at: datetime) -> datetime | None:
    if not isinstance(seconds, int) or not 0 < seconds < _LONGEST:
        return None
    return at + timedelta(seconds=seconds)
