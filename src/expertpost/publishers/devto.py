"""DEV and other Forem communities by their API (developers.forem.com/api/v1): one article for each piece."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Outcome, Receipt, Unsure
from expertpost.model.post import KEY, URL, Post
from expertpost.publishers import http
from expertpost.publishers.base import Gone, Probe, Problem, Publisher, Sending, Unreadable
from expertpost.publishers.service import (
    Service,
    before_sending,
    changed,
    counted,
    inside,
    looked_in_vain,
    removed,
    text,
)
from expertpost.render.families.article import article_markdown, title_of
from expertpost.render.families.chat import JOINER
from expertpost.render.fit import shorten
from expertpost.render.shown import Shown

_TITLE, _DESCRIPTION, _TAGS = 128, 256, 4
_PAGE, _PAGES = 100, 20
_COUNTS = {"page_views_count": "views", "public_reactions_count": "likes", "comments_count": "replies"}
# Forem reads Liquid before it reads Markdown; only in code does it look away, and there ``endraw`` ends that.
_LIQUID = re.compile(r"\\\{(?=%)")
_END_OF_RAW = re.compile(r"\{(?=%-?\s*(?:end)?raw)")


@dataclass(frozen=True, slots=True)
class DevToSettings:
    """``user``: the account's name. ``key``: its API key. ``site``: another Forem community."""

    user: str
    key: SecretName
    site: str = "https://dev.to"


class DevTo(Publisher[DevToSettings]):
    """Looks for the article by its mark before it posts; a lost answer is looked for in the same way."""

    says = "an article on DEV or another Forem community"
    settings_type = DevToSettings
    guarantee = Guarantee.KEYED
    key_life = None
    """The account's own articles are searched for the mark before one is posted (Forem API, articles/me/all)."""

    @classmethod
    def judge(cls, settings: DevToSettings) -> Iterable[Problem]:
        """The site must be an address, the user a name."""
        if problem := http.problem_with(settings.site):
            yield Problem("site", problem, 'write site = "https://dev.to"')
        if not settings.user.strip("@"):
            yield Problem("user", "is no name of an account", 'write user = "acme"')

    @classmethod
    def render(cls, shown: Shown, settings: DevToSettings) -> Post:
        """One part, Markdown without Liquid and with a comment that marks it; the fields hold what stands around it."""
        front = shown.front
        tags = [tag for tag in ("".join(filter(str.isalnum, topic.lower())) for topic in front.topics) if tag.isascii()]
        fields = {
            "title": shorten(title_of(shown), _TITLE, len),
            "description": shorten(" ".join(front.summary.split()), _DESCRIPTION, len),
            "canonical_url": front.canonical_url or (URL if shown.has_page else ""),
            "tags": json.dumps([tag for tag in dict.fromkeys(tags) if tag][:_TAGS]),
        }
        words = _END_OF_RAW.sub("{" + JOINER, _LIQUID.sub("&#123;", article_markdown(shown)))
        return Post(
            (f"{words}\n<!-- expertpost:{KEY} -->\n",), tuple((k, value) for k, value in fields.items() if value)
        )

    @property
    def account(self) -> str:
        """The account and its community."""
        return f"{self.settings.user.strip('@').lower()} at {urlsplit(self.settings.site).netloc.lower()}"

    def look(self, at: datetime) -> Probe | Outcome:
        """Whose key it is."""
        me = self._service(at).tell("GET", "/users/me")
        return Probe(f"@{text(dict(me), 'username')}") if isinstance(me, Mapping) else before_sending(me)

    def deliver(self, sending: Sending) -> Outcome:
        """Find the article of an earlier try, or post it."""
        service = self._service(sending.at, sending.deadline)
        try:
            there = _search(service, sending.key)
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        if there:
            return there
        told = service.tell("POST", "/articles", {"article": {**_article(sending), "published": True}})
        return _receipt(dict(told)) if isinstance(told, Mapping) else told

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the article another text; one that is not published, which nobody may read, stays as it is."""
        service = self._service(sending.at, sending.deadline)
        there = service.held(_place(receipt))
        if not isinstance(there, Mapping):
            return there
        return changed(service.change("PUT", _place(receipt), {"article": _article(sending)}), receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the mark in its text, in the account's own list. Raises Gone, Unreadable."""
        for article in _articles(self._service(at)):
            if text(article, "id") == receipt.remote_id and inside(article, "published") is not False:
                return f"expertpost:{key}" in text(article, "body_markdown")
        raise Gone("the article is not there any more")

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Unpublish the article: Forem's API deletes none."""
        return removed(self._service(at).change("PUT", f"{_place(receipt)}/unpublish"), receipt)

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """What the account's own list of articles says of this one. Raises Unreadable."""
        for article in _articles(self._service(at)):
            if text(article, "id") == receipt.remote_id:
                return counted(article, _COUNTS)
        raise Unreadable("the article is not there any more")

    def find(self, key: str) -> Receipt | None:
        """The article with the mark. Raises Unreadable where not all of the account's articles can be looked at."""
        return _search(self._service(), key)

    def _service(self, at: datetime | None = None, deadline: float = 30.0) -> Service:
        headers = {"api-key": self.secrets["key"], "accept": "application/vnd.forem.api-v1+json"}
        base = f"{self.settings.site.rstrip('/')}/api"
        return Service(base, headers, at, deadline) if at else Service(base, headers)


def _place(receipt: Receipt) -> str:
    return f"/articles/{quote(receipt.remote_id, safe='')}"


def _article(sending: Sending) -> dict[str, Json]:
    fields = dict(sending.post.fields)
    tags: Json = json.loads(fields.pop("tags", "[]"))
    return {**fields, "tags": tags, "body_markdown": sending.post.parts[0]}


def _search(service: Service, key: str) -> Receipt | None:
    for article in _articles(service):
        if f"expertpost:{key}" in text(article, "body_markdown") and inside(article, "published") is not False:
            found = _receipt(article)
            return found if isinstance(found, Receipt) else None
    return None


def _articles(service: Service) -> Iterator[Json]:
    """The account's own articles, newest first."""
    for page in range(1, _PAGES + 1):
        articles = service.listed(f"/articles/me/all?page={page}&per_page={_PAGE}")
        yield from articles
        if not articles:
            return
    raise Unreadable("there are more articles than can be looked at")


def _receipt(article: Json) -> Receipt | Unsure:
    name = text(article, "id")
    return Receipt(name, text(article, "url")) if name else Unsure("the answer names no article")
