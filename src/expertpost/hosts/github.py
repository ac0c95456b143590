"""GitHub and GitHub Enterprise, by PyGithub: what it asks travels on our line, so that it obeys the same limits."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from expertpost.errors import Failure
from expertpost.hosts.base import LONGEST, MOST, Guard, Place, Remark, RemarkKind, Request, commit_in, in_order
from expertpost.hosts.line import Line
from expertpost.publishers.http import Answer

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.NamedUser import NamedUser
    from github.Organization import Organization
    from github.PullRequest import PullRequest
    from github.PullRequestComment import PullRequestComment
    from github.PullRequestReview import PullRequestReview
    from github.Repository import Repository

_PUBLIC = "https://github.com"
_STATES = {
    "APPROVED": RemarkKind.APPROVE,
    "CHANGES_REQUESTED": RemarkKind.RETURN,
    "COMMENTED": RemarkKind.COMMENT,
    "DISMISSED": RemarkKind.DISMISSED,
}


def api_of(root: str) -> str:
    """The address of the interface of a GitHub: its own for github.com and for ghe.com, a path on Enterprise Server."""
    host = root.partition("://")[2]
    if root == _PUBLIC or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{root}/api/v3"


class GitHub:
    """One repository there."""

    def __init__(self, place: Place, secret: str) -> None:
        self.place = place
        self._line = Line(place, api_of(place.root), secret)

    def account(self) -> str:
        """The account that the token belongs to; a job's own token is told no name."""
        from github import GithubException

        with self._asking():
            try:
                return self._repository.requester.requestJsonAndCheck("GET", "/user")[1]["login"] or ""
            except GithubException as refused:
                if refused.status in (401, 403):
                    return ""
                raise

    def find(self, branch: str) -> Request | None:
        """The open request of a branch of this repository."""
        owner = self.place.path.partition("/")[0]
        with self._asking():
            found = self._repository.get_pulls(state="open", head=f"{owner}:{branch}")
            return next((_request(pull) for pull in islice(found, MOST) if pull.head.ref == branch), None)

    def open(self, branch: str, main: str, title: str, body: str) -> Request:
        """Open a request."""
        with self._asking():
            return _request(self._repository.create_pull(base=main, head=branch, title=title, body=body))

    def edit(self, request: Request, title: str, body: str) -> None:
        """Give it another title and text."""
        with self._asking():
            self._pull(request).edit(title=title, body=body)

    def label(self, request: Request, labels: tuple[str, ...]) -> None:
        """Add labels; GitHub makes those that are new. PyGithub sends a bare list, which is not described any more."""
        with self._asking():
            url = f"{self._repository.url}/issues/{request.number}/labels"
            self._repository.requester.requestJsonAndCheck("POST", url, input={"labels": list(labels)})

    def invite(self, request: Request, accounts: tuple[str, ...]) -> None:
        """Ask for a review."""
        with self._asking():
            self._pull(request).create_review_request(reviewers=list(accounts))

    def say(self, request: Request, text: str) -> None:
        """Add a comment."""
        with self._asking():
            self._repository.get_issue(request.number).create_comment(text)

    def approve(self, request: Request, commit: str, text: str) -> None:
        """Approve it as it is at a commit."""
        with self._asking():
            at = self._repository.get_commit(commit)
            self._pull(request).create_review(commit=at, body=text, event="APPROVE")

    def remarks(self, request: Request) -> tuple[Remark, ...]:
        """Comments, reviews, and what was said of single lines."""
        with self._asking():
            pull = self._pull(request)
            issue = self._repository.get_issue(request.number)
            found = [_comment(each) for each in islice(issue.get_comments(), MOST)]
            found += (_review(each) for each in islice(pull.get_reviews(), MOST) if each.state in _STATES)
            found += (_on_line(each) for each in islice(pull.get_review_comments(), MOST))
            return in_order(found)

    def guard(self, branch: str) -> Guard:
        """How a branch is guarded: by rules, which everybody may read, and by the older protection, for admins."""
        from urllib.parse import quote

        name = quote(branch, safe="")
        with self._asking():
            rules = self._read(f"/rules/branches/{name}")
            about = self._read(f"/branches/{name}")
            old = self._read(f"/branches/{name}/protection")
        by_type = {str(rule.get("type")): rule for rule in rules if isinstance(rule, Mapping)}
        asked = [_part(by_type.get("pull_request"), "parameters"), _part(old, "required_pull_request_reviews")]
        there = isinstance(about, Mapping) and "name" in about
        kept = isinstance(about, Mapping) and about.get("protected") is True
        listed = "update" in by_type or bool(_part(old, "restrictions"))
        return Guard(
            protected=kept or bool(by_type),
            by_request="pull_request" in by_type or bool(asked[1]),
            last_push=any(part.get("require_last_push_approval") is True for part in asked),
            drops_stale=any(
                part.get(key) is True
                for part in asked
                for key in ("dismiss_stale_reviews_on_push", "dismiss_stale_reviews")
            ),
            approvals=max(_count(part.get("required_approving_review_count")) for part in asked),
            # Of a branch that has the older protection, only admins are told who may push.
            few=True if listed else False if there and (bool(old) or not kept or bool(by_type)) else None,
        )

    def closed(self, environment: str) -> bool | None:
        """Whether only some branches may use an environment (Get an environment: ``deployment_branch_policy``)."""
        from urllib.parse import quote

        with self._asking():
            found = self._read(f"/environments/{quote(environment, safe='')}")
        if not isinstance(found, Mapping) or "name" not in found:
            return None
        return isinstance(found.get("deployment_branch_policy"), Mapping)

    def _read(self, path: str) -> Iterable[object] | Mapping[str, object]:
        """What the interface says of a part of the repository; nothing where it does not tell us."""
        from github import GithubException

        repository = self._repository
        try:
            found = repository.requester.requestJsonAndCheck("GET", f"{repository.url}{path}")[1]
        except GithubException as refused:
            if refused.status in (401, 403, 404):
                return ()
            raise
        return found if isinstance(found, (list, dict)) else ()

    @cached_property
    def _repository(self) -> "Repository":
        from github import Auth, Github
        from github.Requester import Requester

        wire = _wire(self._line)
        Requester.injectConnectionClasses(wire, wire)
        service = Github(
            auth=Auth.Token(self._line.secret),
            base_url=self._line.api,
            retry=None,
            lazy=True,
            per_page=100,
            # A command does a few things and ends: nobody has to wait between them.
            seconds_between_requests=None,
            seconds_between_writes=None,
        )
        return service.get_repo(self.place.path)

    def _pull(self, request: Request) -> "PullRequest":
        return self._repository.get_pull(request.number)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """PyGithub answers with many kinds of exceptions to an answer that it does not expect; all are the host's."""
        from github.GithubException import BadAttributeException, GithubException

        self._line.begin()
        try:
            yield
        except Failure:
            raise
        except GithubException as refused:
            says = refused.message or (refused.data or {}).get("message", "") if isinstance(refused.data, dict) else ""
            raise self._line.failed(f"answered {refused.status}: {says}", refused.status) from None
        except (BadAttributeException, AssertionError, ArithmeticError, AttributeError, LookupError, RuntimeError,
                TypeError, ValueError) as wrong:  # fmt: skip
            raise self._line.failed(f"answered something else than was due ({type(wrong).__name__})") from None


def _wire(line: Line) -> type:
    """What PyGithub takes for a connection: one request and its answer, on our line."""

    class Wire:
        def __init__(self, host: str, port: int | None = None, **_more: object) -> None:
            scheme = line.api.partition("://")[0]
            self._origin = f"{scheme}://{host}" if port is None else f"{scheme}://{host}:{port}"
            self._answer = Answer(0)

        def request(
            self, verb: str, url: str, body: str | None, headers: dict[str, str], _stream: bool = False
        ) -> None:
            sent = {name.lower(): value for name, value in headers.items()}
            self._answer = line.ask(verb, f"{self._origin}{url}", sent, (body or "").encode())

        def getresponse(self) -> "Wire":
            return self

        @property
        def status(self) -> int:
            return self._answer.status

        def getheaders(self) -> list[tuple[str, str]]:
            return list(self._answer.headers.items())

        def read(self) -> str:
            return self._answer.body.decode("utf-8", "replace")

        def close(self) -> None:
            """Nothing is kept open."""

    return Wire


def _request(pull: "PullRequest") -> Request:
    return Request(
        number=pull.number,
        url=pull.html_url,
        title=pull.title,
        body=pull.body or "",
        author=_login(pull.user),
        labels=tuple(label.name for label in pull.labels),
    )


def _comment(each: "IssueComment") -> Remark:
    return Remark(
        id=f"comment {each.id}",
        kind=RemarkKind.COMMENT,
        account=_login(each.user),
        at=_aware(each.created_at),
        text=(each.body or "")[:LONGEST],
    )


def _review(each: "PullRequestReview") -> Remark:
    return Remark(
        id=f"review {each.id}",
        kind=_STATES[each.state],
        account=_login(each.user),
        at=_aware(each.submitted_at),
        text=(each.body or "")[:LONGEST],
        commit=commit_in(each.commit_id or ""),
    )


def _on_line(each: "PullRequestComment") -> Remark:
    return Remark(
        id=f"line {each.id}",
        kind=RemarkKind.COMMENT,
        account=_login(each.user),
        at=_aware(each.created_at),
        text=(each.body or "")[:LONGEST],
        commit=commit_in(each.original_commit_id or ""),
        path=each.path or "",
        line=each.original_line or 0,
    )


def _login(user: "NamedUser | Organization | None") -> str:
    """The account; a ghost has none."""
    return "" if user is None else user.login


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _part(value: object, key: str) -> Mapping[str, object]:
    part = value.get(key) if isinstance(value, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
