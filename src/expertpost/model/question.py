"""Questions that colleagues ask, folded from people's signed facts; nothing of them is stored anywhere else. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from expertpost.model.audience import Audiences
from expertpost.model.canonical import digest_of
from expertpost.model.event import Event, EventKind
from expertpost.model.identity import new_id
from expertpost.model.review import Review

QUESTIONS = "questions"
"""The folder of their facts on the branch of people's facts: ``questions/<id>/…``."""
PATIENCE = timedelta(days=5)
"""So long those who are asked have, before others are asked once more."""
MOST_ASKED = 3
"""Nobody answers what everybody is asked."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question. ``by``: a handle, or the mail address of somebody who is not listed; ``at`` is aware.

    ``route`` is the fact that says with whom it is now: the question itself, or the last one that passed it on.
    ``duplicate``: the id of the question or piece that says it already, "" for none. ``withdrawn``: whoever asked took
    it back. ``review``: all facts about it.
    """

    id: str
    text: str
    by: str
    at: datetime
    audience: tuple[str, ...]
    topics: tuple[str, ...]
    route: Event
    duplicate: str
    withdrawn: bool
    review: Review

    @property
    def title(self) -> str:
        """The question itself: its first line."""
        return self.text.partition("\n")[0]

    @property
    def short(self) -> str:
        """The end of the id, by which people call it."""
        return self.id[-6:].lower()

    @property
    def asked(self) -> tuple[str, ...]:
        """The handles it is with: those it was given to, less those who declined since."""
        declined = {event.by for event in self.declines}
        return tuple(handle for handle in self.route.reviewers if handle not in declined)

    @property
    def then(self) -> tuple[str, ...]:
        """The handles of those who are asked when the others did not answer in time, or all declined."""
        declined = {event.by for event in self.declines}
        return tuple(handle for handle in self.route.then if handle not in declined)

    @property
    def declines(self) -> tuple[Event, ...]:
        """Who declined since it was last passed on, with their reasons, oldest first."""
        return tuple(e for e in self.review.of(EventKind.DECLINE) if not self.review.saw(self.route, e))

    @property
    def late_from(self) -> datetime | None:
        """From when others are asked: when its time is over, or with the last of those asked declining."""
        if self.route.reviewers and not self.asked:
            return max(event.at for event in self.declines if event.by in self.route.reviewers)
        return self.route.due

    @property
    def until(self) -> datetime | None:
        """Until when it should be answered: who is asked at once, since nobody is known to know, has as long."""
        return self.route.due + PATIENCE if self.route.due and not self.route.reviewers else self.route.due

    def is_late(self, now: datetime) -> bool:
        """Whether those it was given to first have had their time."""
        end = self.late_from if self.route.reviewers else self.until
        return end is not None and end <= now

    def with_whom(self, now: datetime) -> tuple[str, ...]:
        """The handles of everybody it waits for at this moment."""
        late = self.late_from is not None and self.late_from <= now
        return (*self.asked, *(handle for handle in self.then if late and handle not in self.asked))


def id_of(event: Event) -> str:
    """The id of the question that an event asks: it is made of all it states, so nobody can put another text there."""
    said = digest_of({**event.statement, "piece": ""})
    return new_id(int(event.at.timestamp() * 1000), bytes.fromhex(said))


def subject_of(question: str) -> str:
    """The id of a question as events name it."""
    return f"{QUESTIONS}/{question}"


def questions(reviews: Mapping[str, Review]) -> dict[str, Question]:
    """Id → question, oldest first, of folded facts in which whoever is not proven is doubted (``policy.credible``)."""
    found = (_question(subject, review) for subject, review in reviews.items() if subject.startswith(f"{QUESTIONS}/"))
    return {each.id: each for each in sorted(filter(None, found), key=lambda one: (one.at, one.id))}


def _question(subject: str, review: Review) -> Question | None:
    id_ = subject.removeprefix(f"{QUESTIONS}/")
    asks = [event for event in review.of(EventKind.ASK) if id_of(event) == id_]
    if not asks:
        return None
    first = asks[0]
    routes = [first, *review.of(EventKind.ROUTE)]
    last = [event for event in routes if not any(review.saw(other, event) for other in routes)]
    same = [
        event
        for event in review.of(EventKind.DUPLICATE)
        if event.pieces and not any(review.saw(route, event) for route in routes)
    ]
    route = max(last, key=lambda event: (event.at, event.id))
    return Question(
        id=id_,
        text=first.text,
        by=first.by,
        at=first.at,
        audience=first.audience,
        topics=first.topics,
        route=route,
        duplicate=same[-1].pieces[0] if same else "",
        withdrawn=any(event.by == first.by and not review.saw(route, event) for event in review.of(EventKind.DECLINE)),
        review=review,
    )


def answers_all(audiences: Audiences, question: Question, audience: Iterable[str]) -> bool:
    """Whether a text for this audience answers a question: everybody who may read the question may read it."""
    return audiences.may_read(question.audience, audience)
