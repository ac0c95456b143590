"""What a site tells beside its pieces: of people, of questions that wait, and where words stand."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from expertpost.model.audience import COLLEAGUES
from expertpost.model.channel import Site
from expertpost.model.question import QUESTIONS
from expertpost.render.cut import UnclosedBlock, cut
from expertpost.render.shown import clean
from expertpost.store.output import Output
from expertpost.store.witness import seen_on
from expertpost.store.workspace import State, Workspace
from expertpost.web.cards import Card, slug_of
from expertpost.web.finding import FOLDER, index_files
from expertpost.web.lists import Profile
from expertpost.web.rows import Row

WITHOUT_SEARCH = "there is no page to search with: install expertpost[pagefind] where sites are built"
"""The note on a site that asks for search where Pagefind is not there."""


def profiles(state: State, site: Site) -> dict[str, Profile]:
    """What people say of themselves, by handle. That names no audience, so it is for colleagues.

    Whoever opted out or left is not there.
    """
    audiences, readers = state.config.audiences, site.readers
    found: dict[str, Profile] = {}
    if not audiences.may_read(readers, (COLLEAGUES,)):
        return found
    for person in state.people.listed:
        if person.opt_out or person.left is not None:
            continue
        try:
            bio = cut(clean(person.bio), readers, (COLLEAGUES,), audiences)
        except UnclosedBlock:
            bio = ""
        found[person.handle] = Profile(bio, clean(person.name), tuple(map(clean, person.topics)))
    return found


def open_questions(workspace: Workspace, state: State, site: Site, now: datetime) -> dict[str, tuple[str, ...]]:
    """Slug of a topic → the questions on it that nobody answered yet, oldest first.

    A question is nobody's approved text, so it stands on no site that others than colleagues read.
    """
    hub = workspace.hub
    tip = hub.tip(hub.branches.reviews)
    asked = bool(tip) and QUESTIONS in hub.git.objects.tree(hub.git.objects.tree_of(str(tip)))
    if not asked or not state.config.audiences.may_read(site.readers, (COLLEAGUES,)):
        return {}
    from expertpost.flows.questions import UNANSWERED, board

    found: dict[str, list[str]] = defaultdict(list)
    for matter in board(hub, state, seen_on(hub, now)).readable(site.readers):
        if matter.stand in UNANSWERED:
            for topic in dict.fromkeys(map(slug_of, matter.question.topics)):
                found[topic].append(" ".join(clean(matter.question.text).split()))
    return {topic: tuple(texts) for topic, texts in found.items()}


def stale_slugs(rows: Mapping[str, Row], at: int) -> frozenset[str]:
    """The slugs of what should be looked at again, as of an instant in Unix seconds."""
    return frozenset(row.card.slug for row in rows.values() if row.card and 0 < row.stale <= at)


def search_files(output: Output, cards: Sequence[Card], *, anew: bool) -> frozenset[str]:
    """Write the index of a site's pages, if it is to be made ``anew`` or is not there; its paths."""
    there = frozenset(path for path in output.files(FOLDER) if path.startswith(f"{FOLDER}/"))
    if there and not anew:
        return there

    def pages() -> Iterator[tuple[str, str]]:
        for path in sorted(card.path for card in cards):
            yield path, (output.read(path) or b"").decode("utf-8", "replace")

    found = index_files(pages())
    for path, content in found.items():
        output.write(path, content)
    return frozenset(found)
