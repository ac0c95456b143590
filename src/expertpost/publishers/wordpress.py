"""WordPress by its REST API (developer.wordpress.org/rest-api): a draft first, then its publication by number."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import KEY, Post
from expertpost.publishers import http
from expertpost.publishers.base import Gone, Limits, Probe, Problem, Publisher, Sending, Unreadable
from expertpost.publishers.service import (
    Service,
    Trouble,
    before_sending,
    changed,
    inside,
    looked_in_vain,
    removed,
    text,
)
from expertpost.render.families.wordpress import article_wordpress, line_wordpress
from expertpost.render.pictures import Frame, attached, content_type
from expertpost.render.shown import Shown

_API = "/wp-json/wp/v2"
_OURS = "?" + urlencode({"context": "edit"})


@dataclass(frozen=True, slots=True)
class WordPressSettings:
    """``site``: its address. ``user``: who posts, with the role of an editor. ``password``: an application password.

    ``categories``: their slugs, which are there already. ``visibility``: ``private`` for readers who are logged in and
    may read private posts.
    """

    site: str
    user: str
    password: SecretName
    visibility: Literal["publish", "private"] = "publish"
    categories: tuple[str, ...] = ()


class WordPress(Publisher[WordPressSettings]):
    """Makes a draft with a mark in it, then publishes it: whatever is lost on the way, there is one page in the end."""

    says = "a post on a WordPress site"
    settings_type = WordPressSettings
    guarantee = Guarantee.KEYED
    key_life = None
    """Posts are searched for the mark before a draft is made, and a draft is published once (REST API, posts)."""
    limits = Limits(media=1, picture=Frame(size=5_000_000, side=2_560))

    @classmethod
    def judge(cls, settings: WordPressSettings) -> Iterable[Problem]:
        """The site must be an address, the user a name."""
        if problem := http.problem_with(settings.site):
            yield Problem("site", problem, 'write site = "https://blog.example.org"')
        if not settings.user or ":" in settings.user:
            yield Problem("user", "is no user", 'write user = "expertpost"')

    @classmethod
    def render(cls, shown: Shown, settings: WordPressSettings) -> Post:
        """One part, the HTML with a comment that marks it; the fields hold title, summary and slug."""
        front = shown.front
        fields = {"title": line_wordpress(front.title), "excerpt": line_wordpress(front.summary), "slug": front.slug}
        html = f"{article_wordpress(shown)}\n<!-- expertpost:{KEY} -->"
        # Whoever knows its address sees a picture in the library, also where the post is private.
        most = cls.limits.media if settings.visibility == "publish" else 0
        media = attached(shown, most, cls.limits.picture)
        return Post((html,), tuple((name, value) for name, value in fields.items() if value), media)

    @property
    def account(self) -> str:
        """The site's address and the user."""
        site = urlsplit(self.settings.site)
        return f"{self.settings.user} at {site.netloc.lower()}{site.path.rstrip('/')}"

    def look(self, at: datetime) -> Probe | Outcome:
        """Who the user is, and whether posts may be published."""
        me = self._service(at).tell("GET", f"{_API}/users/me{_OURS}")
        if not isinstance(me, Mapping):
            return before_sending(me)
        may_publish = inside(dict(me), "capabilities", "publish_posts") is True
        return Probe(self.account) if may_publish else Refused("the user may not publish posts", Because.ACCOUNT)

    def deliver(self, sending: Sending) -> Outcome:
        """Find the post of an earlier try or make a draft, and publish it."""
        service = self._service(sending.at, sending.deadline)
        try:
            there = self._search(service, sending.key)
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        if there and (status := text(there, "status")) != "draft":
            return _receipt(there) if status == self.settings.visibility else _someone_made_it(status)
        draft = there or self._draft(service, sending)
        if not isinstance(draft, dict):
            return draft
        told = service.tell("POST", f"{_API}/posts/{text(draft, 'id')}", {"status": self.settings.visibility})
        return _receipt(dict(told)) if isinstance(told, Mapping) else told

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the post another text; WordPress keeps the earlier one. A post in the trash stays there."""
        service, place = (
            self._service(sending.at, sending.deadline),
            f"{_API}/posts/{quote(receipt.remote_id, safe='')}",
        )
        there = service.held(f"{place}{_OURS}")
        if not isinstance(there, Mapping):
            return there
        if (status := text(dict(there), "status")) != self.settings.visibility:
            return _someone_made_it(status)
        told: dict[str, Json] = {**dict(sending.post.fields), "content": sending.post.parts[0]}
        # The address is what people link to.
        told.pop("slug", None)
        return changed(service.change("POST", place, told), receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the mark in its text. Raises Gone, Unanswered."""
        there = self._service(at).seen(f"{_API}/posts/{quote(receipt.remote_id, safe='')}{_OURS}")
        if text(there, "status") == "trash":
            raise Gone("the post is in the trash")
        return _carries(there, key)

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Put the post into the trash, where nobody reads it and nothing of it is lost for a month."""
        gone = self._service(at).change("DELETE", f"{_API}/posts/{quote(receipt.remote_id, safe='')}")
        return removed(gone, receipt)

    def find(self, key: str) -> Receipt | None:
        """The post with the mark, where it is published. Raises Unanswered."""
        there = self._search(self._service(), key)
        found = _receipt(there) if there and text(there, "status") == self.settings.visibility else None
        return found if isinstance(found, Receipt) else None

    def _draft(self, service: Service, sending: Sending) -> dict[str, Json] | Trouble:
        """A draft that carries the mark. One that lost it could not be found again, and is never published."""
        fields: dict[str, Json] = dict(sending.post.fields)
        for key, look in (("categories", self._categories), ("featured_media", _uploaded)):
            found = look(service, sending)
            if isinstance(found, (Refused, Busy)):
                return found
            if found:
                fields[key] = found
        told = service.tell(
            "POST", f"{_API}/posts{_OURS}", {"status": "draft", "content": sending.post.parts[0], **fields}
        )
        if not isinstance(told, Mapping):
            return before_sending(told)
        draft = dict(told)
        if not _carries(draft, sending.key):
            return Refused(
                "WordPress takes comments out of the text: give the user the role of an editor", Because.ACCOUNT
            )
        return draft

    def _categories(self, service: Service, _sending: Sending) -> "Json | Refused | Busy":
        """The numbers of the categories that the settings name by their slugs."""
        wanted = self.settings.categories
        if not wanted:
            return None
        asked = urlencode({"slug": ",".join(wanted), "per_page": "100"})
        try:
            there = service.listed(f"{_API}/categories?{asked}")
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        numbers = {text(one, "slug"): inside(one, "id") for one in there}
        if lost := [slug for slug in wanted if slug not in numbers]:
            return Refused(f"the site has no category {', '.join(lost)}", Because.ACCOUNT)
        return [numbers[slug] for slug in wanted]

    def _search(self, service: Service, key: str) -> dict[str, Json] | None:
        """The post with the mark, published or not, also where somebody has put it into the trash."""
        asked = urlencode({"search": key, "status": "any,trash", "context": "edit", "per_page": 100})
        found = (post for post in service.listed(f"{_API}/posts?{asked}") if _carries(post, key))
        return next((post for post in found if isinstance(post, dict)), None)

    def _service(self, at: datetime | None = None, deadline: float = 30.0) -> Service:
        login = base64.b64encode(f"{self.settings.user}:{self.secrets['password']}".encode()).decode()
        site, headers = self.settings.site.rstrip("/"), {"authorization": f"Basic {login}"}
        return Service(site, headers, at, deadline) if at else Service(site, headers)


def _uploaded(service: Service, sending: Sending) -> "Json | Refused | Busy":
    """The number of the cover in the site's library, with its words; it is seen by itself, and tells nothing."""
    if not sending.post.media:
        return None
    (media,) = sending.post.media
    content = sending.media[media.source]
    kind = content_type(content)
    name = f"{sending.post.field('slug') or 'cover'}-{media.blob[:12]}.{kind.rpartition('/')[2]}"
    place = {"content-disposition": f'attachment; filename="{name}"'}
    told = service.tell("POST", f"{_API}/media", content, kind=kind, headers=place)
    if not isinstance(told, Mapping):
        return before_sending(told)
    number = told.get("id")
    if not isinstance(number, int):
        return Busy("the answer names no picture")
    failed = service.change("POST", f"{_API}/media/{number}", {"alt_text": media.alt}) if media.alt else None
    return before_sending(failed) if failed else number


def _someone_made_it(status: str) -> Refused:
    return Refused(f"somebody has made the post {status or 'something else'}")


def _carries(post: Json, key: str) -> bool:
    return f"expertpost:{key}" in text(inside(post, "content"), "raw")


def _receipt(post: Json) -> Receipt | Unsure:
    name = text(post, "id")
    return Receipt(name, text(post, "link")) if name else Unsure("the answer names no post")
