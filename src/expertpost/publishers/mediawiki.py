"""MediaWiki by its action API (mediawiki.org/wiki/API:Edit): one page of its own for each piece."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from expertpost.model.canonical import Json
from expertpost.model.channel import Guarantee, SecretName
from expertpost.model.outcome import Because, Busy, Outcome, Receipt, Refused, Unsure
from expertpost.model.post import KEY, Post
from expertpost.publishers import http
from expertpost.publishers.base import Gone, Limits, Probe, Problem, Publisher, Sending
from expertpost.publishers.http import Answer
from expertpost.publishers.service import GONE, Service, Trouble, Unanswered, before_sending, inside, text
from expertpost.render.families.article import title_of
from expertpost.render.families.wikis import article_wikitext
from expertpost.render.shown import Shown

LENGTH = 2_000_000
_TITLE = 240
# A number after a percent sign, and a signature, may not be in titles either.
_REFUSED = re.compile(r"%(?=[0-9A-Fa-f]{2})|~(?=~~)")
_ALIKE = {"%": "\uff05", "~": "\u223c"}
_FORM = "application/x-www-form-urlencoded"
_NOT_IN_TITLES = str.maketrans(dict.fromkeys("#<>[]|{}_\t\n", " ") | {"/": "\u2215", ":": "\ua789"})
# Several cookies stand in one line; the comma in their dates is not followed by a name and "=".
_COOKIE = re.compile(r"(?:^|, )([^=;,\s]+)=([^;]*)")
_OF_ACCOUNT = frozenset({"badtoken", "permissiondenied", "blocked", "autoblocked", "readapidenied", "writeapidenied"})
_GONE = frozenset({"missingtitle", "nosuchpageid"})
_LATER = frozenset({"ratelimited", "maxlag", "readonly", "actionthrottledtext"})


@dataclass(frozen=True, slots=True)
class MediaWikiSettings:
    """``api``: the address that ends with ``api.php``. ``user``: a bot's name (``Expertpost@news``).

    ``password``: the bot password. ``prefix``: what page titles begin with, such as ``News/``.
    """

    api: str
    user: str
    password: SecretName
    prefix: str = ""


class MediaWiki(Publisher[MediaWikiSettings]):
    """Makes a page that must not be there yet, with the delivery's key in the summary of its first revision."""

    says = "a page of a MediaWiki"
    settings_type = MediaWikiSettings
    guarantee = Guarantee.KEYED
    key_life = None
    """A title is there once (API:Edit, createonly), and the first revision's summary says by whom."""
    limits = Limits(length=LENGTH, unit="bytes")

    def __init__(self, settings: MediaWikiSettings, secrets: Mapping[str, str], root: Path) -> None:
        """Nobody is logged in yet."""
        super().__init__(settings, secrets, root)
        self._cookies: dict[str, str] = {}

    @classmethod
    def judge(cls, settings: MediaWikiSettings) -> Iterable[Problem]:
        """The API must be an address, and bot passwords have an ``@`` in their user."""
        if problem := http.problem_with(settings.api):
            yield Problem("api", problem, 'write api = "https://wiki.example.org/w/api.php"')
        if "@" not in settings.user:
            yield Problem("user", "is no bot", "make one at Special:BotPasswords and write its whole name: User@bot")

    @staticmethod
    def count(text: str) -> int:
        """Bytes of UTF-8."""
        return len(text.encode())

    @classmethod
    def render(cls, shown: Shown, settings: MediaWikiSettings) -> Post:
        """One part, the wikitext; the fields hold the page's title and the summary, which holds the key."""
        words = " ".join(title_of(shown).translate(_NOT_IN_TITLES).split())
        words = _REFUSED.sub(lambda found: _ALIKE[found[0]], words) if words.strip(".") else shown.front.slug
        title = (
            settings.prefix + words.encode()[: _TITLE - len(settings.prefix.encode())].decode(errors="ignore").strip()
        )
        return Post((article_wikitext(shown),), (("title", title), ("summary", f"expertpost {KEY}")))

    @property
    def account(self) -> str:
        """The user and the wiki."""
        wiki = urlsplit(self.settings.api)
        return f"{self.settings.user} at {wiki.netloc.lower()}{wiki.path.removesuffix('api.php').rstrip('/')}"

    def look(self, at: datetime) -> Probe | Outcome:
        """Log in."""
        service = self._service(at)
        failed = self._log_in(service)
        return before_sending(failed) if failed else Probe(self.account)

    def deliver(self, sending: Sending) -> Outcome:
        """Log in, and make the page unless it is there; where it is, its first revision says whose it is."""
        service, title = self._service(sending.at, sending.deadline), sending.post.field("title")
        told = self._with_token(
            service,
            action="edit",
            title=title,
            text=sending.post.parts[0],
            summary=sending.post.field("summary"),
            createonly="1",
        )
        if not isinstance(told, dict):
            return told
        if text(inside(told, "error"), "code") == "articleexists":
            return self._there(service, title, sending.key)
        if text(inside(told, "edit"), "result") != "Success":
            return _refused(told)
        return self._receipt(inside(told, "edit"), title)

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Make the page's next revision; the same text again makes none. A page that is gone is not made anew."""
        told = self._with_token(
            self._service(sending.at, sending.deadline),
            action="edit",
            **_named(receipt),
            text=sending.post.parts[0],
            summary=sending.post.field("summary"),
            nocreate="1",
        )
        if not isinstance(told, dict):
            return told
        if text(inside(told, "error"), "code") in _GONE:
            return GONE
        return receipt if text(inside(told, "edit"), "result") == "Success" else _refused(told)

    def is_ours(self, receipt: Receipt, key: str, at: datetime) -> bool:
        """By the summary of its first revision. Raises Gone, Unanswered."""
        service = self._service(at)
        if failed := self._log_in(service):
            raise Unanswered(failed)
        page = self._begun(service, **{f"{name}s": value for name, value in _named(receipt).items()})
        if not isinstance(page, dict):
            raise Unanswered(page if isinstance(page, (Refused, Busy, Unsure)) else Unsure("the wiki shows no page"))
        if inside(page, "missing") is True or inside(page, "invalid") is True:
            raise Gone("the page is not there any more")
        summary = _first_summary(page)
        if summary is None:
            raise Unanswered(Unsure("the page's history cannot be read"))
        return f"expertpost {key}" in summary

    def retract(self, receipt: Receipt, key: str, at: datetime) -> Outcome:
        """Delete the page, where the bot may; its history stays with the wiki."""
        told = self._with_token(self._service(at), action="delete", reason=f"expertpost {key}", **_named(receipt))
        if not isinstance(told, dict):
            return told
        gone = text(inside(told, "error"), "code") in _GONE
        return receipt if gone or inside(told, "delete") is not None else _refused(told)

    def _with_token(self, service: Service, **said: str) -> dict[str, Json] | Trouble:
        """One action by the user who is logged in now; trouble before it changes nothing."""
        if failed := self._log_in(service):
            return before_sending(failed)
        token = self._token(service, "csrf")
        if not isinstance(token, str):
            return before_sending(token)
        return self._ask(service, **said, token=token, **{"assert": "user"})

    def _there(self, service: Service, title: str, key: str) -> Outcome:
        """Whether the page that is there is this delivery's own, by the summary of its first revision."""
        told = self._begun(service, titles=title)
        page = told if isinstance(told, dict) else None
        summary = _first_summary(page)
        if summary and f"expertpost {key}" in summary:
            return self._receipt(page, title)
        if summary is None:
            return Unsure("the page is there, and its history cannot be read")
        return Refused(f"there is a page {title!r} already; give the piece another title")

    def _begun(self, service: Service, **named: str) -> "Json | Trouble":
        """A page with its first revision."""
        asked = {"action": "query", "prop": "revisions", "rvprop": "comment", "rvlimit": "1", "rvdir": "newer"}
        told = self._ask(service, **asked, **named)
        if not isinstance(told, dict):
            return told
        pages = inside(told, "query", "pages")
        return pages[0] if isinstance(pages, list) and pages else None

    def _receipt(self, page: Json, ours: str) -> Receipt:
        """The page's number, and its address by the title as the wiki spells it."""
        title = text(page, "title") or ours
        url = self.settings.api.removesuffix("api.php") + f"index.php?title={quote(title.replace(' ', '_'))}"
        return Receipt(text(page, "pageid") or title, url)

    def _log_in(self, service: Service) -> Trouble | None:
        """The cookies of a new session, or why there are none: in a bot's session nobody can log in once more."""
        self._cookies, service.headers = {}, {}
        token = self._token(service, "login")
        if not isinstance(token, str):
            return token
        password = self.secrets["password"]
        told = self._ask(service, action="login", lgname=self.settings.user, lgpassword=password, lgtoken=token)
        if not isinstance(told, dict):
            return told
        result = text(inside(told, "login"), "result")
        return None if result == "Success" else Refused(f"the wiki takes no login: {result}", Because.ACCOUNT)

    def _token(self, service: Service, kind: str) -> str | Trouble:
        told = self._ask(service, action="query", meta="tokens", type=kind)
        if not isinstance(told, dict):
            return told
        token = text(inside(told, "query", "tokens"), f"{kind}token")
        return token or _refused(told)

    def _ask(self, service: Service, **said: str) -> dict[str, Json] | Trouble:
        """One action; the cookies of the answer go along with the next, and are secrets like the password."""
        form = urlencode({**said, "format": "json", "formatversion": "2"}).encode()
        answer = service.ask("POST", "", form, kind=_FORM)
        if not isinstance(answer, Answer):
            return answer
        self._cookies |= dict(_COOKIE.findall(answer.headers.get("set-cookie", "")))
        service.headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        self.secrets = {**self.secrets, **{f"cookie {name}": value for name, value in self._cookies.items()}}
        told = service.read(answer)
        return dict(told) if isinstance(told, Mapping) else told

    def _service(self, at: datetime, deadline: float = 30.0) -> Service:
        return Service(self.settings.api, {}, at, deadline)


def _first_summary(page: Json) -> str | None:
    """What the first revision of a page says of itself, None where that cannot be read."""
    revisions = inside(page, "revisions")
    first = revisions[0] if isinstance(revisions, list) and revisions else None
    return None if first is None else text(first, "comment")


def _named(receipt: Receipt) -> dict[str, str]:
    """The page by its number; by its title where the wiki gave none."""
    return {"pageid" if receipt.remote_id.isdigit() else "title": receipt.remote_id}


def _refused(told: dict[str, Json]) -> Trouble:
    """What an error proves: it comes instead of the deed, but where the wiki itself broke nobody knows."""
    code = text(inside(told, "error"), "code")
    says = f"the wiki says {code or 'nothing'}: {text(inside(told, 'error'), 'info')}"
    if code in _LATER:
        return Busy(says)
    if not code or code.startswith("internal_api_error"):
        return Unsure(says)
    return Refused(says, Because.ACCOUNT if code in _OF_ACCOUNT or code.startswith("assert") else Because.CONTENT)
