"""Tweepy behind our own transport: each request is signed as X wants it, goes out once, and tells no log."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from expertpost.model.canonical import Json
from expertpost.model.outcome import Because, Refused, Unsure
from expertpost.publishers.base import T
from expertpost.publishers.http import Answer
from expertpost.publishers.service import JSON, Service, Trouble, Unanswered

if TYPE_CHECKING:
    from requests.auth import AuthBase
    from tweepy import Client

_TWEEPYS_HOST = "https://api.twitter.com"
_DUPLICATE = "duplicate content"


def client_of(service: Service, *, keys: Iterable[str] = (), token: str | None = None) -> "Client":
    """Tweepy, with a session that cannot hang, retry or tell.

    ``keys``: of the app and the account (OAuth 1.0a), or the ``token`` that a person gave (OAuth 2.0).
    """
    from tweepy import Client

    for name in ("tweepy", "oauthlib", "requests_oauthlib"):
        # They write tokens and whole answers into their logs.
        logging.getLogger(name).setLevel(logging.WARNING)
    client = Client(token, *keys, return_type=dict)
    client.session = _Session(service)
    return client


class Met(Unanswered):
    """A request met trouble, which may be one that posts."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """What tweepy reads of an answer that is well."""

    status_code: int
    content: Mapping[str, Json]
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Mapping[str, Json]:
        return self.content

    def __enter__(self) -> "_Reply":
        return self

    def __exit__(self, *_: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _Session:
    """Stands where tweepy has a session of requests: each request is signed as usual and goes out by our transport."""

    service: Service

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str],
        json: Json,
        headers: Mapping[str, str],
        auth: "AuthBase",
    ) -> _Reply:
        """One request, tried once. Raises Met for everything but success."""
        from requests import Request

        address = url.replace(_TWEEPYS_HOST, self.service.base, 1)
        signed = Request(method, address, headers, params=params, json=json, auth=auth).prepare()
        said = {name: _plain(value) for name, value in signed.headers.items()}
        kind = said.pop("Content-Type", JSON)
        said.pop("Content-Length", None)
        path = str(signed.url).removeprefix(self.service.base)
        body = signed.body if isinstance(signed.body, bytes) else None
        answer = self.service.ask(method, path, body, kind=kind, headers=said)
        if not isinstance(answer, Answer):
            raise Met(answer)
        if answer.status == 403 and _DUPLICATE in answer.body.decode(errors="replace"):
            raise Met(Unsure("X says that it has this text already"))
        told = self.service.read(answer)
        if not isinstance(told, Mapping):
            raise Met(told)
        return _Reply(answer.status, told)


def _plain(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def trouble(met: Unanswered | ImportError) -> Trouble:
    """What was in the way of a request."""
    if isinstance(met, ImportError):
        return Refused("tweepy is missing: install expertpost[x]", Because.ACCOUNT)
    return met.trouble


def answered(call: Callable[[], T]) -> T:
    """What a question answers. Raises Unanswered."""
    try:
        return call()
    except (Met, ImportError) as met:
        raise Unanswered(trouble(met)) from met
