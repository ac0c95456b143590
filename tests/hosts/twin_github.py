"""GitHub's interface, as far as it is used: Enterprise Server has it below /api/v3."""

from collections.abc import Mapping

from tests.hosts.twin import Answering, Page, Said, Twin, Wrong
from werkzeug import Request


class GitHubTwin(Twin):
    """One repository there."""

    kind = "github"
    api = "/api/v3"
    rules: Mapping[str, list[dict[str, object]]] = {}
    environments: Mapping[str, Mapping[str, object] | None] = {}

    def token_of(self, request: Request) -> str:
        """``Authorization: token …``."""
        return request.headers.get("Authorization", "").removeprefix("token ")

    def routes(self) -> Mapping[tuple[str, str], Answering]:
        """What of it is used."""
        repo = "/repos/acme/seals"
        return {
            ("GET", "/user"): lambda _r: {"id": 1, "login": self.me, "url": f"{self.place.root}/api/v3/user"},
            ("GET", f"{repo}/pulls"): self._list,
            ("POST", f"{repo}/pulls"): self._open,
            ("GET", f"{repo}/pulls/(\\d+)"): lambda _r, number: self._pull(self.page(number)),
            ("PATCH", f"{repo}/pulls/(\\d+)"): self._edit,
            ("POST", f"{repo}/issues/(\\d+)/labels"): self._label,
            ("POST", f"{repo}/pulls/(\\d+)/requested_reviewers"): self._invite,
            ("GET", f"{repo}/issues/(\\d+)/comments"): self._comments,
            ("POST", f"{repo}/issues/(\\d+)/comments"): self._say,
            ("GET", f"{repo}/pulls/(\\d+)/reviews"): self._reviews,
            ("POST", f"{repo}/pulls/(\\d+)/reviews"): self._review,
            ("GET", f"{repo}/pulls/(\\d+)/comments"): self._lines,
            ("GET", f"{repo}/rules/branches/(.+)"): lambda _r, name: self.rules.get(name, []),
            ("GET", f"{repo}/environments/([^/]+)"): self._environment,
            ("GET", f"{repo}/branches/([^/]+)"): self._branch,
        }

    def _branch(self, _request: Request, name: str) -> object:
        """A branch; those that are there have their rules, or none."""
        if name not in self.rules:
            raise Wrong(404, "Branch not found")
        return {"name": name, "protected": bool(self.rules[name])}

    def _environment(self, _request: Request, name: str) -> object:
        if name not in self.environments:
            raise Wrong(404, "there is no such environment")
        return {"id": 1, "name": name, "protection_rules": [], "deployment_branch_policy": self.environments[name]}

    def _list(self, request: Request) -> object:
        owner, _, branch = request.args["head"].partition(":")
        if owner != "acme" or request.args["state"] != "open":
            raise Wrong(422, "asks for something else")
        return [self._pull(page) for page in self.pages if page.branch == branch]

    def _user(self, account: str) -> dict[str, object]:
        return {"login": account, "id": 1, "type": "User"}

    def _pull(self, page: Page) -> dict[str, object]:
        return {
            "url": f"{self.place.root}/api/v3/repos/acme/seals/pulls/{page.number}",
            "issue_url": f"{self.place.root}/api/v3/repos/acme/seals/issues/{page.number}",
            "number": page.number,
            "html_url": f"{self.place.root}/acme/seals/pulls/{page.number}",
            "title": page.title,
            "body": page.body or None,
            "user": self._user(page.author),
            "labels": [{"name": label} for label in page.labels],
            "head": {"ref": page.branch, "sha": self.head(page.branch)},
            "base": {"ref": page.main, "sha": "0" * 40},
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
        if self.body(request, labels=list)["labels"] != ["expertpost"]:
            raise Wrong(422, "wants a list of labels")
        self.page(number).labels.append("expertpost")
        return [{"name": label} for label in self.page(number).labels]

    def _invite(self, request: Request, number: str) -> object:
        self.page(number).invited += self.body(request, reviewers=list)["reviewers"]  # type: ignore[arg-type] # a list
        return self._pull(self.page(number))

    def _say(self, request: Request, number: str) -> object:
        value = self.body(request, body=str)
        return self._comment(self.say(self.page(number), "comment", self.me, str(value["body"])))

    def _review(self, request: Request, number: str) -> object:
        value = self.body(request, event=str, commit_id=str, body=str, comments=list)
        page = self.page(number)
        if value["event"] != "APPROVE" or page.author == self.me:
            raise Wrong(422, "Review Can not approve your own pull request")
        said = self.say(page, "APPROVED", self.me, str(value["body"]), commit=str(value["commit_id"]))
        return self._review_value(said)

    def _comment(self, said: Said) -> dict[str, object]:
        at = said.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"id": said.id, "body": said.text, "user": self._user(said.account), "created_at": at}

    def _comments(self, _request: Request, number: str) -> object:
        return [self._comment(each) for each in self.page(number).of("comment")]

    def _reviews(self, _request: Request, number: str) -> object:
        states = self.page(number).of("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "PENDING")
        return [self._review_value(each) for each in states]

    def _review_value(self, said: Said) -> dict[str, object]:
        return {
            "id": said.id,
            "state": "DISMISSED" if said.dismissed else said.kind,
            "body": said.text,
            "user": self._user(said.account),
            "commit_id": said.commit,
            "submitted_at": said.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _lines(self, _request: Request, number: str) -> object:
        return [
            {
                **self._comment(each),
                "id": each.id + 500,
                "path": each.path,
                "original_line": each.line,
                "original_commit_id": each.commit,
            }
            for each in self.page(number).said
            if each.line
        ]
