"""What a publisher is: settings, one pure renderer, numbers that describe the service, and verbs that touch it.

A publisher is one class in one file, named by one entry point. It is made once per run for one channel, with its judged
settings and the values of its own secrets. Numbers are capabilities; verbs that not every service has are protocols.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar, final, runtime_checkable

from expertpost.model.channel import Guarantee
from expertpost.model.outcome import Outcome, Receipt, Refused, Unsure
from expertpost.model.plugin import Broken, attempt
from expertpost.model.post import Post
from expertpost.publishers.http import LONGEST_WAIT, listening
from expertpost.publishers.quiet import quiet_until
from expertpost.publishers.recognise import GONE, gone_for_good, kept_from
from expertpost.publishers.recognise import Findable as Findable
from expertpost.publishers.recognise import Gone as Gone
from expertpost.publishers.recognise import Recognizable as Recognizable
from expertpost.publishers.recognise import Unreadable as Unreadable
from expertpost.publishers.secrets import reason, redact
from expertpost.render.pictures import Frame, transformed
from expertpost.render.shown import Shown

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service takes.

    ``length``: the largest part as ``count`` counts it, in ``unit``s (None: no limit). ``media``: how many files go
    along with one post, and ``picture`` what each of them may be. ``parts``: how many messages one post may be split
    into. ``threads``: each of them is a post of its own with a remote id, and replies to the one before (their fields
    ``reply_to`` and ``thread``: the ids of the one before and of the first); else ``deliver`` sends all at once.
    """

    length: int | None = None
    unit: str = "characters"
    media: int = 0
    parts: int = 1
    threads: bool = False
    picture: Frame = Frame()  # noqa: RUF009 # it is frozen


@dataclass(frozen=True, slots=True)
class Probe:
    """What a look at the service told, nothing posted: whose account it is, and until when the credentials hold."""

    account: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """One target of a post: an address for channels that write to each recipient, or ``""`` for the channel itself."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that has the right type and still cannot work: which key, what is wrong, and the cure."""

    key: str
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class Sending:
    """One delivery about to leave. ``post`` is bound; ``key`` the delivery key (64 hex digits), the same in every try.

    ``media`` gives the bytes of each asset that the post names, by ``Media.source``; ``at`` is the moment of sending;
    within ``deadline`` seconds an answer is there or counts as lost.
    """

    post: Post
    key: str
    target: Address
    at: datetime
    media: Mapping[str, bytes]
    deadline: float = 30.0


class Publisher(ABC, Generic[S]):
    """One channel's way to its service; ``expertpost.testing.contract`` checks every promise made here.

    ``chunk``: how many posts are claimed at once, which is what one crash may leave in doubt; None: one where the
    guarantee is blind, 50 elsewhere.
    ``key_life``: for how long a keyed service remembers a key (None: for ever); what is in doubt after that has to be
    found. Every keyed publisher says it itself, and in the docstring below it from where it knows.
    ``settle``: after this time at the latest a search finds what was accepted.
    ``says``: what it does, in a few words. ``settings_type``: a frozen dataclass with the channel's keys; a field
    of the type ``SecretName`` is a secret, whose value arrives in ``secrets`` under the same key.
    """

    says: ClassVar[str]
    settings_type: ClassVar[type]
    guarantee: ClassVar[Guarantee]
    limits: ClassVar[Limits] = Limits()
    chunk: ClassVar[int | None] = None
    key_life: ClassVar[timedelta | None] = None
    settle: ClassVar[timedelta] = timedelta(minutes=2)

    def __init__(self, settings: S, secrets: Mapping[str, str], root: Path) -> None:
        """``settings`` is judged; ``root`` is the workspace's folder, where relative paths in settings begin.

        ``secrets`` may be empty where nothing will be sent (plan, preview): only ``look`` and ``deliver`` need them.
        """
        self.settings = settings
        self.secrets = secrets
        self.root = root
        self.quiet_until: datetime | None = None
        """From when the service takes more, as it said with its last answer; None where it said nothing of it."""

    @classmethod
    def judge(cls, _settings: S) -> Iterable[Problem]:
        """What is wrong with settings whose types are right."""
        return ()

    @classmethod
    def limits_by(cls, _settings: S) -> Limits:
        """What the service takes under these settings, which may hold what it said itself (``Limited``)."""
        return cls.limits

    @staticmethod
    def count(text: str) -> int:
        """The length of a text as the service counts it."""
        return len(text)

    @classmethod
    @abstractmethod
    def render(cls, shown: Shown, settings: S) -> Post:
        """The unbound post for this piece. Pure: no clock, no network, no secret, nothing but what is shown."""

    @classmethod
    def cost(cls, _post: Post) -> int:
        """What the service charges for this post, bound or not, in thousandths of a US dollar."""
        return 0

    @property
    @abstractmethod
    def account(self) -> str:
        """Which account of the service this is; part of every delivery key. Stable, no secret in it."""

    def targets(self, _read: Callable[[str], str]) -> tuple[Address, ...]:
        """To whom one post goes; ``_read`` gives the text of a file of the commit being published.

        Raises ``errors.Problems`` where such a file is wrong.
        """
        return (Address(),)

    def values(self, to: Address, key: str, at: datetime, url: str) -> Mapping[str, str]:
        """The value of every placeholder that ``render`` writes; ``url`` is the page's address, or ""."""
        return {"url": url, "key": key, "date": rfc3339(at), "recipient": to.text}

    def wake(self, _at: datetime) -> None:
        """Called at this moment before a search, which has none of its own: whatever opens the account is renewed.

        Raises ``Unreadable`` where that fails.
        """
        return

    @abstractmethod
    def look(self, at: datetime) -> Probe | Outcome:
        """Look whether the service would take a post at this moment, and post nothing."""

    @abstractmethod
    def deliver(self, sending: Sending) -> Outcome:
        """Try once, never retry. Called by ``send``, which hides secrets and turns an exception into ``Unsure``."""

    @final
    def probe(self, at: datetime) -> Probe | Outcome:
        """``look``, with no secret in the answer and never an exception."""
        found = guarded(lambda: self.look(at))
        if isinstance(found, Probe):
            return replace(found, account=reason(found.account, self.secrets.values()))
        return self._hidden(found)

    @final
    def send(self, sending: Sending) -> Outcome:
        """``deliver``, with no secret in the answer, no notes in the pictures and never an exception."""
        return self._sent(sending, self.deliver)

    @final
    def update(self, receipt: Receipt, sending: Sending) -> Outcome:
        """``edit``, as carefully as ``send``; Refused where posts cannot be changed, or this one is not ours."""
        if not isinstance(self, Editable):
            return Refused("posts cannot be changed there")
        one = self
        why = guarded(lambda: kept_from(one, receipt, sending.key, sending.at))
        return self._hidden(why) if why else self._sent(sending, lambda ready: one.edit(receipt, ready))

    @final
    def take_back(self, receipt: Receipt, key: str, at: datetime) -> Outcome:
        """``retract``, with no secret in the answer and never an exception.

        Refused where posts cannot be removed, or nothing proves that this one is ours: then it stays.
        """
        if not isinstance(self, Retractable):
            return Refused("posts cannot be removed there")
        one = self
        why = guarded(lambda: kept_from(one, receipt, key, at))
        if why is GONE:
            return self._hidden(guarded(lambda: gone_for_good(one, receipt, key)))
        return self._hidden(why) if why else self._hidden(guarded(lambda: one.retract(receipt, key, at)))

    def _sent(self, sending: Sending, call: Callable[[Sending], Outcome]) -> Outcome:
        if sending.post.placeholders:
            return Refused(f"not sent: no value for {', '.join(sorted(sending.post.placeholders))}")
        try:
            how = {one.source: one.transformation for one in sending.post.media}
            media = {name: transformed(content, how.get(name, "")) for name, content in sending.media.items()}
        except ValueError as broken:
            return Refused(f"not sent: {broken}")
        with listening() as heard:
            outcome = self._hidden(guarded(lambda: call(replace(sending, media=media))))
        headers = heard[-1].headers if heard else {}
        self.quiet_until = quiet_until(headers, sending.at, LONGEST_WAIT)
        return outcome

    def _hidden(self, outcome: Outcome) -> Outcome:
        values = self.secrets.values()
        if isinstance(outcome, Receipt):
            return Receipt(redact(outcome.remote_id, values), redact(outcome.url, values))
        return replace(outcome, reason=reason(outcome.reason, values))


def guarded(call: Callable[[], T]) -> T | Unsure:
    """What the call answers, never an exception; a publisher that breaks may have sent something, and nobody knows."""
    found = attempt(call)
    return Unsure(f"the publisher broke: {found.says}") if isinstance(found, Broken) else found


def rfc3339(at: datetime) -> str:
    """An instant as ``2026-12-01T08:00:00Z``, whole seconds, UTC (RFC 3339)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@runtime_checkable
class Editable(Recognizable, Protocol):
    """A channel whose posts can be changed after they were sent."""

    def edit(self, receipt: Receipt, sending: Sending) -> Outcome:
        """Give the post of this receipt the text and files of ``sending``, once: it keeps its id.

        ``sending.key`` is that of the delivery that made the post. The same change a second time must do no harm. A
        post that is gone is Refused, and never made anew.
        """


@runtime_checkable
class Retractable(Recognizable, Protocol):
    """A channel whose posts can be removed."""

    def retract(self, receipt: Receipt, key: str, at: datetime) -> Outcome:
        """Remove the post of this receipt, which ``is_ours``: a Receipt proves that it is gone.

        ``key`` is that of the delivery that made the post, ``at`` this moment. A second time must do no harm.
        """


@runtime_checkable
class Limited(Protocol):
    """A channel whose service says itself what it takes."""

    def read_limits(self, at: datetime) -> Mapping[str, int]:
        """Values for settings of this publisher, as the service has them now. Raises ``Unreadable``.

        Asked without secrets. They are kept in ``channels.lock``, and hold where ``expertpost.toml`` says nothing else.
        """


@runtime_checkable
class Measurable(Protocol):
    """A channel whose service counts how a post is received."""

    def measure(self, receipt: Receipt, at: datetime) -> Mapping[str, int]:
        """What the service counts, of ``views``, ``likes``, ``shares``, ``replies`` and ``clicks``.

        Raises ``Unreadable`` where it gave no answer, or the post is gone.
        """
