"""``channels login``: a person says yes in a browser, and the channel's token goes where its secret lies."""

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest
from urllib.parse import parse_qs, urlsplit

from expertpost.errors import Exit, Failure
from expertpost.flows.channels_lock import write
from expertpost.flows.channels_probe import named
from expertpost.flows.context import World
from expertpost.model.channel import Channel, Locked, SecretKind, SecretName
from expertpost.publishers import oauth, registry, secrets, tokens
from expertpost.publishers.base import Unreadable
from expertpost.publishers.oauth import Authorizing, Grant
from expertpost.store.workspace import Workspace, find

APP_SECRET = SecretName(SecretKind.ENV, "EXPERTPOST_APP_SECRET")
"""The secret of an app that people make by hand on the service's pages, needed only here."""
_APP = "client_secret"


@dataclass(frozen=True, slots=True)
class Begun:
    """A login under way. ``url``: the page on which the person says yes. ``state``, ``verifier``: known to us alone."""

    workspace: Workspace
    channel: Channel
    url: str
    redirect: str
    grant: Grant
    state: str
    verifier: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The token of a channel. ``stored``: whether it is in the keyring now; where not, somebody has to take it on."""

    channel: str
    secret: SecretName
    token: str
    stored: bool
    expires: datetime | None


def begin(world: World, name: str, redirect: str, *, keep: bool) -> Begun:
    """What the person has to say yes to. ``redirect``: where the browser comes back, "": the person brings the code.

    ``keep``: the token is to be stored here. Raises Failure XP-CHANNEL, XP-LOGIN-NONE, XP-LOGIN-STORE, XP-LOGIN-FAILED.
    """
    workspace, redirect = find(world.here, world.env), redirect or oauth.PASTED
    (channel,) = named(workspace.here.config.channels, (name,))
    made = registry.publisher_for(channel, workspace.root)
    secret = channel.secrets.get(tokens.KEY)
    if secret is None or not isinstance(made, Authorizing):
        cure = "the handbook's page of channels tells how to get its credentials"
        raise Failure("XP-LOGIN-NONE", f"{name} is no channel to log in to with a browser", cure, exit_code=Exit.USAGE)
    if keep and not secrets.keeps(secret, workspace.root):
        piped = f"expertpost channels login {name} --print-token | gh secret set {secret.name}"
        cure = f"{piped}, or name a keyring entry, or a file outside the workspace"
        raise Failure("XP-LOGIN-STORE", f"{secret} is no place to store a token in", cure, exit_code=Exit.USAGE)
    state, verifier = (_random(world) for _ in range(2))
    app = channel.secrets.get(_APP, APP_SECRET)
    app_secret = secrets.value_of(app, world.env, workspace.root) or ""
    grant = _granted(made, redirect, app_secret, world.now())
    url = oauth.address(grant, redirect, state, verifier)
    return Begun(workspace, channel, url, redirect, grant, state, verifier)


def _granted(made: Authorizing, redirect: str, app_secret: str, at: datetime) -> Grant:
    try:
        return made.grant(redirect, app_secret, at)
    except Unreadable as failed:
        raise _failed(failed) from failed


def finish(world: World, begun: Begun, answer: str, *, keep: bool) -> LoggedIn:
    """The token for what came back: the address the browser was sent to, or the code that the service showed.

    It is stored where ``keep`` says so, and ``channels.lock`` says until when it holds, unless it is renewed by itself.
    Raises Failure XP-LOGIN-FAILED, XP-LOGIN-STORE.
    """
    code = _code(begun, answer)
    now = world.now()
    try:
        token = oauth.exchanged(begun.grant, code, begun.redirect, begun.verifier, now)
    except Unreadable as failed:
        raise _failed(failed, code, begun.grant.secret) from failed
    secret, whole = begun.channel.secrets[tokens.KEY], tokens.packed(token)
    if keep:
        secrets.put(secret, whole, begun.workspace.root)
    expires = None if keep and token.refresh else token.expires
    _note(begun, expires, now)
    return LoggedIn(begun.channel.name, secret, whole, keep, expires)


def _code(begun: Begun, answer: str) -> str:
    """The code in what came back; a browser must also bring back our state, or somebody else's yes would count."""
    told = {name: values[0] for name, values in parse_qs(urlsplit(answer.strip()).query).items()}
    if begun.redirect == oauth.PASTED and not told:
        code = answer.strip()
    elif not compare_digest(told.get("state", "").encode(), begun.state.encode()):
        raise Failure("XP-LOGIN-FAILED", "what came back is not the answer to this login", "begin again")
    else:
        code = told.get("code", "")
    if not code:
        why = secrets.reason(told.get("error_description") or told.get("error") or "there is no code in the answer")
        raise Failure("XP-LOGIN-FAILED", f"the service gave no permission: {why}", "begin again, and say yes")
    return code


def _note(begun: Begun, expires: datetime | None, now: datetime) -> None:
    """Write down until when the token holds, where that is known or was written of the one before."""
    channels = begun.workspace.here.config.channels
    locks = {name: channel.lock for name, channel in channels.items() if channel.lock}
    name = begun.channel.name
    before = locks.get(name)
    if expires or (before and before.expires):
        until = expires.replace(microsecond=0) if expires else None
        locks[name] = replace(before or Locked(now.date()), expires=until)
        write(begun.workspace, locks)


def _random(world: World) -> str:
    return base64.urlsafe_b64encode(world.entropy(32)).rstrip(b"=").decode()


def _failed(failed: Unreadable, *hidden: str) -> Failure:
    what = secrets.reason(str(failed), [one for one in hidden if one])
    return Failure("XP-LOGIN-FAILED", f"there is no token: {what}", "look at the channel's settings, and try again")
