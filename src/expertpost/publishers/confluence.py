"""Confluence by its REST API (v2; developer.atlassian.com/cloud/confluence): one page in a space for each piece."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import KEY, Media, Post
from expertpost.publishers import http
from expertpost.publishers.base import Gone, Limits, Probe, Problem, Publisher, Sending, Unreadable
from expertpost.publishers.http import Answer
from expertpost.publishers.service import (
    GONE,
    Service,
    Trouble,
    Unanswered,
    before_sending,
    changed,
    form_of,
    inside,
    looked_in_vain,
    removed,
    text,
)
from expertpost.render.families.article import title_of
from expertpost.render.families.wikis import article_storage
from expertpost.render.fit import shorten
from expertpost.render.pictures import Frame, carried, content_type
from expertpost.render.shown import Shown

_TITLE = 255
# An anchor is seen by nobody, and Confluence keeps it, which it does not with comments.
_ANCHOR = '<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">{}</ac:parameter></ac:structured-macro>'


@dataclass(frozen=True, slots=True)
class ConfluenceSettings:
    """``site``: the address that ends with ``/wiki``. ``space``: its key. ``token``: an API token of ``user``.

    ``user``: a mail address. ``parent``: the number of the page below which new ones stand.
    """

    site: str
    space: str
    user: str
    token: SecretName
    parent: str = ""


class Confluence(Publisher[ConfluenceSettings]):
    """Makes a page. A title is there once in a space, and an anchor in the page says which delivery made it."""

    says = "a page in a Confluence space"
    settings_type = ConfluenceSettings
    guarantee = Guarantee.KEYED
    key_life = None
    """A title is there once in a space (Confluence REST API v2, Create page: 400), and the anchor says by whom."""
    limits = Limits(media=100, picture=Frame(("jpeg", "png", "gif", "webp"), 10_000_000, 4_096))

    @classmethod
    def judge(cls, settings: ConfluenceSettings) -> Iterable[Problem]:
        """The site must be an address, the user a mail address."""
        if problem := http.problem_with(settings.site):
            yield Problem("site", problem, 'write site = "https://acme.atlassian.net/wiki"')
        if "@" not in settings.user or ":" in settings.user:
            yield Problem("user", "is no mail address", 'write user = "expertpost@example.org"')
        if settings.parent and not settings.parent.isdigit():
            yield Problem("parent", "is no number of a page", "write the number in the page's address")

    @classmethod
    def render(cls, shown: Shown, settings: ConfluenceSettings) -> Post:
        """One part, the page in storage format with the anchor that marks it; its title is a field."""
        media = carried(shown, cls.limits.media, cls.limits.picture)
        storage = article_storage(shown, {one.source: _name(one) for one in media})
        title = shorten(title_of(shown), _TITLE, len)
        return Post((storage + _ANCHOR.format(f"expertpost-{KEY}"),), (("title", title),), media)

    @property
    def account(self) -> str:
        """The user, the space and the site."""
        return f"{self.settings.user.lower()} in {self.settings.space} at {urlsplit(self.settings.site).netloc.lower()}"

    def look(self, at: datetime) -> Probe | Outcome:
        """Whether the user sees the space."""
        try:
            self._space(self._service(at))
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        return Probe(self.account)

    def deliver(self, sending: Sending) -> Outcome:
        """Make the page, unless the title is taken; then the anchor says by whom. Its pictures are attached to it."""
        service = self._service(sending.at, sending.deadline)
        try:
            space = self._space(service)
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        title = sending.post.field("title")
        page: dict[str, Json] = {
            "spaceId": space,
            "status": "current",
            "title": title,
            "body": {"representation": "storage", "value": sending.post.parts[0]},
        }
        if self.settings.parent:
            page["parentId"] = self.settings.parent
        answer = service.ask("POST", "/api/v2/pages", page)
        if not isinstance(answer, Answer):
            return answer
        if answer.status == 400 and "already exists" in answer.body.decode(errors="replace"):
            made = self._there(service, space, title, sending.key)
        else:
            told = service.read(answer)
            made = self._receipt(dict(told)) if isinstance(told, Mapping) else told
        lost = _attach(service, made.remote_id, sending) if isinstance(made, Receipt) else None
        return Unsure(f"the page is there, and not all of its pictures: {lost.reason}") if lost else made

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Make the page's next version, unless somebody else makes it at the same moment."""
        service, place = self._service(sending.at, sending.deadline), _place(receipt)
        there = service.held(place)
        if not isinstance(there, Mapping):
            return there
        number = inside(dict(there), "version", "number")
        if text(dict(there), "status") != "current" or not isinstance(number, int):
            return GONE
        if lost := _attach(service, receipt.remote_id, sending):
            return before_sending(lost)
        page: Json = {
            "id": receipt.remote_id,
            "status": "current",
            "title": sending.post.field("title"),
            "body": {"representation": "storage", "value": sending.post.parts[0]},
            "version": {"number": number + 1, "message": "expertpost"},
        }
        failed = service.change("PUT", place, page)
        return Busy(failed.reason) if failed and "answered 409" in failed.reason else changed(failed, receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the anchor in its text. Raises Gone, Unanswered."""
        page = self._service(at).seen(f"{_place(receipt)}?body-format=storage")
        if text(page, "status") != "current":
            raise Gone("the page is in the trash")
        return f"expertpost-{key}" in text(inside(page, "body", "storage"), "value")

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Put the page into the space's trash, where nothing of it is lost."""
        return removed(self._service(at).change("DELETE", _place(receipt)), receipt)

    def _there(self, service: Service, space: str, title: str, key: str) -> Outcome:
        asked = urlencode({"space-id": space, "title": title, "body-format": "storage"})
        try:
            pages = inside(service.looked(f"/api/v2/pages?{asked}"), "results")
        except Unreadable as unreadable:
            return Unsure(str(unreadable))
        for page in pages if isinstance(pages, list) else ():
            if f"expertpost-{key}" in text(inside(page, "body", "storage"), "value"):
                return self._receipt(page)
        return Refused(f"there is a page {title!r} already; give the piece another title")

    def _space(self, service: Service) -> str:
        """The number of the space. Raises Unanswered."""
        found = inside(service.looked(f"/api/v2/spaces?keys={quote(self.settings.space, safe='')}"), "results")
        number = text(found[0], "id") if isinstance(found, list) and found else ""
        if not number:
            raise Unanswered(Refused(f"the user sees no space {self.settings.space}", Because.ACCOUNT))
        return number

    def _receipt(self, page: Json) -> Receipt | Unsure:
        name, path = text(page, "id"), text(inside(page, "_links"), "webui")
        url = self.settings.site.rstrip("/") + path if path.startswith("/") else ""
        return Receipt(name, url) if name else Unsure("the answer names no page")

    def _service(self, at: datetime, deadline: float = 30.0) -> Service:
        login = base64.b64encode(f"{self.settings.user}:{self.secrets['token']}".encode()).decode()
        return Service(self.settings.site.rstrip("/"), {"authorization": f"Basic {login}"}, at, deadline)


def _place(receipt: Receipt) -> str:
    return f"/api/v2/pages/{quote(receipt.remote_id, safe='')}"


def _attach(service: Service, page: str, sending: Sending) -> Trouble | None:
    """Attach the pictures that the page does not have yet: their names tell them apart, so a repeat does no harm."""
    if not sending.post.media:
        return None
    try:
        there = inside(service.looked(f"/api/v2/pages/{quote(page, safe='')}/attachments?limit=250"), "results")
    except Unreadable as unreadable:
        return looked_in_vain(unreadable)
    held = {text(one, "title") for one in there} if isinstance(there, list) else set()
    for media in sending.post.media:
        if (name := _name(media)) in held:
            continue
        content, fields = sending.media[media.source], {"minorEdit": "true", "comment": f"expertpost {sending.key}"}
        body, kind = form_of(sending.key, fields, name, content_type(content), content)
        # The first interface still, as the second has no way to attach; the header says that no browser was tricked.
        place = f"/rest/api/content/{quote(page, safe='')}/child/attachment"
        told = service.tell("PUT", place, body, kind=kind, headers={"x-atlassian-token": "nocheck"})
        if not isinstance(told, Mapping):
            return told
    return None


def _name(media: Media) -> str:
    """How a picture is called where it is attached: its own name, and what tells it from another of that name."""
    stem, _, ending = media.source.rpartition("/")[2].rpartition(".")
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', stem)[:60]}-{media.blob[:16]}.{ending.lower()}"
