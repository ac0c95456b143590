"""One conversation with a web service: its requests share the headers, the account and the time there is."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from expertpost.model.canonical import Json
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.publishers import http
from expertpost.publishers.base import Gone, Unreadable
from expertpost.publishers.http import Answer, since_boot
from expertpost.publishers.quiet import RESETS, moment

Trouble: TypeAlias = Refused | Busy | Unsure
Told: TypeAlias = "Json | bytes"
"""What a request says: JSON, or the bytes of a body; None: nothing."""

JSON = "application/json"
LARGEST_LISTING = 20_000_000
"""Bytes: a page of a thousand long messages; one that breaks off would hide a post that is there."""

GONE = Refused("the post is not there any more")
"""What a change of a post answers that somebody has removed; to a removal it is the proof."""

_ANY_TIME = datetime.fromtimestamp(0, UTC)


@dataclass(slots=True)
class Service:
    """``base``: what all addresses begin with. ``at``: now; ``deadline``: seconds for everything together."""

    base: str
    headers: Mapping[str, str] = field(default_factory=dict)
    at: datetime = _ANY_TIME
    deadline: float = 30.0
    allow_http: bool = False
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        """The time begins to run."""
        self._until = since_boot() + self.deadline

    def ask(
        self, method: str, path: str, told: Told = None, *, kind: str = JSON, headers: Mapping[str, str] = {}
    ) -> Answer | Trouble:
        """One request, tried once. ``kind``: the content type of what is told."""
        left = self._until - since_boot()
        if left <= 0:
            return Busy("no time was left to send anything")
        body = (
            told if isinstance(told, bytes) else b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
        )
        about = {"content-type": kind} if told is not None else {}
        return http.call(
            method,
            f"{self.base}{path}",
            headers={"accept": JSON, **about, **self.headers, **headers},
            body=body,
            deadline=left,
            allow_http=self.allow_http,
            largest=LARGEST_LISTING if method == "GET" else http.LARGEST_ANSWER,
        )

    def tell(
        self, method: str, path: str, told: Told = None, *, kind: str = JSON, headers: Mapping[str, str] = {}
    ) -> Mapping[str, Json] | Trouble:
        """One request whose answer is a JSON object; anything else is what ``judge`` makes of it."""
        answer = self.ask(method, path, told, kind=kind, headers=headers)
        return self.read(answer) if isinstance(answer, Answer) else answer

    def read(self, answer: Answer) -> Mapping[str, Json] | Trouble:
        """The JSON object in an answer, or what its status proves; a success that makes no sense proves nothing."""
        found = answer.json()
        return self.judge(answer) or (found if isinstance(found, dict) else Unsure("the answer made no sense"))

    def judge(self, answer: Answer) -> Trouble | None:
        """What a status proves, with the moment that the service names in its own way."""
        problem = http.judge(answer, self.at)
        if isinstance(problem, Busy) and problem.not_before is None:
            return Busy(problem.reason, _not_before(answer, self.at))
        return problem

    def change(
        self,
        method: str,
        path: str,
        told: Told = None,
        *,
        kind: str = JSON,
        headers: Mapping[str, str] = {},
        gone: str = "",
    ) -> Trouble | None:
        """One request that changes a post, None where that was done and ``GONE`` where the post is not there any more.

        ``gone``: by which words the service says so; without them it says 404 or 410.
        """
        answer = self.ask(method, path, told, kind=kind, headers=headers)
        if not isinstance(answer, Answer):
            return answer
        return GONE if _is_gone(answer, gone) else self.judge(answer)

    def held(self, path: str, gone: str = "") -> Mapping[str, Json] | Trouble:
        """A post as the service has it, before it is changed: ``GONE`` (see ``change``), or why nothing was changed."""
        answer = self.ask("GET", path)
        if not isinstance(answer, Answer):
            return before_sending(answer)
        told = GONE if _is_gone(answer, gone) else self.read(answer)
        return told if isinstance(told, Mapping) else before_sending(told)

    def seen(self, path: str, gone: str = "") -> dict[str, Json]:
        """The same for a look. Raises Gone, Unanswered."""
        told = self.held(path, gone)
        if isinstance(told, Mapping):
            return dict(told)
        raise Gone(told.reason) if told is GONE else Unanswered(told)

    def listed(self, path: str) -> list[Json]:
        """The JSON list behind a GET. Raises Unanswered, Unreadable for everything else."""
        found = self.looked(path)
        if not isinstance(found, list):
            raise Unreadable("the listing made no sense")
        return found

    def looked(self, path: str) -> Json:
        """The JSON behind a GET. Raises Unanswered where there is none."""
        answer = self.ask("GET", path)
        problem = self.judge(answer) if isinstance(answer, Answer) else answer
        if not isinstance(answer, Answer) or problem:
            raise Unanswered(problem or Unsure("no answer"))
        return answer.json()


class Unanswered(Unreadable):
    """A question that posts nothing met trouble."""

    trouble: Trouble

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason)
        self.trouble = trouble


def form_of(key: str, fields: Mapping[str, str], name: str, kind: str, content: bytes) -> tuple[bytes, str]:
    """A form with one file (RFC 7578), and its content type; ``key`` makes the boundary, the same in every try."""
    line = f"--expertpost-{key[:40]}"
    parts = [
        f'{line}\r\nContent-Disposition: form-data; name="{one}"\r\n\r\n{said}\r\n' for one, said in fields.items()
    ]
    file = f'form-data; name="file"; filename="{name}"'
    head = f"{line}\r\nContent-Disposition: {file}\r\nContent-Type: {kind}\r\n\r\n"
    body = "".join([*parts, head]).encode() + content + f"\r\n{line}--\r\n".encode()
    return body, f"multipart/form-data; boundary={line[2:]}"


def changed(trouble: Trouble | None, receipt: Receipt) -> Outcome:
    """The outcome of a change: the post's receipt where there was no trouble."""
    return trouble or receipt


def removed(trouble: Trouble | None, receipt: Receipt) -> Outcome:
    """The outcome of a removal, for which a post that is gone already is no trouble."""
    return receipt if trouble is None or trouble is GONE else trouble


def before_sending(trouble: Trouble) -> Refused | Busy:
    """What trouble with a request proves that posts nothing: whatever became of it, the post did not leave."""
    return Busy(trouble.reason) if isinstance(trouble, Unsure) else trouble


def looked_in_vain(unreadable: Unreadable) -> Refused | Busy:
    """What a search proves that comes before a post and gave no answer: the post did not leave, nor was it judged."""
    trouble = before_sending(unreadable.trouble) if isinstance(unreadable, Unanswered) else Busy(str(unreadable))
    return Refused(trouble.reason, Because.ACCOUNT) if isinstance(trouble, Refused) else trouble


def counted(told: Json, names: Mapping[str, str]) -> dict[str, int]:
    """The numbers in a JSON object that have one of these names, by ours; what is no number of things is left out."""
    found = told if isinstance(told, dict) else {}
    numbers = ((ours, found.get(theirs)) for theirs, ours in names.items())
    return {ours: number for ours, number in numbers if type(number) is int and number >= 0}


def reactions(told: Json) -> int:
    """How many people reacted, by a list with one entry for each kind of reaction and its ``count``."""
    return sum(counted(one, {"count": "n"}).get("n", 0) for one in told) if isinstance(told, list) else 0


def texts(told: Json, *names: str) -> tuple[str, ...]:
    """The texts of these names in a JSON object, "" for each that is not there or is something else."""
    found = told if isinstance(told, dict) else {}
    return tuple(value if isinstance(value := found.get(name), str) else "" for name in names)


def text(told: Json, name: str) -> str:
    """One of ``texts``; a number is given as its digits."""
    found = told.get(name) if isinstance(told, dict) else None
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else texts(told, name)[0]


def inside(told: Json, *names: str) -> Json:
    """The value below these names, one object in the other; None where one of them is not there."""
    for name in names:
        told = told.get(name) if isinstance(told, dict) else None
    return told


def _is_gone(answer: Answer, words: str) -> bool:
    """Whether the service itself says so; a page that says 404 may come from whatever stands before it."""
    if words:
        return answer.status >= 400 and words in answer.body.decode(errors="replace")
    return answer.status in (404, 410) and isinstance(answer.json(), dict)


def _not_before(answer: Answer, at: datetime) -> datetime | None:
    """Where there is no Retry-After: a header with the moment itself, or seconds in the body."""
    moments = (moment(answer.headers.get(name, ""), at) for name in RESETS)
    waits = (_seconds(answer.json()), *moments)
    return next((min(moment, at + http.LONGEST_WAIT) for moment in _after(waits, at)), None)


def _after(waits: tuple[datetime | timedelta | None, ...], at: datetime) -> Iterator[datetime]:
    for wait in waits:
        moment = at + wait if isinstance(wait, timedelta) else wait
        if moment and moment > at:
            yield moment


def _seconds(told: Json) -> timedelta | None:
    """``retry_after`` (Discord), ``parameters.retry_after`` (Telegram), ``retry_after_ms`` (Matrix)."""
    if isinstance(milliseconds := inside(told, "retry_after_ms"), int):
        return timedelta(milliseconds=min(milliseconds, 86_400_000))
    for found in (inside(told, "retry_after"), inside(told, "parameters", "retry_after")):
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            return timedelta(seconds=min(found, 86_400))
    return None
