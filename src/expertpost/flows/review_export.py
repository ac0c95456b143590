"""``review export``: everything about one review, for a file that can be read in a browser or mailed."""

from collections.abc import Iterator, Mapping

from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.in_review import Waiting
from expertpost.flows.preview import preview_of
from expertpost.flows.proposals import Subject, find
from expertpost.flows.review import commit_of, look_at
from expertpost.flows.since import Since
from expertpost.render.preview import Preview
from expertpost.render.served import is_harmless
from expertpost.render.sheet import Sheet

MAX_PICTURE = 2_000_000
"""Bytes of the largest picture that is put into the file."""


def review_export(world: World, ref: str) -> Sheet:
    """The whole review of one piece or entry against main, without private notes. Raises Failure XP-REF-…."""
    desk = open_desk(world)
    subject = find(desk, ref)
    shown = look_at(desk, subject, Since.MAIN, private=False)
    preview = preview_of(desk.config, desk.people, subject.piece) if subject.piece else None
    return Sheet(
        slug=subject.slug,
        title=subject.title,
        workspace=desk.config.name,
        made=desk.now,
        facts=tuple(_facts(shown.waiting)),
        needs=shown.waiting.needs,
        also=shown.waiting.also,
        text=shown.text,
        diff=shown.diff,
        preview=preview,
        findings=shown.findings,
        talks=shown.talks,
        events=shown.events,
        pictures=_pictures(desk, subject, preview),
    )


def _facts(about: Waiting) -> Iterator[tuple[str, str]]:
    """What is told in the head, as far as there is anything to tell."""
    told = {
        "By": ", ".join(about.authors),
        "For": ", ".join(about.audience),
        "State": about.state,
        "Submitted": f"{about.since:%d %B %Y} by {about.by}" if about.since else "",
        "Asked": ", ".join(about.asked),
        "Due": f"{about.due:%d %B %Y}" if about.due else "",
        "File": about.path,
        "Branch": about.branch,
        "Text": about.digest[:12],
    }
    return ((name, text) for name, text in told.items() if text)


def _pictures(desk: Desk, subject: Subject, preview: Preview | None) -> Mapping[str, bytes]:
    """The pictures that any place would get, without those that are too large or could run something."""
    if preview is None or subject.piece is None:
        return {}
    state = desk.workspace.at(commit_of(desk, subject))
    names = sorted({media.source for view in preview.views for media in view.media})
    read = ((name, state.asset(subject.piece, name)) for name in names)
    return {
        name: content
        for name, content in read
        if content and len(content) <= MAX_PICTURE and is_harmless(name, content)
    }
