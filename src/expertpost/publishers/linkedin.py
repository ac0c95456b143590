"""LinkedIn by its Posts API (learn.microsoft.com/linkedin): one post of a member or a page for each piece."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import Post
from expertpost.publishers import tokens
from expertpost.publishers.base import Limits, Probe, Problem, Sending, Unreadable
from expertpost.publishers.http import Answer
from expertpost.publishers.mark import Announcer, carries, marks_in
from expertpost.publishers.oauth import FORM, Grant
from expertpost.publishers.quiet import moment
from expertpost.publishers.service import (
    Service,
    Unanswered,
    changed,
    counted,
    inside,
    looked_in_vain,
    removed,
    text,
)
from expertpost.render.announce import plain_text
from expertpost.render.fit import LINK
from expertpost.render.shown import Shown

LENGTH = 2_900
"""LinkedIn takes 3,000; whether a backslash counts is not written anywhere, so some room is left."""

_LITTLE = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_AUTHOR = re.compile(r"urn:li:(?:person|organization):[\w-]+")
_VERSION = re.compile(r"20\d\d(?:0[1-9]|1[0-2])")
_PAGE = ":organization:"
_TWIN = re.compile(r"urn:li:(?:share|ugcPost):\d+")


@dataclass(frozen=True, slots=True)
class LinkedInSettings:
    """``author``: ``urn:li:person:…`` or ``urn:li:organization:…``. ``token``: with ``w_member_social`` or the page's.

    ``version``: the month of the API, such as ``202609``; LinkedIn ends each after about a year. ``api``: where it is.
    ``client_id``, ``client_secret``: of the app by which ``channels login`` gets the token at ``oauth``; with both of
    them LinkedIn tells until when it holds.
    """

    author: str
    token: SecretName
    version: str
    api: str = "https://api.linkedin.com"
    client_id: str = ""
    client_secret: SecretName | None = None
    oauth: str = "https://www.linkedin.com/oauth/v2"


class LinkedIn(Announcer[LinkedInSettings]):
    """Posts once. Members' posts cannot be read back; where an answer is lost, a person decides."""

    says = "a post on LinkedIn (member or page)"
    settings_type = LinkedInSettings
    guarantee = Guarantee.BLIND
    limits = Limits(length=LENGTH)

    @classmethod
    def judge(cls, settings: LinkedInSettings) -> Iterable[Problem]:
        """The author must be a member or a page, the version a month."""
        if not _AUTHOR.fullmatch(settings.author):
            yield Problem("author", "is no member or page", 'write author = "urn:li:organization:123"')
        if not _VERSION.fullmatch(settings.version):
            yield Problem("version", "is no month", 'write version = "202609"')

    @classmethod
    def render(cls, shown: Shown, settings: LinkedInSettings) -> Post:
        """Title, summary and address as readers will see them; the backslashes come with the sending."""
        return Post((plain_text(shown, LENGTH, cls.count),))

    @property
    def account(self) -> str:
        """The author."""
        return self.settings.author

    def look(self, at: datetime) -> Probe | Outcome:
        """Whose token it is, as far as LinkedIn tells, and until when it holds."""
        try:
            me = self._service(at).looked("/v2/userinfo")
            expires = self._expires(at)
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        return Probe(text(me, "name") or self.account, expires)

    def deliver(self, sending: Sending) -> Outcome:
        """Post once; a refusal as a duplicate names the post that is there."""
        words = sending.post.parts[0]
        feed: Json = {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}
        post: Json = {
            "author": self.settings.author,
            "commentary": little(words),
            "visibility": "PUBLIC",
            "distribution": feed,
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        try:
            service = self._service(sending.at, sending.deadline)
        except Unreadable as unreadable:
            return looked_in_vain(unreadable)
        answer = service.ask("POST", "/rest/posts", post)
        if not isinstance(answer, Answer):
            return answer
        if answer.status == 422 and "DUPLICATE_POST" in answer.body.decode(errors="replace"):
            return _twin(answer, words)
        if problem := service.judge(answer):
            # 426: this version of the API has ended; nothing goes out before the settings name another.
            return Refused(problem.reason, Because.ACCOUNT) if answer.status == 426 else problem
        return _receipt(answer.headers.get("x-restli-id", ""))

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the post other words."""
        patch: Json = {"patch": {"$set": {"commentary": little(sending.post.parts[0])}}}
        service = self._service(sending.at, sending.deadline)
        failed = service.change("POST", _place(receipt), patch, headers={"x-restli-method": "PARTIAL_UPDATE"})
        return changed(failed, receipt)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the mark in its words, as far as LinkedIn shows them: those of pages. Raises Gone, Unanswered."""
        if _PAGE not in self.settings.author:
            return False
        return carries(text(self._service(at).seen(_place(receipt)), "commentary"), key)

    def retract(self, receipt: Receipt, _key: str, at: datetime) -> Outcome:
        """Remove the post."""
        failed = self._service(at).change("DELETE", _place(receipt), headers={"x-restli-method": "DELETE"})
        return removed(failed, receipt)

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """Reactions and comments, where the token may read them. Raises Unanswered."""
        found = self._service(at).looked(f"/rest/socialActions/{quote(receipt.remote_id, safe='')}")
        likes = counted(inside(found, "likesSummary"), {"totalLikes": "likes"})
        return {**likes, **counted(inside(found, "commentsSummary"), {"totalFirstLevelComments": "replies"})}

    def grant(self, redirect: str, app_secret: str, at: datetime) -> Grant:
        """The app that somebody made for us on LinkedIn's pages. Raises Unanswered where it is not known."""
        if not self.settings.client_id or not app_secret:
            what = "write client_id into the channel, and put the app's secret into EXPERTPOST_APP_SECRET"
            raise Unanswered(Refused(what, Because.ACCOUNT))
        page = _PAGE in self.settings.author
        scopes = (
            ("w_organization_social", "r_organization_social") if page else ("openid", "profile", "w_member_social")
        )
        place = self.settings.oauth.rstrip("/")
        return Grant(f"{place}/authorization", f"{place}/accessToken", self.settings.client_id, app_secret, scopes)

    def _expires(self, at: datetime) -> datetime | None:
        """As LinkedIn tells its own app (Token Introspection), or as the token was given. Raises Unanswered."""
        client, secret = self.settings.client_id, self.secrets.get("client_secret", "")
        if not (client and secret) or tokens.is_renewed(self, self.settings.token):
            return tokens.ends(self, self.settings.token)
        access = tokens.opened(self, self.settings.token, self._renewal(at), at)
        asked = urlencode({"client_id": client, "client_secret": secret, "token": access}).encode()
        place = f"{self.settings.oauth.rstrip('/')}/introspectToken"
        told = Service("", {}, at).tell("POST", place, asked, kind=FORM)
        if not isinstance(told, Mapping):
            raise Unanswered(told)
        if told.get("active") is False:
            raise Unanswered(Refused(f"LinkedIn says that the token is {text(dict(told), 'status')}", Because.ACCOUNT))
        return moment(text(dict(told), "expires_at"), at)

    def _renewal(self, at: datetime) -> Callable[[], Grant]:
        return lambda: self.grant("", self.secrets.get("client_secret", ""), at)

    def _service(self, at: datetime, deadline: float = 30.0) -> Service:
        """With the token, which may have to be renewed. Raises Unanswered."""
        access = tokens.opened(self, self.settings.token, self._renewal(at), at)
        headers = {
            "authorization": f"Bearer {access}",
            "linkedin-version": self.settings.version,
            "x-restli-protocol-version": "2.0.0",
        }
        return Service(self.settings.api, headers, at, deadline)


def little(words: str) -> str:
    """Words in LinkedIn's "little text", where an unescaped mark silently ends a post; addresses stay as they are."""
    out, at = [], 0
    for found in LINK.finditer(words):
        out += [_LITTLE.sub(r"\\\g<0>", words[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*out, _LITTLE.sub(r"\\\g<0>", words[at:])])


def _place(receipt: Receipt) -> str:
    return f"/rest/posts/{quote(receipt.remote_id, safe='')}"


def _twin(answer: Answer, words: str) -> Outcome:
    """The post that a duplicate is one of: ours where the words carry a mark, which no other delivery has."""
    there = _TWIN.search(answer.body.decode(errors="replace"))
    return _receipt(there[0]) if there and marks_in(words) else Unsure("LinkedIn says that it has this text already")


def _receipt(urn: str) -> Receipt | Unsure:
    return Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}/") if urn else Unsure("the answer names no post")
