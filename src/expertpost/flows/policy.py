"""``policy explain`` and ``policy test``: which rule a piece comes under, and whether the rules do as meant."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from expertpost.errors import Exit, Failure
from expertpost.flows.context import World
from expertpost.flows.desk import Desk, open_desk
from expertpost.flows.policy_few import of_few
from expertpost.flows.proposals import find
from expertpost.flows.review_say import valid
from expertpost.model import policy
from expertpost.model.config import Config, Rule
from expertpost.model.event import Event, EventKind
from expertpost.model.people import People, Person
from expertpost.model.piece import FrontMatter, Kind, Piece
from expertpost.model.review import Review
from expertpost.model.rules import SITES, Deadline, facts_of, is_contributor, takes, unmatched
from expertpost.model.tally import Tally
from expertpost.store.toml import Table, broken, read_toml
from expertpost.store.workspace import find as find_workspace

CASES = "policy-tests.toml"
"""The file of example cases, at the top of a workspace."""
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ID = "0" * 26
_NO_RULE = Rule()


@dataclass(frozen=True, slots=True)
class Place:
    """What the policy says of a piece at one place. ``never``: why it cannot go there at all, "" where it can.

    ``matched``: the filters of the rule that matches; ``passed``: earlier rules, each with what did not match.
    ``approved``: who approved; ``slip``: one of them is enough, in the fast lane. ``could``: who could still approve,
    ``away`` those of them who are not there; ``late``: who is told when the rule's ``due_days`` are over.
    """

    name: str
    never: str = ""
    rule: Rule = _NO_RULE
    matched: tuple[tuple[str, tuple[str, ...]], ...] = ()
    passed: tuple[tuple[int, tuple[str, ...]], ...] = ()
    approved: tuple[str, ...] = ()
    slip: bool = False
    missing: int = 0
    could: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    late: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """A piece, and what the policy says of it at each place. ``needs``: what its review lacks, in sentences.

    ``notes``: what follows from how few people, or admins, are listed.
    """

    id: str
    slug: str
    title: str
    digest: str
    places: tuple[Place, ...]
    needs: tuple[str, ...]
    notes: tuple[str, ...] = ()


def explain(world: World, ref: str) -> Explained:
    """What the rules on main say of a piece, as it is under review or on main. Raises Failure."""
    desk = open_desk(world)
    subject = valid(find(desk, ref))
    piece = subject.piece
    if piece is None:
        what = "the rules are about pieces; people and settings need an admin, or anybody else where there is none"
        raise Failure("XP-POLICY-PIECE", what, "name a piece", where=subject.path, exit_code=Exit.USAGE)
    desk.must_know_people()
    review = desk.review_of(piece.id)
    names = (SITES, *desk.config.channels)
    needs = policy.still_needs(desk.config, piece, review, desk.people)
    places = tuple(_place(desk, piece, review, name) for name in names)
    says, notes = tuple(need.says for need in needs), tuple(of_few(desk.config, desk.people))
    return Explained(piece.id, piece.front.slug, piece.front.title, piece.digest, places, says, notes)


def _place(desk: Desk, piece: Piece, review: Review, name: str) -> Place:
    config, people = desk.config, desk.people
    channel = config.channels.get(name)
    never = policy.reaches(config, piece, name, channel.readers) if channel else None
    if never:
        return Place(name, never.says)
    found = policy.tally(config, piece, review, people, name)
    could = _could(people, piece, review, found)
    today = desk.now.date()
    facts, rule = facts_of(piece), found.rule
    earlier = config.review.rules[: rule.number - 1] if rule.number else config.review.rules
    return Place(
        name=name or "the sites",
        rule=rule,
        matched=_filters(rule),
        passed=tuple((other.number, unmatched(other, facts, name, people)) for other in earlier),
        approved=tuple(event.by for event in found.counted),
        slip=bool(found.quick),
        missing=found.missing,
        could=tuple(person.handle for person in could) if found.missing else (),
        away=tuple(p.handle for p in could if found.missing and p.away_until and p.away_until >= today),
        late=Deadline(desk.now, late=True, escalate=rule.escalate).helpers(people),
    )


def _filters(rule: Rule) -> tuple[tuple[str, tuple[str, ...]], ...]:
    named = ("audience", rule.audience), ("channel", rule.channel), ("kind", rule.kind), ("topic", rule.topic)
    return tuple((name, words) for name, words in (*named, ("author", rule.author)) if words)


def _could(people: People, piece: Piece, review: Review, found: Tally) -> tuple[Person, ...]:
    """Everyone whose approval would count and is not there yet."""
    contributors = review.contributors(piece.digest) or frozenset()
    there = {event.by for event in found.counted}
    return tuple(
        person
        for person in people.listed
        if person.handle not in there
        and takes(found.rule, person, piece.front.topics)
        and not is_contributor(people, person.handle, contributors, piece)
    )


@dataclass(frozen=True, slots=True)
class Case:
    """One example and how it came out. ``expect``, ``found``: approved, waiting or never; ``rule``: number, 0 for none.

    ``wanted_rule`` is None where the case does not say which rule is meant.
    """

    says: str
    line: int
    expect: str
    found: str
    rule: int
    missing: int
    wanted_rule: int | None = None

    @property
    def good(self) -> bool:
        """Whether it came out as expected."""
        return self.expect == self.found and self.wanted_rule in (None, self.rule)


def judge_cases(world: World) -> tuple[Case, ...]:
    """Every example case of the workspace as it lies on the disk, judged by the rules there. Raises Failure."""
    state = find_workspace(world.here, world.env).here
    config, listed = state.config, state.people
    content = state.files.read(CASES)
    if content is None:
        what, cure = f"there is no {CASES}", "expertpost init writes one with an example"
        raise Failure("XP-POLICY-NONE", what, cure, exit_code=Exit.USAGE)
    top = read_toml(content, CASES)
    people = _people(top.table("people"), listed)
    cases = tuple(_case(config, people, table) for table in top.list_of("case"))
    top.finish()
    if top.found:
        raise broken(top.found, CASES)
    return cases


def _people(table: Table, listed: People) -> People:
    """Those whom the cases speak of: everyone listed, and those whom the file describes."""
    own = []
    for handle, inner in table.tables():
        person = Person(handle=handle, name=handle, roles=inner.texts("roles"), topics=inner.texts("topics"))
        inner.finish()
        own.append(person)
    names = {person.handle for person in own}
    return People((*(person for person in listed.listed if person.handle not in names), *own))


def _case(config: Config, people: People, table: Table) -> Case:
    """One case, judged as a piece with these facts would be; its errors become findings of the table."""
    channel, piece = table.text("channel"), _piece(config, table)
    approvals = table.known("approvals", table.texts("approvals"), [person.handle for person in people.listed])
    expect = table.text("expect", required=True)
    table.known("expect", (expect,), ("approved", "waiting", "never"))
    if channel:
        table.known("channel", (channel,), config.channels)
    case = Case(
        says=table.text("says", "a case"),
        line=table.line(),
        expect=expect,
        found="never",
        rule=0,
        missing=0,
        wanted_rule=table.take("rule", int, 0, "a number") if "rule" in table.values else None,
    )
    table.asked.add("rule")
    table.finish()
    place = config.channels.get(channel)
    if place and policy.reaches(config, piece, channel, place.readers):
        return case
    found = policy.tally(config, piece, _review(config, piece, approvals), people, channel if place else SITES)
    verdict = "waiting" if found.missing else "approved"
    return replace(case, found=verdict, rule=found.rule.number, missing=found.missing)


def _piece(config: Config, table: Table) -> Piece:
    """A piece with the facts of a case."""
    kind = table.text("kind", Kind.ARTICLE.value)
    table.known("kind", (kind,), [each.value for each in Kind])
    front = FrontMatter(
        id=_ID,
        title="A case",
        slug="case",
        authors=table.texts("authors") or ("somebody",),
        audience=table.known("audience", table.texts("audience"), config.audiences.named) or ("colleagues",),
        topics=table.texts("topics"),
        kind=next((each for each in Kind if each.value == kind), Kind.ARTICLE),
    )
    return Piece(front, "", "drafts/case.md")


def _review(config: Config, piece: Piece, approvals: tuple[str, ...]) -> Review:
    """A review in which the authors submitted and these people approved."""
    author = piece.front.authors[0]
    about = Event(
        kind=EventKind.SUBMIT,
        workspace=config.id,
        piece=piece.id,
        digest=piece.digest,
        by=author,
        at=_NOW,
        contributors=piece.front.authors,
        signer=author,
    )
    said = (
        replace(about, kind=EventKind.APPROVE, by=handle, signer=handle, contributors=(), prev=(about.id,))
        for handle in approvals
    )
    return Review((about, *said))
