"""A git host on this machine that remembers what it was told, and refuses what the real one would not understand."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from expertpost.hosts.base import Place

TOKEN = "tok-3f9c1a7b20aa"
START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
Answering = Callable[..., object]


class Wrong(Exception):
    """What the real host would answer with a 4xx."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status


@dataclass
class Said:
    """A comment, review or approval."""

    id: int
    kind: str
    account: str
    at: datetime
    text: str = ""
    commit: str = ""
    path: str = ""
    line: int = 0
    dismissed: bool = False


@dataclass
class Page:
    """A request on the host."""

    number: int
    branch: str
    main: str
    title: str
    body: str
    author: str
    labels: list[str] = field(default_factory=list)
    invited: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Said]:
        """What was said there of these kinds."""
        return [each for each in self.said if each.kind in kinds]


@dataclass
class Twin:
    """What all kinds share. ``me``: the account of the token; ``head``: answers with the commit of a branch."""

    server: HTTPServer
    me: str = "anna-hub"
    head: Callable[[str], str] = lambda _branch: "0" * 40
    pages: list[Page] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    hours: int = 0
    guarded: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    kind = ""
    api = ""

    def __post_init__(self) -> None:
        """Answer everything."""
        self.server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.kind, self.server.url_for("").rstrip("/"), "acme/seals")

    def routes(self) -> Mapping[tuple[str, str], Answering]:
        """(method, pattern below the interface) → what answers."""
        raise NotImplementedError

    def token_of(self, request: Request) -> str:
        """The token in a request."""
        raise NotImplementedError

    def answer(self, request: Request) -> Response:
        """One answer; whatever is not in the table, or not of the right shape, is remembered as wrong."""
        path = request.path.removeprefix(self.api)
        self.calls.append(f"{request.method} {path}")
        try:
            if not request.path.startswith(self.api) or self.token_of(request) != TOKEN:
                raise Wrong(401, "unauthorized")
            for (method, pattern), answering in self.routes().items():
                found = re.fullmatch(pattern, path)
                if method == request.method and found:
                    value = answering(request, *found.groups())
                    return Response(json.dumps(value), 200, content_type="application/json")
            raise Wrong(404, "not found")
        except Wrong as refused:
            if refused.status == 422 or "/branches" not in path:
                self.wrong.append(f"{request.method} {path}: {refused}")
            return Response(json.dumps({"message": str(refused)}), refused.status, content_type="application/json")

    def body(self, request: Request, **shape: type) -> dict[str, object]:
        """The JSON of a request, which has exactly these keys, each of its type."""
        value = json.loads(request.data)
        if not isinstance(value, dict) or {key: type(item) for key, item in value.items()} != shape:
            raise Wrong(422, f"wants {shape}, got {value!r}"[:300])
        return value

    def page(self, number: str | int) -> Page:
        """The request with a number."""
        return next(page for page in self.pages if page.number == int(number))

    def now(self) -> datetime:
        """The host's clock: an hour later each time."""
        self.hours += 1
        return START + timedelta(hours=self.hours)

    def begin(self, branch: str, main: str, title: str, body: str) -> Page:
        """A new request."""
        page = Page(len(self.pages) + 1, branch, main, title, body, self.me)
        self.pages.append(page)
        return page

    def say(
        self, page: Page, kind: str, account: str, text: str = "", at: datetime | None = None, **more: object
    ) -> Said:
        """Somebody says something on the host's page."""
        number = 100 + sum(len(each.said) for each in self.pages)
        said = Said(number, kind, account, at or self.now(), text, **more)  # type: ignore[arg-type] # commit, path, line
        page.said.append(said)
        return said


class GiteaTwin(Twin):
    """Gitea's interface."""

    kind = "gitea"
    api = "/api/v1"

    def token_of(self, request: Request) -> str:
        """``Authorization: token …``."""
        return request.headers.get("Authorization", "").removeprefix("token ")

    def routes(self) -> Mapping[tuple[str, str], Answering]:
        """What of it is used."""
        repo = "/repos/acme/seals"
        return {
            ("GET", "/user"): lambda _r: {"id": 1, "login": self.me},
            ("GET", f"{repo}/pulls"): lambda r: self._paged(r, [self._pull(page) for page in self.pages]),
            ("POST", f"{repo}/pulls"): self._open,
            ("PATCH", f"{repo}/pulls/(\\d+)"): self._edit,
            ("GET", f"{repo}/labels"): lambda r: self._paged(r, [{"id": 7, "name": "expertpost"}]),
            ("POST", f"{repo}/issues/(\\d+)/labels"): self._label,
            ("POST", f"{repo}/pulls/(\\d+)/requested_reviewers"): self._invite,
            ("GET", f"{repo}/issues/(\\d+)/comments"): lambda _r, n: [
                self._comment(s) for s in self.page(n).of("comment")
            ],
            ("POST", f"{repo}/issues/(\\d+)/comments"): self._say,
            ("GET", f"{repo}/pulls/(\\d+)/reviews"): lambda r, n: self._paged(r, self._reviews(n)),
            ("POST", f"{repo}/pulls/(\\d+)/reviews"): self._review,
            ("GET", f"{repo}/pulls/(\\d+)/reviews/(\\d+)/comments"): self._lines,
            ("GET", f"{repo}/branches/(.+)"): self._branch,
            ("GET", f"{repo}/branch_protections/(.+)"): lambda _r, name: self.guarded[name],
        }

    def _paged(self, request: Request, values: list[dict[str, object]]) -> list[dict[str, object]]:
        page, limit = int(request.args.get("page", "1")), int(request.args.get("limit", "30"))
        return values[(page - 1) * limit : page * limit]

    def _pull(self, page: Page) -> dict[str, object]:
        return {
            "number": page.number,
            "html_url": f"{self.place.root}/acme/seals/pulls/{page.number}",
            "title": page.title,
            "body": page.body,
            "user": {"login": page.author},
            "labels": [{"id": 7, "name": label} for label in page.labels],
            "head": {"ref": page.branch, "sha": self.head(page.branch)},
            "base": {"ref": page.main},
        }

    def _open(self, request: Request) -> object:
        value = self.body(request, head=str, base=str, title=str, body=str)
        return self._pull(self.begin(*(str(value[key]) for key in ("head", "base", "title", "body"))))

    def _edit(self, request: Request, number: str) -> object:
        value = self.body(request, title=str, body=str)
        page = self.page(number)
        page.title, page.body = str(value["title"]), str(value["body"])
        return self._pull(page)

    def _label(self, request: Request, number: str) -> object:
        if self.body(request, labels=list)["labels"] != [7]:
            raise Wrong(422, "labels have numbers")
        self.page(number).labels.append("expertpost")
        return []

    def _invite(self, request: Request, number: str) -> object:
        value = self.body(request, reviewers=list)["reviewers"]
        self.page(number).invited += value  # type: ignore[arg-type] # checked to be a list
        return []

    def _say(self, request: Request, number: str) -> object:
        value = self.body(request, body=str)
        return self._comment(self.say(self.page(number), "comment", self.me, str(value["body"])))

    def _review(self, request: Request, number: str) -> object:
        value = self.body(request, event=str, commit_id=str, body=str)
        page = self.page(number)
        if value["event"] != "APPROVED":
            raise Wrong(422, "no such event")
        if page.author == self.me:
            raise Wrong(422, "approve your own pull is not allowed")
        said = self.say(page, "APPROVED", self.me, str(value["body"]), commit=str(value["commit_id"]))
        return self._review_value(said)

    def _comment(self, said: Said) -> dict[str, object]:
        return {
            "id": said.id,
            "body": said.text,
            "user": {"login": said.account},
            "created_at": said.at.isoformat(),
        }

    def _reviews(self, number: str) -> list[dict[str, object]]:
        return [self._review_value(each) for each in self.page(number).of("APPROVED", "REQUEST_CHANGES", "COMMENT")]

    def _review_value(self, said: Said) -> dict[str, object]:
        return {
            "id": said.id,
            "state": said.kind,
            "body": said.text,
            "user": {"login": said.account},
            "commit_id": said.commit,
            "submitted_at": said.at.isoformat(),
            "dismissed": said.dismissed,
            "comments_count": 1 if said.kind == "COMMENT" and said.line else 0,
        }

    def _lines(self, _request: Request, number: str, review: str) -> object:
        return [
            {
                **self._comment(each),
                "id": each.id + 500,
                "path": each.path,
                "position": each.line,
                "commit_id": each.commit,
            }
            for each in self.page(number).said
            if each.id == int(review)
        ]

    def _branch(self, _request: Request, name: str) -> object:
        if name not in self.guarded:
            raise Wrong(404, "no such branch")
        rule = self.guarded[name]
        return {
            "name": name,
            "protected": rule.get("protected", True),
            "user_can_push": rule.get("user_can_push", False),
            "required_approvals": rule.get("required_approvals", 0),
            "effective_branch_protection_name": name,
        }
