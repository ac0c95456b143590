"""GitLab's interface, as far as it is used: approvals have no commit there, only a moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.hosts.twin import Answering, Page, Said, Twin, Wrong
from werkzeug import Request


@dataclass
class GitLabTwin(Twin):
    """One project there. ``heads``: (moment, commit) of each push to a request; ``dates``: approvals have a date."""

    heads: list[tuple[datetime, str]] = field(default_factory=list)
    dates: bool = True
    kind = "gitlab"
    api = "/api/v4"

    def token_of(self, request: Request) -> str:
        """``PRIVATE-TOKEN``."""
        return request.headers.get("PRIVATE-TOKEN", "")

    def routes(self) -> Mapping[tuple[str, str], Answering]:
        """What of it is used; the path of a project is one part of the address."""
        repo = "/projects/(?:acme/seals|acme%2Fseals)"
        requests = f"{repo}/merge_requests"
        return {
            ("GET", "/user"): lambda _r: {"id": 1, "username": self.me},
            ("GET", "/users"): lambda r: [{"id": 7, "username": r.args["username"]}],
            ("GET", requests): self._list,
            ("POST", requests): self._open,
            ("PUT", f"{requests}/(\\d+)"): self._edit,
            ("GET", f"{requests}/(\\d+)/notes"): self._notes,
            ("POST", f"{requests}/(\\d+)/notes"): self._say,
            ("POST", f"{requests}/(\\d+)/approve"): self._approve,
            ("GET", f"{requests}/(\\d+)/approvals"): self._approvals,
            ("GET", f"{requests}/(\\d+)/versions"): self._versions,
            ("GET", f"{repo}/repository/branches/([^/]+)"): self._branch,
        }

    def _list(self, request: Request) -> object:
        if request.args["state"] != "opened":
            raise Wrong(422, "asks for something else")
        return [self._request(page) for page in self.pages if page.branch == request.args["source_branch"]]

    def _request(self, page: Page) -> dict[str, object]:
        return {
            "id": 9000 + page.number,
            "iid": page.number,
            "web_url": f"{self.place.root}/acme/seals/-/merge_requests/{page.number}",
            "title": page.title,
            "description": page.body,
            "author": {"username": page.author},
            "labels": page.labels,
            "source_branch": page.branch,
            "source_project_id": 5,
            "target_project_id": 5,
        }

    def _open(self, request: Request) -> object:
        value = self.body(request, source_branch=str, target_branch=str, title=str, description=str)
        keys = ("source_branch", "target_branch", "title", "description")
        page = self.begin(*(str(value[key]) for key in keys))
        self.heads.append((self.now(), self.head(page.branch)))
        return self._request(page)

    def _edit(self, request: Request, number: str) -> object:
        page = self.page(number)
        if b"add_labels" in request.data:
            page.labels.append(str(self.body(request, add_labels=str)["add_labels"]))
        elif b"reviewer_ids" in request.data:
            if self.body(request, reviewer_ids=list)["reviewer_ids"] != [7]:
                raise Wrong(422, "no such user")
            page.invited.append("bob-hub")
        else:
            value = self.body(request, title=str, description=str)
            page.title, page.body = str(value["title"]), str(value["description"])
        return self._request(page)

    def _say(self, request: Request, number: str) -> object:
        value = self.body(request, body=str)
        return self._note(self.say(self.page(number), "comment", self.me, str(value["body"])))

    def _approve(self, request: Request, number: str) -> object:
        value = self.body(request, sha=str)
        page = self.page(number)
        if value["sha"] != self.head(page.branch):
            raise Wrong(409, "SHA does not match HEAD of source branch")
        self.say(page, "APPROVED", self.me, commit=str(value["sha"]))
        return {"id": 1}

    def _note(self, said: Said) -> dict[str, object]:
        place = {"head_sha": said.commit, "new_path": said.path, "new_line": said.line} if said.line else None
        return {
            "id": said.id,
            "body": "approved this merge request" if said.kind == "APPROVED" else said.text,
            "author": {"username": said.account},
            "created_at": said.at.isoformat(),
            "system": said.kind == "APPROVED",
            **({"position": place} if place else {}),
        }

    def _notes(self, _request: Request, number: str) -> object:
        return [self._note(each) for each in self.page(number).said]

    def _approvals(self, _request: Request, number: str) -> object:
        given = [each for each in self.page(number).of("APPROVED") if not each.dismissed]
        return {"approved_by": [self._approval(each) for each in given]}

    def _approval(self, said: Said) -> dict[str, object]:
        date = {"approved_at": said.at.isoformat()} if self.dates else {}
        return {"user": {"username": said.account}, **date}

    def _versions(self, _request: Request, number: str) -> object:
        heads = enumerate(self.heads)
        return [{"id": n, "head_commit_sha": commit, "created_at": at.isoformat()} for n, (at, commit) in heads]

    def _branch(self, _request: Request, name: str) -> object:
        if name not in self.guarded:
            raise Wrong(404, "no such branch")
        return {"name": name, "protected": True, "can_push": False, **self.guarded[name]}
