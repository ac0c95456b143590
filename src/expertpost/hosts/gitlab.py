"""GitLab, by python-gitlab: what it asks travels on our line, so that it obeys the same limits."""

import io
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from expertpost.errors import Failure
from expertpost.hosts.base import LONGEST, MOST, Guard, Place, Remark, RemarkKind, Request, commit_in, in_order
from expertpost.hosts.line import Line
from expertpost.publishers.http import Answer

if TYPE_CHECKING:
    from gitlab.base import RESTObject
    from gitlab.v4.objects import Project, ProjectMergeRequest
    from requests import Response

_APPROVED = "approved this merge request"
"""How GitLab's own note begins; older ones tell the moment of an approval nowhere else."""


class GitLab:
    """One project there."""

    def __init__(self, place: Place, secret: str) -> None:
        self.place = place
        self._line = Line(place, f"{place.root}/api/v4", secret)

    def account(self) -> str:
        """The account that the token belongs to."""
        with self._asking():
            found = self._project.manager.gitlab.http_get("/user")
            return str(found["username"]) if isinstance(found, dict) else ""

    def find(self, branch: str) -> Request | None:
        """The open request of a branch of this project."""
        with self._asking():
            found = self._project.mergerequests.list(state="opened", source_branch=branch, iterator=True)
            mine = (each for each in islice(found, MOST) if _text(each, "source_branch") == branch)
            return next((_request(each) for each in mine if _is_own(each)), None)

    def open(self, branch: str, main: str, title: str, body: str) -> Request:
        """Open a request."""
        asked = {"source_branch": branch, "target_branch": main, "title": title, "description": body}
        with self._asking():
            return _request(self._project.mergerequests.create(asked))

    def edit(self, request: Request, title: str, body: str) -> None:
        """Give it another title and text."""
        with self._asking():
            self._project.mergerequests.update(request.number, {"title": title, "description": body})

    def label(self, request: Request, labels: tuple[str, ...]) -> None:
        """Add labels; GitLab makes those that are new."""
        with self._asking():
            self._project.mergerequests.update(request.number, {"add_labels": ",".join(labels)})

    def invite(self, request: Request, accounts: tuple[str, ...]) -> None:
        """Ask for a review: here accounts have numbers."""
        with self._asking():
            found = [self._project.manager.gitlab.users.list(username=name, get_all=False) for name in accounts]
            numbers = [users[0].get_id() for users in map(list, found) if users]
            if numbers:
                self._project.mergerequests.update(request.number, {"reviewer_ids": numbers})

    def say(self, request: Request, text: str) -> None:
        """Add a comment."""
        with self._asking():
            self._merge_request(request).notes.create({"body": text})

    def approve(self, request: Request, commit: str, text: str) -> None:
        """Approve it; GitLab refuses when its newest commit is another. The words are a comment of their own."""
        with self._asking():
            merge_request = self._merge_request(request)
            merge_request.approve(sha=commit)
            merge_request.notes.create({"body": text})

    def remarks(self, request: Request) -> tuple[Remark, ...]:
        """Notes, and approvals as of the commit that was the newest then: GitLab keeps no commit with an approval."""
        with self._asking():
            merge_request = self._merge_request(request)
            notes = list(islice(merge_request.notes.list(iterator=True, sort="asc", order_by="created_at"), MOST))
            told = {_login(each, "author"): each for each in notes if _is_approval(each)}
            heads = sorted((_moment(each, "created_at"), _text(each, "head_commit_sha")) for each in
                           islice(merge_request.diffs.list(iterator=True), MOST))  # fmt: skip
            approvals = merge_request.approvals.get().attributes.get("approved_by") or []
            found = [_note(each) for each in notes if each.attributes.get("system") is not True]
            found += (made for each in approvals if (made := _approval(each, told, heads)))
            return in_order(found)

    def guard(self, branch: str) -> Guard:
        """How a branch is guarded. Who may only read the project is not told more than that it is."""
        from gitlab.exceptions import GitlabGetError

        with self._asking():
            try:
                about = self._project.branches.get(branch).attributes
            except GitlabGetError as refused:
                if refused.response_code == 404:
                    return Guard(protected=False)
                raise
            kept, few = about.get("protected") is True, about.get("developers_can_push") is False
            return Guard(protected=kept, by_request=kept and about.get("can_push") is False, few=kept and few)

    @cached_property
    def _project(self) -> "Project":
        from gitlab import Gitlab

        backend = partial(_Backend, self._line)
        service = Gitlab(url=self.place.root, private_token=self._line.secret, per_page=100, backend=backend)
        return service.projects.get(self.place.path, lazy=True)

    def _merge_request(self, request: Request) -> "ProjectMergeRequest":
        return self._project.mergerequests.get(request.number, lazy=True)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """python-gitlab answers with many kinds of exceptions to an answer that it does not expect."""
        from gitlab.exceptions import GitlabError

        self._line.begin()
        try:
            # Its warnings quote the host, and would reach the terminal as they are.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except Failure:
            raise
        except GitlabError as refused:
            status = refused.response_code or 0
            raise self._line.failed(f"answered {status or 'nothing good'}: {refused.error_message}", status) from None
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as wrong:
            raise self._line.failed(f"answered something else than was due ({type(wrong).__name__})") from None


@dataclass(frozen=True, slots=True)
class _Sent:
    """How a value is sent (python-gitlab's SendData)."""

    content_type: str
    json: Mapping[str, object] | None
    data: None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer (python-gitlab's BackendResponse)."""

    response: "Response"

    @property
    def status_code(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    @property
    def content(self) -> bytes:
        return self.response.content

    @property
    def reason(self) -> str:
        return self.response.reason

    def json(self) -> object:
        found: object = self.response.json()
        return found


def _as_json(_files: object, value: Mapping[str, object] | None, _raw: bool = False) -> _Sent:
    """Everything that we send is JSON."""
    return _Sent("application/json", value)


class _Backend:
    """What python-gitlab takes for its way to the host (its Backend protocol)."""

    client = None
    prepare_send_data = staticmethod(_as_json)

    def __init__(self, line: Line) -> None:
        self._line = line

    def http_request(
        self, method: str, url: str, json: Mapping[str, object] | None, params: Mapping[str, object], **_more: object
    ) -> _Heard:
        """One request and its answer."""
        address = f"{url}?{urlencode(params, doseq=True)}" if params else url
        headers = {"private-token": self._line.secret, "accept": "application/json", "content-type": "application/json"}
        body = _json(json) if json is not None else b""
        answer = self._line.ask(method.upper(), address, headers, body)
        return _Heard(_response(address, answer))


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode()


def _response(url: str, answer: Answer) -> "Response":
    """Our answer in the form that python-gitlab reads."""
    from requests import Response
    from requests.structures import CaseInsensitiveDict

    made = Response()
    made.status_code = answer.status
    made.headers = CaseInsensitiveDict(answer.headers)
    made.url = url
    made.reason = ""
    made.encoding = "utf-8"
    made.raw = io.BytesIO(answer.body)
    return made


def _request(each: "RESTObject") -> Request:
    labels = each.attributes.get("labels")
    return Request(
        number=int(each.attributes["iid"]),
        url=_text(each, "web_url"),
        title=_text(each, "title"),
        body=_text(each, "description"),
        author=_login(each, "author"),
        labels=tuple(str(label) for label in labels) if isinstance(labels, list) else (),
    )


def _is_own(each: "RESTObject") -> bool:
    """Whether its branch lies in the project itself, not in a fork."""
    return bool(each.attributes.get("source_project_id") == each.attributes.get("target_project_id"))


def _is_approval(note: "RESTObject") -> bool:
    return note.attributes.get("system") is True and _text(note, "body").startswith(_APPROVED)


def _note(each: "RESTObject") -> Remark:
    position = each.attributes.get("position")
    place = position if isinstance(position, dict) else {}
    return Remark(
        id=f"note {int(each.attributes['id'])}",
        kind=RemarkKind.COMMENT,
        account=_login(each, "author"),
        at=_moment(each, "created_at"),
        text=_text(each, "body")[:LONGEST],
        commit=commit_in(str(place.get("head_sha") or "")),
        path=str(place.get("new_path") or ""),
        line=int(place.get("new_line") or 0),
    )


def _approval(
    each: Mapping[str, object], told: Mapping[str, "RESTObject"], heads: list[tuple[datetime, str]]
) -> Remark | None:
    """An approval with the newest commit of its moment; None where its moment cannot be told."""
    user = each["user"]
    account = str(user["username"]) if isinstance(user, dict) else ""
    note = told.get(account)
    when = each.get("approved_at")
    at = _instant(str(when)) if when else _moment(note, "created_at") if note else None
    if at is None:
        return None
    before = [commit for moment, commit in heads if moment <= at]
    return Remark(
        id=f"approval {account} {at.isoformat()}",
        kind=RemarkKind.APPROVE,
        account=account,
        at=at,
        commit=commit_in(before[-1]) if before else "",
    )


def _text(each: "RESTObject", key: str) -> str:
    value = each.attributes.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError(key)
    return value or ""


def _login(each: "RESTObject", key: str) -> str:
    user = each.attributes.get(key)
    return str(user["username"]) if isinstance(user, dict) else ""


def _moment(each: "RESTObject", key: str) -> datetime:
    return _instant(_text(each, key))


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found
