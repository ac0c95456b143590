"""Everything about one review as values that a terminal or a page can show, and its words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from expertpost.errors import Finding
from expertpost.model.anchor import Place
from expertpost.model.event import Event, EventKind
from expertpost.model.freshness import Verdict
from expertpost.model.threads import Thread
from expertpost.render.preview import Preview

DID: Mapping[EventKind, str] = {
    EventKind.SUBMIT: "submitted",
    EventKind.UNSUBMIT: "took back",
    EventKind.COMMENT: "commented",
    EventKind.RETURN: "returned",
    EventKind.APPROVE: "approved",
    EventKind.WITHDRAW: "withdrew the approval",
    EventKind.HOLD: "held",
    EventKind.CONFIRM: "looked whether it is still true",
    EventKind.RELEASE: "released",
    EventKind.ADOPT: "adopted",
    EventKind.RESOLVE: "resolved a comment",
    EventKind.REMIND: "asked for a reminder",
    EventKind.ASK: "asked",
    EventKind.ROUTE: "passed the question on",
    EventKind.DECLINE: "declined",
    EventKind.DUPLICATE: "said where it is answered",
    EventKind.UPDATE: "asked to update what was sent",
    EventKind.REPUBLISH: "asked to send it once more",
    EventKind.RETRACT: "took it back",
    EventKind.SETTLE: "told what became of a delivery",
}
"""Each kind of event as what its author did."""
IN_THREADS = frozenset({EventKind.COMMENT, EventKind.RESOLVE})
"""The kinds of events that are shown as threads."""


def deed(event: Event) -> str:
    """What the author of an event did, in words."""
    doubts = event.kind is EventKind.CONFIRM and event.verdict == Verdict.WRONG
    return "said that something in it is not true" if doubts else DID[event.kind]


@dataclass(frozen=True, slots=True)
class Talk:
    """A thread and where it stands in the text under review. ``place`` is None for one about the piece as a whole.

    Where ``place.line`` is 0 the line is gone, and the quote of ``thread.first`` says what it was.
    """

    thread: Thread
    place: Place | None = None

    @property
    def where(self) -> str:
        """Where the thread stands, in words; "" where it is about the whole piece."""
        place, was = self.place, self.thread.first.line
        if place is None:
            return ""
        if not place.line:
            return f"was line {was}, which is gone"
        moved = f", was line {was}" if place.line != was else ""
        return f"line {place.line}{moved}{', which reads otherwise now' if place.edited else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One review, whole. ``facts``: (name, text) for the head; ``needs``: what it lacks; ``also``: foreign files.

    ``diff``: what it changes on main, "" for a new text; ``preview`` is None for an entry and a text with errors;
    ``pictures``: name → bytes of what may be shown. ``events`` and ``talks`` are without private notes.
    """

    slug: str
    title: str
    workspace: str
    made: datetime
    facts: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]
    also: tuple[str, ...]
    text: str
    diff: str
    preview: Preview | None
    findings: tuple[Finding, ...]
    talks: tuple[Talk, ...]
    events: tuple[Event, ...]
    pictures: Mapping[str, bytes] = field(default_factory=dict)
