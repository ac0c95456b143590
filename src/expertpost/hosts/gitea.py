"""Gitea and Forgejo (and so Codeberg): their interface is one, https://docs.gitea.com/api."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from urllib.parse import quote, urlencode

from expertpost.hosts.base import LONGEST, MOST, Guard, Place, Remark, RemarkKind, Request, commit_in, in_order
from expertpost.hosts.line import Line
from expertpost.model.canonical import Json

_Fields: TypeAlias = Mapping[str, Json]
_PAGE = 50
_STATES = {"APPROVED": RemarkKind.APPROVE, "REQUEST_CHANGES": RemarkKind.RETURN, "COMMENT": RemarkKind.COMMENT}


class Gitea:
    """One repository there."""

    def __init__(self, place: Place, secret: str) -> None:
        self.place = place
        self._line = Line(place, f"{place.root}/api/v1", secret)
        self._base = f"/repos/{quote(place.path)}"

    def account(self) -> str:
        """The account that the token belongs to."""
        return self._text(self._map(self._get("/user")), "login")

    def find(self, branch: str) -> Request | None:
        """The open request of a branch."""
        self._line.begin()
        for each in self._pages(f"{self._base}/pulls", state="open"):
            if self._text(self._map(each.get("head")), "ref") == branch:
                return self._request(each)
        return None

    def open(self, branch: str, main: str, title: str, body: str) -> Request:
        """Open a request."""
        asked = {"head": branch, "base": main, "title": title, "body": body}
        return self._request(self._map(self._send("POST", f"{self._base}/pulls", asked)))

    def edit(self, request: Request, title: str, body: str) -> None:
        """Give it another title and text."""
        self._send("PATCH", f"{self._base}/pulls/{request.number}", {"title": title, "body": body})

    def label(self, request: Request, labels: tuple[str, ...]) -> None:
        """Add those labels that the repository has: here they have numbers, and colours that somebody chose."""
        known = {self._text(each, "name"): self._number(each, "id") for each in self._pages(f"{self._base}/labels")}
        wanted: list[Json] = [known[label] for label in labels if label in known]
        if wanted:
            self._send("POST", f"{self._base}/issues/{request.number}/labels", {"labels": wanted})

    def invite(self, request: Request, accounts: tuple[str, ...]) -> None:
        """Ask for a review."""
        asked: dict[str, Json] = {"reviewers": list(accounts)}
        self._send("POST", f"{self._base}/pulls/{request.number}/requested_reviewers", asked)

    def say(self, request: Request, text: str) -> None:
        """Add a comment."""
        self._send("POST", f"{self._base}/issues/{request.number}/comments", {"body": text})

    def approve(self, request: Request, commit: str, text: str) -> None:
        """Approve it as it is at a commit."""
        asked: dict[str, Json] = {"event": "APPROVED", "commit_id": commit, "body": text}
        self._send("POST", f"{self._base}/pulls/{request.number}/reviews", asked)

    def remarks(self, request: Request) -> tuple[Remark, ...]:
        """Comments, reviews, and what reviews say of single lines."""
        self._line.begin()
        pull = f"{self._base}/pulls/{request.number}"
        found = [self._comment(each) for each in self._list(f"{self._base}/issues/{request.number}/comments")]
        for review in self._pages(f"{pull}/reviews"):
            kind = _STATES.get(self._text(review, "state"))
            if kind is None:
                continue
            found.append(self._review(review, kind))
            if review.get("comments_count"):
                lines = self._list(f"{pull}/reviews/{self._number(review, 'id')}/comments")
                found += (self._on_line(each) for each in lines)
        return in_order(found)

    def guard(self, branch: str) -> Guard:
        """How a branch is guarded: the branch itself tells it to everybody, the rule's details to who may see them."""
        answer = self._line.ask(
            "GET", self._address(f"{self._base}/branches/{quote(branch, safe='')}"), self._headers()
        )
        if answer.status == 404:
            return Guard(protected=False)
        about = self._map(self._read(answer.status, answer.json(), answer.body))
        protected = about.get("protected") is True
        pushes = about.get("user_can_push") is not False
        approvals = self._number(about, "required_approvals") if about.get("required_approvals") else 0
        rule = self._rule(self._text(about, "effective_branch_protection_name")) if protected else {}
        return Guard(
            protected=protected,
            by_request=protected and not pushes,
            drops_stale=rule.get("dismiss_stale_approvals") is True,
            approvals=approvals,
            few=(None if not rule else rule.get("enable_push_whitelist") is True) if protected else False,
        )

    def _rule(self, name: str) -> _Fields:
        if not name:
            return {}
        url = self._address(f"{self._base}/branch_protections/{quote(name, safe='')}")
        answer = self._line.ask("GET", url, self._headers())
        found = answer.json() if answer.status == 200 else None
        return found if isinstance(found, Mapping) else {}

    def _comment(self, each: _Fields) -> Remark:
        return Remark(
            id=f"comment {self._number(each, 'id')}",
            kind=RemarkKind.COMMENT,
            account=self._login(each),
            at=self._moment(each, "created_at"),
            text=self._text(each, "body")[:LONGEST],
        )

    def _review(self, each: _Fields, kind: RemarkKind) -> Remark:
        gone = kind is RemarkKind.APPROVE and each.get("dismissed") is True
        return Remark(
            id=f"review {self._number(each, 'id')}",
            kind=RemarkKind.DISMISSED if gone else kind,
            account=self._login(each),
            at=self._moment(each, "submitted_at"),
            text=self._text(each, "body")[:LONGEST],
            commit=commit_in(self._text(each, "commit_id")),
        )

    def _on_line(self, each: _Fields) -> Remark:
        return Remark(
            id=f"line {self._number(each, 'id')}",
            kind=RemarkKind.COMMENT,
            account=self._login(each),
            at=self._moment(each, "created_at"),
            text=self._text(each, "body")[:LONGEST],
            commit=commit_in(self._text(each, "original_commit_id") or self._text(each, "commit_id")),
            path=self._text(each, "path"),
            line=self._number(each, "position") if each.get("position") else 0,
        )

    def _request(self, each: _Fields) -> Request:
        labels = each.get("labels")
        names = [self._text(self._map(label), "name") for label in labels] if isinstance(labels, list) else []
        return Request(
            number=self._number(each, "number"),
            url=self._text(each, "html_url"),
            title=self._text(each, "title"),
            body=self._text(each, "body"),
            author=self._login(each),
            labels=tuple(names),
        )

    def _login(self, each: _Fields) -> str:
        user = each.get("user")
        return self._text(self._map(user), "login") if user else ""

    def _headers(self) -> dict[str, str]:
        return {
            "authorization": f"token {self._line.secret}",
            "accept": "application/json",
            "content-type": "application/json",
        }

    def _address(self, path: str, **query: str) -> str:
        return f"{self._line.api}{path}{'?' if query else ''}{urlencode(query)}"

    def _get(self, path: str, **query: str) -> Json:
        answer = self._line.ask("GET", self._address(path, **query), self._headers())
        return self._read(answer.status, answer.json(), answer.body)

    def _send(self, method: str, path: str, value: Mapping[str, Json]) -> Json:
        answer = self._line.ask(method, self._address(path), self._headers(), json.dumps(value).encode())
        return self._read(answer.status, answer.json(), answer.body)

    def _read(self, status: int, value: Json, body: bytes) -> Json:
        if not 200 <= status < 300:
            says = value.get("message") if isinstance(value, Mapping) else body[:200].decode("utf-8", "replace")
            raise self._line.failed(f"answered {status}: {says}", status)
        return value

    def _list(self, path: str, **query: str) -> Sequence[_Fields]:
        found = self._get(path, **query)
        if not isinstance(found, list):
            raise self._line.failed("answered no list where one was due")
        return [self._map(each) for each in found]

    def _pages(self, path: str, **query: str) -> Iterator[_Fields]:
        for page in range(1, MOST // _PAGE + 1):
            found = self._list(path, **query, page=str(page), limit=str(_PAGE))
            yield from found
            if len(found) < _PAGE:
                return

    def _map(self, value: Json) -> _Fields:
        if not isinstance(value, Mapping):
            raise self._line.failed("answered something else than was due")
        return value

    def _text(self, fields: _Fields, key: str) -> str:
        value = fields.get(key, "")
        if value is not None and not isinstance(value, str):
            raise self._line.failed(f"answered {key} that is no text")
        return value or ""

    def _number(self, fields: _Fields, key: str) -> int:
        value = fields.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._line.failed(f"answered {key} that is no number")
        return value

    def _moment(self, fields: _Fields, key: str) -> datetime:
        try:
            found = datetime.fromisoformat(self._text(fields, key))
        except ValueError as wrong:
            raise self._line.failed(f"answered {key} that is no time") from wrong
        if found.tzinfo is None:
            raise self._line.failed(f"answered {key} without a time zone")
        return found
