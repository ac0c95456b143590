"""Pages as commits in somebody else's repository: one for each delivery, change and removal, and no clone of it.

The page carries the delivery's key, and so does the commit (``Expertpost-Key``). Where the branch moved meanwhile it is
looked at anew, and the commit is made again on its newest; nothing is ever forced. What runs git is handed in.
"""

import base64
import glob
import re
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol, TypeVar
from urllib.parse import SplitResult, urlsplit

from expertpost.errors import Failure
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import Post
from expertpost.publishers import pages
from expertpost.publishers.base import Address, Limits, Probe, Problem, Publisher, Sending, rfc3339
from expertpost.publishers.http import is_loopback, problem_with
from expertpost.publishers.pages import Change, Misplaced, Plan, Read
from expertpost.publishers.service import Unanswered
from expertpost.render.families import builders
from expertpost.render.families.builders import Style
from expertpost.render.shown import Shown

T = TypeVar("T")

ROUNDS = 5
"""How often a commit is made anew because the branch has moved."""
_LONGEST = 60.0
"""Seconds for a look, a search or a removal."""
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|/\.|\.lock(?:/|$)))\w[\w./-]*(?<![./])")
_ADDRESSES = 'write repository = "https://git.example.org/site.git", "git@host:path", or a path'


class Branch(Protocol):
    """The branch of a repository, as ``store.elsewhere.Elsewhere`` is one."""

    def fetch(self, timeout: float) -> Busy | Refused | None:
        """Look at it anew; seconds for this and all that follows."""

    def read(self, path: str) -> bytes | None:
        """A file of it. Raises OSError where a folder or a link is there instead, or in the way."""

    def matching(self, pattern: str) -> Iterable[tuple[str, bytes]]:
        """Path and bytes of the files whose path is like this."""

    def offer(self, files: Mapping[str, bytes | None], message: str, at: datetime) -> bool | Busy | Refused | Unsure:
        """Add a commit; False where the branch has moved. Raises ValueError for a path that cannot be."""

    def may_offer(self) -> Busy | Refused | None:
        """Why nothing may be added, without adding anything."""


@dataclass(frozen=True, slots=True)
class GitSettings:
    """``repository``: an address for git, or a path that begins at the workspace; ``directory``: where pages lie in it.

    ``author``, ``email``: who commits. ``token``: a password for https, given with the name ``user``; without one git
    reaches the repository by its own means. ``url``: the address of a built page, with ``{slug}``.
    """

    repository: str
    branch: str = "main"
    directory: str = ""
    style: Style = "hugo"
    url: str = ""
    author: str = "expertpost"
    email: str = "expertpost@localhost"
    user: str = "x-access-token"
    token: SecretName | None = None


class GitPages(Publisher[GitSettings]):
    """Commits each piece as a page. Its path is its natural key: it is written once and never over another's."""

    says = "a page committed to the repository of a Hugo, Jekyll, Pelican, MkDocs or Docusaurus site"
    settings_type = GitSettings
    guarantee = Guarantee.KEYED
    key_life = None
    """For ever: the page's path is the key, and its head names the delivery; a repeat reads the branch first."""
    limits = Limits(media=1_000)

    @classmethod
    def judge(cls, settings: GitSettings) -> Iterable[Problem]:
        """What git must not be given: an address that runs a program or holds a password, a name that is none."""
        yield from _problem_with_repository(settings)
        if not _BRANCH.fullmatch(settings.branch):
            yield Problem("branch", "is no name of a branch", 'write branch = "main"')
        try:
            _ = settings.directory and pages.names_of(settings.directory.strip("/"))
        except Misplaced:
            yield Problem("directory", "is no folder of a repository", 'write directory = "content/posts"')
        yield from pages.problem_with_url(settings.url)

    @classmethod
    def render(cls, shown: Shown, settings: GitSettings) -> Post:
        """One part, the page; its path and where its files go are relative to the directory; and the commit's title."""
        post = builders.page(shown, settings.style)
        title = " ".join(shown.front.title.split())
        return Post(post.parts, (*post.fields, ("subject", title)), post.media)

    @property
    def account(self) -> str:
        """The style, the repository, its branch and the directory, as the settings name them."""
        chosen = self.settings
        return f"{chosen.style}:{chosen.repository}#{chosen.branch}:{chosen.directory.strip('/')}"

    def values(self, to: Address, key: str, at: datetime, url: str) -> Mapping[str, str]:
        """The moment, which is the page's date, and the key that marks the page as ours."""
        return {"date": rfc3339(at), "key": key}

    @abstractmethod
    def open(self, settings: Iterable[tuple[str, str]]) -> Branch:
        """The branch; ``settings`` are settings of git's for reaching it."""

    @cached_property
    def _branch(self) -> Branch:
        chosen, token = self.settings, self.secrets.get("token", "")
        return self.open(_by_token(chosen.repository, chosen.user, token) if token else ())

    def look(self, at: datetime) -> Probe | Outcome:
        """Whether the branch is there and takes what we push, asked without pushing."""
        try:
            found = self._branch.fetch(_LONGEST) or self._branch.may_offer()
        except (Failure, OSError) as failed:
            return _not_done(failed)
        return found or Probe(f"{self.account} as {self.settings.author} <{self.settings.email}>")

    def deliver(self, sending: Sending) -> Outcome:
        """One commit with the page and its files."""
        post = sending.post
        receipt = self._receipt(post.field("path"))
        message = _message(f"Add: {post.field('subject')}", sending.key)
        return self._committed(lambda read: pages.added(read, receipt, sending), message, sending.at, sending.deadline)

    def find(self, key: str) -> Receipt | None:
        """The page that carries this key on the branch. Raises Unreadable where the branch cannot be read."""
        folder, own = glob.escape(self._within("")), builders.pages(self.settings.style)
        found = self._looked(lambda: pages.found(self._branch.matching(folder + own), key))
        return None if found is None else self._receipt(found.removeprefix(self._within("")))

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the key in the page's head. Raises Gone, Unreadable."""
        try:
            return pages.is_ours(self._looked(lambda: self._read(receipt.remote_id)), key)
        except Misplaced:
            return False

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """One commit with the page and its files anew."""
        message = _message(f"Change: {sending.post.field('subject')}", sending.key)
        return self._committed(lambda read: pages.edited(read, receipt, sending), message, sending.at, sending.deadline)

    def retract(self, receipt: Receipt, key: str, at: datetime) -> Outcome:
        """One commit that takes the page away, and the files that came with it; the history keeps them."""
        message = _message(f"Remove: {receipt.remote_id}", key)
        return self._committed(lambda read: pages.removed(read, receipt, key), message, at, _LONGEST)

    def _looked(self, look: Callable[[], T]) -> T:
        """What the newest of the branch shows. Raises Unreadable."""
        try:
            if missing := self._branch.fetch(_LONGEST):
                raise Unanswered(missing)
            return look()
        except (Failure, OSError, ValueError) as failed:
            raise Unanswered(_not_done(failed)) from failed

    def _committed(self, plan: Callable[[Read], Plan], message: str, at: datetime, deadline: float) -> Outcome:
        """Make the change on the newest of the branch, and again where that has moved meanwhile."""
        until = time.monotonic() + deadline
        for _ in range(ROUNDS):
            left = until - time.monotonic()
            try:
                outcome = self._tried(plan, message, at, left) if left > 0 else None
            except (Failure, OSError) as failed:
                return _not_done(failed)
            except (Misplaced, ValueError):
                return pages.MISPLACED
            if outcome is not None:
                return outcome
        return Busy("others change the branch all the time")

    def _tried(self, plan: Callable[[Read], Plan], message: str, at: datetime, left: float) -> Outcome | None:
        """One try; None where the branch has moved. Whatever is raised, nothing was pushed."""
        if missing := self._branch.fetch(left):
            return missing
        change = plan(self._read)
        if not isinstance(change, Change):
            return change
        files = {self._within(path): content for path, content in change.files.items()}
        landed = self._branch.offer(files, message, at)
        if isinstance(landed, bool):
            return change.receipt if landed else None
        return landed

    def _read(self, path: str) -> bytes | None:
        pages.names_of(path)
        try:
            return self._branch.read(self._within(path))
        except (NotADirectoryError, IsADirectoryError) as other:
            raise Misplaced from other

    def _within(self, path: str) -> str:
        directory = self.settings.directory.strip("/")
        return f"{directory}/{path}" if directory else path

    def _receipt(self, path: str) -> Receipt:
        return Receipt(path, builders.address(path, self.settings.style, self.settings.url))


def _message(title: str, key: str) -> str:
    return f"{title}\n\nExpertpost-Key: {key}\n"


def _not_done(failed: Failure | OSError | ValueError) -> Busy:
    """What it proves that a step before the push failed: nothing left this machine."""
    return Busy(failed.what if isinstance(failed, Failure) else f"nothing sent: {failed}")


def _problem_with_repository(settings: GitSettings) -> Iterable[Problem]:
    address = settings.repository
    scheme, there, _ = address.partition("://")
    if not address.strip() or address.startswith("-") or "::" in address or not address.isprintable():
        yield Problem("repository", "is no address of a repository", _ADDRESSES)
    elif there and scheme in ("https", "http"):
        if problem := problem_with(address):
            yield Problem("repository", problem, _ADDRESSES)
    elif there and not _is_well(scheme, urlsplit(address)):
        yield Problem("repository", "is not encrypted, of an unknown kind, or holds a password", _ADDRESSES)
    elif settings.token is not None:
        yield Problem("token", "is for an address that begins with https://", "leave it out; ssh has keys of its own")


def _is_well(scheme: str, parts: SplitResult) -> bool:
    known = scheme in ("ssh", "file") or (scheme == "git" and is_loopback(parts.hostname or ""))
    return known and parts.password is None


def _by_token(repository: str, user: str, token: str) -> Iterable[tuple[str, str]]:
    """Settings by which git shows this token to this repository, and asks neither a person nor a helper for another."""
    basic = base64.b64encode(f"{user}:{token}".encode()).decode()
    return (
        ("credential.helper", ""),
        ("core.askPass", ""),
        ("http.followRedirects", "false"),
        # An empty one forgets those that came before, as a clone's in CI, which are for another repository.
        (f"http.{repository}.extraHeader", ""),
        (f"http.{repository}.extraHeader", f"Authorization: Basic {basic}"),
    )
